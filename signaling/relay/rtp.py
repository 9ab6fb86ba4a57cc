"""RTP packets by offset (RFC 3550 section 5.1, RFC 8285): where things are, and the one layout the relay sends.

A packet that comes in is rebuilt once: payload type and extension ids become ours, contributing sources and padding go.
After that every packet of a kind has its payload at the same offset, so that a subscriber needs three numbers written.
"""

from collections.abc import Sequence
from struct import Struct

HEADER_SIZE = 12
#: Largest plaintext packet forwarded: 1,472 bytes of UDP payload on Ethernet less the 16 bytes of an AES-GCM tag.
MAX_PACKET = 1456

OPUS = 111
VP8 = 96
VP8_RTX = 97

AUDIO_LEVEL_URI = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
ABS_SEND_TIME_URI = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
PLAYOUT_DELAY_URI = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"
MID_URI = "urn:ietf:params:rtp-hdrext:sdes:mid"
AUDIO_LEVEL_ID = 1
ABS_SEND_TIME_ID = 2
PLAYOUT_DELAY_ID = 3

#: Of the layout the relay sends: twelve bytes of header, an extension of two words, the payload.
PAYLOAD_AT = 24
#: The second word: level for audio, playout delay for video (or padding, four zeros).
SECOND_WORD_AT = 20

#: sequence, timestamp, SSRC at offset 2: all that differs from subscriber to subscriber.
NUMBERS = Struct("!HII")
NUMBERS_AT = 2
#: One element of an extension: header byte and 24 bits.
WORD = Struct("!I")

_HEADER = Struct("!BBHIIHHII")
_ONE_BYTE_PROFILE = 0xBEDE
_SEND_TIME_ELEMENT = (ABS_SEND_TIME_ID << 4 | 2) << 24
_LEVEL_ELEMENT = AUDIO_LEVEL_ID << 4


def send_time_word(now: float) -> int:
    """The extension element with `now` (seconds of any steady clock) as 24 bits of 6.18 fixed point."""
    return _SEND_TIME_ELEMENT | (int(now * 262144.0) & 0xFFFFFF)


def video_header(marker: int, sequence: int, timestamp: int, ssrc: int, send_time: int) -> bytes:
    """24 bytes; `marker` is 0 or 0x80, `send_time` comes from `send_time_word`."""
    return _HEADER.pack(0x90, marker | VP8, sequence, timestamp, ssrc, _ONE_BYTE_PROFILE, 2, send_time, 0)


def audio_header(marker: int, sequence: int, timestamp: int, ssrc: int, send_time: int, level: int) -> bytes:
    """24 bytes; `level` is the byte of RFC 6464: voice bit and -dBov."""
    second = _LEVEL_ELEMENT << 24 | level << 16
    return _HEADER.pack(0x90, marker | OPUS, sequence, timestamp, ssrc, _ONE_BYTE_PROFILE, 2, send_time, second)


def locate(packet: Sequence[int], size: int) -> tuple[int, int, int, int] | None:
    """Offsets (payload start, payload end, extension start, extension end) of a plaintext packet of `size` bytes.

    Start equals end where a part is empty; a packet of padding alone has an empty payload. None for a packet whose
    lengths do not fit inside it.
    """
    if size < HEADER_SIZE:
        return None
    first = packet[0]
    if first >> 6 != 2:
        return None
    start = HEADER_SIZE + ((first & 0x0F) << 2)
    extension_start = extension_end = start
    if first & 0x10:
        if start + 4 > size:
            return None
        extension_start = start + 4
        extension_end = start = extension_start + ((packet[start + 2] << 8 | packet[start + 3]) << 2)
    if start > size:
        return None
    end = size
    if first & 0x20:
        if start == size:
            return None
        padding = packet[size - 1]
        end = size - padding
        if padding == 0 or end < start:
            return None
    return start, end, extension_start, extension_end


def find_extension(packet: Sequence[int], start: int, end: int, wanted: int) -> tuple[int, int]:
    """(offset, length) of the element `wanted` of an extension block between `start` and `end`; (0, 0) if absent.

    `start` and `end` as `locate` gave them: the profile is in the four bytes before `start`.
    """
    if end - start < 1 or not wanted:
        return 0, 0
    profile = packet[start - 4] << 8 | packet[start - 3]
    at = start
    if profile == _ONE_BYTE_PROFILE:
        while at < end:
            element = packet[at]
            if element == 0:
                at += 1
                continue
            identifier = element >> 4
            length = (element & 0x0F) + 1
            if identifier == 15 or at + 1 + length > end:
                return 0, 0
            if identifier == wanted:
                return at + 1, length
            at += 1 + length
    elif profile & 0xFFF0 == 0x1000:
        while at + 1 < end:
            identifier = packet[at]
            if identifier == 0:
                at += 1
                continue
            length = packet[at + 1]
            if at + 2 + length > end:
                return 0, 0
            if identifier == wanted:
                return at + 2, length
            at += 2 + length
    return 0, 0
