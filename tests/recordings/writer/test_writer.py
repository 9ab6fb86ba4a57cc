"""A real writer process and a real client, killed, starved and stopped."""

import asyncio
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from recordings.journal import format as journal
from recordings.journal.client import (
    Checkpointed,
    DiskFilling,
    JournalClient,
    JournalSink,
    SegmentFinished,
    WriterBack,
    WriterFailed,
)
from recordings.storage import SegmentState, stored_segments
from recordings.verification import verify
from tests.recordings.making import (
    EventLog,
    WriterProcess,
    numbered_packet,
    opened,
    order,
    packet_numbers,
    records_of,
    send_for,
)

StartWriter = Callable[..., WriterProcess]
TRACK = {"seat": "seat-a", "kind": "video", "codec": "vp8", "clock_rate": 90_000, "payload_type": 96}


def sender(sink: JournalSink) -> Callable[[int], None]:
    return lambda number: sink.packet(1, time.monotonic_ns(), numbered_packet(number))


async def started_client(socket_path: Path, events: EventLog, **options: int) -> JournalClient:
    client = JournalClient(socket_path, events, **options)
    await client.start()
    return client


async def test_a_turn_is_written_checkpointed_and_finished(start_writer: StartWriter) -> None:
    writer, events = start_writer(), EventLog()
    client = await started_client(writer.socket_path, events)
    sink = client.open(order())
    sink.add_track(1, **TRACK)
    sent = await send_for(sender(sink), 1.2)
    sink.sender_report(1, time.monotonic_ns(), 1 << 40, 90_000)
    sink.mark("pause", "giải lao", time.monotonic_ns())
    sink.stop_track(1, "pause", time.monotonic_ns())
    client.close("turn1-g1")
    await events.until(lambda: events.of(SegmentFinished))
    await client.stop()
    folder = writer.recordings / "session1" / "turn1-g1"
    assert packet_numbers(folder) == list(range(sent))
    kinds = [type(record).__name__ for record in records_of(folder)]
    assert kinds[:2] == ["SegmentHeader", "TrackOpened"]
    assert {"SenderReport", "Mark", "TrackStopped"} <= set(kinds)
    assert kinds[-1] == "SegmentEnd"
    (finished,) = events.of(SegmentFinished)
    assert finished.path == "session1/turn1-g1/000001.dcj"
    anchors = [(event.segment, event.offset, event.head) for event in events.of(Checkpointed)]
    assert len(anchors) >= 2
    verdict = verify(folder, [*anchors, (1, finished.size, finished.head)])
    assert verdict.ok
    assert verdict.anchors == len(anchors) + 1
    path = folder / "000001.dcj"
    assert path.stat().st_mode & 0o777 == 0o444
    assert finished.size == path.stat().st_size


async def test_a_writer_killed_in_mid_write_loses_nothing_and_the_next_one_goes_on(start_writer: StartWriter) -> None:
    writer, events = start_writer(), EventLog()
    client = await started_client(writer.socket_path, events)
    sink = client.open(order())
    sink.add_track(1, **TRACK)
    sent = await send_for(sender(sink), 0.8)
    writer.kill()
    sent = await send_for(sender(sink), 0.3, start=sent)
    await events.until(lambda: events.of(WriterFailed))
    assert events.of(WriterFailed) == [WriterFailed("turn1-g1", "writer-gone")]
    start_writer()
    await events.until(lambda: events.of(WriterBack))
    assert events.of(WriterBack) == [WriterBack("turn1-g1", 2)]
    sent = await send_for(sender(sink), 0.3, start=sent)
    client.close("turn1-g1")
    await client.stop()
    folder = writer.recordings / "session1" / "turn1-g1"
    assert sorted(set(packet_numbers(folder))) == list(range(sent))
    assert verify(folder).ok
    first, second = stored_segments(folder)
    assert (first.state, second.state) == (SegmentState.SALVAGED, SegmentState.FINISHED)
    # The salvaged segment is told too, so that its head can be anchored.
    assert [event.segment for event in events.of(SegmentFinished)] == [1, 2]
    second_records = list(journal.SegmentReader(second.path.read_bytes()).records())
    assert any(isinstance(record, journal.TrackOpened) for _, _, record in second_records)


