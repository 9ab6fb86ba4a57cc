"""Writes the demo data into an empty database, in one unit of work: all of it is there, or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import select

from hub.accounts import passwords
from hub.accounts.models import Account, AccountRole
from hub.accounts.reader import Reader
from hub.accounts.service import NewAccount, create_account
from hub.audit import service as audit
from hub.cases.models import Case
from hub.cases.rules import next_code
from hub.cases.service import create_case, name_reader
from hub.clock import VIETNAM, in_vietnam
from hub.db.engine import Database, Work
from hub.demo.cases import CASES
from hub.demo.lines import DemoLine
from hub.demo.people import PASSWORD as PASSWORD
from hub.demo.people import PEOPLE
from hub.demo.sessions import PAST, DemoSession, coming
from hub.minutes.models import Line, Minutes, MinutesState
from hub.people.service import add_attendance
from hub.sessions import planning
from hub.sessions.models import Seat, Session, SessionSite, SessionState, Turn
from hub.sessions.repository import SessionRepository
from hub.sessions.schemas import PlanOfficial, PlanSession, PlanTurn
from hub.sessions.service import note_transition
from hub.sessions.state import SessionEvent, TurnEvent
from hub.units.models import Site, Unit
from hub.units.province import ensure_province
from signaling.protocol.vocabulary import TurnState

_SEED = Reader.for_system("seed")
#: The sealed case, and who may read it.
_SEALED_CASE, _SEALED_READERS = 6, ("chanhthanhtra", "tiepdan")
_CREATED = datetime(2026, 2, 16, 8, 0, tzinfo=VIETNAM)


@dataclass(frozen=True)
class DemoAccount:
    username: str
    name: str
    title: str
    role: AccountRole


@dataclass(frozen=True)
class DemoReport:
    """What to print after seeding. `joinable`: code of the session that can be joined now."""

    accounts: tuple[DemoAccount, ...]
    password: str
    joinable: str


@dataclass
class _Rows:
    """What was made so far, by the names the demo data uses."""

    units: Mapping[str, Unit]
    sites: dict[str, Site]
    accounts: dict[str, Account]
    cases: dict[int, Case]


async def seed(database: Database, now: datetime) -> DemoReport | None:
    """Seeds an empty database; on one with accounts nothing happens and the answer is null."""
    async with database.reading() as work:
        if await _has_accounts(work):
            return None
    password_hash = await passwords.hash_password(PASSWORD)
    async with database.unit_of_work() as work:
        if await _has_accounts(work):
            return None
        units = await ensure_province(work)
        sites = {site.code: site for site in await work.session.scalars(select(Site))}
        rows = _Rows(units, sites, await _accounts(work, units, password_hash), {})
        rows.cases = await _cases(work, rows)
        for demo in PAST:
            await _session(work, rows, demo)
        codes = [(await _session(work, rows, demo)).code for demo in coming(now)]
        await audit.record(work, _SEED, "demo.seeded", "database", "", detail={"cases": len(CASES)})
    return DemoReport(demo_accounts(), PASSWORD, codes[0])


def demo_accounts() -> tuple[DemoAccount, ...]:
    """The demo accounts as `hub serve` prints them."""
    return tuple(DemoAccount(person.username, person.full_name, person.title, person.role) for person in PEOPLE)


async def _has_accounts(work: Work) -> bool:
    return (await work.session.scalar(select(Account.id).limit(1))) is not None


async def _accounts(work: Work, units: Mapping[str, Unit], password_hash: str) -> dict[str, Account]:
    accounts: dict[str, Account] = {}
    for person in PEOPLE:
        accounts[person.username] = await create_account(
            work,
            _SEED,
            NewAccount(
                username=person.username,
                full_name=person.full_name,
                honorific=person.honorific,
                title=person.title,
                unit_id=units[person.unit].id,
                password_hash=password_hash,
                roles=[(person.role, units[person.unit].id)],
                demo=True,
            ),
        )
    return accounts


async def _cases(work: Work, rows: _Rows) -> dict[int, Case]:
    cases: dict[int, Case] = {}
    for demo in CASES:
        case = await create_case(work, _SEED, demo.to_create(rows.units), code=demo.code)
        case.created_at = _CREATED
        cases[demo.number] = case
    for username in _SEALED_READERS:
        account = rows.accounts[username]
        await name_reader(work, _SEED, cases[_SEALED_CASE], account.id, "Được giao xác minh đơn tố cáo")
    return cases


async def _session(work: Work, rows: _Rows, demo: DemoSession) -> Session:
    code = demo.code or await _next_code(work, demo.start)
    session = await planning.lay_out(work, _SEED, _plan(rows, demo), code)
    turns = (await SessionRepository(work.session).turns([session.id]))[session.id]
    await _interpreter(work, rows, demo, session, turns)
    await _confirm(work, rows, demo, session)
    if demo.ended is not None:
        await _close(work, rows, demo, session, turns)
    await work.session.flush()
    return session


async def _next_code(work: Work, start: datetime) -> str:
    year = in_vietnam(start).year
    return next_code("PH", year, await SessionRepository(work.session).last_code(f"PH-{year}-"), digits=3)


def _plan(rows: _Rows, demo: DemoSession) -> PlanSession:
    return PlanSession(
        kind=demo.kind,
        title=demo.title,
        start_plan=demo.start,
        end_plan=demo.planned_end,
        host_site_id=rows.sites[demo.host].id,
        chair_account_id=rows.accounts[demo.chair].id,
        secretary_account_id=rows.accounts[demo.secretary].id,
        reviewer_account_id=rows.accounts[demo.reviewer].id if demo.reviewer else None,
        sites=tuple(rows.sites[site].id for site in demo.sites),
        turns=tuple(
            PlanTurn(
                rows.cases[turn.case].id,
                tuple(rows.sites[site].id for site in turn.sites),
                rows.sites[turn.citizens_at].id if turn.citizens_at else None,
            )
            for turn in demo.turns
        ),
        officials=tuple(PlanOfficial(rows.accounts[name].id, role) for name, role in demo.officials),
        event_tag=demo.tag,
    )


async def _interpreter(work: Work, rows: _Rows, demo: DemoSession, session: Session, turns: list[Turn]) -> None:
    """The commune's official who interprets sits beside the citizen in the turns of that commune."""
    if demo.interpreter is None:
        return
    site, username = demo.interpreter
    account = rows.accounts[username]
    seats = (await SessionRepository(work.session).seats([session.id]))[session.id]
    seat = next(seat for seat in seats if seat.site_id == rows.sites[site].id and seat.account_id is None)
    for turn, planned in zip(turns, demo.turns, strict=True):
        if site in planned.sites:
            add_attendance(
                work,
                _SEED,
                turn_id=turn.id,
                seat_id=seat.id,
                name=f"{account.honorific.capitalize()} {account.full_name}",
                capacity="Phiên dịch tiếng Nùng",
                interpreter=True,
                on_duty=True,
                account_id=account.id,
            )


