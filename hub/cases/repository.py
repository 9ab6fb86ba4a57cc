"""All queries of cases. Every one of them stands on `visible`: lists, counts, searches and single cases alike."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from hub.accounts.models import Account
from hub.accounts.reader import Reader, addressed
from hub.cases.models import Case, CaseClass, CaseLabel, CaseParty, CaseReader, CaseUnit
from hub.cases.rules import Scope, display_name, scope_of
from hub.cases.schemas import CaseRow, LabelView, PartyView, UnitRef
from hub.db.folding import like_patterns
from hub.people.models import Person
from hub.units.models import Unit


def visible(reader: Reader) -> ColumnElement[bool]:
    """The clause on `Case` that narrows to what the reader may know of; equal to `rules.may_read`.

    Parts of the system see all cases; auditors and administrators none."""
    scope = scope_of(reader)
    if scope is Scope.EVERYTHING:
        return true()
    if scope is Scope.NOTHING:
        return false()
    named = Case.id.in_(select(CaseReader.case_id).where(CaseReader.account_id == reader.account_id))
    normal = Case.case_class == CaseClass.NORMAL
    if scope is Scope.RESTRICTED:
        return or_(named, Case.case_class.in_([CaseClass.NORMAL, CaseClass.RESTRICTED]))
    if scope is Scope.NORMAL:
        return or_(named, normal)
    at_work = Case.id.in_(select(CaseUnit.case_id).where(CaseUnit.unit_id.in_(reader.unit_ids)))
    return or_(named, and_(normal, or_(Case.unit_id.in_(reader.unit_ids), at_work)))


@dataclass(frozen=True)
class CaseRef:
    """As much of a case as a turn shows."""

    id: str
    code: str
    subject: str
    case_class: CaseClass
    pseudonym: str


class CaseRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, reader: Reader, case_id: str) -> Case | None:
        return await self._session.scalar(select(Case).where(Case.id == case_id, visible(reader)))

    async def readable(self, reader: Reader, case_ids: Collection[str]) -> dict[str, CaseRef]:
        """Those of the cases that the reader may read, by id."""
        rows = await self._session.scalars(select(Case).where(Case.id.in_(case_ids), visible(reader)))
        return {c.id: CaseRef(c.id, c.code, c.subject, c.case_class, c.pseudonym) for c in rows}

    async def search(self, reader: Reader, query: str, limit: int, offset: int) -> list[CaseRow]:
        """Newest code first; every word of the query is found in code, subject, summary, field, unit or names."""
        statement = _matching(select(Case, Unit.name).outerjoin(Unit, Unit.id == Case.unit_id), reader, query)
        rows = (await self._session.execute(statement.order_by(Case.code.desc()).limit(limit).offset(offset))).all()
        return await self._rows([(row[0], row[1] or "") for row in rows])

    async def count(self, reader: Reader, query: str) -> int:
        return await self._session.scalar(_matching(select(func.count(Case.id)), reader, query)) or 0

    async def row(self, reader: Reader, case: Case) -> CaseRow:
        unit = await self._session.get(Unit, case.unit_id) if case.unit_id else None
        return (await self._rows([(case, unit.name if unit else "")]))[0]

    async def _rows(self, cases: Sequence[tuple[Case, str]]) -> list[CaseRow]:
        ids = [case.id for case, _ in cases]
        names: dict[str, list[str]] = {}
        people = await self._session.execute(
            select(CaseParty.case_id, Person.honorific, Person.full_name)
            .join(Person, Person.id == CaseParty.person_id)
            .where(CaseParty.case_id.in_(ids))
            .order_by(CaseParty.position)
        )
        for case_id, honorific, full_name in people:
            names.setdefault(case_id, []).append(addressed(honorific, full_name))
        labels: dict[str, list[CaseLabel]] = {}
        for label in await self._session.scalars(select(CaseLabel).where(CaseLabel.case_id.in_(ids))):
            labels.setdefault(label.case_id, []).append(label)
        return [_row(case, unit, names.get(case.id, []), labels.get(case.id, [])) for case, unit in cases]

    async def parties(self, reader: Reader, case: Case) -> tuple[PartyView, ...]:
        """People of a case the reader has got before through `get`."""
        rows = await self._session.execute(
            select(CaseParty, Person)
            .join(Person, Person.id == CaseParty.person_id)
            .where(CaseParty.case_id == case.id)
            .order_by(CaseParty.position)
        )
        return tuple(
            PartyView(p.id, p.full_name, p.honorific, p.birth_year, p.language, party.capacity) for party, p in rows
        )

    async def labels(self, reader: Reader, case: Case) -> tuple[LabelView, ...]:
        rows = await self._session.scalars(
            select(CaseLabel).where(CaseLabel.case_id == case.id).order_by(CaseLabel.created_at, CaseLabel.label)
        )
        return tuple(LabelView(row.label, row.reason, row.created_at, row.review_on) for row in rows)

    async def units(self, reader: Reader, case: Case) -> tuple[UnitRef, ...]:
        rows = await self._session.scalars(
            select(Unit)
            .join(CaseUnit, CaseUnit.unit_id == Unit.id)
            .where(CaseUnit.case_id == case.id)
            .order_by(Unit.name_folded)
        )
        return tuple(UnitRef(row.id, row.name) for row in rows)

    async def readers(self, reader: Reader, case: Case) -> tuple[str, ...]:
        rows = await self._session.execute(
            select(Account.honorific, Account.full_name)
            .join(CaseReader, CaseReader.account_id == Account.id)
            .where(CaseReader.case_id == case.id)
            .order_by(Account.full_name)
        )
        return tuple(addressed(honorific, full_name) for honorific, full_name in rows)

    async def last_code(self, prefix: str) -> str | None:
        """The highest code that begins so, over all classes: codes are counted, not read."""
        query = select(Case.code).where(Case.code.startswith(prefix))
        # A longer number is a higher one: 10000 comes after 9999.
        return await self._session.scalar(query.order_by(func.length(Case.code).desc(), Case.code.desc()).limit(1))

    async def units_of(self, case_ids: Iterable[str]) -> set[tuple[str, str]]:
        """Pairs of case and unit already written; for adding those that are missing."""
        rows = await self._session.execute(
            select(CaseUnit.case_id, CaseUnit.unit_id).where(CaseUnit.case_id.in_(list(case_ids)))
        )
        return {(case_id, unit_id) for case_id, unit_id in rows}


def _row(case: Case, unit_name: str, names: Sequence[str], labels: Sequence[CaseLabel]) -> CaseRow:
    return CaseRow(
        id=case.id,
        code=case.code,
        kind=case.kind,
        case_class=case.case_class,
        field=case.field,
        instance=case.instance,
        subject=case.subject,
        unit_id=case.unit_id,
        unit_name=unit_name,
        people_count=case.people_count,
        stage=case.stage,
        next_deadline=case.next_deadline,
        display_name=display_name(case.case_class, case.pseudonym, names, case.people_count),
        labels=tuple(sorted(label.label for label in labels)),
    )


def _matching(statement: Select[*tuple[Any, ...]], reader: Reader, query: str) -> Select[*tuple[Any, ...]]:
    statement = statement.where(visible(reader))
    for pattern in like_patterns(query):
        statement = statement.where(Case.search_folded.like(pattern))
    return statement
