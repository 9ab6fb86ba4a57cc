"""One simulated site: takes its seat, sends, receives, comes back after a broken line, and says how it goes."""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Any

import msgspec
from websockets.exceptions import WebSocketException

from signaling.protocol import browser
from signaling.protocol.errors import Code, Refusal
from signaling.protocol.ids import SeatId
from signaling.protocol.vocabulary import MediaState
from signaling.rehearsal.dtls import Identity
from signaling.rehearsal.media import Publisher, Receiver, slot_figures
from signaling.rehearsal.peer import PeerFailed
from signaling.rehearsal.signalling import Answered, LineBroken, SignalingClient
from signaling.rehearsal.studio import Studio

#: As the browser: first try at once, then slower, so that 67 sites do not storm a node that comes back.
FIRST_RETRY, LAST_RETRY = 0.2, 5.0
PING_INTERVAL = 2.0
#: Neither the pass nor the resume token opens this node any more; the hub gives a new pass.
_WANT_NEW_PASS = frozenset(
    {Code.PASS_USED, Code.PASS_EXPIRED, Code.PASS_OTHER_NODE, Code.RESUME_UNKNOWN, Code.GENERATION_OLD}
)


class SiteOrder(msgspec.Struct, frozen=True, kw_only=True):
    """One line of input. `join_pass` is called `pass` outside. A second line of the same name renews the pass."""

    url: str
    origin: str
    join_pass: str = msgspec.field(name="pass")
    name: str


@dataclass(slots=True)
class SiteCounters:
    joined: int = 0
    resumed: int = 0
    broken: int = 0
    media_restarts: int = 0


