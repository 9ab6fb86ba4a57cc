"""Messages between the hub and a node. The node dials the hub; the hub sends desired state, the node sends facts.

Desired state is always sent whole. Facts are never refused: they carry (node, boot, number), are kept in the node's
outbox until confirmed, and may arrive late or twice.
"""

from signaling.protocol.base import Message, Part
from signaling.protocol.ids import AttendanceId, NodeId, RecordingId, SeatId, SessionId, SignInId, TurnId
from signaling.protocol.slots import MediaKind
from signaling.protocol.vocabulary import (
    Connection,
    Consent,
    LeftReason,
    MediaState,
    RecordingPolicy,
    Role,
    TurnState,
)

LINK_VERSION = 1
#: Desired state of some ten running sessions of 70 seats fits; larger is a mistake.
MAX_LINK_BYTES = 4 * 1024 * 1024


# --- hub → node: desired state ---------------------------------------------------------------------------------


class DesiredAttendance(Part, frozen=True):
    """A person at a seat in a turn. `consent` of officials on duty is given by notice (domain: purpose a)."""

    attendance: AttendanceId
    seat: SeatId
    name: str
    capacity: str
    interpreter: bool
    consent: Consent


class DesiredSeat(Part, frozen=True):
    """`turns` empty: sits in all turns. `admitted` is what the hub last heard; used when a room is made anew."""

    seat: SeatId
    name: str
    site: str
    role: Role
    turns: list[TurnId]
    admitted: bool


class DesiredTurn(Part, frozen=True):
    """`state`, `announced` and `floor` are what the hub last heard; a room that already runs knows better."""

    turn: TurnId
    number: int
    title: str
    state: TurnState
    announced: bool
    floor: SeatId | None
    recordable: bool
    people: list[DesiredAttendance]


class DesiredSession(Part, frozen=True):
    """A session placed on this node. `clock_zero` is a Unix time in seconds: session time 0."""

    session: SessionId
    generation: int
    code: str
    clock_zero: float
    open: bool
    policy: RecordingPolicy
    seats: list[DesiredSeat]
    turns: list[DesiredTurn]


class DesiredState(Message, frozen=True):
    """Everything this node should be doing. Rooms of sessions that are not named here are closed."""

    revision: int
    sessions: list[DesiredSession]
    #: Sign-ins whose seats must leave at once.
    revoked: list[SignInId]


class LinkWelcome(Message, frozen=True):
    """Answer to `NodeHello`. `pass_key`: Ed25519 public key, base64; `origins`: web origins browsers come from."""

    pass_key: str
    origins: list[str]


class FactsConfirmed(Message, frozen=True):
    """Facts of `boot` up to and including `number` are committed and may be forgotten."""

    boot: str
    number: int


class LinkPing(Message, frozen=True):
    sent: float


HubMessage = LinkWelcome | DesiredState | FactsConfirmed | LinkPing


# --- node → hub: facts -----------------------------------------------------------------------------------------


class SeatTaken(Message, frozen=True):
    """A device took the seat, with a pass or a resume token."""

    seat: SeatId
    resumed: bool


class SeatLeft(Message, frozen=True):
    seat: SeatId
    reason: LeftReason


class SeatAdmitted(Message, frozen=True):
    seat: SeatId
    by: SeatId


class SeatSentBack(Message, frozen=True):
    seat: SeatId
    by: SeatId


class SeatMuted(Message, frozen=True):
    seat: SeatId
    by: SeatId


class SeatMedia(Message, frozen=True):
    """A connection of a seat came up or was lost."""

    seat: SeatId
    connection: Connection
    state: MediaState


class FloorGiven(Message, frozen=True):
    turn: TurnId
    seat: SeatId | None
    by: SeatId


class TurnStarted(Message, frozen=True):
    turn: TurnId
    by: SeatId


class TurnPaused(Message, frozen=True):
    turn: TurnId
    by: SeatId
    reason: str


class TurnResumed(Message, frozen=True):
    turn: TurnId
    by: SeatId


class TurnEnded(Message, frozen=True):
    turn: TurnId
    by: SeatId


class RecordingAnnounced(Message, frozen=True):
    turn: TurnId
    by: SeatId


class ConsentWithdrawn(Message, frozen=True):
    turn: TurnId
    attendance: AttendanceId
    by: SeatId


class RecordingStarted(Message, frozen=True):
    """Journal of a turn begun (or begun again after the writer came back: same recording, next segment)."""

    turn: TurnId
    recording: RecordingId


class TrackRecorded(Message, frozen=True):
    """A seat's microphone or camera is being written under this track number from now on."""

    recording: RecordingId
    track: int
    seat: SeatId
    kind: MediaKind


class TrackStopped(Message, frozen=True):
    """`reason`: pause, end, consent, left, or failed."""

    recording: RecordingId
    track: int
    reason: str


class RecordingStopped(Message, frozen=True):
    turn: TurnId
    recording: RecordingId


class RecordingFailed(Message, frozen=True):
    """Nothing is written until `RecordingStarted` comes again; the call goes on. `problem`: disk-full or writer-gone."""

    turn: TurnId
    recording: RecordingId
    problem: str


class ChainHead(Message, frozen=True):
    """Hash chain head of a segment after `offset` bytes, hex SHA-256; anchored in the audit log."""

    recording: RecordingId
    segment: int
    offset: int
    head: str


class SegmentClosed(Message, frozen=True):
    """A segment is whole on disk. `path` is relative to the recordings folder."""

    recording: RecordingId
    segment: int
    path: str
    size: int
    head: str


class SessionClosed(Message, frozen=True):
    by: SeatId


Fact = (
    SeatTaken
    | SeatLeft
    | SeatAdmitted
    | SeatSentBack
    | SeatMuted
    | SeatMedia
    | FloorGiven
    | TurnStarted
    | TurnPaused
    | TurnResumed
    | TurnEnded
    | RecordingAnnounced
    | ConsentWithdrawn
    | RecordingStarted
    | TrackRecorded
    | TrackStopped
    | RecordingStopped
    | RecordingFailed
    | ChainHead
    | SegmentClosed
    | SessionClosed
)


class FactRecord(Part, frozen=True):
    """One line of the outbox. `at`: session time in seconds; `wall`: the node's Unix time, seconds."""

    boot: str
    number: int
    session: SessionId
    generation: int
    at: float
    wall: float
    fact: Fact


class RoomRunning(Part, frozen=True):
    session: SessionId
    generation: int


class NodeHello(Message, frozen=True):
    """First message of the node. `previous_boots`: boots whose unconfirmed facts are still in the outbox, oldest first."""

    node: NodeId
    boot: str
    version: int
    signaling_url: str
    rooms: list[RoomRunning]
    previous_boots: list[str]


class Facts(Message, frozen=True):
    """In order of number within a boot."""

    facts: list[FactRecord]


class LinkPong(Message, frozen=True):
    """`clock`: the node's monotonic clock, seconds."""

    sent: float
    clock: float


LinkMessage = NodeHello | Facts | LinkPong
