"""What one publisher sends: its numbers made continuous, its last second kept, the streams that carry it on."""

from collections import deque
from enum import StrEnum
from typing import TYPE_CHECKING

from signaling.protocol.ids import SeatId
from signaling.protocol.slots import MediaKind
from signaling.relay.clocks import SeatClock, TrackClock
from signaling.relay.keyframes import KeyframeRequests
from signaling.relay.losses import LossDetector
from signaling.relay.playout import LineWatch
from signaling.relay.sequence import FIRST_CYCLE

if TYPE_CHECKING:
    from signaling.relay.streams import Stream

#: About a second of a 720p picture, and of a keyframe burst; a power of two.
VIDEO_HISTORY = 1024
#: Five seconds of packets of 20 ms; a power of two.
AUDIO_HISTORY = 256
#: A forward jump beyond this is a restart of the sender's numbers or a long outage, not losses.
RESTART_JUMP = 3000
#: Shifts remembered for packets that come late; a probe closes at most a few gaps within the history.
MAX_SHIFTS = 32

VIDEO_RATE = 90_000
AUDIO_RATE = 48_000


class Device(StrEnum):
    """What a seat publishes."""

    MICROPHONE = "microphone"
    CAMERA = "camera"
    SCREEN = "screen"

    @property
    def kind(self) -> MediaKind:
        return MediaKind.AUDIO if self is Device.MICROPHONE else MediaKind.VIDEO


