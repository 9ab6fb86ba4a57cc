"""What can happen to a room. Everything a room learns comes in as one of these; `now` comes beside it."""

from dataclasses import dataclass
from enum import StrEnum

from signaling.protocol import browser
from signaling.protocol.hub_link import DesiredSession
from signaling.protocol.ids import RecordingId, SeatId, SignInId
from signaling.protocol.vocabulary import Connection, MediaState, Role

#: The seat messages a room decides about. Offers, answers and pings go past it, from the socket to the engine.
RoomRequest = (
    browser.SetDevices
    | browser.RaiseHand
    | browser.Leave
    | browser.Admit
    | browser.SendBack
    | browser.MuteSeat
    | browser.GiveFloor
    | browser.StartTurn
    | browser.AnnounceRecording
    | browser.PauseTurn
    | browser.ResumeTurn
    | browser.EndTurn
    | browser.CloseSession
    | browser.WithdrawConsent
)


@dataclass(frozen=True, slots=True)
class SeatConnected:
    """A socket showed a good pass (`resumed` false) or resume token (true) for a seat.

    `socket` is a number no other socket of this process has; `resume` the token `Welcome` hands out; `role` what the
    pass says, or None after a resume.
    """

    seat: SeatId
    socket: int
    sign_in: SignInId
    role: Role | None
    resumed: bool
    microphone: bool
    camera: bool
    resume: str


@dataclass(frozen=True, slots=True)
class SeatLost:
    """The socket is gone without a `Leave`. `since`: session time when something was last heard of it."""

    seat: SeatId
    socket: int
    since: float


@dataclass(frozen=True, slots=True)
class SeatAsked:
    seat: SeatId
    socket: int
    message: RoomRequest


@dataclass(frozen=True, slots=True)
class DesiredChanged:
    """The hub's newest wish for this session. `revoked`: sign-ins that may sit nowhere."""

    session: DesiredSession
    revoked: frozenset[SignInId] = frozenset()


@dataclass(frozen=True, slots=True)
class LoudestChanged:
    """Speaking seats, loudest first."""

    seats: tuple[SeatId, ...]


@dataclass(frozen=True, slots=True)
class MediaChanged:
    seat: SeatId
    connection: Connection
    state: MediaState


@dataclass(frozen=True, slots=True)
class RecorderChanged:
    """The journal of a recording failed (`problem` names why) or is being written again (None)."""

    recording: RecordingId
    problem: str | None


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed. Sent about twice a second."""


class Ending(StrEnum):
    """Why the node gives a room up without anybody in it having closed the session."""

    UNPLACED = "unplaced"  # the hub no longer names the session
    SUPERSEDED = "superseded"  # a newer generation exists
    STOPPING = "stopping"  # the node was told to stop
    BROKEN = "broken"  # a rule inside the node did not hold


@dataclass(frozen=True, slots=True)
class RoomEnded:
    reason: Ending


Command = (
    SeatConnected
    | SeatLost
    | SeatAsked
    | DesiredChanged
    | LoudestChanged
    | MediaChanged
    | RecorderChanged
    | Tick
    | RoomEnded
)
