"""From a room's orders to the real writer process, and back to facts."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from recordings.verification import verify
from signaling.protocol import browser
from signaling.protocol.hub_link import (
    ChainHead,
    RecordingFailed,
    RecordingStarted,
    RecordingStopped,
    SegmentClosed,
)
from signaling.protocol.ids import RecordingId, SeatId, SessionId, TurnId
from signaling.protocol.slots import MediaKind
from signaling.protocol.vocabulary import RecordingState
from signaling.wire.recorder import Recorder
from tests.signaling.desired import CHAIR, COMMUNE_1, TURN_1
from tests.signaling.wire.conftest import House
from tests.signaling.wire.seat_client import SeatClient


@asynccontextmanager
async def a_writer(folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """The journal writer, as a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "recordings.writer",
        env={**os.environ, "HUB_DATA_DIR": str(folder)},
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def recording_turn(house: House) -> SeatClient:
    chair = await house.join(CHAIR)
    assert isinstance(await chair.ask(browser.StartTurn, turn=TURN_1), browser.Done)
    assert isinstance(await chair.ask(browser.AnnounceRecording), browser.Done)
    return chair


async def until_recording(seat: SeatClient, state: RecordingState) -> None:
    while seat.stage is None or seat.stage.recording is not state:
        await seat.next()


async def test_a_recorded_turn_leaves_closed_segments_and_their_heads_with_the_hub(house: House) -> None:
    async with a_writer(house.folder):
        chair = await recording_turn(house)
        assert chair.stage is not None and chair.stage.recording is RecordingState.RECORDING
        await house.hub.wait_for_fact(ChainHead)
        assert isinstance(await chair.ask(browser.EndTurn), browser.Done)
        closed = (await house.hub.wait_for_fact(SegmentClosed))[0]
        heads = await house.hub.wait_for_fact(ChainHead, 2)
        assert await house.hub.wait_for_fact(RecordingStopped) == [
            RecordingStopped(turn=TURN_1, recording=RecordingId("turn1-g1"))
        ]
    assert isinstance(closed, SegmentClosed) and isinstance(heads[-1], ChainHead)
    file = house.folder / "recordings" / closed.path
    assert file.stat().st_size == closed.size == heads[-1].offset
    assert closed.head == heads[-1].head and closed.recording == "turn1-g1"


async def test_a_killed_writer_is_told_to_everybody_and_a_new_one_goes_on(house: House) -> None:
    async with a_writer(house.folder) as writer:
        chair = await recording_turn(house)
        commune = await house.join(COMMUNE_1)
        assert isinstance(await chair.ask(browser.Admit, seat=COMMUNE_1), browser.Done)
        await until_recording(commune, RecordingState.RECORDING)
        await house.hub.wait_for_fact(ChainHead)
        writer.kill()
        await until_recording(commune, RecordingState.FAILED)
        assert commune.stage is not None and "khởi động lại" in commune.stage.recording_problem
        failed = await house.hub.wait_for_fact(RecordingFailed)
        assert failed == [RecordingFailed(turn=TURN_1, recording=RecordingId("turn1-g1"), problem="writer-gone")]
    async with a_writer(house.folder):
        await until_recording(commune, RecordingState.RECORDING)
        assert len(await house.hub.wait_for_fact(RecordingStarted, 2)) == 2
        assert isinstance(await chair.ask(browser.EndTurn), browser.Done)
        closed = await house.hub.wait_for_fact(SegmentClosed, 2)
    assert {fact.segment for fact in closed if isinstance(fact, SegmentClosed)} == {1, 2}


async def test_packets_of_a_tap_are_in_the_file_under_their_track(tmp_path: Path) -> None:
    facts: list[object] = []
    closed = asyncio.Event()

    def report(fact: object) -> None:
        facts.append(fact)
        if isinstance(fact, SegmentClosed):
            closed.set()

    async with a_writer(tmp_path):
        recorder = Recorder(tmp_path / "run" / "writer.sock", "boot-1")
        await recorder.start()
        name = RecordingId("turn1-g1")
        recorder.open(name, SessionId("session1"), TurnId("turn1"), 1, 0.0, report, lambda *_: None)
        sink = recorder.add_track(name, 7, SeatId("seat1"), MediaKind.VIDEO)
        for n in range(50):
            sink.packet(7, 1_000_000 * n, bytes([0x80, 96]) + n.to_bytes(2, "big") + b"\x00" * 8 + b"payload %d" % n)
        recorder.mark(name, "pause", "nghỉ")
        recorder.stop_track(name, 7, "pause")
        recorder.close(name)
        recorder.close(name)
        await asyncio.wait_for(closed.wait(), 10)
        await recorder.stop()
    segment = next(fact for fact in facts if isinstance(fact, SegmentClosed))
    content = (tmp_path / "recordings" / segment.path).read_bytes()
    assert all(b"payload %d" % n in content for n in range(50))
    assert b'"VP8"' in content and "nghỉ".encode() in content
    assert verify(tmp_path / "recordings" / segment.path).ok
