"""Packets of one stream in order, and whole VP8 frames out of them."""

from typing import NamedTuple

from recordings.timeline.rtp import RtpPacket, parse_vp8

#: The engine asks for a lost packet again for about a second; later it does not come.
HOLD = 2.0
#: The first packets of a stream may overtake each other; the first to arrive need not be the first sent.
START_HOLD = 0.1


class Ordered(NamedTuple):
    """A packet in its place. `lost`: packets before it never came."""

    packet: RtpPacket
    rtp: int
    lost: bool


class Reorder:
    """Sorts by unwrapped sequence number, drops repeats, waits `HOLD` seconds of arrival time for what is missing."""

    def __init__(self) -> None:
        self._waiting: dict[int, tuple[float, RtpPacket, int]] = {}
        self._next: int | None = None
        self._first_at: float | None = None
        self.repeated = 0
        self.lost = 0

    def put(self, sequence: int, rtp: int, packet: RtpPacket, at: float) -> list[Ordered]:
        """`at`: arrival in seconds, growing. Returns what is in order now."""
        if self._next is not None and sequence == self._next and not self._waiting:
            self._next += 1
            return [Ordered(packet, rtp, lost=False)]
        if sequence in self._waiting or (self._next is not None and sequence < self._next):
            self.repeated += 1
            return []
        self._waiting[sequence] = (at, packet, rtp)
        if self._next is None:
            self._first_at = at if self._first_at is None else self._first_at
            if at - self._first_at < START_HOLD:
                return []
            self._next = min(self._waiting)
        return self._take(at)

    def flush(self) -> list[Ordered]:
        """The stream is over: what waits comes out, gaps or not."""
        if self._next is None and self._waiting:
            self._next = min(self._waiting)
        return self._take(float("inf"))

    def _take(self, at: float) -> list[Ordered]:
        out: list[Ordered] = []
        lost = False
        assert self._next is not None or not self._waiting
        while self._waiting and self._next is not None:
            entry = self._waiting.pop(self._next, None)
            if entry is None:
                first = min(self._waiting)
                if at - self._waiting[first][0] < HOLD:
                    break
                self.lost += first - self._next
                self._next, lost = first, True
                continue
            out.append(Ordered(entry[1], entry[2], lost))
            lost = False
            self._next += 1
        return out


class Frame(NamedTuple):
    """A whole VP8 frame. `rtp`: unwrapped RTP time."""

    rtp: int
    keyframe: bool
    data: bytes


class Vp8Assembler:
    """Whole frames only, from the first keyframe on. Counts what had to be left out."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._rtp = 0
        self._keyframe = False
        self._broken: int | None = None
        self._begun = False
        self.incomplete = 0
        self.before_keyframe = 0

    def put(self, ordered: Ordered) -> list[Frame]:
        packet = ordered.packet
        if ordered.lost and self._parts:
            self._break(self._rtp)
        if not packet.payload:
            return []  # padding only: counts in the sequence, carries nothing
        descriptor = parse_vp8(packet.payload)
        if descriptor is None:
            self._break(ordered.rtp)
            return []
        out: list[Frame] = []
        if descriptor.starts:
            if self._parts:
                # No packet is missing between, so a frame whose sender forgot the marker bit is whole all the same.
                out += self._finish()
            self._rtp, self._keyframe = ordered.rtp, descriptor.keyframe
        elif not self._parts or self._rtp != ordered.rtp:
            self._break(ordered.rtp)
            return out
        self._parts.append(packet.payload[descriptor.begin :])
        if packet.marker:
            out += self._finish()
        return out

    def flush(self) -> None:
        """The stream is over; a frame without its marker may lack packets and is left out."""
        if self._parts:
            self._break(self._rtp)

    def _break(self, rtp: int) -> None:
        self._parts = []
        if self._broken != rtp:
            self._broken = rtp
            self.incomplete += 1

    def _finish(self) -> list[Frame]:
        data, self._parts = b"".join(self._parts), []
        if not self._begun and not self._keyframe:
            self.before_keyframe += 1
            return []
        self._begun = True
        return [Frame(self._rtp, self._keyframe, data)]
