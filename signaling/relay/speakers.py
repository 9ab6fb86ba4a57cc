"""Who speaks loudest, from the level each browser writes beside its packets (RFC 6464)."""

#: A ranking that changes more often makes the voices' slots flicker.
RANKING_INTERVAL = 0.3
#: In dB above the quietest level: below this is breath and keyboard. -127 dBov is silence, speech lies around -30.
SPEECH_THRESHOLD = 70.0
#: A voice must be this much louder (dB, smoothed) to pass one that already ranks before it.
PASSING_MARGIN = 6.0
#: Smoothing per packet of 20 ms: up in about 100 ms, down in about a second, so that a pause for breath keeps the rank.
RISE = 0.2
FALL = 0.02
#: A microphone without packets (closed, or silent with DTX) counts as silent after this.
SILENT_AFTER = 1.5


class _Voice:
    __slots__ = ("heard_at", "loudness")

    def __init__(self) -> None:
        self.loudness = 0.0
        self.heard_at = 0.0


class Speakers:
    """Ranking of the seats of one session."""

    __slots__ = ("_ranked_at", "_voices", "ranking")

    def __init__(self) -> None:
        self._voices: dict[str, _Voice] = {}
        self._ranked_at = float("-inf")
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
        """Loudest first, only those who speak; None if the order is as before or the last answer is too recent."""
        if now - self._ranked_at < RANKING_INTERVAL:
            return None
        voices = {
            seat: voice.loudness
            for seat, voice in self._voices.items()
            if voice.loudness >= SPEECH_THRESHOLD and now - voice.heard_at <= SILENT_AFTER
        }
        order = [seat for seat in self.ranking if seat in voices]
        order += sorted((seat for seat in voices if seat not in self.ranking), key=lambda seat: -voices[seat])
        for end in range(1, len(order)):
            at = end
            while at > 0 and voices[order[at]] > voices[order[at - 1]] + PASSING_MARGIN:
                order[at - 1], order[at] = order[at], order[at - 1]
                at -= 1
        if order == self.ranking:
            return None
        self.ranking = order
        self._ranked_at = now
        return list(order)
