"""From journals to files, checked by decoding them."""

import random
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path

import av
import pytest

from recordings.journal import format as journal
from recordings.journal.client import JournalClient
from recordings.muxing import MANIFEST_NAME, MediaFile, MediaManifest, build_media, read_manifest
from tests.recordings.making import (
    EventLog,
    JournalMaker,
    WriterProcess,
    ns,
    opened,
    order,
    report,
)
from tests.support.media import (
    AUDIO_CLOCK,
    VIDEO_CLOCK,
    OpusPacketizer,
    SeatMedia,
    Vp8Packetizer,
    beeps,
    encode_opus,
    encode_vp8,
    flashes,
    moving_picture,
    tone,
)

WALL = 1_700_000_000.0


@pytest.fixture(scope="module")
def picture() -> list[bytes]:
    return encode_vp8(moving_picture(), 6.0)


@pytest.fixture(scope="module")
def voice() -> list[bytes]:
    return encode_opus(tone(), 6.0)


def packets(
    media: SeatMedia, *, begin: float, video: int | None = 1, audio: int | None = 2, rng: random.Random | None = None
) -> list[journal.Record]:
    """The seat's packets as they arrive from session time `begin` on, with up to 60 ms of jitter when there is `rng`."""
    arrived: list[tuple[float, journal.Record]] = []
    for sent, kind, data in media.items():
        track = video if kind == "video" else audio
        if track is not None:
            at = begin + sent + 0.02 + (rng.uniform(0.0, 0.06) if rng else 0.0)
            arrived.append((at, journal.Packet(track, ns(at), data)))
    return [record for _, record in sorted(arrived, key=lambda item: item[0])]


def build(tmp_path: Path, folders: Iterable[Path]) -> tuple[MediaManifest, Path]:
    out = tmp_path / "media"
    manifest = build_media(list(folders), out, lambda share: None)
    assert read_manifest(out) == manifest
    assert not list(out.glob("*draft*"))
    return manifest, out


def only(manifest: MediaManifest, seat: str = "seat-a") -> MediaFile:
    (file,) = [file for file in manifest.files if file.seat == seat]
    return file


def video_packets(path: Path) -> list[tuple[float, bytes]]:
    with av.open(str(path)) as container:
        return [
            (float(packet.pts * packet.time_base), bytes(packet)) for packet in container.demux(video=0) if packet.size
        ]


