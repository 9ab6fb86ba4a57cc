"""Two real Chromium pages through the engine: they see and hear each other, quickly, and again after trouble."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from signaling.protocol.ids import SeatId, SessionId
from signaling.protocol.slots import MediaKind
from signaling.protocol.vocabulary import Connection, MediaState
from signaling.wire.engine import MediaEngine
from tests.signaling.wire.chromium import chromium, open_seat
from tests.signaling.wire.listening import Sink, running_engine
from tests.support.link import Burst, Direction, Profile, open_link, rewrite_candidates

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SESSION = SessionId("session")
CHAIR, COMMUNE = SeatId("chair"), SeatId("commune")
BOTH = {"floor-audio": CHAIR, "floor-video": CHAIR}


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


def face_each_other(engine: MediaEngine) -> None:
    for seat, other in ((CHAIR, COMMUNE), (COMMUNE, CHAIR)):
        engine.set_open(seat, microphone=True, camera=True)
        engine.assign_slots(seat, {"floor-audio": other, "floor-video": other})


async def test_two_pages_see_and_hear_each_other_and_mute_is_silence(browser: Browser) -> None:
    async with running_engine() as (engine, listener):
        face_each_other(engine)
        sink = Sink()
        engine.open_tap(CHAIR, MediaKind.AUDIO, 1, sink)
        engine.open_tap(CHAIR, MediaKind.VIDEO, 2, sink)
        chair = await open_seat(browser, engine, SESSION, CHAIR)
        commune = await open_seat(browser, engine, SESSION, COMMUNE)
        for seat in (chair, commune):
            await seat.publish()
            await seat.subscribe()
        for seat in (chair, commune):
            await seat.wait_for_frames("floor-video", 30)
            await seat.wait_for_sound("floor-audio", 0.1)
            received = await seat.received()
            assert {slot for slot, row in received.items() if row["packets"]} == {"floor-audio", "floor-video"}
            assert received["floor-video"]["width"] == 640
        assert {track for track, _, _ in sink.packets} == {1, 2} and sink.reports

        engine.set_open(COMMUNE, microphone=False, camera=False)
        before = (await chair.received())["floor-video"]["packets"]
        await commune.wait_for_frames("floor-video", (await commune.received())["floor-video"]["frames"] + 15)
        assert (await chair.received())["floor-video"]["packets"] - before <= 3
        engine.set_open(COMMUNE, microphone=True, camera=True)
        await chair.wait_for_frames("floor-video", (await chair.received())["floor-video"]["frames"] + 15)
        assert listener.states[CHAIR, Connection.PUBLISH] == [MediaState.CONNECTED]


async def test_connected_within_150_ms_and_seen_within_a_second(browser: Browser) -> None:
    async with running_engine() as (engine, _):
        engine.set_open(CHAIR, microphone=True, camera=True)
        chair = await open_seat(browser, engine, SESSION, CHAIR)
        await chair.publish()
        connected, seen = [], []
        for number in range(4):
            seat = SeatId(f"viewer-{number}")
            engine.assign_slots(seat, BOTH)
            viewer = await open_seat(browser, engine, SESSION, seat)
            connected.append(await viewer.publish())
            await viewer.subscribe()
            await viewer.wait_for_frames("floor-video", 1)
            await viewer.page.wait_for_function("marks['floor-video']")
            seen.append(float(await viewer.page.evaluate("marks['floor-video'] - marks.subscribe")))
            await viewer.page.close()
            engine.drop_seat(seat)
        print(f"connected {sorted(connected)} ms, first frame {sorted(seen)} ms")
        # The best of four: a busy machine delays the browser; tests.bench.join takes the median on a quiet one.
        assert min(connected) <= 150
        assert min(seen) <= 1000


async def test_a_publisher_who_loses_one_packet_in_twenty_in_bursts_hardly_freezes(browser: Browser) -> None:
    async with running_engine() as (engine, _):
        way = Direction(delay=0.04, burst=Burst(0.05, 5))
        host, port = engine.addresses[0]
        link = await open_link((host, port), Profile("lossy", "40 ms, 5 % in bursts", way, way), seed=11)

        def through(text: str) -> str:
            return rewrite_candidates(text, {f"{host}:{port}": "{}:{}".format(*link.address)})

        engine.set_open(CHAIR, microphone=True, camera=True)
        engine.assign_slots(COMMUNE, BOTH)
        chair = await open_seat(browser, engine, SESSION, CHAIR, through)
        commune = await open_seat(browser, engine, SESSION, COMMUNE)
        await chair.publish()
        await commune.subscribe()
        await commune.wait_for_frames("floor-video", 15 * 12, timeout=40)
        row = (await commune.received())["floor-video"]
        print(f"{row['frozen']:.2f} s frozen, {row['freezes']} times, {row['nacks']} requests")
        # The first losses of a new line may each stand still once; in two minutes that is below two per cent.
        assert row["frozen"] <= 1.2
        assert next(one for one in engine.statistics() if one.kind is MediaKind.VIDEO).rtx_received > 0
        link.close()


async def test_after_twelve_seconds_without_a_line_a_restart_brings_the_picture_back(browser: Browser) -> None:
    async with running_engine() as (engine, listener):
        host, port = engine.addresses[0]
        link = await open_link((host, port), Profile("line", "good", Direction(), Direction()), seed=1)

        def through(text: str) -> str:
            return rewrite_candidates(text, {f"{host}:{port}": "{}:{}".format(*link.address)})

        engine.set_open(CHAIR, microphone=True, camera=True)
        engine.assign_slots(COMMUNE, BOTH)
        chair = await open_seat(browser, engine, SESSION, CHAIR, through)
        commune = await open_seat(browser, engine, SESSION, COMMUNE, through)
        await chair.publish()
        await commune.subscribe()
        await commune.wait_for_frames("floor-video", 15)
        link.cut()
        await listener.until(lambda: listener.states[COMMUNE, Connection.SUBSCRIBE][-1] is MediaState.LOST, timeout=14)
        link.restore()
        frames = (await commune.received())["floor-video"]["frames"]
        await chair.page.evaluate("negotiatePublish({iceRestart: true})")
        await commune.page.evaluate("negotiateSubscribe()")
        await commune.wait_for_frames("floor-video", frames + 15, timeout=5)
        assert listener.states[COMMUNE, Connection.SUBSCRIBE][-1] is MediaState.CONNECTED
        link.close()
