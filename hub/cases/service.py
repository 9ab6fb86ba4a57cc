"""Making, finding and reading cases."""

import unicodedata
from collections.abc import Iterable

from hub.accounts.reader import Reader
from hub.accounts.roles import COMMUNAL, PROVINCIAL, Permission, may
from hub.audit import service as audit
from hub.cases import rules
from hub.cases.models import Case, CaseClass, CaseLabel, CaseParty, CaseReader, CaseUnit
from hub.cases.repository import CaseRepository
from hub.cases.schemas import CaseRow, CaseView, CreateCase
from hub.clock import in_vietnam
from hub.db.engine import Lock, Work
from hub.db.folding import searchable
from hub.errors import Code, Refused
from hub.ids import new_id
from hub.people.service import add_person
from hub.units.models import Unit
from hub.units.repository import UnitRepository

#: The head of every case code of the province.
CODE_PREFIX = "LS"


async def create_case(work: Work, reader: Reader, new: CreateCase, *, code: str | None = None) -> Case:
    """Makes a case with the next code of the year; who makes a closed case becomes its first named reader.

    Raises `PERMISSION_MISSING`, `UNIT_NOT_YOURS` (communes make cases of their own unit), `UNIT_UNKNOWN`,
    `INPUT_INVALID`. `code` is given only for demo data.
    """
    if not may(reader, Permission.CASE_CREATE):
        raise Refused(Code.PERMISSION_MISSING)
    if reader.has(*COMMUNAL) and not reader.has(*PROVINCIAL) and new.unit_id not in reader.unit_ids:
        raise Refused(Code.UNIT_NOT_YOURS)
    if not new.subject.strip():
        raise Refused(Code.INPUT_INVALID, field="subject")
    if new.people_count < 1:
        raise Refused(Code.INPUT_INVALID, field="people_count")
    units = await _units(work, reader, new)
    if code is None:
        await work.serialise(Lock.CASE_CODE)
        year = in_vietnam(work.now).year
        last = await CaseRepository(work.session).last_code(f"{CODE_PREFIX}-{year}-")
        code = rules.next_code(CODE_PREFIX, year, last, digits=4)
    case_class = rules.class_of(new.kind, new.case_class)
    case = Case(
        id=new_id(),
        code=code,
        kind=new.kind,
        case_class=case_class,
        field=_clean(new.field),
        instance=new.instance,
        subject=_clean(new.subject),
        summary=unicodedata.normalize("NFC", new.summary.strip()),
        search_folded="",
        unit_id=new.unit_id,
        people_count=new.people_count,
        stage=_clean(new.stage),
        next_deadline=new.next_deadline,
        pseudonym=rules.pseudonym_for(code) if case_class is CaseClass.SEALED else "",
        created_by=reader.account_id,
        created_at=work.now,
    )
    names = [party.person.full_name for party in new.parties]
    unit_name = units[new.unit_id].name if new.unit_id else ""
    case.search_folded = searchable(
        " ".join([code, case.subject, case.summary, case.field, unit_name, case.stage, *names])
    )
    work.session.add(case)
    await work.session.flush()
    await _add_rows_of(work, reader, case, new)
    detail = {"code": code, "class": case_class.value, "kind": new.kind.value}
    await audit.record(work, reader, "case.created", "case", case.id, detail=detail)
    return case


async def _units(work: Work, reader: Reader, new: CreateCase) -> dict[str, Unit]:
    repository = UnitRepository(work.session)
    units: dict[str, Unit] = {}
    for unit_id in {*([new.unit_id] if new.unit_id else []), *new.case_units}:
        unit = await repository.unit(reader, unit_id)
        if unit is None:
            raise Refused(Code.UNIT_UNKNOWN)
        units[unit_id] = unit
    return units


async def _add_rows_of(work: Work, reader: Reader, case: Case, new: CreateCase) -> None:
    persons = [add_person(work, party.person) for party in new.parties]
    await work.session.flush()
    for position, (party, person) in enumerate(zip(new.parties, persons, strict=True)):
        work.session.add(
            CaseParty(id=new_id(), case_id=case.id, person_id=person.id, capacity=party.capacity, position=position)
        )
    for label in new.labels:
        work.session.add(
            CaseLabel(
                id=new_id(),
                case_id=case.id,
                label=label.label,
                reason=label.reason,
                author=reader.account_id,
                created_at=work.now,
                review_on=label.review_on,
            )
        )
    for unit_id in dict.fromkeys(new.case_units):
        work.session.add(CaseUnit(case_id=case.id, unit_id=unit_id))
    if case.case_class is not CaseClass.NORMAL and not reader.is_system:
        await name_reader(work, reader, case, reader.account_id, "Người lập hồ sơ")
    await work.session.flush()


async def name_reader(work: Work, reader: Reader, case: Case, account_id: str, reason: str) -> None:
    """Names an account as a reader of a closed case; audited. The caller has the case through this service."""
    row = CaseReader(
        case_id=case.id, account_id=account_id, reason=reason, granted_by=reader.account_id, granted_at=work.now
    )
    await work.session.merge(row)
    await audit.record(
        work, reader, "case.reader_named", "case", case.id, reason=reason, detail={"account": account_id}
    )


async def put_units_to_work(work: Work, case_units: Iterable[tuple[str, str]]) -> None:
    """Writes which units work on which cases (pairs of case and unit), as a session's plan makes them do.

    Their people can then read those of the cases that are normal; closed ones stay with their named readers.
    """
    wanted = set(case_units)
    known = await CaseRepository(work.session).units_of({case_id for case_id, _ in wanted})
    for case_id, unit_id in sorted(wanted - known):
        work.session.add(CaseUnit(case_id=case_id, unit_id=unit_id))
    await work.session.flush()


async def list_cases(work: Work, reader: Reader, query: str = "", limit: int = 50, offset: int = 0) -> list[CaseRow]:
    """Cases the reader may know of, newest code first. The query is folded: "dat rung" finds "đất rừng"."""
    return await CaseRepository(work.session).search(reader, query, limit, offset)


async def count_cases(work: Work, reader: Reader, query: str = "") -> int:
    return await CaseRepository(work.session).count(reader, query)


async def get_case(work: Work, reader: Reader, case_id: str) -> CaseView:
    """Raises `NOT_FOUND`. Reading a restricted or sealed case is written into the audit log in the same unit of work."""
    repository = CaseRepository(work.session)
    case = await repository.get(reader, case_id)
    if case is None:
        raise Refused(Code.NOT_FOUND)
    if case.case_class is not CaseClass.NORMAL:
        await audit.record(work, reader, "case.read", "case", case.id, detail={"class": case.case_class.value})
    return CaseView(
        row=await repository.row(reader, case),
        summary=case.summary,
        parties=await repository.parties(reader, case),
        labels=await repository.labels(reader, case),
        units=await repository.units(reader, case),
        readers=await repository.readers(reader, case) if case.case_class is not CaseClass.NORMAL else (),
        created_at=case.created_at,
        version=case.version,
        pseudonym=case.pseudonym,
    )


def _clean(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())