async def _confirm(work: Work, rows: _Rows, demo: DemoSession, session: Session) -> None:
    invited = await work.session.scalars(select(SessionSite).where(SessionSite.session_id == session.id))
    unconfirmed = {rows.sites[site].id for site in demo.unconfirmed}
    for site in invited:
        if site.site_id not in unconfirmed and demo.code is not None:
            site.confirmed_at = demo.start - timedelta(days=1)


async def _close(work: Work, rows: _Rows, demo: DemoSession, session: Session, turns: list[Turn]) -> None:
    """A session of the past: opened on time, its turns one after the other, closed."""
    ended = demo.ended or demo.planned_end
    session.state = SessionState.CLOSED
    session.clock_zero = session.start_actual = demo.start
    session.end_actual = ended
    chair = rows.accounts[demo.chair].id
    note_transition(work, session, SessionEvent.OPENED, SessionState.PLANNED, SessionState.OPEN, chair, demo.start)
    length = (ended - demo.start - timedelta(minutes=5)) / len(turns)
    for number, (turn, planned) in enumerate(zip(turns, demo.turns, strict=True)):
        turn.started_at = demo.start + timedelta(minutes=5) + number * length
        turn.ended_at = turn.started_at + length
        turn.started_time = (turn.started_at - demo.start).total_seconds()
        turn.ended_time = (turn.ended_at - demo.start).total_seconds()
        turn.state = TurnState.ENDED
        for event, before, after, at in (
            (TurnEvent.STARTED, TurnState.WAITING, TurnState.RUNNING, turn.started_at),
            (TurnEvent.ENDED, TurnState.RUNNING, TurnState.ENDED, turn.ended_at),
        ):
            note_transition(work, session, event, before, after, chair, at, turn_id=turn.id)
        _lines(work, rows, demo, turn, planned.lines)
    note_transition(work, session, SessionEvent.CLOSED, SessionState.OPEN, SessionState.CLOSED, chair, ended)
    for seat in await work.session.scalars(select(Seat).where(Seat.session_id == session.id)):
        seat.admitted = True


def _lines(work: Work, rows: _Rows, demo: DemoSession, turn: Turn, lines: tuple[DemoLine, ...]) -> None:
    if not lines:
        return
    work.session.add(Minutes(turn_id=turn.id, state=MinutesState.DRAFT))
    for number, line in enumerate(lines):
        hour, minute = (int(part) for part in line.time.split(":"))
        typed_at = demo.start.replace(hour=hour, minute=minute) + timedelta(seconds=7 * number % 50)
        session_time = (typed_at - demo.start).total_seconds()
        work.session.add(
            Line(
                id=str(uuid4()),
                turn_id=turn.id,
                position=session_time,
                session_time=session_time,
                anchor=session_time,
                kind=line.kind,
                speaker=line.speaker,
                through_interpreter=line.interpreted,
                text=line.text,
                author_id=rows.accounts[demo.secretary].id,
                typed_at=typed_at,
                received_at=typed_at + timedelta(seconds=20),
                check=line.check,
                check_note=line.note,
            )
        )
