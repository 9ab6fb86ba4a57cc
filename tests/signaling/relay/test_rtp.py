import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.relay import rtp


def packet(first: int = 0x80, body: bytes = b"payload") -> bytes:
    return struct.pack("!BBHII", first, 96, 1, 2, 3) + body


def test_plain_packet_has_its_payload_after_twelve_bytes() -> None:
    data = packet()
    assert rtp.locate(data, len(data)) == (12, len(data), 12, 12)


def test_contributing_sources_extension_and_padding_are_left_out() -> None:
    body = b"ssrc" * 15 + struct.pack("!HH", 0xBEDE, 1) + b"\x10\x55\x00\x00" + b"voice" + b"\x00\x00\x03"
    data = packet(0x80 | 0x20 | 0x10 | 15, body)
    start, end, extension_start, extension_end = rtp.locate(data, len(data)) or (0, 0, 0, 0)
    assert data[start:end] == b"voice"
    assert rtp.find_extension(data, extension_start, extension_end, 1) == (extension_start + 1, 1)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        packet()[:11],
        packet(0x40),
        packet(0x80 | 15, b"short"),
        packet(0x90, b"\xbe\xde"),
        packet(0x90, struct.pack("!HH", 0xBEDE, 9) + b"1234"),
        packet(0xA0, b"abc\x05"),
        packet(0xA0, b"abc\x00"),
        packet(0xA0, b""),
    ],
    ids=[
        "empty",
        "short",
        "version",
        "sources",
        "extension-head",
        "extension-overrun",
        "padding",
        "padding-0",
        "no-body",
    ],
)
def test_a_packet_whose_lengths_do_not_fit_is_refused(data: bytes) -> None:
    assert rtp.locate(data, len(data)) is None


def test_padding_alone_is_an_empty_payload() -> None:
    data = packet(0xA0, b"\x00\x00\x00\x04")
    start, end, _, _ = rtp.locate(data, len(data)) or (0, 1, 0, 0)
    assert start == end


@pytest.mark.parametrize("profile", [b"\xbe\xde", b"\x10\x00"])
def test_an_element_is_found_behind_another_and_padding(profile: bytes) -> None:
    one_byte = profile == b"\xbe\xde"
    block = b"\x21ab\x00\x50\x07" + b"\x00\x00" if one_byte else b"\x02\x02ab\x00\x05\x01\x07"
    data = packet(0x90, profile + struct.pack("!H", len(block) // 4) + block)
    located = rtp.locate(data, len(data))
    assert located is not None
    at, length = rtp.find_extension(data, located[2], located[3], 5)
    assert data[at : at + length] == b"\x07"
    assert rtp.find_extension(data, located[2], located[3], 9) == (0, 0)


@given(st.binary(max_size=80), st.integers(0, 15))
def test_junk_never_leads_outside_the_packet(data: bytes, wanted: int) -> None:
    located = rtp.locate(data, len(data))
    if located is None:
        return
    start, end, extension_start, extension_end = located
    assert 12 <= start <= end <= len(data)
    assert 12 <= extension_start <= extension_end <= start
    at, length = rtp.find_extension(data, extension_start, extension_end, wanted)
    assert at == 0 or extension_start <= at <= at + length <= extension_end


def test_both_kinds_have_the_same_layout() -> None:
    for header in (
        rtp.video_header(0x80, 7, 8, 9, rtp.send_time_word(1.5)),
        rtp.audio_header(0, 7, 8, 9, rtp.send_time_word(1.5), 30),
    ):
        data = header + b"x"
        located = rtp.locate(data, len(data))
        assert located is not None and located[0] == rtp.PAYLOAD_AT
        at, length = rtp.find_extension(data, located[2], located[3], rtp.ABS_SEND_TIME_ID)
        assert (length, int.from_bytes(data[at : at + 3])) == (3, int(1.5 * 2**18))
    at, _ = rtp.find_extension(data, located[2], located[3], rtp.AUDIO_LEVEL_ID)
    assert data[at] == 30
