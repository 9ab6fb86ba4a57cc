import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.wire import rtcp

word = st.integers(0, 2**32 - 1)
BLOCK = rtcp.ReportBlock(ssrc=5, fraction_lost=12, lost=-3, highest=70_000, jitter=9, last_report=8, delay=7)


def test_reports_are_read_as_written() -> None:
    report = rtcp.SenderReport(1, 2**63 + 5, 90_000, 10, 1000, (BLOCK,))
    compound = rtcp.sender_report(report) + rtcp.source_description(1, "node")
    assert rtcp.parse(compound) == [report]
    assert rtcp.parse(rtcp.receiver_report(3, [BLOCK, BLOCK])) == [rtcp.ReceiverReport(3, (BLOCK, BLOCK))]


def test_requests_are_read_as_written() -> None:
    compound = (
        rtcp.picture_loss(1, 2)
        + rtcp.nack(1, 2, [65_534, 65_535, 0, 9, 500])
        + rtcp.receiver_estimate(1, 2_000_000, [2])
    )
    assert rtcp.parse(compound) == [
        rtcp.KeyframeRequest((2,)),
        rtcp.Nack(2, (65_534, 65_535, 0, 9, 500)),
        rtcp.ReceiverEstimate(2_000_000, (2,)),
    ]


def test_a_full_intra_request_names_its_streams() -> None:
    body = (1).to_bytes(4) + (0).to_bytes(4) + (77).to_bytes(4) + b"\x01\x00\x00\x00"
    assert rtcp.parse(b"\x84\xce\x00\x04" + body) == [rtcp.KeyframeRequest((77,))]


@given(st.integers(0, 65_535), st.lists(st.integers(1, 40), max_size=40))
def test_whatever_is_missing_is_asked_for(first: int, steps: list[int]) -> None:
    sequences = [first]
    for step in steps:
        sequences.append((sequences[-1] + step) & 0xFFFF)
    (packet,) = rtcp.parse(rtcp.nack(1, 2, sequences))
    assert isinstance(packet, rtcp.Nack) and list(packet.sequences) == sequences


@given(word, word, st.integers(1, 2**45))
def test_an_estimate_is_rounded_down_a_little(sender: int, ssrc: int, bitrate: int) -> None:
    (packet,) = rtcp.parse(rtcp.receiver_estimate(sender, bitrate, [ssrc]))
    assert isinstance(packet, rtcp.ReceiverEstimate)
    assert bitrate * (1 - 2**-16) <= packet.bitrate <= bitrate


@given(st.binary(max_size=200))
def test_junk_is_passed_over(data: bytes) -> None:
    rtcp.parse(data)


@given(st.integers(0, 255), st.sampled_from([200, 201, 202, 203, 204, 205, 206, 207]), st.binary(max_size=120))
def test_a_header_with_any_body_is_passed_over_or_read(first: int, kind: int, body: bytes) -> None:
    body = body[: len(body) & ~3]
    rtcp.parse(bytes([first & 0x3F | 0x80, kind]) + (len(body) // 4).to_bytes(2) + body)


def test_a_compound_is_bounded() -> None:
    assert len(rtcp.parse(rtcp.picture_loss(1, 2) * 500)) == rtcp.MAX_PACKETS
    flood = b"\x81\xcd" + (1 + 1 + 8000).to_bytes(2) + bytes(8) + b"\xff\xff\xff\xff" * 8000
    (packet,) = rtcp.parse(flood)
    assert isinstance(packet, rtcp.Nack) and len(packet.sequences) == rtcp.MAX_NACKED


@pytest.mark.parametrize("name", ["", "a", "node-1", "x" * 300])
def test_a_name_of_any_length_keeps_the_compound_whole(name: str) -> None:
    compound = rtcp.source_description(9, name) + rtcp.picture_loss(1, 2)
    assert rtcp.parse(compound) == [rtcp.KeyframeRequest((2,))]
