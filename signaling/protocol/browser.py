"""Messages between a seat (browser, terminal, simulated site) and the node. JSON text frames of at most 64 KiB.

The first message of a socket is `Join` or `Resume`, within five seconds. Every message with an `id` is answered by
`Done`, by `Refused` with the same `id`, or by the answer named in its docstring.
"""

from typing import Annotated

from msgspec import Meta, field

from signaling.protocol.base import Message, Part
from signaling.protocol.errors import Code
from signaling.protocol.ids import AttendanceId, SeatId, SessionId, TurnId
from signaling.protocol.vocabulary import (
    Consent,
    MediaState,
    Phase,
    Place,
    RecordingState,
    Role,
    TurnState,
)

#: Counted up when an old page can no longer talk to a new node.
PROTOCOL_VERSION = 1
#: Frames above this are refused with `MESSAGE_TOO_LARGE` and the socket is closed with 1009.
MAX_MESSAGE_BYTES = 64 * 1024

RequestId = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Sdp = Annotated[str, Meta(max_length=60 * 1024)]
Reason = Annotated[str, Meta(max_length=500)]
Token = Annotated[str, Meta(max_length=4096)]
OpaqueId = Annotated[str, Meta(max_length=64)]


# --- seat → node -----------------------------------------------------------------------------------------------


class Join(Message, frozen=True):
    """First message: takes a seat with a join pass. Answered by `Welcome` or by `Closed`.

    `microphone` and `camera` say what the seat has open (true) as it arrives, so that a seat that comes back has the
    same state as before.
    """

    join_pass: Token = field(name="pass")
    protocol: int = PROTOCOL_VERSION
    microphone: bool = False
    camera: bool = False


class Resume(Message, frozen=True):
    """First message after a broken socket: takes the same seat again with the newest resume token."""

    token: Token
    protocol: int = PROTOCOL_VERSION
    microphone: bool = False
    camera: bool = False


class PublishOffer(Message, frozen=True):
    """The browser's offer for what it sends: at most one audio, one camera and one screen section.

    Sent again with new ICE credentials to restart ICE. Answered by `PublishAnswer`.
    """

    id: RequestId
    sdp: Sdp


class SubscribeAnswer(Message, frozen=True):
    """The browser's answer to the newest `SubscribeOffer`. Answered by `Done`."""

    id: RequestId
    sdp: Sdp


class RestartSubscribe(Message, frozen=True):
    """Asks for a `SubscribeOffer` with new ICE credentials, after the receiving connection lost its path."""

    id: RequestId


class SetDevices(Message, frozen=True):
    """The person opened or closed the microphone or the camera. The packets of a closed device are not forwarded."""

    id: RequestId
    microphone: bool
    camera: bool


class RaiseHand(Message, frozen=True):
    id: RequestId
    raised: bool


class Leave(Message, frozen=True):
    """The person leaves on purpose: the seat becomes empty at once."""

    id: RequestId


class Ping(Message, frozen=True):
    """`sent` is any number of the browser's own; it comes back in `Pong`. One every two to five seconds."""

    sent: float


class Admit(Message, frozen=True):
    """Conductor: from the lobby into the session."""

    id: RequestId
    seat: OpaqueId


class SendBack(Message, frozen=True):
    """Conductor: back to the lobby."""

    id: RequestId
    seat: OpaqueId


class MuteSeat(Message, frozen=True):
    """Conductor: closes a seat's microphone. Only the people at the seat can open it again."""

    id: RequestId
    seat: OpaqueId


class GiveFloor(Message, frozen=True):
    """Conductor: the floor to a seat of the running turn, or to nobody (null)."""

    id: RequestId
    seat: OpaqueId | None


class StartTurn(Message, frozen=True):
    id: RequestId
    turn: OpaqueId


class AnnounceRecording(Message, frozen=True):
    """Conductor: the announcement was spoken; from now on the turn is recorded as its people consented."""

    id: RequestId


class PauseTurn(Message, frozen=True):
    id: RequestId
    reason: Reason


class ResumeTurn(Message, frozen=True):
    id: RequestId


class EndTurn(Message, frozen=True):
    id: RequestId


class CloseSession(Message, frozen=True):
    id: RequestId


