"""From a publisher's clock to the node's: what sender reports to subscribers say, so that lips and voice agree.

A publisher's reports tie the timestamps of its tracks to one clock of its own. One shift per seat, the same for all its
tracks, moves that clock to the node's; an error in the shift moves sound and picture together.
"""

#: A later report may move the shift up by this much (seconds): the two clocks drift by some 0.1 ms/s at worst.
SHIFT_RISE = 0.001


class SeatClock:
    """The shift of one seat: node time = publisher time + shift, taken from the report that was least delayed."""

    __slots__ = ("shift",)

    def __init__(self) -> None:
        self.shift: float | None = None

    def observe(self, publisher_time: float, now: float) -> None:
        sample = now - publisher_time
        if self.shift is None or sample < self.shift:
            self.shift = sample
        else:
            self.shift += min(sample - self.shift, SHIFT_RISE)


class TrackClock:
    """Node time → RTP timestamp of one track."""

    __slots__ = ("_publisher_time", "_rate", "_reported", "_seat", "_timestamp")

    def __init__(self, seat: SeatClock, rate: int) -> None:
        self._seat = seat
        self._rate = rate
        self._reported = False
        self._publisher_time = 0.0
        self._timestamp = 0

    def report(self, ntp: int, timestamp: int, now: float) -> None:
        """A sender report: `ntp` is 64-bit NTP time of the publisher, `now` its arrival."""
        self._publisher_time = ntp / 2**32
        self._timestamp = timestamp
        self._reported = True
        self._seat.observe(self._publisher_time, now)

    def timestamp_at(self, now: float, last_timestamp: int, last_arrival: float) -> int:
        """32-bit timestamp of what was captured at `now`; by the last packet's arrival while no report has come."""
        if self._reported and self._seat.shift is not None:
            elapsed = now - self._seat.shift - self._publisher_time
            return (self._timestamp + round(elapsed * self._rate)) & 0xFFFFFFFF
        return (last_timestamp + round((now - last_arrival) * self._rate)) & 0xFFFFFFFF
