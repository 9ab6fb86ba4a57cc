"""What a room remembers. Plain data; the rules are in the modules beside it."""

from dataclasses import dataclass, field

from signaling.protocol.browser import SeatView, Stage
from signaling.protocol.hub_link import DesiredAttendance, DesiredSeat, DesiredTurn
from signaling.protocol.ids import AttendanceId, RecordingId, SeatId, SessionId, SignInId, TurnId
from signaling.protocol.slots import MediaKind
from signaling.protocol.vocabulary import (
    CONDUCTORS,
    Consent,
    MediaState,
    Phase,
    Place,
    RecordingPolicy,
    TurnState,
)


@dataclass(slots=True)
class Shown:
    """What a seat's browser was last told, so that only differences are sent."""

    place: Place
    stage: Stage
    seats: dict[SeatId, SeatView]
    slots: dict[str, SeatId]


@dataclass(slots=True)
class Presence:
    """A seat somebody sits at. `socket` is None and `lost_since` set while its line is gone.

    `assigned` and `opened` are the orders the engine has. `must_assign`: it knows nothing of the seat yet, or
    forgot a part, and is told again.
    """

    socket: int | None
    sign_in: SignInId
    microphone: bool
    camera: bool
    lost_since: float | None = None
    hand_raised_at: float | None = None
    publish: MediaState = MediaState.NEW
    subscribe: MediaState = MediaState.NEW
    shown: Shown | None = None
    assigned: dict[str, SeatId] = field(default_factory=dict)
    must_assign: bool = True
    opened: tuple[bool, bool] | None = None


@dataclass(slots=True)
class Seat:
    """`admitted` and `muted_by` outlive the presence: who comes back is where and as he was.

    `muted_by`: name of the conductor who closed the microphone; None = the people at the seat decide themselves.
    """

    desired: DesiredSeat
    admitted: bool
    muted_by: str | None = None
    presence: Presence | None = None

    @property
    def conducts(self) -> bool:
        return self.desired.role in CONDUCTORS

    @property
    def sits_in_all(self) -> bool:
        return self.conducts or not self.desired.turns

    def sits_in(self, turn: TurnId) -> bool:
        return self.sits_in_all or turn in self.desired.turns


@dataclass(slots=True)
class Turn:
    desired: DesiredTurn
    state: TurnState
    announced: bool


@dataclass(slots=True)
class Recording:
    """The journal of the running turn. `taps`: open ones, with their track numbers."""

    recording: RecordingId
    turn: TurnId
    since: float
    paused: bool = False
    problem: str | None = None
    taps: dict[tuple[SeatId, MediaKind], int] = field(default_factory=dict)


@dataclass(slots=True)
class State:
    session: SessionId
    generation: int
    code: str
    clock_zero: float
    policy: RecordingPolicy
    phase: Phase
    next_track: int
    seats: dict[SeatId, Seat] = field(default_factory=dict)
    turns: dict[TurnId, Turn] = field(default_factory=dict)
    running: TurnId | None = None
    turn_since: float | None = None
    paused_reason: str = ""
    floor: SeatId | None = None
    floor_since: float | None = None
    recording: Recording | None = None
    loudest: tuple[SeatId, ...] = ()
    withdrawn: set[AttendanceId] = field(default_factory=set)
    revoked: frozenset[SignInId] = frozenset()

    @property
    def turn(self) -> Turn | None:
        """The running or paused turn."""
        return None if self.running is None else self.turns[self.running]

    def present(self) -> list[tuple[SeatId, Seat, Presence]]:
        """Seats somebody sits at, in roster order."""
        return [(seat_id, seat, seat.presence) for seat_id, seat in self.seats.items() if seat.presence is not None]

    def consent(self, person: DesiredAttendance) -> Consent:
        """A withdrawal made here counts at once, whatever the hub still lists."""
        return Consent.NONE if person.attendance in self.withdrawn else person.consent

    def people_by_seat(self) -> dict[SeatId, list[DesiredAttendance]]:
        """Who sits where in the running turn."""
        seats: dict[SeatId, list[DesiredAttendance]] = {}
        turn = self.turn
        for person in () if turn is None else turn.desired.people:
            seats.setdefault(person.seat, []).append(person)
        return seats