class WithdrawConsent(Message, frozen=True):
    """A person no longer wants to be recorded. Allowed to conductors and to the person's own seat; works without the hub."""

    id: RequestId
    attendance: OpaqueId


SeatMessage = (
    Join
    | Resume
    | PublishOffer
    | SubscribeAnswer
    | RestartSubscribe
    | SetDevices
    | RaiseHand
    | Leave
    | Ping
    | Admit
    | SendBack
    | MuteSeat
    | GiveFloor
    | StartTurn
    | AnnounceRecording
    | PauseTurn
    | ResumeTurn
    | EndTurn
    | CloseSession
    | WithdrawConsent
)


# --- node → seat -----------------------------------------------------------------------------------------------


class PersonView(Part, frozen=True):
    """Someone at a seat in the running turn."""

    attendance: AttendanceId
    name: str
    capacity: str
    interpreter: bool
    consent: Consent


class SeatView(Part, frozen=True):
    """What others see of a seat. A seat in the lobby sees only itself."""

    seat: SeatId
    name: str
    site: str
    role: Role
    place: Place
    connected: bool
    media: MediaState
    microphone: bool
    camera: bool
    hand_raised_at: float | None
    recorded: Consent
    people: list[PersonView]


class TurnView(Part, frozen=True):
    """`title` is empty for seats that may not know what the turn is about."""

    turn: TurnId
    number: int
    title: str
    state: TurnState
    seats: list[SeatId]


class Stage(Part, frozen=True):
    """The session as a whole. Times are session time in seconds (see `Welcome.session_time`).

    `floor_since` is when the floor was given, `turn_since` when the running turn started, `recording_since` when
    recording of this turn last started; `recording_problem` is a sentence when `recording` is `failed`.
    """

    phase: Phase
    turn: TurnId | None
    turn_state: TurnState | None
    turn_since: float | None
    paused_reason: str
    announced: bool
    floor: SeatId | None
    floor_since: float | None
    recording: RecordingState
    recording_since: float | None
    recording_problem: str
    turns: list[TurnView]


class RoomState(Message, frozen=True):
    """Everything this seat may see, sent after `Welcome` and whenever its place changes; replaces what was known."""

    stage: Stage
    seats: list[SeatView]
    slots: dict[str, SeatId]


class Welcome(Message, frozen=True):
    """The seat is taken. `resume` is good once; a new one comes with every `Welcome`.

    `session_time`: seconds since the session's clock zero at the moment of sending, the node's monotonic clock. With
    `Ping` and `Pong` a browser estimates its offset to it. `fresh`: the node has no media connections of this seat; the
    browser makes both anew and a `SubscribeOffer` follows. False after a `Resume` in time: both go on as they are.
    """

    seat: SeatId
    session: SessionId
    generation: int
    resume: str
    session_time: float
    fresh: bool = True


class Done(Message, frozen=True):
    id: RequestId


class Refused(Message, frozen=True):
    """A request is refused; the connection and everything accepted before stay as they were."""

    id: RequestId | None
    code: Code
    message: str


class PublishAnswer(Message, frozen=True):
    id: RequestId
    sdp: str


class SubscribeOffer(Message, frozen=True):
    """The receiving connection: one section per slot (`signaling.protocol.slots`), in order; `mid` is the slot's name."""

    sdp: str


class SeatUpdated(Message, frozen=True):
    seat: SeatView


class SeatRemoved(Message, frozen=True):
    seat: SeatId


class StageUpdated(Message, frozen=True):
    stage: Stage


class SlotsUpdated(Message, frozen=True):
    """Slot name → seat whose microphone or camera it carries now. Slots not named are empty."""

    slots: dict[str, SeatId]


class MuteOrdered(Message, frozen=True):
    """A conductor closed this seat's microphone; the browser closes it on its side too."""

    by: str


class Pong(Message, frozen=True):
    sent: float
    session_time: float


class Closed(Message, frozen=True):
    """The last message of a socket. `retry`: true = resume or ask for a new pass, false = it is over."""

    code: Code
    message: str
    retry: bool


NodeMessage = (
    Welcome
    | RoomState
    | Done
    | Refused
    | PublishAnswer
    | SubscribeOffer
    | SeatUpdated
    | SeatRemoved
    | StageUpdated
    | SlotsUpdated
    | MuteOrdered
    | Pong
    | Closed
)
