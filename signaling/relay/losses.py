"""Which packets of a publisher are missing, when to ask for them again, and when to give up. RFC 4585 section 6.2.1."""

#: On a line that was seen to reorder, late packets usually come within this time; asking at once would double them.
REORDER_INTERVAL = 0.015
#: Before the first answer tells the round trip: a slow mobile line.
DEFAULT_ROUND_TRIP = 0.1
#: A repeat before the answer can have arrived only costs the weak line; the round trip is an average, hence the margin.
ROUND_TRIP_MARGIN = 1.25
SHORTEST_ASK_INTERVAL = 0.02
#: A packet later than this is of no use to a receiver, whose picture would have stood still for longer.
GIVE_UP_INTERVAL = 1.0
MAX_ASKS = 16
#: More than this is an outage, not losses: a keyframe is cheaper than the packets.
MAX_MISSING = 400
#: A first request without an answer was itself lost, or its repeat was: bursts end sooner than they are waited for, and a
#: browser does not repeat the same packet twice within a round trip anyway. So some requests follow quickly, then slower ones.
QUICK_ASKS = 6
QUICK_SHARE = 0.5


class _Missing:
    __slots__ = ("asked_at", "asks", "due", "since")

    def __init__(self, since: float, wait: float) -> None:
        self.since = since
        self.due = since + wait
        self.asks = 0
        self.asked_at = 0.0


class LossDetector:
    """Of one track. Numbers are extended sequence numbers, times seconds."""

    __slots__ = ("_missing", "_wait", "asked", "given_up", "round_trip")

    def __init__(self) -> None:
        self._missing: dict[int, _Missing] = {}
        #: Seconds between noticing and asking: none until the line has reordered once.
        self._wait = 0.0
        self.round_trip = DEFAULT_ROUND_TRIP
        self.asked = 0
        self.given_up = False

    def __bool__(self) -> bool:
        """Whether `due` has anything to look at."""
        return bool(self._missing) or self.given_up

    @property
    def missing(self) -> list[int]:
        return sorted(self._missing)

    def gap(self, first: int, end: int, now: float) -> None:
        """The packets `first` to `end` - 1 did not come in their turn."""
        if end - first + len(self._missing) > MAX_MISSING:
            self._missing.clear()
            self.given_up = True
            return
        for number in range(first, end):
            self._missing[number] = _Missing(now, self._wait)

    def arrived(self, number: int, now: float, *, repeated: bool) -> None:
        """A late packet is here; `repeated`: on the retransmission stream, which tells the round trip."""
        entry = self._missing.pop(number, None)
        if entry is None:
            return
        if not repeated and now - entry.since < REORDER_INTERVAL:
            self._wait = REORDER_INTERVAL
        elif repeated and entry.asks == 1:
            self.round_trip += (now - entry.asked_at - self.round_trip) * 0.125

    def due(self, now: float) -> list[int]:
        """The numbers to ask for now, ascending. Sets `given_up` when a packet is lost for good."""
        ask: list[int] = []
        gone: list[int] = []
        patient = max(SHORTEST_ASK_INTERVAL, self.round_trip * ROUND_TRIP_MARGIN)
        quick = max(SHORTEST_ASK_INTERVAL, self.round_trip * QUICK_SHARE)
        for number, entry in self._missing.items():
            if now < entry.due:
                continue
            if entry.asks >= MAX_ASKS or now - entry.since > GIVE_UP_INTERVAL:
                gone.append(number)
                continue
            ask.append(number)
            entry.due = now + (quick if 1 <= entry.asks <= QUICK_ASKS else patient)
            entry.asks += 1
            entry.asked_at = now
        for number in gone:
            del self._missing[number]
            self.given_up = True
        self.asked += len(ask)
        ask.sort()
        return ask

    def take_given_up(self) -> bool:
        """True once after packets were lost for good: only a keyframe repairs the picture."""
        given_up, self.given_up = self.given_up, False
        return given_up

    def clear(self) -> None:
        """Forgets everything, without a word."""
        self._missing.clear()
        self.given_up = False
