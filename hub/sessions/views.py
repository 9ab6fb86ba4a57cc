"""Puts together what a reader may see of sessions: rows of lists, a session's page, a turn."""

from collections.abc import Sequence

from hub.accounts.models import Account, AccountRole
from hub.accounts.reader import Reader, addressed
from hub.accounts.repository import AccountRepository
from hub.accounts.roles import Permission, may
from hub.cases.models import CaseClass
from hub.cases.repository import CaseRef, CaseRepository
from hub.db.engine import Work
from hub.errors import Code, Refused
from hub.sessions import rules
from hub.sessions.models import Seat, Session, SessionState, Turn
from hub.sessions.repository import SessionRepository
from hub.sessions.schemas import SeatRow, SessionRow, SessionView, SiteRow, TurnRow, TurnView, seat_row
from hub.units.repository import SiteView, UnitRepository
from signaling.protocol.vocabulary import RecordingPolicy


async def rows_of(work: Work, reader: Reader, sessions: Sequence[Session]) -> list[SessionRow]:
    """Rows of sessions that were narrowed to the reader, in the same order."""
    repository = SessionRepository(work.session)
    ids = [session.id for session in sessions]
    turns = await repository.turns(ids)
    seats = await repository.seats(ids)
    site_ids = await repository.site_ids(ids)
    all_turns = [turn for group in turns.values() for turn in group]
    named = await repository.seat_ids_by_turn([turn.id for turn in all_turns])
    cases = await CaseRepository(work.session).readable(reader, {turn.case_id for turn in all_turns})
    wanted = {site for group in site_ids.values() for site in group} | {session.host_site_id for session in sessions}
    sites = await UnitRepository(work.session).sites_by_id(reader, wanted)
    names = await _names(work, sessions)
    return [
        _row(
            session,
            turns=[_turn_row(t, seats.get(session.id, []), named, cases) for t in turns.get(session.id, [])],
            host=_site_row(sites[session.host_site_id]),
            sites=[_site_row(sites[site]) for site in site_ids.get(session.id, [])],
            names=names,
            my_seat=my_seat(reader, seats.get(session.id, [])),
        )
        for session in sessions
    ]


async def view_of(work: Work, reader: Reader, session: Session) -> SessionView:
    row = (await rows_of(work, reader, [session]))[0]
    return SessionView(
        row=row,
        seats=await seat_rows(work, reader, session.id),
        may_open=may_open(reader, session),
        joinable=is_joinable(session, work),
        clock_zero=session.clock_zero,
        version=session.version,
    )


async def turn_view(work: Work, reader: Reader, turn: Turn, session: Session) -> TurnView:
    """A turn that was narrowed to the reader."""
    repository = SessionRepository(work.session)
    case = (await CaseRepository(work.session).readable(reader, [turn.case_id]))[turn.case_id]
    named = (await repository.seat_ids_by_turn([turn.id])).get(turn.id, [])
    seats = await seat_rows(work, reader, session.id)
    return TurnView(
        id=turn.id,
        session_id=session.id,
        session_code=session.code,
        session_title=session.title,
        session_state=session.state,
        start_plan=session.start_plan,
        clock_zero=session.clock_zero,
        number=turn.number,
        state=turn.state,
        case=case,
        seats=tuple(seat for seat in seats if seat.all_turns or seat.id in named),
        started_at=turn.started_at,
        ended_at=turn.ended_at,
        started_time=turn.started_time,
        ended_time=turn.ended_time,
        announced=turn.announced_at is not None,
        recordable=is_recordable(session, case.case_class),
        secretary_account_id=session.secretary_account_id,
        reviewer_account_id=session.reviewer_account_id,
        chair_account_id=session.chair_account_id,
    )


async def seat_rows(work: Work, reader: Reader, session_id: str) -> tuple[SeatRow, ...]:
    seats = (await SessionRepository(work.session).seats([session_id])).get(session_id, [])
    sites = await UnitRepository(work.session).sites_by_id(reader, {seat.site_id for seat in seats})
    return tuple(seat_row(seat, sites[seat.site_id].name) for seat in seats)


