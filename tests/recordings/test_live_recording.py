"""A real browser's camera and microphone through the real engine into the real writer, and back out as a file."""

import asyncio
import cmath
import time
from array import array
from collections.abc import AsyncIterator, Callable
from operator import mul
from pathlib import Path
from statistics import median
from typing import Any

import av
import pytest

from recordings.journal.client import JournalClient, OpenJournal
from recordings.muxing import build_media
from recordings.verification import verify
from signaling.protocol.ids import SeatId, SessionId
from signaling.protocol.slots import MediaKind
from signaling.protocol.vocabulary import Connection, MediaState
from signaling.wire.engine import EngineSettings, MediaEngine
from tests.recordings.making import EventLog, WriterProcess
from tests.signaling.wire.chromium import chromium, open_seat
from tests.support.capture import capture_init_script, read_clock_from_frame

SESSION = SessionId("session1")
SEAT = SeatId("seat-a")


class _Quiet:
    def media_state_changed(self, session: SessionId, seat: SeatId, connection: Connection, state: MediaState) -> None:
        pass

    def loudest_changed(self, session: SessionId, seats: list[SeatId]) -> None:
        pass


@pytest.fixture
async def engine() -> AsyncIterator[MediaEngine]:
    engine = MediaEngine(EngineSettings(bind=[("127.0.0.1", 0)], advertise=[]), _Quiet())
    await engine.start()
    yield engine
    await engine.stop()


def beep_times(path: Path) -> list[float]:
    """Where the 1,000 Hz beeps begin: media time in seconds, from the level in windows of 10 ms every 2.5 ms."""
    samples = array("f")
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            at = round(float(frame.pts * frame.time_base) * 48_000)
            samples.extend([0.0] * (at - len(samples)))
            del samples[at:]
            samples.frombytes(bytes(frame.planes[0])[: 4 * frame.samples])
    size, hop = 480, 120
    turn = [cmath.exp(-2j * cmath.pi * 1_000 * n / 48_000) for n in range(size)]
    found: list[float] = []
    loud = False
    for begin in range(0, len(samples) - size, hop):
        level = abs(sum(map(mul, samples[begin : begin + size], turn))) * 2 / size
        if not loud and level > 0.1:
            found.append((begin + size / 2) / 48_000)
            loud = True
        elif level < 0.05:
            loud = False
    return found


@pytest.mark.browser
async def test_the_clock_in_the_recorded_picture_is_session_time(
    engine: MediaEngine, start_writer: Callable[..., WriterProcess]
) -> None:
    writer, events = start_writer(), EventLog()
    client = JournalClient(writer.socket_path, events)
    await client.start()
    offset = time.time() - time.monotonic()  # session time here is the wall clock
    async with chromium() as browser:
        context: Any = await browser.new_context()
        await context.add_init_script(capture_init_script(label="A"))
        seat = await open_seat(context, engine, SESSION, SEAT)
        engine.set_open(SEAT, microphone=True, camera=True)
        await seat.publish()
        sink = client.open(OpenJournal("turn1-g1", SESSION, "turn1", 1, "boot1", offset))
        for track in (1, 3):
            for kind, number in ((MediaKind.VIDEO, track), (MediaKind.AUDIO, track + 1)):
                codec, rate, payload_type = ("VP8", 90_000, 96) if kind is MediaKind.VIDEO else ("opus", 48_000, 111)
                sink.add_track(
                    number, seat=SEAT, kind=kind.value, codec=codec, clock_rate=rate, payload_type=payload_type
                )
                engine.open_tap(SEAT, kind, number, sink)
            await asyncio.sleep(4.0)  # what is recorded
            for kind, number in ((MediaKind.VIDEO, track), (MediaKind.AUDIO, track + 1)):
                engine.close_tap(SEAT, kind)
                sink.stop_track(number, "pause", time.monotonic_ns())
            await asyncio.sleep(1.0)  # a pause
    client.close("turn1-g1")
    await client.stop()
    folder = writer.recordings / SESSION / "turn1-g1"
    assert verify(folder).ok
    out = writer.data_dir / "media"
    manifest = build_media([folder], out, lambda share: None)
    (file,) = manifest.files
    picture_errors = []
    with av.open(str(out / file.path)) as container:
        for frame in container.decode(video=0):
            shown = read_clock_from_frame(frame)
            picture_errors.append(manifest.start_session_time + float(frame.pts * frame.time_base) - shown)
    assert len(picture_errors) == file.frames > 80
    assert all(-0.05 < error < 0.2 for error in picture_errors)
    # Each beep begins on a full second of the same clock.
    heard = [manifest.start_session_time + beep for beep in beep_times(out / file.path)]
    sound_errors = [beep - round(beep) for beep in heard]
    assert len(sound_errors) >= 6
    assert all(-0.05 < error < 0.2 for error in sound_errors)
    between = median(sound_errors) - median(picture_errors)
    print(f"picture {median(picture_errors) * 1e3:.0f} ms, sound {median(sound_errors) * 1e3:.0f} ms after the clock")
    # The browser's own way from the audio graph to the encoder is in this too.
    assert abs(between) < 0.1
