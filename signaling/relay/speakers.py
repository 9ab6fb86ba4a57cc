"""Who speaks loudest, from the level each browser writes beside its packets (RFC 6464)."""

#: How often the ranking is looked at; one that changes more often makes the voices' slots flicker.
RANKING_INTERVAL = 0.3
#: Looks in a row a voice must be louder before it passes another: a second, so that alternating words change nothing.
PASSING_LOOKS = 4
#: In dB above the quietest level: below this is breath and keyboard. -127 dBov is silence, speech lies around -30.
SPEECH_THRESHOLD = 70.0
#: Who has spoken stays until this quiet: about a second and a half of pause.
PAUSE_THRESHOLD = 45.0
#: A voice must be this much louder (dB, smoothed) to pass one that already ranks before it.
PASSING_MARGIN = 6.0
#: Smoothing per packet of 20 ms: up in about 100 ms, down in about two seconds, so that a pause for breath keeps the rank.
RISE = 0.2
FALL = 0.01
#: A microphone without packets (closed, or silent with DTX) counts as silent after this.
SILENT_AFTER = 1.5


class _Voice:
    __slots__ = ("heard_at", "loudness")

    def __init__(self) -> None:
        self.loudness = 0.0
        self.heard_at = 0.0


class Speakers:
    """Ranking of the seats of one session."""

    __slots__ = ("_ahead", "_looked_at", "_voices", "ranking")

    def __init__(self) -> None:
        self._voices: dict[str, _Voice] = {}
        self._looked_at = float("-inf")
        #: (louder, the one it would pass) → looks in a row.
        self._ahead: dict[tuple[str, str], int] = {}
        self.ranking: list[str] = []

    def heard(self, seat: str, level: int, now: float) -> None:
        """`level`: -dBov, 0 (loudest) to 127 (silence)."""
        voice = self._voices.get(seat)
        if voice is None:
            voice = self._voices[seat] = _Voice()
        loudness = 127.0 - level
        step = loudness - voice.loudness
        voice.loudness += step * (RISE if step > 0 else FALL)
        voice.heard_at = now

    def forget(self, seat: str) -> None:
        self._voices.pop(seat, None)

    def rank(self, now: float) -> list[str] | None:
        """Loudest first, only those who speak; None if the order is as before or the last look is too recent."""
        if now - self._looked_at < RANKING_INTERVAL:
            return None
        self._looked_at = now
        voices = {
            seat: voice.loudness
            for seat, voice in self._voices.items()
            if voice.loudness >= (PAUSE_THRESHOLD if seat in self.ranking else SPEECH_THRESHOLD)
            and now - voice.heard_at <= SILENT_AFTER
        }
        order = [seat for seat in self.ranking if seat in voices]
        self._pass(order, voices)
        order += sorted((seat for seat in voices if seat not in order), key=lambda seat: -voices[seat])
        if order == self.ranking:
            return None
        self.ranking = order
        return list(order)

    def _pass(self, order: list[str], voices: dict[str, float]) -> None:
        """Moves up those that have been louder than the one before them for long enough."""
        ahead: dict[tuple[str, str], int] = {}
        for at in range(1, len(order)):
            before, seat = order[at - 1], order[at]
            if voices[seat] <= voices[before] + PASSING_MARGIN:
                continue
            looks = self._ahead.get((seat, before), 0) + 1
            if looks >= PASSING_LOOKS:
                order[at - 1], order[at] = seat, before
            else:
                ahead[seat, before] = looks
        self._ahead = ahead
