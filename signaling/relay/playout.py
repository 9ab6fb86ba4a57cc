"""How long a receiver should hold pictures back so that a repeat comes in time: a lossy line shows late, but does not freeze.

A repeat costs one round trip after the loss was noticed, and it is noticed by the next frame. Browsers take the wish from a
header extension (webrtc.org/experiments/rtp-hdrext/playout-delay) and keep sound in step themselves.
"""

from collections import deque

#: This many packets lost within `WATCH_INTERVAL` are a lossy line; fewer are everyday accidents.
LOSSES_OF_A_BAD_LINE = 3
WATCH_INTERVAL = 5.0
#: A line that lost that much is not trusted sooner.
TRUST_AFTER = 30.0
#: A long line is taken for a bad one until it has shown otherwise: its first losses would freeze the picture.
UNKNOWN_INTERVAL = 15.0
#: Below this a repeat is there before the next frame anyway.
SHORT_ROUND_TRIP = 0.03
#: Until the next frame shows that one is missing, at 15 frames/s.
NOTICE_INTERVAL = 0.07
#: The repeat, and one more where the first was lost too.
ROUND_TRIPS = 2.0
#: Browsers look for repeats every 20 ms and wait 100 ms before they ask again; with 50 ms here one loss in ten was late.
MARGIN = 0.1
#: Above 400 ms one way a dialogue becomes turn-taking (ITU-T G.114); lines and encoder need the rest.
LONGEST_HOLD = 0.35
#: The extension counts in 10 ms.
UNIT = 0.01
_NO_LIMIT = 0xFFF


class LineWatch:
    """Losses of one line, in packets asked for again."""

    __slots__ = ("_bad_until", "_recent")

    def __init__(self) -> None:
        self._recent: deque[float] = deque(maxlen=LOSSES_OF_A_BAD_LINE)
        self._bad_until = float("-inf")

    def begin(self, round_trip: float, now: float) -> None:
        """A new connection over this line, with the round trip its handshake showed."""
        if round_trip >= SHORT_ROUND_TRIP:
            self._bad_until = now + UNKNOWN_INTERVAL

    def lost(self, packets: int, now: float) -> None:
        for _ in range(min(packets, LOSSES_OF_A_BAD_LINE)):
            self._recent.append(now)
        if len(self._recent) == LOSSES_OF_A_BAD_LINE and now - self._recent[0] <= WATCH_INTERVAL:
            self._bad_until = now + TRUST_AFTER

    def hold(self, round_trip: float, now: float) -> float:
        """Seconds pictures from this line should be held back; 0 for a good one."""
        if now > self._bad_until:
            return 0.0
        return min(LONGEST_HOLD, NOTICE_INTERVAL + ROUND_TRIPS * round_trip + MARGIN)


def delay_word(identifier: int, hold: float) -> int:
    """The extension element of four bytes: at least `hold` seconds, no upper limit of ours."""
    return (identifier << 4 | 2) << 24 | min(_NO_LIMIT, round(hold / UNIT)) << 12 | _NO_LIMIT