def my_seat(reader: Reader, seats: Sequence[Seat]) -> str | None:
    """The reader's own seat, else the shared one of the reader's site."""
    for seat in seats:
        if seat.account_id == reader.account_id:
            return seat.id
    for seat in seats:
        if seat.account_id is None and rules.may_take_shared(reader, seat.role, seat.site_id):
            return seat.id
    return None


def may_open(reader: Reader, session: Session) -> bool:
    """Chair and secretary open their session; dispatchers any; others with the right only what they preside over."""
    if session.state not in (SessionState.PLANNED, SessionState.LOBBY):
        return False
    theirs = reader.account_id in (session.chair_account_id, session.secretary_account_id)
    return may(reader, Permission.SESSION_OPEN) and (
        theirs or reader.is_system or reader.has(AccountRole.SECRETARY, AccountRole.DISPATCHER)
    )


def is_joinable(session: Session, work: Work) -> bool:
    if session.state not in (SessionState.PLANNED, SessionState.LOBBY, SessionState.OPEN):
        return False
    try:
        rules.check_joinable(session.state, session.start_plan, work.now)
    except Refused as refused:
        if refused.code is Code.SESSION_NOT_JOINABLE:
            return False
        raise
    return True


def is_recordable(session: Session, case_class: CaseClass) -> bool:
    """Whether a turn may be recorded at all: by the session's policy, and never when its case is sealed."""
    return session.recording_policy is not RecordingPolicy.NEVER and case_class is not CaseClass.SEALED


async def _names(work: Work, sessions: Sequence[Session]) -> dict[str, str]:
    repository = AccountRepository(work.session)
    accounts: dict[str, Account | None] = {}
    for session in sessions:
        for account_id in (session.chair_account_id, session.secretary_account_id):
            if account_id not in accounts:
                accounts[account_id] = await repository.get(account_id)
    return {id: addressed(account.honorific, account.full_name) for id, account in accounts.items() if account}


def _turn_row(turn: Turn, seats: Sequence[Seat], named: dict[str, list[str]], cases: dict[str, CaseRef]) -> TurnRow:
    """A turn whose case the reader may not know appears by its number and state alone."""
    case = cases.get(turn.case_id)
    in_turn = [seat.id for seat in seats if seat.all_turns or seat.id in named.get(turn.id, [])] if case else []
    return TurnRow(
        id=turn.id,
        number=turn.number,
        state=turn.state,
        case=case,
        seat_ids=tuple(in_turn),
        started_at=turn.started_at,
        ended_at=turn.ended_at,
        started_time=turn.started_time,
        ended_time=turn.ended_time,
        announced=turn.announced_at is not None,
    )


def _site_row(site: SiteView) -> SiteRow:
    return SiteRow(site.id, site.name, site.unit_name)


def _row(
    session: Session,
    *,
    turns: Sequence[TurnRow],
    host: SiteRow,
    sites: Sequence[SiteRow],
    names: dict[str, str],
    my_seat: str | None,
) -> SessionRow:
    return SessionRow(
        id=session.id,
        code=session.code,
        kind=session.kind,
        title=session.title,
        state=session.state,
        recording_policy=session.recording_policy,
        start_plan=session.start_plan,
        end_plan=session.end_plan,
        start_actual=session.start_actual,
        end_actual=session.end_actual,
        host=host,
        sites=tuple(sorted(sites, key=lambda site: site.unit_name)),
        chair_account_id=session.chair_account_id,
        chair_name=names.get(session.chair_account_id, ""),
        secretary_account_id=session.secretary_account_id,
        secretary_name=names.get(session.secretary_account_id, ""),
        reviewer_account_id=session.reviewer_account_id,
        turns=tuple(turns),
        my_seat=my_seat,
    )
