"""Cases: search, read, create. What a reader may not know of is not there."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from hub.cases import service as cases
from hub.cases.models import CaseClass, CaseKind, CaseLabelKind
from hub.cases.schemas import CreateCase, NewParty
from hub.people.service import NewPerson
from web.access import API
from web.api.model import Id, In, Name, Out
from web.desk import Reading, Writing

router = APIRouter(prefix=API, tags=["cases"])


class CaseRowOut(Out):
    """`display_name` is what a screen may show of the people: a pseudonym where the case is sealed."""

    id: str
    code: str
    kind: CaseKind
    case_class: CaseClass
    field: str
    instance: int | None
    subject: str
    unit_id: str | None
    unit_name: str
    people_count: int
    stage: str
    next_deadline: date | None
    display_name: str
    labels: list[CaseLabelKind]


class CaseListOut(Out):
    count: int
    cases: list[CaseRowOut]


class PartyOut(Out):
    person_id: str
    name: str
    honorific: str
    birth_year: int | None
    language: str
    capacity: str


class LabelOut(Out):
    label: CaseLabelKind
    reason: str
    created_at: datetime
    review_on: date | None


class UnitRefOut(Out):
    id: str
    name: str


class CaseOut(CaseRowOut):
    summary: str
    parties: list[PartyOut]
    label_reasons: list[LabelOut]
    units: list[UnitRefOut]
    created_at: datetime
    version: int


class PartyIn(In):
    full_name: Name
    honorific: Annotated[str, Field(max_length=10)] = "ông/bà"
    birth_year: Annotated[int, Field(ge=1880, le=2100)] | None = None
    language: Annotated[str, Field(max_length=40)] = ""
    capacity: Annotated[str, Field(min_length=1, max_length=120)] = "Người trình bày"


class CaseIn(In):
    """`unit_id`: the commune the case comes from. A denunciation is sealed whatever `case_class` says."""

    kind: CaseKind
    field: Annotated[str, Field(min_length=1, max_length=120)]
    subject: Annotated[str, Field(min_length=1, max_length=300)]
    summary: Annotated[str, Field(max_length=10_000)] = ""
    unit_id: Id | None = None
    instance: Annotated[int, Field(ge=1, le=2)] | None = None
    people_count: Annotated[int, Field(ge=1, le=100_000)] = 1
    stage: Annotated[str, Field(min_length=1, max_length=120)] = "Mới tiếp nhận"
    next_deadline: date | None = None
    case_class: CaseClass | None = None
    parties: Annotated[list[PartyIn], Field(max_length=50, default_factory=list)]
    case_units: Annotated[list[Id], Field(max_length=70, default_factory=list)]

    def order(self) -> CreateCase:
        """What the cases service takes."""
        return CreateCase(
            kind=self.kind,
            field=self.field,
            subject=self.subject,
            summary=self.summary,
            unit_id=self.unit_id,
            instance=self.instance,
            people_count=self.people_count,
            stage=self.stage,
            next_deadline=self.next_deadline,
            case_class=self.case_class,
            case_units=tuple(self.case_units),
            parties=tuple(
                NewParty(
                    NewPerson(
                        full_name=party.full_name,
                        honorific=party.honorific,
                        birth_year=party.birth_year,
                        language=party.language,
                        unit_id=self.unit_id,
                    ),
                    party.capacity,
                )
                for party in self.parties
            ),
        )


@router.get("/cases")
async def list_cases(
    desk: Reading,
    query: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> CaseListOut:
    """Newest first. Marks may be left out: "dat rung" finds "đất rừng"."""
    rows = await cases.list_cases(desk.work, desk.reader, query, limit, offset)
    count = await cases.count_cases(desk.work, desk.reader, query)
    return CaseListOut(count=count, cases=[CaseRowOut.model_validate(row) for row in rows])


@router.post("/cases", status_code=201)
async def create_case(body: CaseIn, desk: Writing) -> CaseOut:
    case = await cases.create_case(desk.work, desk.reader, body.order())
    return await _case_out(desk, case.id)


@router.get("/cases/{case_id}")
async def get_case(case_id: str, desk: Writing) -> CaseOut:
    """Reading a restricted or sealed case is written into the audit log, hence a unit of work."""
    return await _case_out(desk, case_id)


async def _case_out(desk: Writing, case_id: str) -> CaseOut:
    view = await cases.get_case(desk.work, desk.reader, case_id)
    return CaseOut(
        **CaseRowOut.model_validate(view.row).model_dump(),
        summary=view.summary,
        parties=[PartyOut.model_validate(party) for party in view.parties],
        label_reasons=[LabelOut.model_validate(label) for label in view.labels],
        units=[UnitRefOut.model_validate(unit) for unit in view.units],
        created_at=view.created_at,
        version=view.version,
    )