async def test_a_writer_killed_ten_times_leaves_only_whole_segments(start_writer: StartWriter) -> None:
    writer, events = start_writer(), EventLog()
    client = await started_client(writer.socket_path, events)
    sink = client.open(order())
    sink.add_track(1, **TRACK)
    sent = 0
    for round_number in range(10):
        sent = await send_for(sender(sink), 0.05 + 0.013 * round_number, per_round=20, start=sent)
        writer.kill()
        writer = start_writer()
    await events.until(lambda: len(events.of(WriterBack)) == len(events.of(WriterFailed)))
    client.close("turn1-g1")
    await client.stop()
    folder = writer.recordings / "session1" / "turn1-g1"
    assert sorted(set(packet_numbers(folder))) == list(range(sent))
    assert verify(folder).ok, verify(folder).sentence


NODE = """
import asyncio, sys, time
from pathlib import Path
from recordings.journal.client import JournalClient, OpenJournal

async def main():
    client = JournalClient(Path(sys.argv[1]), lambda event: None)
    await client.start()
    sink = client.open(OpenJournal("turn1-g1", "session1", "turn1", 1, "boot1", 0.0))
    sink.add_track(1, seat="a", kind="video", codec="vp8", clock_rate=90000, payload_type=96)
    number = 0
    while True:
        sink.packet(1, time.monotonic_ns(), number.to_bytes(4, "big") + bytes(1000))
        number += 1
        if number % 100 == 0:
            print(number, time.monotonic_ns(), flush=True)
        await asyncio.sleep(0.001)

asyncio.run(main())
"""


async def test_a_killed_node_loses_at_most_moments_and_its_segment_is_finished(start_writer: StartWriter) -> None:
    writer = start_writer()
    node = subprocess.Popen(
        [sys.executable, "-c", NODE, str(writer.socket_path)], stdout=subprocess.PIPE, text=True, cwd=os.getcwd()
    )
    assert node.stdout is not None
    told = [node.stdout.readline().split() for _ in range(8)]
    node.kill()
    node.wait()
    assert writer.stop() == 0
    folder = writer.recordings / "session1" / "turn1-g1"
    numbers = packet_numbers(folder)
    assert numbers == list(range(len(numbers)))
    last = [record for record in records_of(folder) if isinstance(record, journal.Packet)][-1]
    assert int(told[-1][1]) - last.at_ns < 0.5e9
    assert verify(folder).ok
    end = records_of(folder)[-1]
    assert isinstance(end, journal.SegmentEnd)
    assert (end.last, end.reason) == (False, "node-gone")


async def test_a_long_turn_is_cut_into_segments_that_name_their_tracks(start_writer: StartWriter) -> None:
    writer, events = start_writer(settings={"HUB_JOURNAL_SEGMENT_SECONDS": "0.5"}), EventLog()
    client = await started_client(writer.socket_path, events)
    sink = client.open(order())
    sink.add_track(1, **TRACK)
    sent = await send_for(sender(sink), 1.6)
    client.close("turn1-g1")
    await client.stop()
    folder = writer.recordings / "session1" / "turn1-g1"
    assert packet_numbers(folder) == list(range(sent))
    segments = stored_segments(folder)
    assert len(segments) >= 3
    for segment in segments:
        records = [record for _, _, record in journal.SegmentReader(segment.path.read_bytes()).records()]
        assert opened(1) in records
    assert verify(folder).ok
    assert [event.segment for event in events.of(SegmentFinished)] == [segment.number for segment in segments]


