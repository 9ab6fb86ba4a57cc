import asyncio

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from signaling.protocol.errors import Code
from signaling.rooms.closing import closed
from signaling.wire.outgoing import QUEUE_BYTES, Outgoing


async def test_a_browser_that_does_not_read_is_cut_at_the_limit_and_nothing_waits() -> None:
    sent = 0
    over = asyncio.Event()

    async def attend(connection: ServerConnection) -> None:
        nonlocal sent
        outgoing = Outgoing(connection, 1)
        writer = asyncio.create_task(outgoing.run())
        piece = b"x" * 16_384
        # The kernel's buffers take some megabytes before anything has to wait here.
        while not writer.done() and sent < 100_000_000:
            outgoing.send(piece)
            sent += len(piece)
            assert outgoing.queued <= QUEUE_BYTES
            await asyncio.sleep(0)
        await writer
        over.set()

    async with (
        serve(attend, "127.0.0.1", 0, compression=None) as server,
        connect(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}", compression=None, proxy=None) as slow,
    ):
        slow.transport.pause_reading()
        await asyncio.wait_for(over.wait(), 10)
        assert QUEUE_BYTES < sent < 100_000_000
        slow.transport.abort()


async def test_the_last_word_comes_after_everything_before_it_and_nothing_after() -> None:
    async def attend(connection: ServerConnection) -> None:
        outgoing = Outgoing(connection, 1)
        outgoing.send(b'"first"')
        outgoing.finish(closed(Code.NODE_STOPPING))
        outgoing.send(b'"too late"')
        outgoing.finish(None)
        await outgoing.run()

    async with (
        serve(attend, "127.0.0.1", 0, compression=None) as server,
        connect(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}", compression=None, proxy=None) as page,
    ):
        assert await page.recv() == '"first"'
        assert "NODE_STOPPING" in str(await page.recv())
        with pytest.raises(ConnectionClosed) as end:
            await page.recv()
        assert end.value.rcvd is not None and end.value.rcvd.code == 1012