class Site:
    """`run()` until cancelled or until the session is over. `status()` is what one status line shows."""

    def __init__(self, order: SiteOrder, studio: Studio, identity: Identity) -> None:
        self.order = order
        self.counters = SiteCounters()
        self.seat: SeatId | None = None
        self.view: browser.SeatView | None = None
        self.stage: browser.Stage | None = None
        self.seats: dict[SeatId, browser.SeatView] = {}
        self.slots: dict[str, SeatId] = {}
        self.publisher: Publisher | None = None
        self.receiver: Receiver | None = None
        self.microphone = True
        self.camera = True
        self.last_error = ""
        self.over: Code | None = None
        self.signal_round_trip: float | None = None
        #: Set while a new join pass is needed and none has come.
        self.needs_pass = False
        self._new_pass = asyncio.Event()
        self._studio = studio
        self._identity = identity
        self._resume: str | None = None
        self._client: SignalingClient | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._media: asyncio.Lock = asyncio.Lock()

    # --- the seat ----------------------------------------------------------------------------------------------

    async def run(self) -> None:
        retry = FIRST_RETRY
        try:
            while self.over is None:
                was_joined = self.counters.joined + self.counters.resumed
                await self._sit()
                if self.over is not None:
                    return
                self.counters.broken += 1
                if self.needs_pass:
                    await self._new_pass.wait()
                    self._new_pass.clear()
                    self.needs_pass = False
                    continue
                retry = FIRST_RETRY if self.counters.joined + self.counters.resumed > was_joined else retry * 2
                await asyncio.sleep(min(retry, LAST_RETRY))
        finally:
            await self._stop()

    def renew(self, order: SiteOrder) -> None:
        """A fresh pass, for instance for another node or generation. Kept for later where none is needed now."""
        self.order = order
        if self.needs_pass:
            self._new_pass.set()

    async def leave(self) -> None:
        """On purpose: the seat becomes empty at once."""
        if self._client is not None:
            with contextlib.suppress(LineBroken, Answered):
                await self._client.ask(browser.Leave(id=self._client.next_id()))

    def drop_line(self) -> None:
        """Breaks the signaling socket without a word, as a pulled cable does."""
        if self._client is not None:
            self._client.drop()

    @property
    def client(self) -> SignalingClient | None:
        return self._client

    async def _sit(self) -> None:
        """One socket from its first message to its end."""
        hello: browser.Join | browser.Resume
        if self._resume is not None:
            hello = browser.Resume(token=self._resume, microphone=self.microphone, camera=self.camera)
        else:
            hello = browser.Join(join_pass=self.order.join_pass, microphone=self.microphone, camera=self.camera)
        try:
            self._client = await SignalingClient.open(self.order.url, self.order.origin, hello)
        except (OSError, WebSocketException, TimeoutError) as error:
            self.last_error = f"{type(error).__name__}: {error}"
            return
        pings = asyncio.create_task(self._ping(self._client))
        try:
            async for message in self._client.messages():
                self._take(message)
        except (Refusal, LineBroken) as error:
            self.last_error = str(error)
        finally:
            pings.cancel()
            await self._client.close()
            self._client = None

    async def _ping(self, client: SignalingClient) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(LineBroken):
            while True:
                await client.send(browser.Ping(sent=loop.time()))
                await asyncio.sleep(PING_INTERVAL)

    def _take(self, message: browser.NodeMessage) -> None:
        match message:
            case browser.Welcome():
                if self._resume is None:
                    self.counters.joined += 1
                    self._forget_media()
                else:
                    self.counters.resumed += 1
                self.seat, self._resume = message.seat, message.resume
                self._spawn(self._publish())
            case browser.RoomState():
                self.stage, self.slots = message.stage, message.slots
                self.seats = {view.seat: view for view in message.seats}
            case browser.SubscribeOffer():
                self._spawn(self._subscribe(message.sdp))
            case browser.SeatUpdated():
                self.seats[message.seat.seat] = message.seat
            case browser.SeatRemoved():
                self.seats.pop(message.seat, None)
            case browser.StageUpdated():
                self.stage = message.stage
            case browser.SlotsUpdated():
                self.slots = message.slots
            case browser.MuteOrdered():
                self.microphone = False
                self._spawn(self._tell_devices())
            case browser.Pong():
                self.signal_round_trip = asyncio.get_running_loop().time() - message.sent
            case browser.Closed():
                self._take_closed(message)
            case _:
                pass  # answers that came after their request was given up
        if self.seat is not None:
            self.view = self.seats.get(self.seat, self.view)

    def _take_closed(self, message: browser.Closed) -> None:
        self.last_error = f"{message.code}: {message.message}"
        if not message.retry:
            self.over = message.code
        elif message.code in _WANT_NEW_PASS:
            self._resume = None
            self.needs_pass = True

    # --- media -------------------------------------------------------------------------------------------------

    async def _publish(self) -> None:
        async with self._media:
            client = self._client
            if client is None:
                return
            fresh = self.publisher is None or not self.publisher.peer.connected.is_set() or self._dtls_gone()
            if not fresh and self.publisher is not None and not self.publisher.peer.lost:
                return  # the media never stopped: nothing is negotiated
            if fresh:
                if self.publisher is not None:
                    self.publisher.close()
                self.publisher = Publisher(self._studio, self._identity, on_lost=self._media_lost)
            assert self.publisher is not None
            self.publisher.microphone, self.publisher.camera = self.microphone, self.camera
            try:
                answer = await client.ask(
                    browser.PublishOffer(id=client.next_id(), sdp=self.publisher.offer(restart=not fresh))
                )
                assert isinstance(answer, browser.PublishAnswer)
                await self.publisher.take_answer(answer.sdp)
            except (Answered, LineBroken, PeerFailed, ValueError) as error:
                self.last_error = f"publish: {error}"
                self.publisher.close()
                self.publisher = None

    async def _subscribe(self, sdp: str) -> None:
        async with self._media:
            client = self._client
            if client is None:
                return
            if self.receiver is not None and self.receiver.peer.dtls is not None and self.receiver.peer.dtls.closed:
                self.receiver.close()
                self.receiver = None
            if self.receiver is None:
                self.receiver = Receiver(self._identity, on_lost=self._media_lost)
            try:
                answer = self.receiver.answer(sdp)
                await client.ask(browser.SubscribeAnswer(id=client.next_id(), sdp=answer))
                await self.receiver.connect()
            except (Answered, LineBroken, PeerFailed, ValueError) as error:
                self.last_error = f"subscribe: {error}"
                self.receiver.close()
                self.receiver = None

    def _forget_media(self) -> None:
        """A seat that is taken anew may be on another node: nothing of the old connections is of use."""
        for part in (self.publisher, self.receiver):
            if part is not None:
                part.close()
        self.publisher = self.receiver = None

    def _media_lost(self) -> None:
        """A line under the media is gone: new ICE credentials over the signaling socket."""
        if self.over is None:
            self._spawn(self._restart_media())

    async def _restart_media(self) -> None:
        self.counters.media_restarts += 1
        client = self._client
        if client is None:
            return  # the socket is gone too; `Welcome` starts anew
        with contextlib.suppress(LineBroken, Answered):
            if self.receiver is not None and self.receiver.peer.lost:
                await client.send(browser.RestartSubscribe(id=client.next_id()))
            await self._publish()

    def _dtls_gone(self) -> bool:
        dtls = self.publisher.peer.dtls if self.publisher is not None else None
        return dtls is None or dtls.closed

    async def set_devices(self, *, microphone: bool, camera: bool) -> None:
        """As the person at the site: opens and closes microphone and camera. Raises `Answered`, `LineBroken`."""
        self.microphone, self.camera = microphone, camera
        await self._tell_devices()

    async def _tell_devices(self) -> None:
        if self.publisher is not None:
            self.publisher.microphone, self.publisher.camera = self.microphone, self.camera
        if self._client is not None:
            with contextlib.suppress(LineBroken):
                await self._client.ask(
                    browser.SetDevices(id=self._client.next_id(), microphone=self.microphone, camera=self.camera)
                )

    def report(self) -> None:
        """Sender and receiver reports; call once per `REPORT_INTERVAL`."""
        for part in (self.publisher, self.receiver):
            if part is not None:
                part.report()

    def ask_again(self) -> None:
        """NACKs; call once per `NACK_INTERVAL`."""
        if self.receiver is not None:
            self.receiver.ask_again()

    # --- figures -----------------------------------------------------------------------------------------------

    def status(self) -> dict[str, Any]:
        """Names no person: only this site's own name, as it was given in."""
        publisher, receiver = self.publisher, self.receiver
        round_trip = receiver.peer.round_trip if receiver is not None else None
        return {
            "name": self.order.name,
            "joined": self._client is not None and self.seat is not None,
            "place": self.view.place if self.view else None,
            "phase": self.stage.phase if self.stage else None,
            "turn": self.stage.turn if self.stage else None,
            "publish": _state(publisher),
            "subscribe": _state(receiver),
            "microphone": self.microphone,
            "camera": self.camera,
            "sent_audio": publisher.audio.packets if publisher else 0,
            "sent_video": publisher.video.packets if publisher else 0,
            "repeated": publisher.video.repeated if publisher else 0,
            "slots": self.slots,
            "received": slot_figures(receiver) if receiver else {},
            "round_trip_ms": round(round_trip * 1e3, 1) if round_trip is not None else None,
            "signal_round_trip_ms": (
                round(self.signal_round_trip * 1e3, 1) if self.signal_round_trip is not None else None
            ),
            "broken": self.counters.broken,
            "resumed": self.counters.resumed,
            "media_restarts": self.counters.media_restarts,
            "needs_pass": self.needs_pass,
            "over": self.over,
            "last_error": self.last_error,
        }

    def summary(self) -> dict[str, Any]:
        """The end of it, short enough for many sites in one line."""
        tracks = self.receiver.slots.values() if self.receiver is not None else []
        kept = ("name", "joined", "place", "publish", "subscribe", "resumed", "media_restarts", "over", "last_error")
        status = self.status()
        return {
            **{key: status[key] for key in kept},
            "packets": sum(track.packets for track in tracks),
            "frames": sum(track.frames for track in tracks),
            "lost": sum(track.lost for track in tracks),
            "repaired": sum(track.repaired for track in tracks),
        }

    def _spawn(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        if self.publisher is not None:
            self.publisher.close()
        if self.receiver is not None:
            self.receiver.close()
        if self._client is not None:
            await self._client.close()


def _state(part: Publisher | Receiver | None) -> MediaState:
    if part is None or not part.peer.connected.is_set():
        return MediaState.NEW
    return MediaState.LOST if part.peer.lost else MediaState.CONNECTED
