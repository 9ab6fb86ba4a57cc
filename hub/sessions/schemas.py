"""What goes into and comes out of the sessions service."""

from dataclasses import dataclass
from datetime import datetime

from hub.cases.repository import CaseRef
from hub.sessions.models import Seat, SessionKind, SessionState
from signaling.protocol.vocabulary import Consent, RecordingPolicy, Role, TurnState


@dataclass(frozen=True)
class PlanTurn:
    """One case and the sites that take part. `citizens_at`: where its people sit; by default at the site of the case's
    own commune if it takes part, else at the turn's first site, else at the host site."""

    case_id: str
    site_ids: tuple[str, ...] = ()
    citizens_at: str | None = None


@dataclass(frozen=True)
class PlanOfficial:
    """An official beside chair and secretary, in all turns: department, inspector, dispatcher, reviewer."""

    account_id: str
    role: Role


@dataclass(frozen=True)
class PlanSession:
    kind: SessionKind
    title: str
    start_plan: datetime
    end_plan: datetime | None
    host_site_id: str
    chair_account_id: str
    secretary_account_id: str
    turns: tuple[PlanTurn, ...]
    sites: tuple[str, ...] = ()
    reviewer_account_id: str | None = None
    officials: tuple[PlanOfficial, ...] = ()
    event_tag: str = ""


@dataclass(frozen=True)
class TurnRow:
    """A turn as this reader may see it: `case` is null where the reader may know only its number."""

    id: str
    number: int
    state: TurnState
    case: CaseRef | None
    seat_ids: tuple[str, ...]
    started_at: datetime | None
    ended_at: datetime | None
    started_time: float | None
    ended_time: float | None
    announced: bool


@dataclass(frozen=True)
class SiteRow:
    id: str
    name: str
    unit_name: str


@dataclass(frozen=True)
class SeatRow:
    id: str
    name: str
    site_id: str
    site: str
    role: Role
    account_id: str | None
    all_turns: bool
    admitted: bool
    connected: bool


@dataclass(frozen=True)
class SessionRow:
    """A session in a list. `my_seat` is the seat this reader would take, null without one."""

    id: str
    code: str
    kind: SessionKind
    title: str
    state: SessionState
    recording_policy: RecordingPolicy
    start_plan: datetime
    end_plan: datetime | None
    start_actual: datetime | None
    end_actual: datetime | None
    host: SiteRow
    sites: tuple[SiteRow, ...]
    chair_account_id: str
    chair_name: str
    secretary_account_id: str
    secretary_name: str
    reviewer_account_id: str | None
    turns: tuple[TurnRow, ...]
    my_seat: str | None


@dataclass(frozen=True)
class SessionView:
    """A session's page. `joinable`: the lobby may be entered now; `clock_zero`: session time 0 once it was placed."""

    row: SessionRow
    seats: tuple[SeatRow, ...]
    may_open: bool
    joinable: bool
    clock_zero: datetime | None
    version: int


@dataclass(frozen=True)
class TurnView:
    """A turn the reader may read, with its case and everybody's seats in it."""

    id: str
    session_id: str
    session_code: str
    session_title: str
    session_state: SessionState
    start_plan: datetime
    clock_zero: datetime | None
    number: int
    state: TurnState
    case: CaseRef
    seats: tuple[SeatRow, ...]
    started_at: datetime | None
    ended_at: datetime | None
    started_time: float | None
    ended_time: float | None
    announced: bool
    recordable: bool
    secretary_account_id: str
    reviewer_account_id: str | None
    chair_account_id: str


@dataclass(frozen=True)
class PersonRow:
    """Somebody at a seat in a turn. `name` is a pseudonym where the case is sealed."""

    attendance: str
    turn: str
    seat: str
    name: str
    capacity: str
    interpreter: bool
    on_duty: bool
    consent: Consent


def seat_row(seat: Seat, site_name: str) -> SeatRow:
    return SeatRow(
        id=seat.id,
        name=seat.name,
        site_id=seat.site_id,
        site=site_name,
        role=seat.role,
        account_id=seat.account_id,
        all_turns=seat.all_turns,
        admitted=seat.admitted,
        connected=seat.connected,
    )