class PublishedTrack:
    """One track of one publishing connection.

    Three numberings: the publisher's sequence numbers; *raw*, the same extended beyond 16 bits, for losses and reports;
    and the *position*, raw less the padding-only packets before it, for everything sent or recorded.
    """

    __slots__ = (
        "_first_raw",
        "_shifts",
        "bytes_forwarded",
        "bytes_received",
        "clock",
        "clock_rate",
        "device",
        "duplicates",
        "expected_before",
        "highest",
        "highest_raw",
        "history",
        "history_mask",
        "is_video",
        "jitter",
        "keyframes",
        "last_arrival",
        "last_picture",
        "last_timestamp",
        "last_tl0",
        "line",
        "live",
        "losses",
        "open",
        "packets_forwarded",
        "packets_received",
        "pending",
        "picture_cycle",
        "received_before",
        "restarts",
        "rtx_received",
        "seat",
        "shift",
        "shift_from",
        "tap",
        "transit",
    )

    def __init__(self, seat: SeatId, device: Device, clock: SeatClock) -> None:
        self.seat = seat
        self.device = device
        self.is_video = device.kind is MediaKind.VIDEO
        self.clock_rate = VIDEO_RATE if self.is_video else AUDIO_RATE
        self.clock = TrackClock(clock, self.clock_rate)
        self.open = False
        #: Streams that get every packet; the flat forwarding table.
        self.live: list[Stream] = []
        #: Streams that wait for a keyframe, or for any packet where the track is audio.
        self.pending: list[Stream] = []
        self.tap: Stream | None = None
        self.losses = LossDetector()
        #: The publisher's line, for the delay of those who watch.
        self.line = LineWatch()
        self.keyframes = KeyframeRequests()
        size = VIDEO_HISTORY if self.is_video else AUDIO_HISTORY
        self.history: list[tuple[int, bytes] | None] = [None] * size
        self.history_mask = size - 1
        self.highest_raw = self.highest = -1
        self._first_raw = 0
        self.shift = 0
        self.shift_from = 0
        self._shifts: deque[tuple[int, int]] = deque(maxlen=MAX_SHIFTS)
        self.last_timestamp = 0
        self.last_arrival = 0.0
        self.last_picture = self.last_tl0 = 0
        self.picture_cycle = 0
        self.transit = self.jitter = 0.0
        self.packets_received = self.bytes_received = self.duplicates = self.rtx_received = self.restarts = 0
        self.packets_forwarded = self.bytes_forwarded = 0
        self.expected_before = self.received_before = 0

    def arrived(self, sequence: int, now: float, *, repeated: bool = False) -> int:
        """Takes note of a packet with the publisher's 16-bit `sequence` at `now` (seconds).

        Returns its raw number, or -1 for one that is here already or comes too late to be kept.
        """
        highest = self.highest_raw
        if highest < 0:
            if repeated:
                return -1
            self._first_raw = self.highest_raw = raw = sequence + FIRST_CYCLE
            return raw
        step = (sequence - highest) & 0xFFFF
        if step == 1 and not repeated:
            self.highest_raw = raw = highest + 1
            return raw
        if step == 0:
            self.duplicates += 1
            return -1
        if step < 0x8000:
            if repeated:
                return -1
            raw = highest + step
            if step > RESTART_JUMP:
                self._restart(raw)
            else:
                self.losses.gap(highest + 1, raw, now)
            self.highest_raw = raw
            return raw
        raw = highest + step - 0x10000
        if raw < self._first_raw or highest - raw > self.history_mask or self.kept(self.position(raw)) is not None:
            self.duplicates += 1
            return -1
        self.losses.arrived(raw, now, repeated=repeated)
        return raw

    def _restart(self, raw: int) -> None:
        """The sender's numbers start anew: what was missing is not asked for, streams begin anew at a keyframe."""
        self.restarts += 1
        self.losses.clear()
        self._first_raw = raw
        self.expected_before = self.received_before = self.packets_received = 0

    def position(self, raw: int) -> int:
        """The number without padding-only packets."""
        if raw >= self.shift_from:
            return raw - self.shift
        for start, shift in reversed(self._shifts):
            if raw >= start:
                return raw - shift
        return raw - (self._shifts[0][1] if self._shifts else 0)

    def close_gap(self, raw: int) -> None:
        """`raw` was padding alone and is not passed on: what follows moves up. A late one leaves its hole."""
        if raw == self.highest_raw:
            self._shifts.append((self.shift_from, self.shift))
            self.shift += 1
            self.shift_from = raw + 1

    def keep(self, position: int, packet: bytes) -> None:
        self.history[position & self.history_mask] = (position, packet)

    def kept(self, position: int) -> bytes | None:
        """The packet at `position` if it is still in the history."""
        entry = self.history[position & self.history_mask]
        return entry[1] if entry is not None and entry[0] == position else None

    def forget(self) -> None:
        """The track ended: streams may still know it, its packets need no memory."""
        self.history = [None] * len(self.history)

    def observe(self, position: int, timestamp: int, now: float) -> None:
        """Notes the newest packet for jitter (RFC 3550 A.8) and for the continuation of streams."""
        self.highest = position
        if timestamp != self.last_timestamp or not self.is_video:
            transit = now * self.clock_rate - timestamp
            change = abs(transit - self.transit)
            if change < self.clock_rate:
                self.jitter += (change - self.jitter) / 16.0
            self.transit = transit
        self.last_timestamp = timestamp
        self.last_arrival = now

    def picture(self, bits: int, picture: int) -> int:
        """A picture id as 15 bits, where the sender uses only 7."""
        if bits == 15:
            return picture
        near = self.last_picture
        return (near + (((picture - near + 0x40) & 0x7F) - 0x40)) & 0x7FFF

    @property
    def expected(self) -> int:
        return self.highest_raw - self._first_raw + 1 if self.highest_raw >= 0 else 0

    @property
    def lost(self) -> int:
        return max(0, self.expected - self.packets_received)

    def take_fraction_lost(self) -> int:
        """Loss since the last call as a fraction of 256 (RFC 3550 A.3)."""
        expected = self.expected - self.expected_before
        received = self.packets_received - self.received_before
        self.expected_before = self.expected
        self.received_before = self.packets_received
        if expected <= 0 or received >= expected:
            return 0
        return min(255, (expected - received) * 256 // expected)
