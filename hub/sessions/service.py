"""Planning, opening, finding and entering sessions."""

from collections.abc import Sequence
from datetime import datetime

from hub.accounts.models import AccountRole
from hub.accounts.reader import Reader
from hub.accounts.roles import Permission, may
from hub.audit import service as audit
from hub.cases.rules import next_code
from hub.clock import in_vietnam
from hub.db.engine import Lock, Subject, Work
from hub.errors import Code, Refused
from hub.ids import new_id
from hub.people.repository import PeopleRepository
from hub.sessions import planning, rules, views
from hub.sessions.desired import bump_desired, desired_session
from hub.sessions.models import Seat, Session, SessionKind, Transition, Turn
from hub.sessions.repository import SessionRepository
from hub.sessions.schemas import PlanSession, SessionRow, SessionView, TurnView
from hub.sessions.state import SessionEvent, advance_session
from signaling.protocol.vocabulary import Role, TurnState

__all__ = [
    "bump_desired",
    "create_session",
    "desired_session",
    "get_session",
    "list_sessions",
    "open_session",
    "place_session",
    "seat_for",
    "session_by_code",
    "turn_for",
]

#: The head of every session code.
CODE_PREFIX = "PH"


async def create_session(work: Work, reader: Reader, plan: PlanSession) -> Session:
    """Plans a session with its turns, seats and roll, under the next code of the year.

    Raises `PERMISSION_MISSING`, `START_IN_PAST`, `END_BEFORE_START`, `CASE_UNKNOWN`, `SITE_UNKNOWN`, `ACCOUNT_UNKNOWN`,
    `CHAIR_UNFIT`, `OFFICIAL_CANNOT_READ`, `SEAT_DUPLICATE`, `TURNS_MISSING`, `CASE_TWICE`, `SITE_NOT_INVITED`,
    `SITE_WITHOUT_TURN`, `SEALED_ALONE`.
    """
    if not may(reader, Permission.SESSION_PLAN):
        raise Refused(Code.PERMISSION_MISSING)
    rules.check_times(plan.start_plan, plan.end_plan, work.now)
    await planning.check(work, reader, plan)
    await work.serialise(Lock.SESSION_CODE)
    year = in_vietnam(plan.start_plan).year
    last = await SessionRepository(work.session).last_code(f"{CODE_PREFIX}-{year}-")
    session = await planning.lay_out(work, reader, plan, next_code(CODE_PREFIX, year, last, digits=3))
    await audit.record(
        work, reader, "session.planned", "session", session.id, detail={"code": session.code, "kind": plan.kind.value}
    )
    work.announce(Subject.SESSION, session.id, session.id)
    return session


async def open_session(work: Work, reader: Reader, session_id: str) -> Session:
    """Khai mạc: from now on people can be admitted. Raises `NOT_FOUND`, `PERMISSION_MISSING`, `SESSION_ALREADY_OPEN`,
    `SESSION_CLOSED`, `SESSION_CALLED_OFF`."""
    session = await _get(work, reader, session_id)
    after = advance_session(session.state, SessionEvent.OPENED)
    if not views.may_open(reader, session):
        raise Refused(Code.PERMISSION_MISSING)
    note_transition(work, session, SessionEvent.OPENED, session.state, after, reader.account_id, work.now)
    session.state = after
    session.start_actual = work.now
    session.version += 1
    await audit.record(work, reader, "session.opened", "session", session.id)
    await bump_desired(work, session.id)
    work.announce(Subject.SESSION, session.id, session.id)
    return session


async def place_session(work: Work, session_id: str) -> Session:
    """The session gets its first room: PLANNED becomes LOBBY and session time begins. Done again, changes nothing.

    Raises `NOT_FOUND`, `SESSION_NOT_JOINABLE` (too early), `SESSION_CLOSED`, `SESSION_CALLED_OFF`. The caller has
    narrowed the session to its reader (`seat_for`).
    """
    session = await SessionRepository(work.session).session_unnarrowed(session_id)
    if session is None:
        raise Refused(Code.NOT_FOUND)
    after = advance_session(session.state, SessionEvent.PLACED)
    rules.check_joinable(session.state, session.start_plan, work.now)
    if session.state is not after:
        note_transition(work, session, SessionEvent.PLACED, session.state, after, "system:placement", work.now)
        session.state = after
        work.announce(Subject.SESSION, session.id, session.id)
    if session.clock_zero is None:
        session.clock_zero = work.now
        await bump_desired(work, session.id)
    await work.session.flush()
    return session


async def list_sessions(work: Work, reader: Reader, from_: datetime, to: datetime) -> list[SessionRow]:
    """Sessions the reader may know of that are planned to start in [from_, to), in order."""
    sessions = await SessionRepository(work.session).between(reader, from_, to)
    return await views.rows_of(work, reader, sessions)


