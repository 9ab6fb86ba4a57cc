"""The media node: `python -m signaling.wire.node`. Rooms, relay and recorder in one process without threads."""

import asyncio
import contextlib
import errno
import gc
import secrets
import signal
import ssl
import sys
import time
from collections.abc import Sequence
from http import HTTPStatus

import structlog
from websockets.asyncio.server import Server, serve

from signaling.protocol.hub_link import (
    LINK_VERSION,
    DesiredSession,
    DesiredState,
    LinkWelcome,
    NodeHello,
    RoomRunning,
)
from signaling.protocol.ids import NodeId, SeatId, SessionId, SignInId
from signaling.protocol.vocabulary import Connection, MediaState
from signaling.rooms.commands import DesiredChanged, Ending, LoudestChanged, MediaChanged, RoomEnded, Tick
from signaling.wire import health, logs
from signaling.wire.endpoint import FRAME_BYTES, Endpoint
from signaling.wire.engine import EngineSettings, MediaEngine
from signaling.wire.hub_link import HubLink, tls_of
from signaling.wire.outbox import Outbox
from signaling.wire.passes import PassDesk, ResumeTokens
from signaling.wire.recorder import Recorder
from signaling.wire.room_runner import RoomRunner, Surroundings
from signaling.wire.settings import NodeSettings

log = structlog.get_logger()

#: How often rooms look at the time. What depends on it (a ghost gone within 20 s) is not finer.
TICK_INTERVAL = 0.5
#: Seats hear that the node stops, journals are closed, facts sent: all of it within this.
DRAIN_TIMEOUT = 5.0
#: Of which the last words to the seats may take this.
GOODBYE_TIMEOUT = 1.0
#: A room that breaks again and again has a cause that making it anew does not cure: then only the hub places it again.
REMAKES_PER_MINUTE = 3
#: Track numbers a room made anew skips, in case the broken one had lost count.
TRACK_RESERVE = 100


def new_boot(now: float) -> str:
    """Name of one life of the process; names sort by time. `now`: Unix seconds."""
    return f"{int(now * 1000):013d}-{secrets.token_hex(4)}"


