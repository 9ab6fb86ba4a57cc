"""Where on session time a sender's RTP time lies.

A packet's arrival is its sending time plus a delay that is never negative and changes all the time; what does not change
is the smallest delay. So the offset from the sender's clock to session time is the lower envelope of (arrival − sending
time), allowed to drift only as fast as crystals do. Sound and picture of one seat have different RTP clocks; their
sender reports say how both lie on the sender's one wall clock, so one offset serves both and they stay in step.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

#: Sender reports come every second to five; the median of ten seconds is steady to about a millisecond.
REPORT_WINDOW = 10.0
#: Short enough to follow drift, long enough to hold a packet that waited for nothing.
ARRIVAL_WINDOW = 5.0
#: Two cheap crystals differ by up to 100 ppm each.
MAX_DRIFT = 200e-6
#: A larger difference between neighbouring windows is a clock that was set, not a queue: begin anew.
STEP = 1.0
#: A sender whose reports disagree with its RTP rate by more than this sends nonsense; arrivals are then used alone.
MAX_RATE_ERROR = 5e-3


class Report(NamedTuple):
    """A sender report: unwrapped RTP time and the sender's wall clock in seconds."""

    rtp: int
    wall: float


class Arrival(NamedTuple):
    """The packet of a window that waited least: unwrapped RTP time and arrival in session time, seconds."""

    rtp: int
    at: float


class Curve:
    """Piecewise linear through points with growing x; constant beyond the ends."""

    __slots__ = ("_xs", "_ys")

    def __init__(self, points: Sequence[tuple[float, float]]) -> None:
        self._xs = [x for x, _ in points]
        self._ys = [y for _, y in points]

    def at(self, x: float) -> float:
        xs, ys = self._xs, self._ys
        right = bisect_right(xs, x)
        if right == 0:
            return ys[0]
        if right == len(xs):
            return ys[-1]
        left = right - 1
        share = (x - xs[left]) / (xs[right] - xs[left])
        return ys[left] + share * (ys[right] - ys[left])


_FLAT = Curve([(0.0, 0.0)])


def sender_curve(reports: Sequence[Report], clock_rate: int) -> Curve | None:
    """RTP seconds → what must be added for the sender's wall clock; None without usable reports."""
    points: list[tuple[float, float]] = []
    group: list[tuple[float, float]] = []
    for report in sorted(reports):
        seconds = report.rtp / clock_rate
        if group and seconds - group[0][0] > REPORT_WINDOW:
            points.append(_middle(group))
            group = []
        group.append((seconds, report.wall - seconds))
    if group:
        points.append(_middle(group))
    for (x0, y0), (x1, y1) in pairwise(points):
        if abs(y1 - y0) > MAX_RATE_ERROR * (x1 - x0) + 0.1:
            return None
    return Curve(points) if points else None


def _middle(group: list[tuple[float, float]]) -> tuple[float, float]:
    return median(x for x, _ in group), median(y for _, y in group)


def envelope(points: Sequence[tuple[float, float]]) -> Curve:
    """Lower envelope of (sender time, arrival − sender time), drifting at most `MAX_DRIFT`. At least one point."""
    windows: list[tuple[float, float]] = []
    for x, y in sorted(points):
        if windows and x - windows[-1][0] < 1e-6:
            windows[-1] = (windows[-1][0], min(y, windows[-1][1]))
        else:
            windows.append((x, y))
    out: list[tuple[float, float]] = []
    start = 0
    for index in range(1, len(windows) + 1):
        if index == len(windows) or abs(windows[index][1] - windows[index - 1][1]) > STEP:
            out.extend(_limited(windows[start:index]))
            start = index
    return Curve(out)


def _limited(windows: list[tuple[float, float]]) -> list[tuple[float, float]]:
    xs, ys = [x for x, _ in windows], [y for _, y in windows]
    for order in (range(1, len(xs)), range(len(xs) - 2, -1, -1)):
        forward = order.step > 0
        for index in order:
            other = index - 1 if forward else index + 1
            ys[index] = min(ys[index], ys[other] + MAX_DRIFT * abs(xs[index] - xs[other]))
    return list(zip(xs, ys, strict=True))


class StreamClock:
    """RTP time of one stream → session time, seconds."""

    __slots__ = ("_offset", "_rate", "_sender")

    def __init__(self, clock_rate: int, sender: Curve | None, offset: Curve) -> None:
        self._rate = clock_rate
        self._sender = sender or _FLAT
        self._offset = offset

    def session_time(self, rtp: int) -> float:
        seconds = rtp / self._rate
        sent = seconds + self._sender.at(seconds)
        return sent + self._offset.at(sent)


def sent_points(arrivals: Sequence[Arrival], clock_rate: int, sender: Curve | None) -> list[tuple[float, float]]:
    """Arrivals as points for `envelope`: (time on the sender's clock, arrival − that)."""
    curve = sender or _FLAT
    points = []
    for arrival in arrivals:
        seconds = arrival.rtp / clock_rate
        sent = seconds + curve.at(seconds)
        points.append((sent, arrival.at - sent))
    return points
