"""Making, finding and reading cases, on both engines where search is concerned."""

import asyncio
from datetime import date

import pytest
from sqlalchemy import select

from hub.accounts.reader import Reader
from hub.audit.models import AuditEntry
from hub.cases.models import CaseClass, CaseKind, CaseLabelKind
from hub.cases.schemas import CreateCase, NewLabel, NewParty
from hub.cases.service import count_cases, create_case, get_case, list_cases, name_reader
from hub.errors import Code, Refused
from hub.people.service import NewPerson
from hub.units.province import ENVIRONMENT
from tests.support.office import Office


def _new(kind: CaseKind = CaseKind.PETITION, **more: object) -> CreateCase:
    fields: dict[str, object] = {"field": "Môi trường", "subject": "Suối bị đục"}
    return CreateCase(kind=kind, **(fields | more))  # type: ignore[arg-type]


async def _codes(office: Office, username: str, query: str = "") -> list[str]:
    async with office.database.reading() as work:
        reader = await office.reader(username)
        rows = await list_cases(work, reader, query)
        assert len(rows) == await count_cases(work, reader, query)
        return [row.code[-4:] for row in rows]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("dat rung", ["0008", "0001"]),
        ("đất rừng", ["0008", "0001"]),
        ("DAT  RUNG", ["0008", "0001"]),
        ("na duong", ["0001"]),
        ("slinh", ["0001"]),
        ("LS-2026-0002", ["0002"]),
        ("mo da bui", ["0002"]),
        ("100%", []),
        ("0012", ["0012"]),
        ("ung", []),
        ("to cao", []),
    ],
)
async def test_search_without_marks_finds_the_same_on_both_engines(
    each_office: Office, query: str, found: list[str]
) -> None:
    assert await _codes(each_office, "thuky", query) == found


async def test_the_sealed_case_exists_only_for_its_named_readers(office: Office) -> None:
    sealed = await office.case(6)
    for username in ("chanhthanhtra", "tiepdan"):
        assert "0006" in await _codes(office, username)
        assert await _codes(office, username, "cong trinh thon") == ["0006"]
    for username in ("lanhdao", "chutich", "thuky", "thanhtra", "dieuphoi", "naduong", "kiemtoan", "quantri"):
        assert "0006" not in await _codes(office, username)
        assert await _codes(office, username, "khai khong") == []
        with pytest.raises(Refused) as refused:
            async with office.work() as work:
                await get_case(work, await office.reader(username), sealed.id)
        assert refused.value.code is Code.NOT_FOUND


async def test_what_may_not_be_seen_is_refused_like_what_does_not_exist(office: Office) -> None:
    answers = []
    for case_id in ((await office.case(6)).id, "no such case"):
        with pytest.raises(Refused) as refused:
            async with office.work() as work:
                await get_case(work, await office.reader("lanhdao"), case_id)
        answers.append((refused.value.code, refused.value.details))
    assert answers[0] == answers[1]


async def test_reading_a_sealed_case_is_audited_and_a_normal_one_is_not(office: Office) -> None:
    reader = await office.reader("chanhthanhtra")
    async with office.work() as work:
        view = await get_case(work, reader, (await office.case(6)).id)
        await get_case(work, reader, (await office.case(1)).id)
    assert view.row.display_name == "Công dân 06"
    assert view.readers == ("Bà Bế Thị Lắng Nghe", "Ông Dương Văn Kiểm Thử")
    async with office.database.reading() as work:
        entries = (await work.session.scalars(select(AuditEntry).where(AuditEntry.action == "case.read"))).all()
    assert [(entry.actor, entry.object_id) for entry in entries] == [(reader.account_id, view.row.id)]
    assert "Mạc Văn Ẩn" not in entries[0].detail


async def test_a_case_page_shows_people_labels_and_units(office: Office) -> None:
    async with office.work() as work:
        view = await get_case(work, await office.reader("lanhdao"), (await office.case(2)).id)
    assert view.row.display_name == "Bà Nông Thị Pết và 22 người"
    assert [party.name for party in view.parties] == ["Nông Thị Pết", "Lương Văn Coóng", "Vi Thị Mai"]
    assert set(view.row.labels) == {CaseLabelKind.MASS, CaseLabelKind.COMPLEX}
    assert "Sở Nông nghiệp và Môi trường" in [unit.name for unit in view.units]
    assert view.readers == ()


