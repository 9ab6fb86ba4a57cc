"""Who is at which seat, and consent: taken, changed, withdrawn."""

import pytest
from sqlalchemy import select

from hub.audit.models import AuditEntry
from hub.errors import AnyCode, Code, Refused
from hub.people.models import ConsentRecord
from hub.people.rules import NOTICE_VERSION
from hub.sessions.attendance import NewAttendance, add_attendance, people_of, record_consent
from hub.sessions.models import Turn
from hub.sessions.schemas import PersonRow
from signaling.protocol.vocabulary import Consent, TurnState
from tests.support.office import Office


async def _people(office: Office, number: int = 1) -> dict[str, PersonRow]:
    turn = (await office.turns())[number - 1]
    async with office.database.reading() as work:
        return {row.name: row for row in await people_of(work, await office.reader("thuky"), turn.id)}


async def _choose(office: Office, username: str, person: PersonRow, choice: Consent) -> PersonRow:
    async with office.work() as work:
        return await record_consent(work, await office.reader(username), person.attendance, choice)


async def _refused(office: Office, username: str, person: PersonRow, choice: Consent) -> AnyCode:
    with pytest.raises(Refused) as refused:
        await _choose(office, username, person, choice)
    return refused.value.code


async def test_the_newest_choice_counts_and_earlier_ones_stay(office: Office) -> None:
    slinh = (await _people(office))["Ông Hoàng Văn Slình"]
    assert slinh.consent is Consent.UNDECIDED
    revision = (await office.session()).desired_revision
    for choice in (Consent.AUDIO_VIDEO, Consent.VOICE, Consent.NONE, Consent.AUDIO_VIDEO):
        await _choose(office, "naduong", slinh, choice)
        assert (await _people(office))["Ông Hoàng Văn Slình"].consent is choice
    assert (await office.session()).desired_revision == revision + 4
    async with office.database.reading() as work:
        rows = (await work.session.scalars(select(ConsentRecord))).all()
        entries = await work.session.scalars(select(AuditEntry).where(AuditEntry.action == "consent.recorded"))
        assert len(entries.all()) == 4
    assert {row.text_version for row in rows} == {NOTICE_VERSION}
    assert {row.taken_by for row in rows} == {await office.account("naduong")}


async def test_a_commune_takes_consent_at_its_own_seat_and_the_province_everywhere(office: Office) -> None:
    slinh, pet = (await _people(office))["Ông Hoàng Văn Slình"], (await _people(office, 2))["Bà Nông Thị Pết"]
    assert await _refused(office, "huulung", slinh, Consent.NONE) is Code.NOT_FOUND
    assert await _refused(office, "naduong", pet, Consent.NONE) is Code.NOT_FOUND
    assert await _refused(office, "trunguong", slinh, Consent.NONE) is Code.PERMISSION_MISSING
    for username in ("lanhdao", "rasoat", "sonnmt", "kiemtoan"):
        assert await _refused(office, username, slinh, Consent.NONE) is Code.PERMISSION_MISSING
    for username in ("thuky", "tiepdan", "dieuphoi", "naduong-ct"):
        assert (await _choose(office, username, slinh, Consent.VOICE)).consent is Consent.VOICE


async def test_undecided_is_not_a_choice_and_officials_are_not_asked(office: Office) -> None:
    people = await _people(office)
    assert await _refused(office, "thuky", people["Ông Hoàng Văn Slình"], Consent.UNDECIDED) is Code.INPUT_INVALID
    chair = people["Ông Đỗ Quang Thử"]
    assert (chair.on_duty, chair.consent) == (True, Consent.AUDIO_VIDEO)
    assert await _refused(office, "thuky", chair, Consent.NONE) is Code.CONSENT_BY_DUTY


async def _add(office: Office, username: str, turn: Turn, seat: str, name: str = "Bà Mẫu") -> PersonRow:
    async with office.work() as work:
        new = NewAttendance(seat, name, "Người làm chứng")
        return await add_attendance(work, await office.reader(username), turn.id, new)


async def test_a_person_added_at_the_desk_is_not_asked_yet(office: Office) -> None:
    turn, seat = (await office.turns())[0], await office.seat("Xã Na Dương")
    added = await _add(office, "naduong", turn, seat.id, "  Bà  Mẫu\u202e ")
    assert (added.name, added.consent, added.on_duty) == ("Bà Mẫu", Consent.UNDECIDED, False)
    assert (await _people(office))["Bà Mẫu"].attendance == added.attendance


async def test_people_are_not_added_where_they_do_not_belong(office: Office) -> None:
    first, second = await office.turns()
    na_duong, huu_lung = await office.seat("Xã Na Dương"), await office.seat("Xã Hữu Lũng")
    for username, turn, seat, name, code in (
        ("naduong", second, huu_lung.id, "Bà Mẫu", Code.NOT_FOUND),
        ("thuky", first, huu_lung.id, "Bà Mẫu", Code.SEAT_OUTSIDE_TURN),
        ("thuky", first, "none", "Bà Mẫu", Code.SEAT_OUTSIDE_TURN),
        ("naduong", first, (await office.seat("Ông Đỗ Quang Thử")).id, "Bà Mẫu", Code.PERMISSION_MISSING),
        ("lanhdao", first, na_duong.id, "Bà Mẫu", Code.PERMISSION_MISSING),
        ("thuky", first, na_duong.id, " \u202e ", Code.INPUT_INVALID),
    ):
        with pytest.raises(Refused) as refused:
            await _add(office, username, turn, seat, name)
        assert refused.value.code is code
    async with office.work() as work:
        row = await work.session.get(Turn, first.id)
        assert row is not None
        row.state = TurnState.ENDED
    with pytest.raises(Refused) as refused:
        await _add(office, "thuky", first, na_duong.id)
    assert refused.value.code is Code.TURN_OVER


async def test_people_of_a_sealed_turn_are_written_down_under_the_pseudonym(office: Office) -> None:
    session = await office.session("PH-2026-014")
    (turn,) = await office.turns("PH-2026-014")
    seat = await office.seat("Phòng tiếp công dân", "PH-2026-014")
    async with office.work() as work:
        row = await work.session.get(Turn, turn.id)
        assert row is not None
        row.state = TurnState.WAITING
    added = await _add(office, "tiepdan", turn, seat.id, "Ông Có Tên")
    assert added.name == "Công dân 06"
    assert session.id == turn.session_id
