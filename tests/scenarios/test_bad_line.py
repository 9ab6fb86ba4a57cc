"""A commune speaks over a bad line, decided by a seed; the province hears through the real relay."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from signaling.protocol.vocabulary import MediaState
from signaling.rehearsal.dtls import Identity
from signaling.rehearsal.media import REPORT_INTERVAL, every
from tests.interop.calls import Call, Listener, running_engine
from tests.support.link import PROFILES, Link, open_link

FRAME_INTERVAL = 1 / 15


@contextlib.asynccontextmanager
async def a_call(profile: str, seed: int) -> AsyncIterator[tuple[Call, Link, Listener]]:
    async with running_engine() as (engine, listener):
        link = await open_link(engine.addresses[0], PROFILES[profile], seed=seed)
        moved = {":".join(map(str, engine.addresses[0])): ":".join(map(str, link.address))}
        call = Call(engine, Identity(), 1, moved=moved, frame_bytes=2500)
        await call.connect()
        reports = asyncio.create_task(every(REPORT_INTERVAL, call.report))
        try:
            yield call, link, listener
        finally:
            reports.cancel()
            call.close()
            link.close()


async def speak(call: Call, frames: int) -> None:
    """Sends at 15 frames a second, then waits for what is still on its way."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    for number in range(frames):
        call.send()
        await asyncio.sleep(max(0.0, began + (number + 1) * FRAME_INTERVAL - loop.time()))
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(2):
            while len(call.delays()) < len(call.sent):
                await asyncio.sleep(0.05)


async def test_bursts_of_loss_on_the_way_up_are_repaired_before_a_picture_stands_still() -> None:
    async with a_call("E5", 1) as (call, link, _):
        await speak(call, 105)
        delays = call.delays()
        lost = link.statistics.up_sent - link.statistics.up_delivered
        assert lost > 10, "the line lost too little to prove anything"
        assert call.repeated > 5
        assert len(delays) >= 0.98 * len(call.sent)
        assert sorted(delays)[len(delays) // 2] < 0.15
        assert max(delays) < 1.2


async def test_reordered_and_doubled_packets_come_out_once_each() -> None:
    async with a_call("N10", 4) as (call, _, _):
        await speak(call, 45)
        assert len(call.sequences) == len(set(call.sequences))
        assert len(call.delays()) >= 0.99 * len(call.sent)


async def test_two_seconds_without_a_line_end_by_themselves() -> None:
    async with a_call("N2", 2) as (call, link, listener):
        await speak(call, 10)
        link.cut()
        for _ in range(30):  # two seconds of frames into the dark
            call.send()
            await asyncio.sleep(FRAME_INTERVAL)
        link.restore()
        before = max(call.arrived)
        back = asyncio.get_running_loop().time()
        async with asyncio.timeout(5):
            while max(call.arrived) <= before:
                call.send()
                await asyncio.sleep(FRAME_INTERVAL)
        assert asyncio.get_running_loop().time() - back < 1.0
        assert not [state for state in listener.states if state[2] in (MediaState.LOST, MediaState.CLOSED)]