async def test_a_commune_reads_only_cases_of_its_own(office: Office) -> None:
    assert await _codes(office, "naduong") == ["0001"]
    assert await _codes(office, "huulung") == ["0002"]
    assert await _codes(office, "sonnmt") == ["0008", "0002", "0001"]


async def test_the_secretary_makes_a_case_with_the_next_code(office: Office) -> None:
    site = await office.site("06526")
    new = _new(
        unit_id=site.unit_id,
        subject="  Suối bị đục ",
        people_count=4,
        next_deadline=date(2026, 12, 4),
        parties=(NewParty(NewPerson("Nông Văn Thử", "ông", 1960, "Tày"), "Người kiến nghị"),),
        labels=(NewLabel(CaseLabelKind.COMPLEX, "Nhiều cơ quan"),),
        case_units=((await office.site(ENVIRONMENT)).unit_id,),
    )
    async with office.work() as work:
        case = await create_case(work, await office.reader("thuky"), new)
    assert (case.code, case.subject, case.case_class) == ("LS-2026-0013", "Suối bị đục", CaseClass.NORMAL)
    assert await _codes(office, "thuky", "nong van thu duong") == ["0013"]
    assert "0013" in await _codes(office, "naduong")
    assert "0013" in await _codes(office, "sonnmt")


async def test_cases_made_at_the_same_time_get_different_codes(each_office: Office) -> None:
    reader = await each_office.reader("thuky")

    async def make() -> str:
        async with each_office.database.unit_of_work() as work:
            return (await create_case(work, reader, _new())).code

    codes = await asyncio.gather(*(make() for _ in range(8)))
    assert sorted(codes) == [f"LS-2026-{number:04d}" for number in range(13, 21)]


async def test_a_denunciation_is_sealed_and_its_maker_is_its_first_reader(office: Office) -> None:
    async with office.work() as work:
        case = await create_case(work, await office.reader("tiepdan"), _new(CaseKind.DENUNCIATION))
    assert (case.case_class, case.pseudonym) == (CaseClass.SEALED, "Công dân 13")
    assert "0013" in await _codes(office, "tiepdan")
    assert "0013" not in await _codes(office, "chanhthanhtra")
    async with office.work() as work:
        account = await office.account("chanhthanhtra")
        await name_reader(work, await office.reader("tiepdan"), case, account, "Được giao xác minh")
    assert "0013" in await _codes(office, "chanhthanhtra")


async def test_a_restricted_case_stays_with_leaders_inspectors_and_receiving_officers(office: Office) -> None:
    site = await office.site("06526")
    async with office.work() as work:
        new = _new(case_class=CaseClass.RESTRICTED, unit_id=site.unit_id)
        await create_case(work, Reader.for_system("test"), new)
    seen = {name: "0013" in await _codes(office, name) for name in ("lanhdao", "thanhtra", "tiepdan")}
    assert all(seen.values())
    unseen = {name: "0013" in await _codes(office, name) for name in ("thuky", "rasoat", "naduong", "dieuphoi")}
    assert not any(unseen.values())


@pytest.mark.parametrize(
    ("username", "changes", "code"),
    [
        ("lanhdao", {}, Code.PERMISSION_MISSING),
        ("kiemtoan", {}, Code.PERMISSION_MISSING),
        ("thuky", {"unit_id": "nowhere"}, Code.UNIT_UNKNOWN),
        ("thuky", {"subject": "  "}, Code.INPUT_INVALID),
        ("thuky", {"people_count": 0}, Code.INPUT_INVALID),
        ("naduong", {}, Code.UNIT_NOT_YOURS),
    ],
)
async def test_what_does_not_fit_is_refused_and_leaves_nothing(
    office: Office, username: str, changes: dict[str, object], code: Code
) -> None:
    with pytest.raises(Refused) as refused:
        async with office.work() as work:
            await create_case(work, await office.reader(username), _new(**changes))
    assert refused.value.code is code
    assert "0013" not in await _codes(office, "lanhdao")
