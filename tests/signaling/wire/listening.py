"""An engine's listener that tests can wait for, and a sink that keeps what the recorder gets."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from signaling.protocol.ids import SeatId, SessionId
from signaling.protocol.vocabulary import Connection, MediaState
from signaling.wire.engine import EngineSettings, MediaEngine


class Listener:
    def __init__(self) -> None:
        self.states: dict[tuple[SeatId, Connection], list[MediaState]] = {}
        self.loudest: list[list[SeatId]] = []
        self._news = asyncio.Event()

    def media_state_changed(self, session: SessionId, seat: SeatId, connection: Connection, state: MediaState) -> None:
        self.states.setdefault((seat, connection), []).append(state)
        self._news.set()

    def loudest_changed(self, session: SessionId, seats: list[SeatId]) -> None:
        self.loudest.append(seats)
        self._news.set()

    async def until(self, condition: Callable[[], bool], timeout: float = 5) -> None:
        async with asyncio.timeout(timeout):
            while not condition():
                self._news.clear()
                await self._news.wait()


class Sink:
    def __init__(self) -> None:
        self.packets: list[tuple[int, int, bytes]] = []
        self.reports: list[tuple[int, int, int, int]] = []

    def packet(self, track: int, at_ns: int, data: bytes | memoryview) -> None:
        self.packets.append((track, at_ns, bytes(data)))

    def sender_report(self, track: int, at_ns: int, ntp: int, rtp: int) -> None:
        self.reports.append((track, at_ns, ntp, rtp))


@asynccontextmanager
async def running_engine() -> AsyncIterator[tuple[MediaEngine, Listener]]:
    listener = Listener()
    engine = MediaEngine(EngineSettings(bind=[("127.0.0.1", 0)]), listener)
    await engine.start()
    try:
        yield engine, listener
    finally:
        await engine.stop()
