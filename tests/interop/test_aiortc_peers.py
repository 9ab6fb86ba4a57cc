"""Whole aiortc peers through the engine: they connect, and what they decode is the picture that was sent."""

import asyncio

import pytest
from aiortc.mediastreams import AudioStreamTrack, MediaStreamError, MediaStreamTrack

from signaling.protocol.ids import SeatId, SessionId
from signaling.protocol.slots import SLOTS
from signaling.rehearsal.dtls import Identity
from signaling.rehearsal.media import Publisher, Receiver
from signaling.rehearsal.studio import Studio
from tests.interop import aiortc_site
from tests.interop.calls import running_engine
from tests.support.capture import ClockUnreadable, read_clock_from_frame

SESSION = SessionId("session")
ANNA, BINH, CHI = SeatId("anna"), SeatId("binh"), SeatId("chi")


@pytest.fixture(autouse=True)
def loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    aiortc_site.gather_loopback(monkeypatch)


async def _read_clocks(track: MediaStreamTrack, wanted: int) -> list[float]:
    clocks: list[float] = []
    async with asyncio.timeout(15):
        while len(clocks) < wanted:
            try:
                frame = await track.recv()
            except MediaStreamError:
                break
            try:
                clocks.append(read_clock_from_frame(frame))
            except ClockUnreadable:
                continue  # before its first keyframe a decoder shows grey
    return clocks


async def test_an_aiortc_peer_sees_the_clock_of_another() -> None:
    async with running_engine() as (engine, _):
        sender = await aiortc_site.publish(engine, SESSION, ANNA, AudioStreamTrack(), aiortc_site.ClockTrack(500.0))
        receiver, tracks = await aiortc_site.subscribe(engine, SESSION, BINH)
        assert list(tracks) == list(SLOTS)
        engine.assign_slots(BINH, {"floor-video": ANNA, "floor-audio": ANNA})
        await asyncio.gather(aiortc_site.connected(sender), aiortc_site.connected(receiver))
        clocks = await _read_clocks(tracks["floor-video"], 12)
        assert clocks == sorted(clocks)
        assert 500.0 <= clocks[0] < clocks[-1] < 520.0
        sound = await asyncio.wait_for(tracks["floor-audio"].recv(), 5)
        assert sound.sample_rate == 48_000
        await asyncio.gather(sender.close(), receiver.close())


async def test_an_aiortc_peer_decodes_a_simulated_site_and_a_site_counts_an_aiortc_peer() -> None:
    async with running_engine() as (engine, _):
        studio, identity = Studio(), Identity()
        running = asyncio.create_task(studio.run())
        site, ears = Publisher(studio, identity), Receiver(identity)
        await site.take_answer(await engine.publish_offer(SESSION, CHI, site.offer()))
        engine.set_open(CHI, microphone=True, camera=True)
        watcher, tracks = await aiortc_site.subscribe(engine, SESSION, BINH)
        engine.assign_slots(BINH, {"small-1": CHI, "voice-1": CHI})
        sender = await aiortc_site.publish(engine, SESSION, ANNA, AudioStreamTrack(), aiortc_site.ClockTrack(0.0))
        await engine.subscribe_answer(CHI, ears.answer(engine.subscribe_offer(SESSION, CHI)))
        engine.assign_slots(CHI, {"floor-video": ANNA, "floor-audio": ANNA})
        await asyncio.gather(aiortc_site.connected(watcher), aiortc_site.connected(sender), ears.connect())
        clocks = await _read_clocks(tracks["small-1"], 10)
        assert len(clocks) == 10
        assert abs(clocks[-1] - studio.unix_time(studio.now)) < 1.5
        sound = await asyncio.wait_for(tracks["voice-1"].recv(), 5)
        assert any(bytes(sound.planes[0]))
        async with asyncio.timeout(10):
            while ears.slots["floor-video"].frames < 5 or ears.slots["floor-audio"].packets < 5:
                await asyncio.sleep(0.05)
        running.cancel()
        site.close()
        ears.close()
        await asyncio.gather(watcher.close(), sender.close())
