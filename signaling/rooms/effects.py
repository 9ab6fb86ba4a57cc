"""What a room orders. Carried out in the order given by `signaling.wire.room_runner`."""

from dataclasses import dataclass

from signaling.protocol.browser import Closed, NodeMessage
from signaling.protocol.hub_link import Fact
from signaling.protocol.ids import RecordingId, SeatId, TurnId
from signaling.protocol.slots import MediaKind


@dataclass(frozen=True, slots=True)
class Send:
    socket: int
    message: NodeMessage


@dataclass(frozen=True, slots=True)
class Disconnect:
    """Closes a socket, after a last message if there is one to say."""

    socket: int
    closed: Closed | None


@dataclass(frozen=True, slots=True)
class Report:
    """A fact for the hub."""

    fact: Fact


@dataclass(frozen=True, slots=True)
class OfferMedia:
    """Makes the seat's receiving connection and sends `SubscribeOffer`."""

    seat: SeatId
    socket: int


@dataclass(frozen=True, slots=True)
class DropMedia:
    """Closes both connections of the seat; nothing is forwarded from it or to it any more."""

    seat: SeatId


@dataclass(frozen=True, slots=True)
class AssignSlots:
    """The whole mapping of one receiving seat."""

    seat: SeatId
    slots: dict[str, SeatId]


@dataclass(frozen=True, slots=True)
class SetOpen:
    seat: SeatId
    microphone: bool
    camera: bool


@dataclass(frozen=True, slots=True)
class OpenJournal:
    recording: RecordingId
    turn: TurnId


@dataclass(frozen=True, slots=True)
class CloseJournal:
    recording: RecordingId


@dataclass(frozen=True, slots=True)
class MarkJournal:
    """`kind`: pause or resume."""

    recording: RecordingId
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class OpenTap:
    recording: RecordingId
    seat: SeatId
    kind: MediaKind
    track: int


@dataclass(frozen=True, slots=True)
class CloseTap:
    """`reason`: pause, end, consent or left."""

    recording: RecordingId
    seat: SeatId
    kind: MediaKind
    track: int
    reason: str


@dataclass(frozen=True, slots=True)
class CloseRoom:
    """The session is over; the room stays only to say so to those who still knock."""


Effect = (
    Send
    | Disconnect
    | Report
    | OfferMedia
    | DropMedia
    | AssignSlots
    | SetOpen
    | OpenJournal
    | CloseJournal
    | MarkJournal
    | OpenTap
    | CloseTap
    | CloseRoom
)
