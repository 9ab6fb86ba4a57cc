"""The demo data of the domain dossier, on an empty database and only there."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from hub.accounts.models import Account, AccountRole, RoleGrant
from hub.accounts.reader import Reader
from hub.audit.service import verify_chain
from hub.cases.models import Case, CaseClass
from hub.clock import in_vietnam
from hub.db.engine import Database
from hub.demo.people import PASSWORD
from hub.demo.seed import demo_accounts, seed
from hub.demo.sessions import next_half_day
from hub.minutes.models import Line, LineCheck
from hub.people.models import ConsentRecord
from hub.sessions.models import Session, SessionSite, SessionState, Turn
from hub.sessions.service import list_sessions
from signaling.protocol.vocabulary import RecordingPolicy, TurnState
from tests.support.office import START, Office


async def test_an_empty_database_is_seeded_once(database: Database) -> None:
    report = await seed(database, START)
    assert report is not None
    assert (report.password, report.joinable) == (PASSWORD, "PH-2026-017")
    assert await seed(database, START + timedelta(days=1)) is None
    async with database.reading() as work:
        assert await work.session.scalar(select(func.count(Case.id))) == 12
        assert await work.session.scalar(select(func.count(Session.id))) == 8
        assert await verify_chain(work) == []


async def test_there_is_an_account_for_every_role(each_office: Office) -> None:
    async with each_office.database.reading() as work:
        roles = set(await work.session.scalars(select(RoleGrant.role)))
        accounts = (await work.session.scalars(select(Account))).all()
    assert roles == set(AccountRole)
    assert all(account.demo for account in accounts)
    assert {account.username for account in accounts} == {account.username for account in demo_accounts()}


async def test_only_the_denunciation_is_sealed_and_its_people_are_hidden(office: Office) -> None:
    async with office.database.reading() as work:
        sealed = (await work.session.scalars(select(Case).where(Case.case_class == CaseClass.SEALED))).one()
    assert (sealed.code, sealed.pseudonym, sealed.unit_id) == ("LS-2026-0006", "Công dân 06", None)
    assert (await office.session("PH-2026-014")).recording_policy is RecordingPolicy.NEVER


@pytest.mark.parametrize("number", range(11, 16))
async def test_past_sessions_are_closed_with_their_turns(office: Office, number: int) -> None:
    session = await office.session(f"PH-2026-{number:03d}")
    turns = await office.turns(session.code)
    assert session.state is SessionState.CLOSED
    assert session.end_actual is not None
    assert {turn.state for turn in turns} == {TurnState.ENDED}
    assert all(turn.started_at and turn.ended_at and turn.started_at < turn.ended_at for turn in turns)
    assert turns[-1].ended_at == session.end_actual


async def test_one_site_of_the_planned_session_has_not_answered(office: Office) -> None:
    session = await office.session("PH-2026-016")
    assert session.state is SessionState.PLANNED
    async with office.database.reading() as work:
        sites = await work.session.scalars(select(SessionSite).where(SessionSite.session_id == session.id))
        assert [site.confirmed_at is None for site in sites].count(True) == 1


async def test_the_dialogue_has_its_lines_in_order_and_half_reviewed(office: Office) -> None:
    (turn,) = await office.turns("PH-2026-012")
    async with office.database.reading() as work:
        query = select(Line).where(Line.turn_id == turn.id).order_by(Line.position)
        lines = (await work.session.scalars(query)).all()
    assert len(lines) == 14
    assert [line.typed_at for line in lines] == sorted(line.typed_at for line in lines)
    assert in_vietnam(lines[0].typed_at).strftime("%H:%M") == "14:05"
    assert {line.check for line in lines} == set(LineCheck)
    assert not any(line.clock_differs for line in lines)
    session = await office.session("PH-2026-012")
    assert session.clock_zero is not None
    for line in lines:
        assert line.session_time is not None
        assert session.clock_zero + timedelta(seconds=line.session_time) == line.typed_at


async def test_one_session_can_be_joined_now_and_one_comes_later(office: Office) -> None:
    system = Reader.for_system("test")
    async with office.database.reading() as work:
        now, later = await list_sessions(work, system, START, START + timedelta(days=2))
        assert (await work.session.scalars(select(ConsentRecord))).all() == []
    assert (now.code, now.state, now.start_plan) == ("PH-2026-017", SessionState.PLANNED, START)
    assert [site.unit_name for site in now.sites] == ["Ban Tiếp công dân Trung ương", "Xã Hữu Lũng", "Xã Na Dương"]
    assert [turn.case.code for turn in now.turns if turn.case] == ["LS-2026-0001", "LS-2026-0002"]
    assert in_vietnam(later.start_plan).strftime("%d/%m/%Y %H:%M") == "22/11/2026 14:00"


def test_the_later_session_is_at_least_two_hours_away() -> None:
    for hours in range(0, 48, 1):
        now = START + timedelta(hours=hours)
        assert timedelta(hours=2) <= next_half_day(now) - now <= timedelta(hours=24)


async def test_every_finished_turn_has_its_case(office: Office) -> None:
    async with office.database.reading() as work:
        turns = (await work.session.scalars(select(Turn))).all()
        cases = set(await work.session.scalars(select(Case.id)))
    assert all(turn.case_id in cases for turn in turns)
