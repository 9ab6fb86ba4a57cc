"""What one subscriber sees in one slot: a single RTP stream without seams, whichever seat fills it."""

from collections import deque
from typing import Any

from signaling.protocol.ids import SeatId
from signaling.relay.sequence import timestamp_step
from signaling.relay.tracks import PublishedTrack

#: Sources remembered for retransmissions asked for after a switch.
MAX_RUNS = 4
#: Resends remembered, so that one packet is not sent twice within a round trip.
MAX_RESENT = 512
DEFAULT_ROUND_TRIP = 0.1
SHORTEST_RESEND_INTERVAL = 0.02
#: A source whose timestamps ran ahead of the clock by more than this during a pause has started anew.
CONTINUATION_SLACK = 2.0
#: Timestamp step at a switch when no time seems to have passed: one frame at 30 frames/s, one packet of 20 ms.
_LEAST_STEP_VIDEO = 3000
_LEAST_STEP_AUDIO = 960


class Run:
    """A stretch of the stream that came from one track: outgoing number = position + `sequence_offset`."""

    __slots__ = ("first", "last", "picture_offset", "sequence_offset", "timestamp_offset", "tl0_offset", "track")

    def __init__(self, stream: "Stream", last: int) -> None:
        assert stream.track is not None
        self.track = stream.track
        self.first = stream.first
        self.last = last
        self.sequence_offset = stream.sequence_offset
        self.timestamp_offset = stream.timestamp_offset
        self.picture_offset = stream.picture_offset
        self.tl0_offset = stream.tl0_offset