async def get_session(work: Work, reader: Reader, session_id: str) -> SessionView:
    """Raises `NOT_FOUND`."""
    return await views.view_of(work, reader, await _get(work, reader, session_id))


async def session_by_code(work: Work, reader: Reader, code: str) -> Session:
    """For the command line. Raises `NOT_FOUND`."""
    session = await SessionRepository(work.session).by_code(reader, code)
    if session is None:
        raise Refused(Code.NOT_FOUND)
    return session


async def turn_for(work: Work, reader: Reader, turn_id: str) -> TurnView:
    """A turn whose session and case the reader may both read. Raises `NOT_FOUND`."""
    found = await SessionRepository(work.session).turn(reader, turn_id)
    if found is None:
        raise Refused(Code.NOT_FOUND)
    return await views.turn_view(work, reader, *found)


async def seat_for(work: Work, reader: Reader, session_id: str, seat_id: str | None = None) -> Seat:
    """The seat this reader takes: the account's own, or the shared one of the reader's site.

    Somebody who takes a shared seat is put on the roll of its turns, on duty, once. A dispatcher without a seat gets
    one. Parts of the system may take any shared seat, and put nobody on the roll. Raises `NOT_FOUND` (sites that were
    not invited do not see the session), `SEAT_NOT_YOURS`, `PERMISSION_MISSING`.
    """
    work.must_write()
    if not may(reader, Permission.SESSION_JOIN):
        raise Refused(Code.PERMISSION_MISSING)
    session = await _get(work, reader, session_id)
    seats = (await SessionRepository(work.session).seats([session_id])).get(session_id, [])
    if seat_id is not None and seat_id not in {seat.id for seat in seats}:
        raise Refused(Code.NOT_FOUND)
    if reader.is_system:
        return _shared_seat(seats, seat_id)
    own = views.my_seat(reader, [seat for seat in seats if seat_id in (None, seat.id)])
    if own is None:
        if seat_id is None and reader.has(AccountRole.DISPATCHER) and session.kind is not SessionKind.SEALED:
            return await _dispatcher_seat(work, reader, session)
        raise Refused(Code.SEAT_NOT_YOURS)
    seat = next(seat for seat in seats if seat.id == own)
    if seat.account_id is None:
        await _put_on_roll(work, reader, session, seat)
    return seat


def _shared_seat(seats: Sequence[Seat], seat_id: str | None) -> Seat:
    for seat in seats:
        if seat.account_id is None and seat_id in (None, seat.id):
            return seat
    raise Refused(Code.SEAT_NOT_YOURS)


async def _dispatcher_seat(work: Work, reader: Reader, session: Session) -> Seat:
    seat = Seat(
        id=new_id(),
        session_id=session.id,
        site_id=session.host_site_id,
        account_id=reader.account_id,
        role=Role.DISPATCHER,
        name=reader.name,
        all_turns=True,
    )
    work.session.add(seat)
    await work.session.flush()
    await _put_on_roll(work, reader, session, seat)
    return seat


async def _put_on_roll(work: Work, reader: Reader, session: Session, seat: Seat) -> None:
    """Adds the reader, on duty, to those turns of the seat that are not over and do not list the reader yet."""
    repository = SessionRepository(work.session)
    turns = (await repository.turns([session.id])).get(session.id, [])
    named = await repository.seat_ids_by_turn([turn.id for turn in turns])
    present = await PeopleRepository(work.session).present([turn.id for turn in turns])
    missing: list[Turn] = []
    for turn in turns:
        takes_part = seat.all_turns or seat.id in named.get(turn.id, [])
        listed = any(
            person.attendance.account_id == reader.account_id and person.attendance.seat_id == seat.id
            for person in present.get(turn.id, [])
        )
        if takes_part and not listed and turn.state is not TurnState.ENDED:
            missing.append(turn)
    for turn in missing:
        planning.put_on_duty(work, reader, turn, seat, reader, planning.CAPACITIES.get(seat.role))
        work.announce(Subject.PEOPLE, turn.id, session.id)
    if missing:
        await work.session.flush()
        await bump_desired(work, session.id)


async def _get(work: Work, reader: Reader, session_id: str) -> Session:
    session = await SessionRepository(work.session).get(reader, session_id)
    if session is None:
        raise Refused(Code.NOT_FOUND)
    return session


def note_transition(
    work: Work,
    session: Session,
    event: str,
    before: str,
    after: str,
    by: str,
    at: datetime,
    *,
    turn_id: str | None = None,
    reason: str = "",
) -> None:
    """Who changed which state when and why, append-only."""
    work.session.add(
        Transition(
            id=new_id(),
            session_id=session.id,
            turn_id=turn_id,
            event=str(event),
            before=str(before),
            after=str(after),
            by=by,
            at=at,
            reason=reason[:500],
        )
    )
