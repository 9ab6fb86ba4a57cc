"""A room and what became of its effects, for tests that read like the situation they are about."""

from typing import TypeVar

from signaling.protocol import browser
from signaling.protocol.base import Message
from signaling.protocol.hub_link import DesiredSession
from signaling.protocol.ids import SeatId, SignInId
from signaling.protocol.slots import MediaKind
from signaling.protocol.vocabulary import Connection, MediaState, Place, Role
from signaling.rooms.commands import (
    Command,
    DesiredChanged,
    MediaChanged,
    RoomRequest,
    SeatAsked,
    SeatConnected,
    SeatLost,
    Tick,
)
from signaling.rooms.effects import (
    AssignSlots,
    CloseJournal,
    CloseTap,
    Disconnect,
    DropMedia,
    Effect,
    OpenJournal,
    OpenTap,
    Report,
    Send,
    SetOpen,
)
from signaling.rooms.room import Room
from tests.signaling.desired import ROLES, a_session

E = TypeVar("E")
M = TypeVar("M", bound=Message)


class Page:
    """What one socket was told."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.seats: dict[SeatId, browser.SeatView] = {}
        self.slots: dict[str, SeatId] = {}
        self.stage: browser.Stage | None = None
        self.closed: browser.Closed | None = None
        self.gone = False

    def take(self, message: Message) -> None:
        assert not self.gone, "a message after the last word"
        self.messages.append(message)
        match message:
            case browser.RoomState(stage=stage, seats=seats, slots=slots):
                self.stage, self.slots = stage, dict(slots)
                self.seats = {view.seat: view for view in seats}
            case browser.SeatUpdated(seat=view):
                self.seats[view.seat] = view
            case browser.SeatRemoved(seat=seat):
                del self.seats[seat]
            case browser.StageUpdated(stage=stage):
                self.stage = stage
            case browser.SlotsUpdated(slots=slots):
                self.slots = dict(slots)

    def last(self, kind: type[M]) -> M:
        return next(message for message in reversed(self.messages) if isinstance(message, kind))

    def has(self, kind: type[Message]) -> bool:
        return any(isinstance(message, kind) for message in self.messages)


class RoomHouse:
    """Runs commands and follows what engine, journal and pages would now have."""

    def __init__(self, desired: DesiredSession | None = None) -> None:
        self.desired = desired or a_session()
        self.room = Room(self.desired)
        self.now = 0.0
        self.effects: list[Effect] = []
        self.all_effects: list[Effect] = []
        self.pages: dict[int, Page] = {}
        self.sockets: dict[SeatId, int] = {}
        self.slots: dict[SeatId, dict[str, SeatId]] = {}
        self.open: dict[SeatId, tuple[bool, bool]] = {}
        self.taps: dict[tuple[SeatId, MediaKind], int] = {}
        self.journal: str | None = None
        self._request = 0
        self.do(DesiredChanged(self.desired))

    # --- what happens ---

    def do(self, command: Command) -> list[Effect]:
        self.now += 0.1
        self.effects = self.room.handle(command, self.now)
        self.all_effects += self.effects
        for effect in self.effects:
            self._carry_out(effect)
        return self.effects

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Send(socket, message):
                self.pages[socket].take(message)
            case Disconnect(socket, closed):
                self.pages[socket].closed = closed
                self.pages[socket].gone = True
            case AssignSlots(seat, slots):
                self.slots[seat] = slots
            case SetOpen(seat, microphone, camera):
                self.open[seat] = (microphone, camera)
            case DropMedia(seat):
                self.slots.pop(seat, None)
                self.open.pop(seat, None)
                for slots in self.slots.values():
                    for slot in [slot for slot, source in slots.items() if source == seat]:
                        del slots[slot]
                assert not [key for key in self.taps if key[0] == seat], "media dropped under an open tap"
            case OpenJournal(recording):
                assert self.journal is None
                self.journal = recording
            case CloseJournal(recording):
                assert self.journal == recording and not self.taps
                self.journal = None
            case OpenTap(recording, seat, kind, track):
                assert self.journal == recording and (seat, kind) not in self.taps
                self.taps[seat, kind] = track
            case CloseTap(_, seat, kind, track):
                assert self.taps.pop((seat, kind)) == track
            case _:
                pass

    def join(
        self,
        seat: SeatId,
        *,
        microphone: bool = True,
        camera: bool = True,
        resumed: bool = False,
        sign_in: str = "",
        role: Role | None = None,
    ) -> Page:
        socket = len(self.pages) + 1
        page = self.pages[socket] = Page()
        self.do(
            SeatConnected(
                seat=seat,
                socket=socket,
                sign_in=SignInId(sign_in or f"sign-in-{seat}"),
                role=None if resumed else role or ROLES[seat],
                resumed=resumed,
                microphone=microphone,
                camera=camera,
                resume="token",
            )
        )
        if not page.gone:
            self.sockets[seat] = socket
        return page

    def publish(self, seat: SeatId) -> None:
        self.do(MediaChanged(seat, Connection.PUBLISH, MediaState.CONNECTED))

    def lose(self, seat: SeatId) -> None:
        self.do(SeatLost(seat, self.sockets[seat], since=self.now))

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.do(Tick())

    def ask(self, by: SeatId, kind: type[RoomRequest], /, **fields: object) -> browser.Done | browser.Refused:
        self._request += 1
        socket = self.sockets[by]
        self.do(SeatAsked(by, socket, kind(id=self._request, **fields)))  # type: ignore[arg-type]
        answers = [
            effect.message
            for effect in self.effects
            if isinstance(effect, Send)
            and isinstance(effect.message, browser.Done | browser.Refused)
            and effect.message.id == self._request
        ]
        assert len(answers) == 1
        return answers[0]

    def tell(self, by: SeatId, kind: type[RoomRequest], /, **fields: object) -> None:
        """A request that must be carried out."""
        assert isinstance(self.ask(by, kind, **fields), browser.Done)

    # --- what is ---

    def page(self, seat: SeatId) -> Page:
        return self.pages[self.sockets[seat]]

    def facts(self, kind: type[M]) -> list[M]:
        return [
            effect.fact for effect in self.all_effects if isinstance(effect, Report) and isinstance(effect.fact, kind)
        ]

    def place(self, seat: SeatId) -> Place:
        return self.page(seat).seats[seat].place
