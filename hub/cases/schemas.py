"""What goes into and comes out of the cases service."""

from dataclasses import dataclass, field
from datetime import date, datetime

from hub.cases.models import CaseClass, CaseKind, CaseLabelKind
from hub.people.service import NewPerson


@dataclass(frozen=True)
class NewParty:
    person: NewPerson
    capacity: str = "Người trình bày"


@dataclass(frozen=True)
class NewLabel:
    label: CaseLabelKind
    reason: str
    review_on: date | None = None


@dataclass(frozen=True)
class CreateCase:
    """`unit_id`: the commune the case comes from; `instance` 1 or 2 for complaints; `case_units`: other units at work."""

    kind: CaseKind
    field: str
    subject: str
    summary: str = ""
    unit_id: str | None = None
    instance: int | None = None
    people_count: int = 1
    stage: str = "Mới tiếp nhận"
    next_deadline: date | None = None
    case_class: CaseClass | None = None
    parties: tuple[NewParty, ...] = ()
    labels: tuple[NewLabel, ...] = ()
    case_units: tuple[str, ...] = ()


@dataclass(frozen=True)
class CaseRow:
    """A case in a list. `display_name` is what a screen may show of the people: a pseudonym where the case is sealed."""

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
    labels: tuple[CaseLabelKind, ...]


@dataclass(frozen=True)
class PartyView:
    person_id: str
    name: str
    honorific: str
    birth_year: int | None
    language: str
    capacity: str


@dataclass(frozen=True)
class LabelView:
    label: CaseLabelKind
    reason: str
    created_at: datetime
    review_on: date | None


@dataclass(frozen=True)
class UnitRef:
    id: str
    name: str


@dataclass(frozen=True)
class CaseView:
    """A case page. `readers` names who may open a closed case, empty for normal ones."""

    row: CaseRow
    summary: str
    parties: tuple[PartyView, ...]
    labels: tuple[LabelView, ...]
    units: tuple[UnitRef, ...]
    readers: tuple[str, ...]
    created_at: datetime
    version: int
    pseudonym: str = field(default="")
