"""How often somebody may do something. Pure: the time comes in."""

from dataclasses import dataclass


@dataclass(slots=True)
class TokenBucket:
    """`rate` per second in the long run, `burst` at once."""

    rate: float
    burst: float
    _left: float = -1.0
    _at: float = 0.0

    def take(self, now: float) -> bool:
        """False: too often. `now`: any clock in seconds that does not go back."""
        if self._left < 0:
            self._left, self._at = self.burst, now
        self._left = min(self.burst, self._left + (now - self._at) * self.rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
