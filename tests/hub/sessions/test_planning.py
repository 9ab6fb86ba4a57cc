"""Planning a session: its seats, its roll, and everything a plan can get wrong."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from hub.cases.models import CaseUnit
from hub.errors import Code, Refused
from hub.people.models import Attendance
from hub.sessions.models import Seat, Session, SessionKind, SessionState
from hub.sessions.schemas import PlanOfficial, PlanSession, PlanTurn
from hub.sessions.service import create_session, get_session
from hub.units.province import CENTRAL, INSPECTORATE, PROVINCE
from signaling.protocol.vocabulary import RecordingPolicy, Role
from tests.support.office import START, Office


async def plan(office: Office, **changes: object) -> PlanSession:
    """Two turns: Na Dương with the Central office, then Hữu Lũng."""
    na_duong, huu_lung = (await office.site("06526")).id, (await office.site("06385")).id
    central = (await office.site(CENTRAL)).id
    whole = PlanSession(
        kind=SessionKind.DIALOGUE,
        title="Đối thoại",
        start_plan=START + timedelta(hours=2),
        end_plan=START + timedelta(hours=4),
        host_site_id=(await office.site(PROVINCE)).id,
        chair_account_id=await office.account("lanhdao"),
        secretary_account_id=await office.account("thuky"),
        reviewer_account_id=await office.account("rasoat"),
        sites=(na_duong, huu_lung, central),
        turns=(
            PlanTurn((await office.case(1)).id, (na_duong, central)),
            PlanTurn((await office.case(2)).id, (huu_lung,)),
        ),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


async def create(office: Office, planned: PlanSession, username: str = "thuky") -> Session:
    async with office.work() as work:
        return await create_session(work, await office.reader(username), planned)


async def refusal(office: Office, planned: PlanSession, username: str = "thuky") -> Code:
    with pytest.raises(Refused) as refused:
        await create(office, planned, username)
    assert isinstance(refused.value.code, Code)
    return refused.value.code


async def test_a_plan_becomes_a_session_with_seats_and_the_next_code(office: Office) -> None:
    session = await create(office, await plan(office))
    assert (session.code, session.state) == ("PH-2026-019", SessionState.PLANNED)
    assert session.recording_policy is RecordingPolicy.AFTER_ANNOUNCEMENT
    async with office.database.reading() as work:
        seats = (await work.session.scalars(select(Seat).where(Seat.session_id == session.id))).all()
    assert {(seat.name, seat.role, seat.all_turns, seat.account_id is None) for seat in seats} == {
        ("Ông Đỗ Quang Thử", Role.CHAIR, True, False),
        ("Bà Lê Thị Minh Họa", Role.SECRETARY, True, False),
        ("Xã Na Dương", Role.SITE, False, True),
        ("Xã Hữu Lũng", Role.SITE, False, True),
        ("Ban Tiếp công dân Trung ương", Role.CENTRAL_OFFICER, False, True),
    }
    async with office.work() as work:
        view = await get_session(work, await office.reader("thuky"), session.id)
    names = {seat.id: seat.name for seat in view.seats}
    first, second = view.row.turns
    assert {names[seat] for seat in first.seat_ids} == {
        "Ông Đỗ Quang Thử",
        "Bà Lê Thị Minh Họa",
        "Xã Na Dương",
        "Ban Tiếp công dân Trung ương",
    }
    assert {names[seat] for seat in second.seat_ids} == {"Ông Đỗ Quang Thử", "Bà Lê Thị Minh Họa", "Xã Hữu Lũng"}


async def test_officials_are_on_duty_in_every_turn_and_citizens_sit_at_home_undecided(office: Office) -> None:
    session = await create(office, await plan(office))
    async with office.database.reading() as work:
        rows = await work.session.execute(
            select(Attendance, Seat.name).join(Seat, Seat.id == Attendance.seat_id).where(Seat.session_id == session.id)
        )
        people = [(person.name, person.capacity, person.on_duty, seat) for person, seat in rows]
    assert people.count(("Ông Đỗ Quang Thử", "Chủ trì", True, "Ông Đỗ Quang Thử")) == 2
    assert people.count(("Bà Lê Thị Minh Họa", "Thư ký", True, "Bà Lê Thị Minh Họa")) == 2
    assert ("Ông Hoàng Văn Slình", "Người khiếu nại", False, "Xã Na Dương") in people
    assert ("Bà Nông Thị Pết", "Người đại diện", False, "Xã Hữu Lũng") in people
    assert len(people) == 4 + 1 + 3


async def test_citizens_can_sit_elsewhere_than_at_home(office: Office) -> None:
    planned = await plan(office)
    central = (await office.site(CENTRAL)).id
    session = await create(
        office, replace(planned, turns=(replace(planned.turns[0], citizens_at=central), planned.turns[1]))
    )
    async with office.database.reading() as work:
        seat = await work.session.scalar(
            select(Seat.site_id)
            .join(Attendance, Attendance.seat_id == Seat.id)
            .where(Seat.session_id == session.id, Attendance.name == "Ông Hoàng Văn Slình")
        )
    assert seat == central


async def test_other_officials_sit_at_their_own_unit(office: Office) -> None:
    inspector = PlanOfficial(await office.account("thanhtra"), Role.INSPECTOR)
    session = await create(office, await plan(office, officials=(inspector,)))
    seat = await office.seat("Ông Ngô Văn Phép Thử", session.code)
    assert (seat.role, seat.site_id) == (Role.INSPECTOR, (await office.site(INSPECTORATE)).id)


async def test_the_sites_units_come_to_read_the_cases_of_their_turns(office: Office) -> None:
    na_duong = await office.site("06526")
    planned = await plan(office)
    swapped = (PlanTurn(planned.turns[1].case_id, (na_duong.id,)),)
    await create(office, replace(planned, sites=(na_duong.id,), turns=swapped))
    async with office.database.reading() as work:
        units = await work.session.scalars(select(CaseUnit.unit_id).where(CaseUnit.case_id == swapped[0].case_id))
        assert na_duong.unit_id in set(units)


async def test_a_sealed_case_gets_a_session_of_its_own_that_is_never_recorded(office: Office) -> None:
    planned = await plan(
        office,
        kind=SessionKind.SEALED,
        chair_account_id=await office.account("chanhthanhtra"),
        secretary_account_id=await office.account("tiepdan"),
        reviewer_account_id=None,
        sites=(),
        turns=(PlanTurn((await office.case(6)).id),),
    )
    session = await create(office, planned, "tiepdan")
    assert session.recording_policy is RecordingPolicy.NEVER
    assert (await office.seat("Phòng tiếp công dân", session.code)).role is Role.SITE
    async with office.database.reading() as work:
        names = await work.session.scalars(
            select(Attendance.name).join(Seat, Seat.id == Attendance.seat_id).where(Seat.session_id == session.id)
        )
        assert set(names) == {"Công dân 06", "Ông Dương Văn Kiểm Thử", "Bà Bế Thị Lắng Nghe"}


async def test_a_sealed_case_is_refused_in_any_other_session(office: Office) -> None:
    sealed = PlanTurn((await office.case(6)).id, ((await office.site("06526")).id,))
    alone = await plan(
        office,
        kind=SessionKind.SEALED,
        chair_account_id=await office.account("chanhthanhtra"),
        secretary_account_id=await office.account("tiepdan"),
        reviewer_account_id=None,
        sites=sealed.site_ids,
        turns=(sealed,),
    )
    normal = PlanTurn((await office.case(1)).id, sealed.site_ids)
    two_sites = (*sealed.site_ids, (await office.site("06385")).id)
    for planned in (
        replace(alone, kind=SessionKind.DIALOGUE),
        replace(alone, turns=(sealed, normal)),
        replace(alone, sites=two_sites, turns=(replace(sealed, site_ids=two_sites),)),
    ):
        assert await refusal(office, planned, "tiepdan") is Code.SEALED_ALONE
    for changes in ({"secretary_account_id": "thuky"}, {"chair_account_id": "lanhdao"}):
        accounts = {field: await office.account(username) for field, username in changes.items()}
        assert await refusal(office, replace(alone, **accounts), "tiepdan") is Code.OFFICIAL_CANNOT_READ
    assert await refusal(office, alone, "thuky") is Code.CASE_UNKNOWN
    assert (await create(office, alone, "tiepdan")).kind is SessionKind.SEALED


async def test_mistakes_in_a_plan_are_refused_and_leave_nothing(office: Office) -> None:
    good = await plan(office)
    first, second = good.turns
    na_duong, huu_lung, central = good.sites
    lanhdao, thuky = good.chair_account_id, good.secretary_account_id
    for planned, code in (
        (replace(good, start_plan=START - timedelta(minutes=11)), Code.START_IN_PAST),
        (replace(good, end_plan=good.start_plan), Code.END_BEFORE_START),
        (replace(good, title=" "), Code.INPUT_INVALID),
        (replace(good, turns=()), Code.TURNS_MISSING),
        (replace(good, turns=(first, second, second)), Code.CASE_TWICE),
        (replace(good, turns=(replace(first, case_id="none"), second)), Code.CASE_UNKNOWN),
        (replace(good, sites=(na_duong, na_duong, huu_lung, central)), Code.SEAT_DUPLICATE),
        (replace(good, sites=(*good.sites, good.host_site_id)), Code.SEAT_DUPLICATE),
        (replace(good, sites=(na_duong, central)), Code.SITE_NOT_INVITED),
        (replace(good, turns=(first,)), Code.SITE_WITHOUT_TURN),
        (replace(good, host_site_id="none"), Code.SITE_UNKNOWN),
        (replace(good, secretary_account_id=lanhdao), Code.SEAT_DUPLICATE),
        (replace(good, officials=(PlanOfficial(thuky, Role.DEPARTMENT),)), Code.SEAT_DUPLICATE),
        (replace(good, secretary_account_id="none"), Code.ACCOUNT_UNKNOWN),
        (replace(good, chair_account_id=await office.account("rasoat")), Code.CHAIR_UNFIT),
        (replace(good, reviewer_account_id=await office.account("kiemtoan")), Code.OFFICIAL_CANNOT_READ),
        (replace(good, secretary_account_id=await office.account("huulung")), Code.OFFICIAL_CANNOT_READ),
    ):
        assert await refusal(office, planned) is code
    async with office.database.reading() as work:
        query = select(Session.id).where(Session.code == "PH-2026-019")
        assert (await work.session.scalars(query)).all() == []


@pytest.mark.parametrize("username", ["lanhdao", "naduong", "kiemtoan", "quantri", "rasoat", "trunguong"])
async def test_those_who_do_not_plan_are_refused(office: Office, username: str) -> None:
    assert await refusal(office, await plan(office), username) is Code.PERMISSION_MISSING


async def test_a_session_that_starts_now_is_not_in_the_past(office: Office) -> None:
    session = await create(office, await plan(office, start_plan=START - timedelta(minutes=5)))
    assert session.state is SessionState.PLANNED


async def test_sessions_planned_at_the_same_time_get_different_codes(each_office: Office) -> None:
    planned, reader = await plan(each_office), await each_office.reader("thuky")

    async def make() -> str:
        async with each_office.database.unit_of_work() as work:
            return (await create_session(work, reader, planned)).code

    codes = await asyncio.gather(*(make() for _ in range(5)))
    assert sorted(codes) == [f"PH-2026-{number:03d}" for number in range(19, 24)]
