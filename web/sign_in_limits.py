"""How often somebody may try a password (quality case A9): per account and address, and per address."""

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from hub.errors import Code, Refused

#: Quality case A9: at most ten tries in a quarter of an hour.
PER_ACCOUNT = RateLimitItemPerMinute(10, 15, namespace="account")
#: A whole office may sit behind one address; a guesser of many names does too.
PER_ADDRESS = RateLimitItemPerMinute(100, 15, namespace="address")


class SignInLimits:
    """Counts in this process's memory: a restart forgives, which ten tries a quarter of an hour can afford."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def take(self, username: str, address: str) -> None:
        """Counts a try. Raises `SIGN_IN_TOO_OFTEN` before the password is looked at."""
        account = username.strip().lower()[:64]
        fits = self._limiter.hit(PER_ADDRESS, address) and self._limiter.hit(PER_ACCOUNT, account, address)
        if not fits:
            raise Refused(Code.SIGN_IN_TOO_OFTEN)

    def forgive(self, username: str, address: str) -> None:
        """After a success the count of that account starts anew."""
        self._limiter.clear(PER_ACCOUNT, username.strip().lower()[:64], address)