class Node:
    """One media node. `start` raises `OSError` when a port is in use or a folder cannot be written."""

    def __init__(self, settings: NodeSettings) -> None:
        self._settings = settings
        self.boot = new_boot(time.time())
        self.origins: frozenset[str] = frozenset()
        self._desk = PassDesk(NodeId(settings.node_id))
        self._tokens = ResumeTokens()
        bind, advertise = settings.media_addresses()
        self.engine = MediaEngine(EngineSettings(bind=bind, advertise=advertise), self)
        self._recorder = Recorder(settings.writer_socket, self.boot)
        self._endpoint = Endpoint(settings.path, self, self._desk, self._tokens, self._answer_http)
        self._metrics = health.metrics_of(self)
        self._rooms: dict[SessionId, RoomRunner] = {}
        self._revoked: frozenset[SignInId] = frozenset()
        self._remade_at: dict[SessionId, list[float]] = {}
        self._changed = asyncio.Event()
        self._server: Server | None = None
        self._outbox: Outbox | None = None
        self._link: HubLink | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._desired_once = False
        self._stopping = False
        self._rooms_broken = 0

    # --- life ---------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        settings = self._settings
        host = settings.dial_host()
        tls = None
        if settings.tls_cert is not None and settings.tls_key is not None:
            tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            tls.load_cert_chain(settings.tls_cert, settings.tls_key)
        # Ports first: they show whether another node runs here before its outbox is touched.
        self._server = await serve(
            self._endpoint.serve,
            settings.bind,
            settings.signaling_port,
            process_request=self._endpoint.process_request,
            compression=None,
            max_size=FRAME_BYTES,
            max_queue=16,
            open_timeout=5.0,
            close_timeout=1.0,
            ping_interval=None,
            server_header=None,
            ssl=tls,
        )
        await self.engine.start()
        self._outbox = Outbox(settings.outbox_dir, self.boot, self._facts_synced)
        self._link = HubLink(
            settings.dial_url,
            host,
            settings.key_file,
            self._outbox,
            self,
            tls_of(settings.dial_url, settings.link_ca),
        )
        await self._recorder.start()
        self._tasks = [asyncio.create_task(self._link.run()), asyncio.create_task(self._tick())]
        log.info("node started", node=settings.node_id, boot=self.boot, port=self.signaling_port)

    async def stop(self) -> None:
        """Drains: seats are told, journals closed, facts sent; at most `DRAIN_TIMEOUT`."""
        self._stopping = True
        assert self._server is not None
        assert self._outbox is not None
        assert self._link is not None
        for runner in self._rooms.values():
            runner.handle(RoomEnded(Ending.STOPPING))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_TIMEOUT):
                self._server.close(close_connections=False)
                await self._goodbyes()
                await self._recorder.stop()
                self._outbox.flush()
                if self._link.connected:
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(GOODBYE_TIMEOUT):
                            await self._link.confirmed()
                    await self._link.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._endpoint.abort_all()
        self._server.close()
        await self._server.wait_closed()
        await self.engine.stop()
        self._outbox.close()
        log.info("node stopped", boot=self.boot)

    async def _goodbyes(self) -> None:
        """Waits until every socket has its last word."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_TIMEOUT):
                await self._endpoint.emptied()

    @property
    def signaling_port(self) -> int:
        assert self._server is not None
        port: int = next(iter(self._server.sockets)).getsockname()[1]
        return port

    @property
    def media_addresses(self) -> list[tuple[str, int]]:
        return self.engine.addresses

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_INTERVAL)
            for runner in list(self._rooms.values()):
                runner.handle(Tick())

    # --- rooms --------------------------------------------------------------------------------------------------

    @property
    def linked_once(self) -> bool:
        return self._desk.ready and not self._stopping

    def room(self, session: SessionId) -> RoomRunner | None:
        return self._rooms.get(session)

    async def rooms_changed(self) -> None:
        await self._changed.wait()

    def _around(self) -> Surroundings:
        assert self._outbox is not None
        return Surroundings(self.engine, self._recorder, self._outbox)

    def _apply(self, desired: DesiredSession) -> None:
        runner = self._rooms.get(desired.session)
        if runner is not None and desired.generation < runner.generation:
            log.warning("stale generation ignored", session=desired.session, generation=desired.generation)
            return
        if runner is not None and desired.generation > runner.generation:
            self._end(runner, Ending.SUPERSEDED)
            runner = None
        if runner is None:
            runner = self._rooms[desired.session] = RoomRunner(desired, self._around(), self._room_broken)
            log.info("room made", session=desired.session, generation=desired.generation)
        runner.handle(DesiredChanged(desired, self._revoked))

    def _end(self, runner: RoomRunner, reason: Ending) -> None:
        runner.handle(RoomEnded(reason))
        self._tokens.forget_room(runner.session, runner.generation)
        if self._rooms.get(runner.session) is runner:
            del self._rooms[runner.session]

    def _room_broken(self, broken: RoomRunner) -> None:
        """The room is closed; its seats come back by themselves. It is made anew from what it knew."""
        self._rooms_broken += 1
        if self._rooms.get(broken.session) is not broken:
            return
        del self._rooms[broken.session]
        now = time.monotonic()
        recent = [at for at in self._remade_at.get(broken.session, []) if now - at < 60.0]
        if self._stopping or len(recent) >= REMAKES_PER_MINUTE:
            log.error("broken room is not made anew", session=broken.session)
            return
        self._remade_at[broken.session] = [*recent, now]
        desired, next_track = broken.successor()
        runner = RoomRunner(desired, self._around(), self._room_broken, next_track + TRACK_RESERVE)
        self._rooms[broken.session] = runner
        runner.handle(DesiredChanged(desired, self._revoked))

    # --- the hub (LinkListener) ---------------------------------------------------------------------------------

    def hello(self) -> NodeHello:
        assert self._outbox is not None
        return NodeHello(
            node=NodeId(self._settings.node_id),
            boot=self.boot,
            version=LINK_VERSION,
            signaling_url=self._settings.visible_url,
            rooms=[
                RoomRunning(session=runner.session, generation=runner.generation) for runner in self._rooms.values()
            ],
            previous_boots=self._outbox.previous_boots,
        )

    def link_welcomed(self, welcome: LinkWelcome) -> None:
        self._desk.set_key(welcome.pass_key)
        self.origins = frozenset(welcome.origins)

    def desired_state(self, desired: DesiredState) -> None:
        self._revoked = frozenset(desired.revoked)
        named = {session.session for session in desired.sessions}
        for runner in [runner for session, runner in self._rooms.items() if session not in named]:
            self._end(runner, Ending.UNPLACED)
        for session in desired.sessions:
            self._apply(session)
        self._desired_once = True
        # Everybody waiting for a room looks again; the next to wait waits for the next change.
        self._changed.set()
        self._changed = asyncio.Event()

    def _facts_synced(self) -> None:
        if self._link is not None:
            self._link.wake()

    # --- the engine (EngineListener) ----------------------------------------------------------------------------

    def media_state_changed(self, session: SessionId, seat: SeatId, connection: Connection, state: MediaState) -> None:
        runner = self._rooms.get(session)
        if runner is not None:
            runner.handle(MediaChanged(seat, connection, state))

    def loudest_changed(self, session: SessionId, seats: list[SeatId]) -> None:
        runner = self._rooms.get(session)
        if runner is not None:
            runner.handle(LoudestChanged(tuple(seats)))

    # --- health -------------------------------------------------------------------------------------------------

    def _answer_http(self, path: str) -> tuple[HTTPStatus, str, str] | None:
        match path:
            case "/healthz":
                return HTTPStatus.OK, "application/json", '{"status":"ok"}\n'
            case "/readyz":
                if self.linked_once and self._desired_once:
                    return HTTPStatus.OK, "application/json", '{"status":"ready"}\n'
                return HTTPStatus.SERVICE_UNAVAILABLE, "application/json", '{"status":"waiting for the hub"}\n'
            case "/metrics":
                text = health.as_text(self._metrics)
                return HTTPStatus.OK, "text/plain; version=0.0.4; charset=utf-8", text
            case _:
                return None

    def figures(self) -> health.Figures:
        seats = [runner.count_seats() for runner in self._rooms.values()]
        return health.Figures(
            rooms=len(self._rooms),
            seats_connected=sum(connected for connected, _ in seats),
            seats_lost=sum(lost for _, lost in seats),
            sockets=self._endpoint.sockets,
            hub_linked=self._link is not None and self._link.connected,
            facts_unconfirmed=0 if self._outbox is None else self._outbox.unconfirmed,
            slowest_sync=0.0 if self._outbox is None else self._outbox.slowest_sync,
            rooms_broken=self._rooms_broken,
            refused_before_accept=self._endpoint.refused_before_accept,
            disk_percent=self._recorder.disk_percent,
            media=health.media_sums(self.engine.statistics()),
        )


def _say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")


def _explain(error: OSError, settings: NodeSettings) -> str:
    """Start-up problems in words a person can act on."""
    if error.errno == errno.EADDRINUSE:
        return (
            f"PORT_IN_USE: Cổng {settings.signaling_port} (tín hiệu, TCP) hoặc {settings.media_port} (hình và tiếng, UDP) "
            "đang được chương trình khác dùng. Hãy dừng chương trình đó, hoặc đặt HUB_SIGNALING_PORT, HUB_MEDIA_PORT khác."
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return f"ADDRESS_UNKNOWN: Máy này không có địa chỉ {settings.bind}. Hãy sửa HUB_BIND hoặc HUB_ADVERTISE."
    return (
        f"DATA_DIR_UNUSABLE: Không ghi được vào thư mục dữ liệu {settings.data_dir} ({error.strerror}). "
        "Hãy kiểm tra quyền ghi và dung lượng, hoặc đặt HUB_DATA_DIR khác."
    )


async def run(settings: NodeSettings) -> int:
    """Until SIGTERM or SIGINT. Returns the exit code: 0, or 2 when it could not start."""
    node = Node(settings)
    try:
        await node.start()
    except OSError as error:
        _say(_explain(error, settings))
        return 2
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    # What start-up made lives as long as the process: frozen, it is not walked again, and a collection stays short enough
    # not to be heard.
    gc.collect()
    gc.freeze()
    await stop.wait()
    await node.stop()
    return 0


def main(arguments: Sequence[str] = ()) -> int:
    del arguments
    try:
        settings = NodeSettings()
        settings.media_addresses()
    except ValueError as error:
        _say(f"SETTINGS_INVALID: Cấu hình của máy chủ hình và tiếng không hợp lệ. {error}")
        return 2
    logs.configure(settings.log_level)
    return asyncio.run(run(settings))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
