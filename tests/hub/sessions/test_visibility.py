"""Who sees which session, which turns of it, and who takes which seat."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from hub.accounts.reader import Reader
from hub.errors import Code, Refused
from hub.people.models import Attendance
from hub.sessions.models import Seat
from hub.sessions.service import get_session, list_sessions, seat_for, turn_for
from signaling.protocol.vocabulary import Role
from tests.support.office import JOINABLE, Office

_LONG_AGO, _FAR = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)


async def _codes(office: Office, username: str) -> list[str]:
    async with office.database.reading() as work:
        rows = await list_sessions(work, await office.reader(username), _LONG_AGO, _FAR)
    return [row.code[-3:] for row in rows]


_ALL_BUT_SEALED = ["011", "012", "013", "015", "016", "017", "018"]


@pytest.mark.parametrize(
    ("username", "codes"),
    [
        ("lanhdao", _ALL_BUT_SEALED),
        ("thuky", _ALL_BUT_SEALED),
        ("dieuphoi", _ALL_BUT_SEALED),
        ("thanhtra", _ALL_BUT_SEALED),
        ("chanhthanhtra", ["011", "012", "013", "014", "015", "016", "017", "018"]),
        ("tiepdan", ["011", "012", "013", "014", "015", "016", "017", "018"]),
        ("naduong", ["012", "017"]),
        ("huulung", ["011", "017"]),
        ("chilang", ["013", "018"]),
        ("trile-ct", ["015"]),
        ("kiemtoan", []),
        ("quantri", []),
    ],
)
async def test_each_sees_the_sessions_that_concern_the_role(
    each_office: Office, username: str, codes: list[str]
) -> None:
    assert await _codes(each_office, username) == codes


async def test_a_commune_knows_the_other_communes_turn_by_its_number_alone(office: Office) -> None:
    session = await office.session()
    async with office.work() as work:
        view = await get_session(work, await office.reader("naduong"), session.id)
    mine, other = view.row.turns
    assert mine.case is not None
    assert mine.case.code == "LS-2026-0001"
    assert (other.number, other.case, other.seat_ids) == (2, None, ())


async def test_a_session_one_may_not_see_is_not_found(office: Office) -> None:
    sealed, foreign = await office.session("PH-2026-014"), await office.session("PH-2026-011")
    for username, session in (("lanhdao", sealed), ("thuky", sealed), ("naduong", foreign), ("kiemtoan", foreign)):
        with pytest.raises(Refused) as refused:
            async with office.work() as work:
                await get_session(work, await office.reader(username), session.id)
        assert refused.value.code is Code.NOT_FOUND


async def test_a_turn_is_found_only_by_those_who_may_read_its_case(office: Office) -> None:
    first, second = await office.turns()
    (sealed,) = await office.turns("PH-2026-014")
    async with office.work() as work:
        view = await turn_for(work, await office.reader("naduong"), first.id)
        assert {seat.name for seat in view.seats} == {
            "Ông Đỗ Quang Thử",
            "Bà Lê Thị Minh Họa",
            "Xã Na Dương",
            "Ban Tiếp công dân Trung ương",
        }
        assert view.recordable
        assert not (await turn_for(work, await office.reader("tiepdan"), sealed.id)).recordable
    for username, turn in (("naduong", second), ("huulung", first), ("lanhdao", sealed), ("kiemtoan", first)):
        with pytest.raises(Refused) as refused:
            async with office.work() as work:
                await turn_for(work, await office.reader(username), turn.id)
        assert refused.value.code is Code.NOT_FOUND


async def _seat(office: Office, username: str, code: str = JOINABLE, seat: str | None = None) -> Seat:
    async with office.work() as work:
        return await seat_for(work, await office.reader(username), (await office.session(code)).id, seat)


@pytest.mark.parametrize(
    ("username", "name", "role"),
    [
        ("lanhdao", "Ông Đỗ Quang Thử", Role.CHAIR),
        ("thuky", "Bà Lê Thị Minh Họa", Role.SECRETARY),
        ("naduong", "Xã Na Dương", Role.SITE),
        ("naduong-ct", "Xã Na Dương", Role.SITE),
        ("huulung", "Xã Hữu Lũng", Role.SITE),
        ("trunguong", "Ban Tiếp công dân Trung ương", Role.CENTRAL_OFFICER),
        ("tocongtac", "Ban Tiếp công dân Trung ương", Role.CENTRAL_OFFICER),
    ],
)
async def test_each_gets_the_own_seat_or_that_of_the_own_site(
    office: Office, username: str, name: str, role: Role
) -> None:
    seat = await _seat(office, username)
    assert (seat.name, seat.role) == (name, role)
    assert (await _seat(office, username, seat=seat.id)).id == seat.id


async def test_another_ones_seat_is_refused(office: Office) -> None:
    chair, huu_lung = await office.seat("Ông Đỗ Quang Thử"), await office.seat("Xã Hữu Lũng")
    for username, seat in (("naduong", huu_lung), ("naduong", chair), ("thuky", chair), ("trunguong", huu_lung)):
        with pytest.raises(Refused) as refused:
            await _seat(office, username, seat=seat.id)
        assert refused.value.code is Code.SEAT_NOT_YOURS
    for username in ("chutich", "thanhtra"):
        with pytest.raises(Refused) as refused:
            await _seat(office, username)
        assert refused.value.code is Code.SEAT_NOT_YOURS


async def test_a_site_that_was_not_invited_finds_no_session(office: Office) -> None:
    with pytest.raises(Refused) as refused:
        await _seat(office, "chilang")
    assert refused.value.code is Code.NOT_FOUND


async def test_a_seat_of_another_session_is_not_found(office: Office) -> None:
    other = await office.seat("Xã Na Dương", "PH-2026-012")
    with pytest.raises(Refused) as refused:
        await _seat(office, "naduong", seat=other.id)
    assert refused.value.code is Code.NOT_FOUND


async def test_roles_without_a_place_in_a_call_are_refused(office: Office) -> None:
    for username in ("kiemtoan", "quantri", "rasoat", "vanthu"):
        with pytest.raises(Refused) as refused:
            await _seat(office, username)
        assert refused.value.code is Code.PERMISSION_MISSING


async def test_who_takes_a_shared_seat_is_on_the_roll_once_on_duty(office: Office) -> None:
    before = (await office.session()).desired_revision
    seat = await _seat(office, "huulung")
    async with office.database.reading() as work:
        rows = await work.session.scalars(select(Attendance).where(Attendance.seat_id == seat.id))
        officials = [one for one in rows if one.on_duty]
    first, second = await office.turns()
    assert [(one.name, one.capacity, one.turn_id) for one in officials] == [
        ("Ông Hoàng Văn Thí Điểm", "Công chức tiếp công dân xã Hữu Lũng", second.id)
    ]
    assert first.id != second.id
    assert (await office.session()).desired_revision == before + 1
    await _seat(office, "huulung")
    assert (await office.session()).desired_revision == before + 1


async def test_an_interpreter_of_the_commune_is_not_listed_twice(office: Office) -> None:
    seat = await _seat(office, "naduong")
    async with office.database.reading() as work:
        rows = await work.session.scalars(select(Attendance.name).where(Attendance.seat_id == seat.id))
        assert sorted(rows) == ["Bà Hoàng Thị Ví Dụ", "Ông Hoàng Văn Slình"]


async def test_a_dispatcher_gets_a_seat_of_all_turns_once(office: Office) -> None:
    first = await _seat(office, "dieuphoi")
    assert (first.role, first.all_turns) == (Role.DISPATCHER, True)
    assert (await _seat(office, "dieuphoi")).id == first.id


async def test_simulated_sites_take_shared_seats_only_and_nobody_is_on_the_roll(office: Office) -> None:
    rehearsal, session = Reader.for_system("rehearsal"), await office.session()
    central, chair = await office.seat("Ban Tiếp công dân Trung ương"), await office.seat("Ông Đỗ Quang Thử")
    async with office.work() as work:
        assert (await seat_for(work, rehearsal, session.id, central.id)).id == central.id
        assert (await seat_for(work, rehearsal, session.id)).account_id is None
        with pytest.raises(Refused) as refused:
            await seat_for(work, rehearsal, session.id, chair.id)
    assert refused.value.code is Code.SEAT_NOT_YOURS
    async with office.database.reading() as work:
        query = select(Attendance.id).where(Attendance.seat_id == central.id)
        assert (await work.session.scalars(query)).all() == []
