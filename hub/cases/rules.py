"""Pure rules of cases: who may read which class, how codes are counted, what name is shown.

The same rules exist as one SQL clause in `hub.cases.repository.visible`; a test holds them together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from hub.accounts.models import AccountRole as R
from hub.accounts.reader import Reader
from hub.accounts.roles import CENTRAL, COMMUNAL, PROVINCIAL, WITHOUT_CONTENTS
from hub.cases.models import CaseClass, CaseKind

#: Who reads restricted cases without being named: those who answer for them in the province (domain 3.5, section 2).
READS_RESTRICTED = frozenset({R.LEADER, R.INSPECTOR, R.RECEIVING_OFFICER})
#: Who reads a normal case through a unit of theirs that works on it.
READS_OWN_UNIT = COMMUNAL | CENTRAL | {R.DEPARTMENT}


class Scope(StrEnum):
    """How far a reader sees, apart from the cases it is named in."""

    NOTHING = "nothing"
    OWN_UNITS = "own_units"
    NORMAL = "normal"
    RESTRICTED = "restricted"
    EVERYTHING = "everything"


def scope_of(reader: Reader) -> Scope:
    """Parts of the system see everything; auditors and administrators nothing, however else they are named."""
    if reader.is_system:
        return Scope.EVERYTHING
    roles = reader.roles - WITHOUT_CONTENTS
    if roles & READS_RESTRICTED:
        return Scope.RESTRICTED
    if roles & PROVINCIAL:
        return Scope.NORMAL
    if roles & READS_OWN_UNIT:
        return Scope.OWN_UNITS
    return Scope.NOTHING


@dataclass(frozen=True)
class CaseFacts:
    """What decides about a case: its class, the units it belongs to or that work on it, its named readers."""

    case_class: CaseClass
    units: frozenset[str]
    readers: frozenset[str]


def may_read(reader: Reader, case: CaseFacts) -> bool:
    """Sealed: only named readers. Restricted: named, or leader, inspector, receiving officer. Normal: by scope."""
    scope = scope_of(reader)
    if scope is Scope.NOTHING:
        return False
    if scope is Scope.EVERYTHING or reader.account_id in case.readers:
        return True
    if case.case_class is CaseClass.NORMAL:
        return scope in (Scope.NORMAL, Scope.RESTRICTED) or not case.units.isdisjoint(reader.unit_ids)
    return case.case_class is CaseClass.RESTRICTED and scope is Scope.RESTRICTED


def class_of(kind: CaseKind, wanted: CaseClass | None) -> CaseClass:
    """Denunciations are sealed, whatever was asked for (Law 25/2018; domain 3.4)."""
    if kind is CaseKind.DENUNCIATION:
        return CaseClass.SEALED
    return wanted or CaseClass.NORMAL


def next_code(prefix: str, year: int, last: str | None, digits: int) -> str:
    """ "LS", 2026, "LS-2026-0012", 4 → "LS-2026-0013"."""
    number = int(last.rsplit("-", 1)[1]) + 1 if last else 1
    return f"{prefix}-{year}-{number:0{digits}d}"


def pseudonym_for(code: str) -> str:
    """ "LS-2026-0006" → "Công dân 06": what stands for the people of a sealed case."""
    return f"Công dân {int(code.rsplit('-', 1)[1]):02d}"


def display_name(case_class: CaseClass, pseudonym: str, names: Sequence[str], people_count: int) -> str:
    """What any screen may show of a case's people: the pseudonym where it is sealed, the first name for groups."""
    if case_class is CaseClass.SEALED:
        return pseudonym
    if not names:
        return ""
    others = people_count - 1
    return f"{names[0]} và {others} người" if others > 0 else names[0]
