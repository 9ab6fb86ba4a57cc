"""What simulated sites write and read on the wire."""

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from signaling.rehearsal import rtp

TRACK = (7, 96, 90_000, 65_533)


def _header(sequence: int, timestamp: int = 0, *, marker: bool = True) -> rtp.Header:
    return rtp.Header(marker, 96, sequence, timestamp, 7, 12, 100, {})


def test_a_packet_reads_back_as_it_was_written() -> None:
    track = rtp.SendingTrack(*TRACK)
    track.mid = (4, b"1")
    packet = track.packet(b"payload", 2**32 + 5, marker=True, extensions=[(1, b"\x85")])
    header = rtp.read_header(packet)
    assert (header.sequence, header.timestamp, header.ssrc, header.payload_type) == (65_533, 5, 7, 96)
    assert header.marker
    assert header.extensions == {1: b"\x85", 4: b"1"}
    assert packet[header.begin : header.end] == b"payload"


def test_sequence_numbers_wrap() -> None:
    track = rtp.SendingTrack(*TRACK)
    sequences = [rtp.read_header(track.packet(b"", 0, marker=False)).sequence for _ in range(4)]
    assert sequences == [65_533, 65_534, 65_535, 0]


def test_a_repetition_carries_the_original_number_and_extensions() -> None:
    track = rtp.SendingTrack(*TRACK, repeat=(8, 97))
    track.mid = (4, b"1")
    packet = track.packet(b"payload", 9, marker=True)
    again = track.repeat(65_533)
    assert again is not None
    header = rtp.read_header(again)
    assert (header.ssrc, header.payload_type, header.timestamp, header.marker) == (8, 97, 9, True)
    assert again[header.begin :] == (65_533).to_bytes(2, "big") + packet[rtp.read_header(packet).begin :]
    assert track.repeat(1) is None
    assert rtp.SendingTrack(*TRACK).repeat(65_533) is None


def test_only_the_newest_packets_can_be_repeated() -> None:
    track = rtp.SendingTrack(7, 96, 90_000, 0, repeat=(8, 97))
    for _ in range(1000):
        track.packet(b"x", 0, marker=False)
    assert track.repeat(0) is None
    assert track.repeat(999) is not None


def test_frames_are_cut_into_payloads_that_name_their_start_and_picture() -> None:
    payloads = rtp.vp8_payloads(bytes(2500), 0x8005)
    assert [len(payload) for payload in payloads] == [1104, 1104, 304]
    assert [payload[0] for payload in payloads] == [0x90, 0x80, 0x80]
    assert all(payload[1:4] == b"\x80\x80\x05" for payload in payloads)


def test_losses_are_asked_for_then_counted() -> None:
    track = rtp.ReceivedTrack(90_000)
    for sequence in (65_534, 65_535, 2, 4):
        track.take(_header(sequence), 100, now=0.0)
    assert set(track.missing) == {0, 1, 3}
    assert track.wanted(0.005) == []
    assert track.wanted(0.011) == [0, 1, 3]
    assert track.wanted(0.02) == []
    track.take(_header(3), 100, now=0.03)
    track.take_repeat(0, _header(0))
    track.take_repeat(0, _header(0))
    assert track.wanted(0.09) == [1]
    assert track.wanted(0.21) == [1]
    assert track.wanted(1.0) == []
    assert (track.repaired, track.lost, track.missing) == (1, 1, {})
    assert track.packets == 5


def test_a_jump_is_a_new_start_and_no_loss() -> None:
    track = rtp.ReceivedTrack(90_000)
    track.take(_header(10), 100, now=0.0)
    track.take(_header(30_000), 100, now=0.1)
    track.take(_header(30_001), 100, now=0.2)
    assert track.missing == {}
    assert track.highest == 30_001


def test_steady_packets_have_no_jitter_and_uneven_ones_have() -> None:
    even, uneven = rtp.ReceivedTrack(90_000), rtp.ReceivedTrack(90_000)
    for n in range(100):
        even.take(_header(n, n * 3000), 100, now=n / 30)
        uneven.take(_header(n, n * 3000), 100, now=n / 30 + (n % 2) * 0.02)
    assert even.jitter < 0.0001
    assert 0.01 < uneven.jitter < 0.025


def test_feedback_is_read_from_a_compound() -> None:
    compound = rtp.write_nack(1, 7, [10, 11, 26, 27, 65_535]) + rtp.write_pli(1, 9)
    feedback = rtp.read_rtcp(compound)
    assert sorted(feedback.repeats) == [(7, 10), (7, 11), (7, 26), (7, 27), (7, 65_535)]
    assert feedback.keyframes == [9]


def test_a_sender_report_tells_both_clocks() -> None:
    track = rtp.SendingTrack(*TRACK)
    track.packet(b"12345", 0, marker=True)
    report = rtp.write_sender_report(track, 1_790_000_000.5, 4_294_967_297, "cname")
    assert len(report) % 4 == 0
    (source, ntp, timestamp), = rtp.read_rtcp(report).reports  # fmt: skip
    assert (source, timestamp) == (7, 1)
    assert ntp / 2**32 - 2_208_988_800 == 1_790_000_000.5


@given(st.binary(max_size=200))
def test_junk_is_refused_as_rtp_or_read_within_its_bounds(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        header = rtp.read_header(data)
        assert 12 <= header.begin <= header.end <= len(data)


@given(st.binary(max_size=300), st.integers(200, 207))
def test_junk_as_rtcp_is_passed_over(data: bytes, kind: int) -> None:
    rtp.read_rtcp(data)
    rtp.read_rtcp(bytes((0x81, kind)) + data)
