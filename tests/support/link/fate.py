"""What happens to each datagram, decided without a clock: same seed, same fate of the n-th datagram."""

import random
from dataclasses import dataclass

from tests.support.link.profiles import Direction

#: How much longer a reordered datagram travels: more than the gap between packets of one frame, less than a frame.
REORDER_DELAY = 0.015
#: Timers of one instant fire in no order; so datagrams of one queue never share an instant.
_APART = 1e-6
#: What UDP and IPv4 add on the line.
_OVERHEAD_BYTES = 28


@dataclass(frozen=True, slots=True)
class Fate:
    """`wander`: jitter in seconds, may be negative."""

    lost: bool
    wander: float
    late: bool
    twice: bool


class Fates:
    """The sequence of fates of one direction. Takes the same number of draws for each datagram."""

    def __init__(self, direction: Direction, seed: int | str) -> None:
        self._direction = direction
        self._random = random.Random(seed)
        self._bad = False

    def next(self) -> Fate:
        way = self._direction
        loss_draw, reorder_draw, twice_draw = self._random.random(), self._random.random(), self._random.random()
        wander = max(-2.0, min(2.0, self._random.gauss(0.0, 1.0))) / 2 * way.jitter
        if way.burst is not None:
            turns = loss_draw < (way.burst.good_after_bad if self._bad else way.burst.bad_after_good)
            self._bad ^= turns
            lost = self._bad
        else:
            lost = loss_draw < way.loss
        return Fate(lost, wander, reorder_draw < way.reorder, twice_draw < way.duplicate)


class Path:
    """One direction: fates, bottleneck and outages. `offer` says when a datagram comes out.

    Times are seconds since the path was opened. Jitter never reorders (a real queue does not); reordering does.
    """

    def __init__(self, direction: Direction, seed: int | str, outages: tuple[tuple[float, float], ...] = ()) -> None:
        self._direction = direction
        self._fates = Fates(direction, seed)
        self._outages = outages
        self._bottleneck_free = 0.0
        self._last_out = 0.0
        self.lost = 0
        self.overflowed = 0

    def _rate(self, now: float) -> float | None:
        rate = self._direction.rate
        for since, stepped in self._direction.rate_steps:
            if now >= since:
                rate = stepped
        return rate

    def offer(self, now: float, size: int) -> list[float]:
        """Times at which a datagram of `size` bytes comes out: none when it is lost, two when it is doubled."""
        fate = self._fates.next()
        if fate.lost or any(since <= now < since + long for since, long in self._outages):
            self.lost += 1
            return []
        leaves = now
        rate = self._rate(now)
        if rate is not None:
            if self._bottleneck_free - now > self._direction.queue:
                self.overflowed += 1
                return []
            leaves = max(now, self._bottleneck_free) + (size + _OVERHEAD_BYTES) * 8 / (rate * 1000)
            self._bottleneck_free = leaves
        arrives = leaves + max(0.0, self._direction.delay + fate.wander)
        if fate.late:
            arrives += REORDER_DELAY
        else:
            arrives = self._last_out = max(arrives, self._last_out + _APART)
        return [arrives, arrives] if fate.twice else [arrives]