def decoded_pictures(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return [float(frame.pts * frame.time_base) for frame in container.decode(video=0)]


def decoded_sound(path: Path) -> list[tuple[float, int, float]]:
    """(time in s, samples, loudest sample 0…1) of every decoded piece."""
    with av.open(str(path)) as container:
        out = []
        for frame in container.decode(audio=0):
            samples = memoryview(bytes(frame.planes[0])).cast("f")[: frame.samples]
            out.append((float(frame.pts * frame.time_base), frame.samples, max(map(abs, samples))))
        return out


def test_every_complete_frame_is_in_the_file_and_decodes(
    tmp_path: Path, picture: list[bytes], voice: list[bytes]
) -> None:
    maker = JournalMaker(tmp_path / "turn1-g1")
    records = packets(SeatMedia(picture, voice), begin=12.0, rng=random.Random(3))
    maker.segment([opened(1), opened(2, kind="audio"), *records[:200]])
    maker.segment([opened(1), opened(2, kind="audio"), *records[200:]], last=True, reason="closed")
    manifest, out = build(tmp_path, [maker.folder])
    file = only(manifest)
    assert (file.has_audio, file.has_video, file.width, file.height) == (True, True, 320, 180)
    assert file.frames == len(picture)
    assert file.frames_left_out == 0
    assert [data for _, data in video_packets(out / file.path)] == picture
    times = decoded_pictures(out / file.path)
    assert len(times) == len(picture)
    for index, time in enumerate(times):
        assert abs(manifest.start_session_time + time - (12.0 + index / 15)) < 0.1
    for intervals in (file.intervals, file.video_intervals, file.audio_intervals):
        ((begin, end),) = intervals
        assert abs(manifest.start_session_time + begin - 12.0) < 0.5
        assert abs(manifest.start_session_time + end - 18.0) < 0.5
    sound = decoded_sound(out / file.path)
    assert abs(sum(samples for _, samples, _ in sound) / AUDIO_CLOCK - manifest.duration) < 0.05
    assert sum(loudest > 0.1 for _, _, loudest in sound) > 0.95 * len(sound)
    assert manifest.gaps == []
    assert manifest.problems == []


def test_the_file_has_its_duration_and_can_be_entered_anywhere(tmp_path: Path, voice: list[bytes]) -> None:
    frames = encode_vp8(moving_picture(), 6.0, keyframe_every=15)
    maker = JournalMaker(tmp_path / "turn1-g1")
    maker.segment([opened(1), opened(2, kind="audio"), *packets(SeatMedia(frames, voice), begin=0.0)], last=True)
    manifest, out = build(tmp_path, [maker.folder])
    data = (out / "seat-a.webm").read_bytes()
    # EBML ids: Cues (1C53BB6B) with its entries stands before the first Cluster (1F43B675).
    assert data.count(b"\x1c\x53\xbb\x6b") == 2
    assert data.rindex(b"\x1c\x53\xbb\x6b") < data.index(b"\x1f\x43\xb6\x75")
    with av.open(str(out / "seat-a.webm")) as container:
        assert container.duration is not None
        assert abs(container.duration / 1e6 - manifest.duration) < 0.05
        container.seek(4_500_000)
        first = next(packet for packet in container.demux(video=0) if packet.size)
        assert first.is_keyframe
        assert 3.9 < float(first.pts * first.time_base) <= 4.5


def first_bright(path: Path) -> list[float]:
    """When the picture turns from black to white."""
    found, before = [], 0.0
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            row = bytes(frame.planes[0])[: frame.width]
            bright = sum(row) / len(row)
            if bright > 128 >= before:
                found.append(float(frame.pts * frame.time_base))
            before = bright
    return found


def first_loud(path: Path) -> list[float]:
    """When the sound begins, after at least 100 ms of quiet."""
    found: list[float] = []
    quiet_since = -1.0
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            samples = memoryview(bytes(frame.planes[0])).cast("f")[: frame.samples]
            time = float(frame.pts * frame.time_base)
            for index in range(0, frame.samples, 48):
                if max(map(abs, samples[index : index + 48])) > 0.15:
                    now = time + index / AUDIO_CLOCK
                    if now - quiet_since > 0.1:
                        found.append(now)
                    quiet_since = now
    return found


@pytest.mark.parametrize(("drift", "with_reports"), [(0.0, True), (100e-6, True), (0.0, False)])
def test_a_flash_and_its_beep_come_together(tmp_path: Path, drift: float, with_reports: bool) -> None:
    """The picture takes 60 ms longer through the camera than the sound; only the sender's reports know that."""
    moments = [0.6, 1.6, 2.6, 3.6, 4.6]
    frames, sound = encode_vp8(flashes(moments), 5.5), encode_opus(beeps(moments), 5.5)
    rng = random.Random(9)
    cut, speak = Vp8Packetizer(), OpusPacketizer()
    camera_delay = 0.06 if with_reports else 0.0
    arrived: list[tuple[float, journal.Record]] = []
    for index, frame in enumerate(frames):
        for packet in cut.packets(frame, 0xFFFFF000 + index * 6_000):
            at = 30.0 + index / 15 * (1 + drift) + camera_delay + 0.03 + rng.expovariate(30)
            arrived.append((at, journal.Packet(1, ns(at), packet)))
    for index, opus in enumerate(sound):
        at = 30.0 + index / 50 * (1 + drift) + 0.03 + rng.expovariate(30)
        arrived.append((at, journal.Packet(2, ns(at), speak.packet(opus, index * 960))))
    if with_reports:
        for second in (0.5, 2.0, 4.0):
            at = 30.0 + second
            arrived.append((at, report(1, at + 0.04, WALL + second, int(0xFFFFF000 + second * VIDEO_CLOCK))))
            arrived.append((at, report(2, at + 0.04, WALL + second, int(second * AUDIO_CLOCK))))
    maker = JournalMaker(tmp_path / "turn1-g1")
    records = [record for _, record in sorted(arrived, key=lambda item: item[0])]
    maker.segment([opened(1), opened(2, kind="audio"), *records], last=True, reason="closed")
    _, out = build(tmp_path, [maker.folder])
    seen, heard = first_bright(out / "seat-a.webm"), first_loud(out / "seat-a.webm")
    assert len(seen) == len(heard) == len(moments)
    for flash, beep in zip(seen, heard, strict=True):
        # A flash is only drawn on the next of 15 pictures a second: 0.6 s is picture 9 exactly.
        assert abs(flash - beep) <= 0.040


def test_a_pause_is_named_and_silent_and_the_tracks_go_on_in_the_same_file(
    tmp_path: Path, picture: list[bytes], voice: list[bytes]
) -> None:
    maker = JournalMaker(tmp_path / "turn1-g1")
    before = packets(SeatMedia(picture, voice), begin=10.0)
    after = packets(
        SeatMedia(picture, voice, video_base=77, audio_base=99, video=Vp8Packetizer(sequence=40_000)),
        begin=30.0,
        video=3,
        audio=4,
    )
    maker.segment(
        [
            opened(1),
            opened(2, kind="audio"),
            *before,
            journal.TrackStopped(track=1, reason="pause", at_ns=ns(16.1)),
            journal.TrackStopped(track=2, reason="pause", at_ns=ns(16.1)),
            journal.Mark(kind="pause", text="xem tài liệu", at_ns=ns(16.1)),
            journal.Mark(kind="resume", text="", at_ns=ns(29.9)),
            opened(3),
            opened(4, kind="audio"),
            *after,
        ],
        last=True,
        reason="closed",
    )
    manifest, out = build(tmp_path, [maker.folder])
    file = only(manifest)
    assert file.frames == 2 * len(picture)
    assert len(decoded_pictures(out / file.path)) == file.frames
    (pause,) = manifest.gaps
    assert (pause.kind, pause.text) == ("pause", "xem tài liệu")
    assert abs(pause.begin - 6.1) < 0.1
    assert abs(pause.end - 19.9) < 0.1
    assert len(file.intervals) == 2
    assert abs(file.intervals[1][0] - 20.0) < 0.1
    sound = decoded_sound(out / file.path)
    assert all(loudest < 0.01 for time, _, loudest in sound if 6.3 < time < 19.7)
    assert abs(sum(samples for _, samples, _ in sound) / AUDIO_CLOCK - 26.0) < 0.1
    for (time, samples, _), (following, _, _) in pairwise(sound):
        assert abs(time + samples / AUDIO_CLOCK - following) < 0.025


def test_an_exchanged_camera_begins_its_rtp_time_anew_in_the_same_track(
    tmp_path: Path, picture: list[bytes], voice: list[bytes]
) -> None:
    """The node goes on counting packets; the time comes from another camera and may lie anywhere."""
    for case, base in enumerate((1_000, 0x7000_0000, 0xF000_0000)):
        first, second = SeatMedia(picture, voice), SeatMedia(picture, [], video_base=base)
        one = packets(first, begin=0.0)
        second.video.sequence = first.video.sequence
        second.video.picture_id = first.video.picture_id
        two = packets(second, begin=6.0)
        reports = [
            report(1, 2.0, WALL + 2.0, 0xFFFF0000 + 2 * VIDEO_CLOCK),
            report(1, 8.0, WALL + 8.0, base + 2 * VIDEO_CLOCK),
        ]
        records = sorted([*one, *two, *reports], key=lambda record: getattr(record, "at_ns", 0))
        folder = tmp_path / str(case) / "turn1-g1"
        JournalMaker(folder).segment([opened(1), opened(2, kind="audio"), *records], last=True, reason="closed")
        manifest, out = build(tmp_path / str(case), [folder])
        assert only(manifest).frames == 2 * len(picture)
        times = [time for time, _ in video_packets(out / "seat-a.webm")]
        for index, time in enumerate(times):
            assert abs(time - index / 15) < 0.05


def test_a_camera_that_stops_with_a_hole_does_not_hold_its_last_frames_back(
    tmp_path: Path, picture: list[bytes], voice: list[bytes]
) -> None:
    camera = packets(SeatMedia(picture, []), begin=0.0)
    del camera[-4]
    long_voice = packets(SeatMedia([], voice * 10), begin=0.0)
    records = sorted([*camera, *long_voice], key=lambda record: getattr(record, "at_ns", 0))
    JournalMaker(tmp_path / "turn1-g1").segment([opened(1), opened(2, kind="audio"), *records], last=True)
    manifest, out = build(tmp_path, [tmp_path / "turn1-g1"])
    assert only(manifest).frames == len(picture) - 1
    with av.open(str(out / "seat-a.webm")) as container:
        order_in_file = [float(packet.pts * packet.time_base) for packet in container.demux() if packet.size]
    assert all(later > earlier - 1.0 for earlier, later in pairwise(order_in_file))


def test_two_generations_of_a_turn_become_one_file(tmp_path: Path, picture: list[bytes], voice: list[bytes]) -> None:
    first = JournalMaker(tmp_path / "turn1-g1", order())
    # The node was killed: no end record, the segment was salvaged, the last record is torn.
    path = first.segment(
        [opened(1), opened(2, kind="audio"), *packets(SeatMedia(picture, voice), begin=5.0)], end=False
    )
    size = path.stat().st_size
    path.chmod(0o644)
    with path.open("ab") as file:
        file.write(b"\x00\x00\x03")
    path.with_suffix(".closed").write_bytes(journal.encode_json(journal.Salvaged(size=size, head=first.previous)))
    second_order = order("turn1-g2", 2)
    second = JournalMaker(tmp_path / "turn1-g2", second_order)
    media = SeatMedia(picture, voice, video_base=5, audio_base=6)
    second.segment([opened(1), opened(2, kind="audio"), *packets(media, begin=15.0)], last=True, reason="closed")
    manifest, out = build(tmp_path, [second.folder, first.folder])
    merged = only(manifest)
    assert merged.frames == 2 * len(picture)
    assert len(decoded_pictures(out / merged.path)) == merged.frames
    (gap,) = manifest.gaps
    assert gap.kind == "move"
    assert gap.text
    assert abs(gap.begin - 6.0) < 0.2
    assert abs(gap.end - 10.0) < 0.2
    assert manifest.problems == []
    assert [(source.recording, source.segment) for source in manifest.sources] == [("turn1-g1", 1), ("turn1-g2", 1)]


def test_overlapping_generations_give_the_later_one_the_word(
    tmp_path: Path, picture: list[bytes], voice: list[bytes]
) -> None:
    for generation, begin in ((1, 5.0), (2, 8.0)):
        maker = JournalMaker(tmp_path / f"turn1-g{generation}", order(f"turn1-g{generation}", generation))
        maker.segment([opened(1), opened(2, kind="audio"), *packets(SeatMedia(picture, voice), begin=begin)], last=True)
    manifest, out = build(tmp_path, tmp_path.glob("turn1-g*"))
    times = decoded_pictures(out / only(manifest).path)
    assert times == sorted(times)
    assert abs(len(times) - 9.0 * 15) < 15
    assert abs(manifest.duration - 9.0) < 0.1


def test_late_silent_and_blind_seats_have_files_of_the_same_length(
    tmp_path: Path, picture: list[bytes], voice: list[bytes]
) -> None:
    records = sorted(
        [
            *packets(SeatMedia(picture, voice), begin=0.0),
            *packets(SeatMedia(picture, []), begin=4.0, video=3),
            *packets(SeatMedia([], voice), begin=2.0, audio=4),
        ],
        key=lambda record: record.at_ns if isinstance(record, journal.Packet) else 0,
    )
    tracks = [opened(1), opened(2, kind="audio"), opened(3, "seat-b"), opened(4, "seat-c", "audio")]
    JournalMaker(tmp_path / "turn1-g1").segment([*tracks, *records], last=True)
    manifest, out = build(tmp_path, [tmp_path / "turn1-g1"])
    kinds = {file.seat: (file.has_audio, file.has_video) for file in manifest.files}
    assert kinds == {"seat-a": (True, True), "seat-b": (False, True), "seat-c": (True, False)}
    assert abs(manifest.duration - 10.0) < 0.1
    for file in manifest.files:
        with av.open(str(out / file.path)) as container:
            # Chromium lays the first packet of a file at 0: a late seat must not begin early.
            assert container.start_time is not None
            assert container.start_time / 1e6 < 0.02
            assert container.duration is not None
            assert abs(container.duration / 1e6 - manifest.duration) < 0.1
    assert abs(decoded_pictures(out / "seat-b.webm")[0] - 4.0) < 0.1
    assert only(manifest, "seat-b").intervals == only(manifest, "seat-b").video_intervals
    loud = [time for time, _, loudest in decoded_sound(out / "seat-c.webm") if loudest > 0.1]
    assert abs(loud[0] - 2.0) < 0.1


def test_the_same_journals_give_the_same_bytes(tmp_path: Path, picture: list[bytes], voice: list[bytes]) -> None:
    maker = JournalMaker(tmp_path / "turn1-g1")
    maker.segment([opened(1), opened(2, kind="audio"), *packets(SeatMedia(picture, voice), begin=1.0)], last=True)
    first, out = build(tmp_path, [maker.folder])
    data = (out / "seat-a.webm").read_bytes()
    (out / "gone-seat.webm").write_bytes(b"of an earlier making")
    second, _ = build(tmp_path, [maker.folder])
    assert second == first
    assert (out / "seat-a.webm").read_bytes() == data
    assert sorted(path.name for path in out.iterdir()) == [MANIFEST_NAME, "seat-a.webm"]


def test_a_cancelled_making_offers_nothing(tmp_path: Path, picture: list[bytes], voice: list[bytes]) -> None:
    class Cancelled(Exception):
        pass

    def cancel(share: float) -> None:
        if share > 0.5:
            raise Cancelled

    maker = JournalMaker(tmp_path / "turn1-g1")
    records = packets(SeatMedia(picture, voice), begin=1.0)
    for begin in range(0, len(records), 50):
        maker.segment([opened(1), opened(2, kind="audio"), *records[begin : begin + 50]])
    with pytest.raises(Cancelled):
        build_media([maker.folder], tmp_path / "media", cancel)
    assert list((tmp_path / "media").iterdir()) == []


def test_a_damaged_segment_costs_only_its_own_rest_and_is_named(tmp_path: Path, voice: list[bytes]) -> None:
    maker = JournalMaker(tmp_path / "turn1-g1")
    records = packets(SeatMedia([], voice), begin=0.0)
    for begin in range(0, 300, 100):
        maker.segment([opened(2, kind="audio"), *records[begin : begin + 100]])
    damaged = bytearray(maker.paths[1].read_bytes())
    damaged[len(damaged) // 2] ^= 1
    maker.paths[1].chmod(0o644)
    maker.paths[1].write_bytes(damaged)
    maker.paths[1].chmod(0o444)
    manifest, _ = build(tmp_path, [maker.folder])
    assert 240 < only(manifest).audio_packets < 300
    assert len(manifest.problems) == 1
    assert "000002.dcj" in manifest.problems[0]


def test_a_gap_of_a_full_disk_is_named_with_what_it_cost(tmp_path: Path, voice: list[bytes]) -> None:
    records = packets(SeatMedia([], voice), begin=0.0)
    gap = journal.Mark(kind="gap", text="disk-full", at_ns=ns(4.0), since_ns=ns(2.0), packets=100)
    JournalMaker(tmp_path / "turn1-g1").segment([opened(2, kind="audio"), *records[:100], gap, *records[200:]])
    manifest, _ = build(tmp_path, [tmp_path / "turn1-g1"])
    (found,) = manifest.gaps
    assert found.kind == "gap"
    assert "100 gói tin" in found.text
    assert found.end - found.begin == pytest.approx(2.0, abs=0.01)


def test_a_turn_in_which_nothing_was_recorded_gives_an_empty_manifest(tmp_path: Path) -> None:
    JournalMaker(tmp_path / "turn1-g1").segment([opened(1)], last=True)
    manifest, _ = build(tmp_path, [tmp_path / "turn1-g1", tmp_path / "never-made"])
    assert manifest.files == []
    assert manifest.duration == 0.0


async def test_what_a_killed_writer_had_is_played_without_a_missing_frame(
    tmp_path: Path, start_writer: Callable[..., WriterProcess], picture: list[bytes], voice: list[bytes]
) -> None:
    writer, events = start_writer(), EventLog()
    client = JournalClient(writer.socket_path, events)
    await client.start()
    sink = client.open(order())
    sink.add_track(1, seat="seat-a", kind="video", codec="VP8", clock_rate=90_000, payload_type=96)
    sink.add_track(2, seat="seat-a", kind="audio", codec="opus", clock_rate=48_000, payload_type=111)
    records = packets(SeatMedia(picture, voice), begin=3.0)
    for index, record in enumerate(records):
        assert isinstance(record, journal.Packet)
        sink.packet(record.track, record.at_ns, record.data)
        if index == len(records) // 2:
            await events.until(lambda: events.events)
            writer.kill()
            start_writer()
            await events.until(lambda: "WriterBack" in {type(event).__name__ for event in events.events})
    client.close("turn1-g1")
    await client.stop()
    manifest, out = build(tmp_path, [writer.recordings / "session1" / "turn1-g1"])
    assert [data for _, data in video_packets(out / only(manifest).path)] == picture
    assert only(manifest).audio_packets == len(voice)
    assert [gap.kind for gap in manifest.gaps] == ["problem"]
