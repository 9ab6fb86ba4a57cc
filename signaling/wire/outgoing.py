"""What goes out on one seat's socket: a bounded queue, a keep-alive, and a last word."""

import asyncio
import contextlib
import time
from collections import deque

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from signaling.protocol.browser import Closed
from signaling.protocol.codec import encode
from signaling.protocol.errors import Code

#: A browser that does not read this much is too slow to stay; the others never wait for it.
QUEUE_BYTES = 1024 * 1024
#: Browsers answer these themselves, even with the page in the background.
PING_INTERVAL = 3.0
#: Three missed answers: the line is gone. Together with the room's patience a ghost is gone within 20 s (quality F4), which
#: counts from the last sign of life.
SILENCE_TIMEOUT = 9.0
#: A browser that does not answer our close is cut off.
CLOSE_TIMEOUT = 1.0

_CLOSE_CODES = {
    Code.MESSAGE_TOO_LARGE: 1009,
    Code.TOO_MANY_MESSAGES: 1008,
    Code.HELLO_MISSING: 1008,
    Code.MESSAGE_UNKNOWN: 1008,
    Code.NODE_STOPPING: 1012,
    Code.NODE_BROKEN: 1011,
}


class Outgoing:
    """`number` is unlike that of any other socket of this process. `heard_at`: monotonic time of the last sign of life."""

    def __init__(self, connection: ServerConnection, number: int) -> None:
        self._connection = connection
        self.number = number
        self.heard_at = time.monotonic()
        self._queue: deque[bytes] = deque()
        self._queued = 0
        self._wake = asyncio.Event()
        self._finishing = False
        self._close_code = 1000
        self._pong: asyncio.Future[float] | None = None

    @property
    def queued(self) -> int:
        """Bytes waiting for this browser."""
        return self._queued

    def heard(self) -> None:
        self.heard_at = time.monotonic()

    def send(self, data: bytes) -> None:
        """Queues one message; never waits."""
        if self._finishing:
            return
        if self._queued + len(data) > QUEUE_BYTES:
            self.abort()
        else:
            self._queue.append(data)
            self._queued += len(data)
        self._wake.set()

    def finish(self, closed: Closed | None) -> None:
        """Says the last word, if any, and closes once it is written."""
        if self._finishing:
            return
        if closed is not None:
            self.send(encode(closed))
            self._close_code = _CLOSE_CODES.get(closed.code, 1000)
        self._finishing = True
        self._wake.set()

    def abort(self) -> None:
        """Cuts the line without a word: nobody listens."""
        self._finishing = True
        self._queue.clear()
        self._queued = 0
        self._connection.transport.abort()

    async def run(self) -> None:
        """Writes until the socket is closed."""
        with contextlib.suppress(ConnectionClosed, TimeoutError):
            while True:
                while self._queue:
                    data = self._queue.popleft()
                    self._queued -= len(data)
                    async with asyncio.timeout(SILENCE_TIMEOUT):
                        await self._connection.send(data, text=True)
                if self._finishing:
                    break
                await self._wait()
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self._connection.close(self._close_code)
        except TimeoutError:
            self.abort()

    async def _wait(self) -> None:
        """Until there is something to write; meanwhile the line is tried every few seconds."""
        self._wake.clear()
        try:
            async with asyncio.timeout(PING_INTERVAL):
                await self._wake.wait()
        except TimeoutError:
            await self._ping()

    async def _ping(self) -> None:
        if time.monotonic() - self.heard_at > SILENCE_TIMEOUT:
            self.abort()
            return
        if self._pong is None or self._pong.done():
            self._pong = asyncio.ensure_future(await self._connection.ping())
            self._pong.add_done_callback(self._answered)

    def _answered(self, pong: "asyncio.Future[float]") -> None:
        if not pong.cancelled() and pong.exception() is None:
            self.heard()