async def test_a_file_limit_stops_the_recording_openly_and_it_goes_on_when_there_is_room(
    start_writer: StartWriter,
) -> None:
    # RLIMIT_FSIZE makes the kernel refuse the write in mid-record, as a full disk does.
    writer, events = start_writer(file_limit=200_000), EventLog()
    client = await started_client(writer.socket_path, events)
    sink = client.open(order())
    sink.add_track(1, **TRACK)
    sent = 0
    while not events.of(WriterFailed):
        sent = await send_for(sender(sink), 0.05, start=sent)
    assert events.of(WriterFailed) == [WriterFailed("turn1-g1", "disk-full")]
    hard = resource.prlimit(writer.process.pid, resource.RLIMIT_FSIZE)[1]
    resource.prlimit(writer.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
    while not events.of(WriterBack):
        sent = await send_for(sender(sink), 0.05, start=sent)
    sent = await send_for(sender(sink), 0.3, start=sent)
    client.close("turn1-g1")
    await client.stop()
    folder = writer.recordings / "session1" / "turn1-g1"
    assert verify(folder).ok, verify(folder).sentence
    first, second = stored_segments(folder)
    assert first.state is SegmentState.SALVAGED
    assert first.good_size == first.size  # cut back to the last whole record
    numbers = packet_numbers(folder)
    (gap,) = [record for record in records_of(folder) if isinstance(record, journal.Mark)]
    assert gap.kind == "gap"
    assert gap.since_ns is not None
    assert gap.since_ns < gap.at_ns
    assert len(numbers) == len(set(numbers))
    assert numbers[-1] == sent - 1
    # Whole records of the failed write are in the file and are counted as perhaps lost.
    assert sent - len(numbers) <= gap.packets
    assert second.number == 2


def small_disk(data_dir: Path) -> list[str]:
    """A command prefix that runs a program with a 3 MiB file system at `recordings/`, seen by that program alone."""
    mount = f"mkdir -p {data_dir}/recordings && mount -t tmpfs -o size=3m none {data_dir}/recordings"
    return ["unshare", "-m", "sh", "-c", f'{mount} && exec "$@"', "sh"]


def can_mount(data_dir: Path) -> bool:
    return shutil.which("unshare") is not None and (
        subprocess.run([*small_disk(data_dir), "true"], capture_output=True).returncode == 0
    )


async def test_a_full_disk_is_foretold_and_what_is_written_stays_good(
    start_writer: StartWriter, tmp_path: Path
) -> None:
    if not can_mount(tmp_path):
        # The same path is walked with a file size limit above; only the foretelling needs a disk of its own.
        return
    writer, events = start_writer(prefix=small_disk(tmp_path)), EventLog()
    disk = Path(f"/proc/{writer.process.pid}/root{writer.recordings}")
    client = await started_client(writer.socket_path, events)
    sink = client.open(order())
    sink.add_track(1, **TRACK)
    ballast = disk / "ballast"
    ballast.write_bytes(bytes(3 * 2**20 * 96 // 100))
    await events.until(lambda: events.of(DiskFilling))
    assert events.of(DiskFilling)[0].percent in range(95, 99)
    sent = 0
    while not events.of(WriterFailed):
        sent = await send_for(sender(sink), 0.05, start=sent)
    assert events.of(WriterFailed) == [WriterFailed("turn1-g1", "disk-full")]
    await events.until(lambda: events.of(DiskFilling)[-1].percent == 100)
    ballast.unlink()
    while not events.of(WriterBack):
        sent = await send_for(sender(sink), 0.05, start=sent)
    sent = await send_for(sender(sink), 0.2, start=sent)
    client.close("turn1-g1")
    await client.stop()
    folder = disk / "session1" / "turn1-g1"
    assert verify(folder).ok, verify(folder).sentence
    assert packet_numbers(folder)[-1] == sent - 1
    assert stored_segments(folder)[0].state is SegmentState.SALVAGED
    # Its descriptor keeps the name space; the fixture ends it.
    assert writer.process.poll() is None


async def test_two_writers_on_one_data_folder_are_refused(start_writer: StartWriter) -> None:
    first = start_writer()
    second = start_writer()
    assert second.stop() == 2
    assert "Đã có một bộ ghi khác" in "".join(second.log)
    assert first.stop() == 0


async def test_a_data_folder_that_cannot_be_written_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where a folder should be")
    writer = WriterProcess(tmp_path / "var")
    assert writer.stop() == 2
    assert "Không ghi được vào thư mục dữ liệu" in "".join(writer.log)


async def test_a_stopped_writer_finishes_its_segments(start_writer: StartWriter) -> None:
    writer, events = start_writer(), EventLog()
    client = await started_client(writer.socket_path, events)
    sink = client.open(order())
    sink.add_track(1, **TRACK)
    await send_for(sender(sink), 0.2)
    await events.until(lambda: events.of(Checkpointed))
    assert writer.stop() == 0
    await events.until(lambda: events.of(WriterFailed))
    folder = writer.recordings / "session1" / "turn1-g1"
    end = records_of(folder)[-1]
    assert isinstance(end, journal.SegmentEnd)
    assert (end.last, end.reason) == (False, "stopping")
    assert verify(folder).ok
    assert not writer.socket_path.exists()
    await client.stop()


async def test_start_up_salvages_without_touching_a_byte(start_writer: StartWriter) -> None:
    writer, events = start_writer(), EventLog()
    client = await started_client(writer.socket_path, events)
    sink = client.open(order())
    sink.add_track(1, **TRACK)
    await send_for(sender(sink), 0.3)
    await events.until(lambda: events.of(Checkpointed))
    writer.kill()
    await client.stop()
    path = writer.recordings / "session1" / "turn1-g1" / "000001.dcj"
    with path.open("ab") as file:
        file.write(b"\x00\x00\x04\x00\x02torn")
    torn = path.read_bytes()
    (path.parent / "000002.dcj").write_bytes(b"DCJ1")  # a crash right after creation
    start_writer().stop()
    assert path.read_bytes() == torn
    sidecar = json.loads(path.with_suffix(".closed").read_text())
    assert sidecar["salvaged"] is True
    assert sidecar["size"] == len(torn) - 9
    assert [segment.state for segment in stored_segments(path.parent)] == [SegmentState.SALVAGED] * 2
    assert all(segment.path.stat().st_mode & 0o777 == 0o444 for segment in stored_segments(path.parent))
    again = path.with_suffix(".closed").read_bytes()
    start_writer().stop()
    assert path.with_suffix(".closed").read_bytes() == again


async def test_a_node_that_speaks_nonsense_is_dropped_and_others_go_on(start_writer: StartWriter) -> None:
    writer, events = start_writer(), EventLog()
    client = await started_client(writer.socket_path, events)
    sink = client.open(order())
    sink.add_track(1, **TRACK)
    for junk in (b"\xff" * 64, b"\x00\x00\x00\x05\x40\x00\x00\x00\x01", b"\x00\x00\x00\x07\x40\x00\x00\x00\x01{}"):
        reader, stranger = await asyncio.open_unix_connection(str(writer.socket_path))
        stranger.write(junk)
        await stranger.drain()
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        stranger.close()
    sent = await send_for(sender(sink), 0.1)
    client.close("turn1-g1")
    await client.stop()
    assert packet_numbers(writer.recordings / "session1" / "turn1-g1") == list(range(sent))


async def test_a_name_that_leaves_the_tree_is_refused_on_both_sides(start_writer: StartWriter) -> None:
    writer, events = start_writer(), EventLog()
    client = await started_client(writer.socket_path, events)
    with pytest.raises(ValueError):
        client.open(order("../../escape"))
    await client.stop()
    body = b'{"recording":"../x","session":"s","turn":"t","generation":1,"boot":"b","clock_offset":0.0}'
    reader, stranger = await asyncio.open_unix_connection(str(writer.socket_path))
    stranger.write((5 + len(body)).to_bytes(4, "big") + b"\x40\x00\x00\x00\x01" + body)
    async with asyncio.timeout(5):
        assert await reader.read() == b""
    stranger.close()
    assert list(writer.recordings.glob("**/*")) == []


async def test_the_whole_file_is_good_when_the_signal_comes_in_a_storm(start_writer: StartWriter) -> None:
    writer, events = start_writer(), EventLog()
    client = await started_client(writer.socket_path, events)
    sink = client.open(order())
    sink.add_track(1, **TRACK)
    sent = await send_for(sender(sink), 0.3, per_round=50)
    writer.process.send_signal(signal.SIGTERM)
    sent = await send_for(sender(sink), 0.2, per_round=50, start=sent)
    assert writer.stop() == 0
    start_writer()
    await events.until(lambda: events.of(WriterBack))
    client.close("turn1-g1")
    await client.stop()
    folder = writer.recordings / "session1" / "turn1-g1"
    assert sorted(set(packet_numbers(folder))) == list(range(sent))
    assert verify(folder).ok, verify(folder).sentence


async def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:
        process = subprocess.Popen(
            [sys.executable, "-m", "recordings.writer"],
            env={**os.environ, "HUB_DATA_DIR": str(tmp_path)},
            stderr=full,
        )
    events = EventLog()
    client = await started_client(tmp_path / "run" / "writer.sock", events)
    sink = client.open(order())
    sink.add_track(1, **TRACK)
    sent = await send_for(sender(sink), 0.1)
    await events.until(lambda: events.of(Checkpointed))
    client.close("turn1-g1")
    await client.stop()
    process.terminate()
    assert process.wait(10) == 0
    assert packet_numbers(tmp_path / "recordings" / "session1" / "turn1-g1") == list(range(sent))
