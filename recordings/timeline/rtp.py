"""What the timeline must know of RTP, VP8 and Opus packets."""

from typing import NamedTuple

#: Opus frame length in samples at 48 kHz by configuration number. RFC 6716, table 2.
_OPUS_FRAME = (480, 960, 1920, 2880) * 3 + (480, 960) * 2 + (120, 240, 480, 960) * 4
#: 120 ms, the longest an Opus packet may be. RFC 6716, 3.4 (R5).
_OPUS_LONGEST = 5760


class RtpPacket(NamedTuple):
    """Fields of an RTP packet; `payload` is without extensions and padding and may be empty."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes


def parse_rtp(data: bytes) -> RtpPacket | None:
    """None when it is not a whole RTP packet. RFC 3550, 5.1 and 5.3.1."""
    if len(data) < 12 or data[0] >> 6 != 2:
        return None
    first, second = data[0], data[1]
    begin = 12 + 4 * (first & 0x0F)
    if first & 0x10:
        if len(data) < begin + 4:
            return None
        begin += 4 + 4 * int.from_bytes(data[begin + 2 : begin + 4], "big")
    end = len(data)
    if first & 0x20:
        end -= data[-1]
    if end < begin:
        return None
    return RtpPacket(
        second & 0x7F,
        second >= 0x80,
        (data[2] << 8) | data[3],
        int.from_bytes(data[4:8], "big"),
        int.from_bytes(data[8:12], "big"),
        data[begin:end],
    )


class Vp8Payload(NamedTuple):
    """`begin`: where the VP8 data starts in the payload. `starts`: first packet of a frame. `keyframe`: only with it."""

    begin: int
    starts: bool
    keyframe: bool


def parse_vp8(payload: bytes) -> Vp8Payload | None:
    """The payload descriptor; None when it is cut short or carries no VP8 data. RFC 7741, 4.2 and 4.3."""
    size = len(payload)
    if size < 2:
        return None
    first = payload[0]
    begin = 1
    if first & 0x80:
        extension = payload[1]
        begin = 2
        if extension & 0x80:
            if size <= begin:
                return None
            begin += 2 if payload[begin] & 0x80 else 1
        if extension & 0x40:
            begin += 1
        if extension & 0x30:
            begin += 1
    if size <= begin:
        return None
    starts = bool(first & 0x10) and not first & 0x07
    return Vp8Payload(begin, starts, starts and not payload[begin] & 0x01)


def keyframe_size(frame: bytes) -> tuple[int, int] | None:
    """Width and height of a VP8 keyframe. RFC 6386, 9.1."""
    if len(frame) < 10 or frame[0] & 0x01 or frame[3:6] != b"\x9d\x01\x2a":
        return None
    return int.from_bytes(frame[6:8], "little") & 0x3FFF, int.from_bytes(frame[8:10], "little") & 0x3FFF


def opus_samples(packet: bytes) -> int:
    """Length of an Opus packet in samples at 48 kHz; 0 when it is none. RFC 6716, 3.1 and 3.2."""
    if not packet:
        return 0
    frame, code = _OPUS_FRAME[packet[0] >> 3], packet[0] & 0x03
    if code < 3:
        count = 1 if code == 0 else 2
    elif len(packet) < 2:
        return 0
    else:
        count = packet[1] & 0x3F
    samples = frame * count
    return samples if samples <= _OPUS_LONGEST else 0


class Unwrapper:
    """Counts on over the wrap of a number of `bits` bits; packets may arrive out of order by half its range."""

    __slots__ = ("_half", "_last", "_range")

    def __init__(self, bits: int) -> None:
        self._range = 1 << bits
        self._half = self._range >> 1
        self._last: int | None = None

    def unwrap(self, value: int) -> int:
        if self._last is None:
            self._last = value
            return value
        step = (value - self._last) % self._range
        if step >= self._half:
            # Older than the newest: do not step back, or a late packet would drag the window with it.
            return self._last + step - self._range
        self._last += step
        return self._last

    def near(self, value: int) -> int:
        """The same for a number from elsewhere (a sender report), which must not move the count."""
        last = 0 if self._last is None else self._last
        step = (value - last) % self._range
        return last + (step if step < self._half else step - self._range)
