import struct

from hypothesis import given
from hypothesis import strategies as st

from recordings.timeline.rtp import Unwrapper, keyframe_size, opus_samples, parse_rtp, parse_vp8
from tests.support.media import Vp8Packetizer, encode_opus, encode_vp8, flashes, rtp_packet, tone


def test_extensions_sources_and_padding_are_cut_off() -> None:
    plain = rtp_packet(96, 7, 9, 11, b"payload", marker=True)
    packet = parse_rtp(plain)
    assert packet is not None
    assert (packet.sequence, packet.timestamp, packet.ssrc, packet.marker, packet.payload) == (
        7,
        9,
        11,
        True,
        b"payload",
    )
    dressed = bytearray(plain[:12]) + bytes(8) + b"\xbe\xde\x00\x01" + bytes(4) + plain[12:] + b"\x00\x00\x03"
    dressed[0] |= 0x20 | 0x10 | 0x02
    assert parse_rtp(bytes(dressed)) == packet


@given(st.binary(max_size=80))
def test_any_bytes_are_a_packet_or_none(data: bytes) -> None:
    parse_rtp(data)
    parse_vp8(data)
    opus_samples(data)
    keyframe_size(data)


def test_the_first_packet_of_a_frame_and_its_size_are_known() -> None:
    frame = encode_vp8(flashes([]), 0.2)[0]
    assert keyframe_size(frame) == (160, 96)
    packets = [parse_rtp(p) for p in Vp8Packetizer(max_payload=20).packets(frame, 0)]
    found = [parse_vp8(p.payload) for p in packets if p is not None]
    assert [f.starts for f in found if f] == [True] + [False] * (len(found) - 1)
    assert found[0] is not None
    assert found[0].keyframe


def test_descriptors_of_every_length_are_understood() -> None:
    data = b"\x00frame"
    for extension, extra in ((0x00, b""), (0x80, b"\x12"), (0x80, b"\x92\x34"), (0xF0, b"\x92\x34\x05\x60")):
        parsed = parse_vp8(bytes([0x90, extension]) + extra + data)
        assert parsed is not None
        assert parsed.begin == 2 + len(extra)
        assert parsed.keyframe
    assert parse_vp8(b"\x11\x01delta") == (1, False, False)  # second partition


def test_opus_packets_know_their_length() -> None:
    assert {opus_samples(packet) for packet in encode_opus(tone(), 0.2)} == {960}
    assert opus_samples(b"\xfb\x06" + b"\xff\xfe" * 6) == 5760
    assert opus_samples(b"\xfb\x3f") == 0  # 1.26 s is no Opus packet
    assert opus_samples(b"") == 0


def test_numbers_count_on_over_the_wrap_and_back_for_late_ones() -> None:
    count = Unwrapper(16)
    assert [count.unwrap(n) for n in (65_534, 65_535, 0, 65_533, 2, 1)] == [
        65_534,
        65_535,
        65_536,
        65_533,
        65_538,
        65_537,
    ]
    assert count.near(65_530) == 65_530
    assert count.unwrap(3) == 65_539


@given(st.lists(st.integers(min_value=-20_000, max_value=20_000), max_size=50), st.integers(0, 2**32 - 1))
def test_unwrapping_follows_any_walk(steps: list[int], start: int) -> None:
    count, highest = Unwrapper(32), start
    assert count.unwrap(start) == start
    for step in steps:
        value = highest + step
        assert count.unwrap(value % 2**32) == value
        highest = max(highest, value)
    assert struct.calcsize("!I") == 4
