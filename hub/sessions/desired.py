"""What a node should be doing: the desired state of a session, made whole each time it changes."""

from collections.abc import Sequence

from sqlalchemy import update

from hub.accounts.reader import Reader
from hub.cases.models import Case, CaseClass
from hub.db.engine import Subject, Work
from hub.errors import Code, Refused
from hub.people.repository import PeopleRepository, Present
from hub.sessions.models import Seat, Session, SessionState, Turn
from hub.sessions.repository import SessionRepository
from hub.sessions.rules import turn_title
from hub.sessions.views import is_recordable
from hub.units.repository import UnitRepository
from signaling.protocol.hub_link import DesiredAttendance, DesiredSeat, DesiredSession, DesiredTurn
from signaling.protocol.ids import AttendanceId, SeatId, SessionId, TurnId
from signaling.protocol.vocabulary import Role

_LINK = Reader.for_system("node-link")


async def desired_session(work: Work, session_id: str, generation: int) -> DesiredSession:
    """For the node the session is placed on. The session has been placed (`clock_zero` is known); else `NOT_FOUND`."""
    repository = SessionRepository(work.session)
    session = await repository.session_unnarrowed(session_id)
    if session is None or session.clock_zero is None:
        raise Refused(Code.NOT_FOUND)
    turns = (await repository.turns([session_id])).get(session_id, [])
    seats = (await repository.seats([session_id])).get(session_id, [])
    named = await repository.seat_ids_by_turn([turn.id for turn in turns])
    cases = await repository.cases_of(turns)
    present = await PeopleRepository(work.session).present([turn.id for turn in turns])
    sites = await UnitRepository(work.session).sites_by_id(_LINK, {seat.site_id for seat in seats})
    return DesiredSession(
        session=SessionId(session.id),
        generation=generation,
        code=session.code,
        clock_zero=session.clock_zero.timestamp(),
        open=session.state is SessionState.OPEN,
        policy=session.recording_policy,
        seats=_seats(seats, turns, named, {site.id: site.name for site in sites.values()}),
        turns=[_turn(session, turn, cases[turn.case_id], present.get(turn.id, [])) for turn in turns],
    )


def _seats(
    seats: Sequence[Seat], turns: Sequence[Turn], named: dict[str, list[str]], sites: dict[str, str]
) -> list[DesiredSeat]:
    """A seat that belongs to no turn is left out: to the node an empty list means all of them."""
    wanted: list[DesiredSeat] = []
    for seat in seats:
        in_turns = [TurnId(turn.id) for turn in turns if seat.id in named.get(turn.id, [])]
        if not seat.all_turns and not in_turns:
            continue
        wanted.append(
            DesiredSeat(
                seat=SeatId(seat.id),
                name=seat.name,
                site=sites[seat.site_id],
                role=Role(seat.role),
                turns=[] if seat.all_turns else in_turns,
                admitted=seat.admitted,
            )
        )
    return wanted


def _turn(session: Session, turn: Turn, case: Case, present: Sequence[Present]) -> DesiredTurn:
    sealed = case.case_class is CaseClass.SEALED
    return DesiredTurn(
        turn=TurnId(turn.id),
        number=turn.number,
        title=turn_title(case.code, case.subject, case.case_class, case.pseudonym),
        state=turn.state,
        announced=turn.announced_at is not None,
        floor=SeatId(turn.floor_seat_id) if turn.floor_seat_id else None,
        recordable=is_recordable(session, case.case_class),
        people=[
            DesiredAttendance(
                attendance=AttendanceId(person.attendance.id),
                seat=SeatId(person.attendance.seat_id),
                name=case.pseudonym if sealed and not person.attendance.on_duty else person.attendance.name,
                capacity=person.attendance.capacity,
                interpreter=person.attendance.interpreter,
                consent=person.consent,
            )
            for person in present
        ],
    )


async def bump_desired(work: Work, session_id: str) -> None:
    """Called by every change the node must hear: the link sends the desired state again after the commit."""
    await work.session.execute(
        update(Session).where(Session.id == session_id).values(desired_revision=Session.desired_revision + 1)
    )
    work.announce(Subject.DESIRED, session_id, session_id)
