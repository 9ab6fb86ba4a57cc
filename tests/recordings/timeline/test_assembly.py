import random

import pytest

from recordings.timeline.assembly import HOLD, Frame, Ordered, Reorder, Vp8Assembler
from recordings.timeline.rtp import RtpPacket, Unwrapper, parse_rtp
from tests.support.media import Vp8Packetizer, encode_vp8, moving_picture


@pytest.fixture(scope="module")
def frames() -> list[bytes]:
    return encode_vp8(moving_picture(), 3.0, bitrate=1_500_000, keyframe_every=15)


def sent(frames: list[bytes]) -> list[tuple[float, RtpPacket]]:
    """Packets with their sending times, 15 frames a second."""
    cut = Vp8Packetizer(sequence=65_500, max_payload=100)
    out = []
    for index, frame in enumerate(frames):
        for packet in cut.packets(frame, index * 6_000):
            parsed = parse_rtp(packet)
            assert parsed is not None
            out.append((index / 15, parsed))
    return out


def assemble(packets: list[tuple[float, RtpPacket]]) -> tuple[list[Frame], Reorder, Vp8Assembler]:
    reorder, assembler, count = Reorder(), Vp8Assembler(), Unwrapper(16)
    out: list[Frame] = []

    def take(ordered: list[Ordered]) -> None:
        for item in ordered:
            out.extend(assembler.put(item))

    for at, packet in packets:
        take(reorder.put(count.unwrap(packet.sequence), packet.timestamp, packet, at))
    take(reorder.flush())
    assembler.flush()
    return out, reorder, assembler


def test_packets_in_order_give_every_frame(frames: list[bytes]) -> None:
    got, reorder, assembler = assemble(sent(frames))
    assert [frame.data for frame in got] == frames
    assert [frame.rtp for frame in got] == [index * 6_000 for index in range(len(frames))]
    assert [index for index, frame in enumerate(got) if frame.keyframe] == [0, 15, 30]
    assert reorder.lost == assembler.incomplete == assembler.before_keyframe == 0


@pytest.mark.parametrize("seed", range(10))
def test_packets_shuffled_and_repeated_give_every_frame(frames: list[bytes], seed: int) -> None:
    rng = random.Random(seed)
    packets = sent(frames)
    arrived = [(at + rng.uniform(0.0, 0.4 if at > 0.2 else 0.05), packet) for at, packet in packets]
    arrived += [(at + rng.uniform(0.0, 1.5), packet) for at, packet in rng.sample(packets, 60)]
    arrived.sort(key=lambda item: item[0])
    got, reorder, _ = assemble(arrived)
    assert [frame.data for frame in got] == frames
    assert reorder.repeated == 60


@pytest.mark.parametrize("seed", range(10))
def test_lost_packets_cost_their_own_frames_and_no_others(frames: list[bytes], seed: int) -> None:
    rng = random.Random(seed)
    packets = sent(frames)
    # Without the first keyframe nothing could be shown before the next one: another situation.
    lost = {id(packet) for _, packet in rng.sample([item for item in packets if item[1].timestamp > 0], 25)}
    got, _, assembler = assemble([(at, packet) for at, packet in packets if id(packet) not in lost])
    hit = {packet.timestamp // 6_000 for _, packet in packets if id(packet) in lost}
    expected = [frame for index, frame in enumerate(frames) if index not in hit]
    assert [frame.data for frame in got] == expected
    assert assembler.incomplete + len(got) <= len(frames)


def test_a_stream_that_begins_between_keyframes_begins_at_the_next_one(frames: list[bytes]) -> None:
    packets = [(at, packet) for at, packet in sent(frames) if packet.timestamp >= 5 * 6_000]
    got, _, assembler = assemble(packets)
    assert [frame.data for frame in got] == frames[15:]
    assert assembler.before_keyframe == 10


def test_padding_between_frames_breaks_nothing(frames: list[bytes]) -> None:
    packets: list[tuple[float, RtpPacket]] = []
    shift = 0
    for at, packet in sent(frames):
        packets.append((at, packet._replace(sequence=(packet.sequence + shift) & 0xFFFF)))
        if packet.marker:
            shift += 1
            padding = packet._replace(sequence=(packet.sequence + shift) & 0xFFFF, payload=b"", marker=False)
            packets.append((at, padding))
    got, _, _ = assemble(packets)
    assert [frame.data for frame in got] == frames


def test_what_is_missing_is_waited_for_two_seconds_and_no_longer() -> None:
    packet = parse_rtp(Vp8Packetizer().packets(b"\x00x", 0)[0])
    assert packet is not None
    reorder = Reorder()
    assert reorder.put(1, 0, packet, 0.0) == []  # the first ones wait a moment for their elders
    assert len(reorder.put(2, 0, packet, 0.2)) == 2
    assert reorder.put(4, 0, packet, 0.3) == []
    assert reorder.put(5, 0, packet, 0.3 + HOLD - 0.01) == []
    assert [item.lost for item in reorder.put(6, 0, packet, 0.31 + HOLD)] == [True, False, False]
    assert reorder.lost == 1