class Stream:
    """Outgoing numbers are extended; the low 16 bits go on the wire, starting at `first_sequence` and never jumping.

    `session`, `send`, `address` are the wire's: what protects a packet, what sends it and where to. Not read here.
    """

    __slots__ = (
        "_bytes_before",
        "_bytes_mark",
        "_last_at",
        "_last_picture",
        "_last_timestamp",
        "_last_tl0",
        "_next",
        "_packets_before",
        "_packets_mark",
        "_resent",
        "_runs",
        "_used",
        "address",
        "delay_word",
        "first",
        "is_video",
        "owner",
        "picture_offset",
        "retransmitted",
        "round_trip",
        "rtx_sequence",
        "rtx_ssrc",
        "seat",
        "send",
        "sequence_offset",
        "session",
        "slot",
        "special",
        "ssrc",
        "timestamp_offset",
        "tl0_offset",
        "track",
    )

    def __init__(
        self, seat: SeatId, slot: str, *, is_video: bool, ssrc: int, rtx_ssrc: int = 0, first_sequence: int = 0
    ) -> None:
        self.seat = seat
        self.slot = slot
        self.is_video = is_video
        self.ssrc = ssrc
        self.rtx_ssrc = rtx_ssrc
        self.rtx_sequence = first_sequence & 0x7FFF
        self.session: Any = None
        self.send: Any = None
        self.address: Any = None
        self.owner: Any = None
        self.track: PublishedTrack | None = None
        self.first = 0
        self.sequence_offset = self.timestamp_offset = self.picture_offset = self.tl0_offset = 0
        #: Whether more than the numbers needs writing: picture ids after the first source, or a playout delay.
        self.special = False
        #: The extension element that asks for a playout delay; 0 until one was wanted.
        self.delay_word = 0
        self.round_trip = DEFAULT_ROUND_TRIP
        self.retransmitted = 0
        self._next = 0x10000 + (first_sequence & 0x7FFF)
        self._used = False
        self._last_timestamp = self._last_picture = self._last_tl0 = 0
        self._last_at = 0.0
        self._packets_before = self._bytes_before = self._packets_mark = self._bytes_mark = 0
        self._runs: deque[Run] = deque(maxlen=MAX_RUNS)
        self._resent: dict[int, float] = {}

    def start(self, track: PublishedTrack, position: int, timestamp: int, picture: int, tl0: int, now: float) -> None:
        """`track` fills the stream from the packet at `position` on, whose source numbers are given."""
        self.track = track
        self.first = position
        self.sequence_offset = self._next - position
        self._packets_mark = track.packets_forwarded
        self._bytes_mark = track.bytes_forwarded
        if not self._used:
            self._used = True
            return
        if not self._continues(track, timestamp, now):
            least = _LEAST_STEP_VIDEO if self.is_video else _LEAST_STEP_AUDIO
            step = max(least, round((now - self._last_at) * track.clock_rate))
            self.timestamp_offset = (self._last_timestamp + step - timestamp) & 0xFFFFFFFF
        self.picture_offset = (self._last_picture + 1 - picture) & 0x7FFF
        self.tl0_offset = (self._last_tl0 + 1 - tl0) & 0xFF
        self.special = bool(self.picture_offset or self.tl0_offset or self.delay_word)

    def _continues(self, track: PublishedTrack, timestamp: int, now: float) -> bool:
        """Whether the same source goes on after a pause, so that its own timestamps are better than arrival times."""
        if not self._runs or self._runs[-1].track is not track:
            return False
        step = timestamp_step((timestamp + self.timestamp_offset) & 0xFFFFFFFF, self._last_timestamp)
        return 0 < step < (now - self._last_at + CONTINUATION_SLACK) * track.clock_rate

    def stop(self) -> None:
        """No further packet of the present track; what was sent stays available for retransmission."""
        track = self.track
        if track is None:
            return
        last = max(track.highest, self.first)
        self._runs.append(Run(self, last))
        self._next = last + self.sequence_offset + 1
        self._last_timestamp = (track.last_timestamp + self.timestamp_offset) & 0xFFFFFFFF
        self._last_picture = (track.last_picture + self.picture_offset) & 0x7FFF
        self._last_tl0 = (track.last_tl0 + self.tl0_offset) & 0xFF
        self._last_at = track.last_arrival
        self._packets_before, self._bytes_before = self.counts()
        self.track = None

    def counts(self) -> tuple[int, int]:
        """Packets and payload bytes sent so far, as a sender report wants them."""
        if self.track is None:
            return self._packets_before, self._bytes_before
        return (
            self._packets_before + self.track.packets_forwarded - self._packets_mark,
            self._bytes_before + self.track.bytes_forwarded - self._bytes_mark,
        )

    def timestamp_at(self, now: float) -> int | None:
        """The outgoing timestamp of what is captured at `now`; None while no track fills the stream."""
        track = self.track
        if track is None:
            return None
        source = track.clock.timestamp_at(now, track.last_timestamp, track.last_arrival)
        return (source + self.timestamp_offset) & 0xFFFFFFFF

    def locate(self, sequence: int) -> tuple[Run, int] | None:
        """Which run and position the outgoing 16-bit `sequence` was; None if it was never sent or is long gone."""
        if self.track is not None:
            newest = self.track.highest + self.sequence_offset
            if newest < self.first + self.sequence_offset:
                return None
        else:
            newest = self._next - 1
        number = newest - ((newest - sequence) & 0xFFFF)
        if self.track is not None and number >= self.first + self.sequence_offset:
            return Run(self, self.track.highest), number - self.sequence_offset
        for run in reversed(self._runs):
            if run.first <= number - run.sequence_offset <= run.last:
                return run, number - run.sequence_offset
        return None

    def may_resend(self, sequence: int, now: float) -> bool:
        """False while an earlier resend of the same packet may still be on its way."""
        before = self._resent.get(sequence)
        if before is not None and now - before < max(SHORTEST_RESEND_INTERVAL, self.round_trip):
            return False
        if before is None and len(self._resent) >= MAX_RESENT:
            del self._resent[next(iter(self._resent))]
        self._resent[sequence] = now
        return True

    def ask_delay(self, word: int) -> None:
        self.delay_word = word
        self.special = True

    def next_rtx_sequence(self) -> int:
        self.rtx_sequence = (self.rtx_sequence + 1) & 0xFFFF
        self.retransmitted += 1
        return self.rtx_sequence
