"""How long work is leased, how often it is tried, how long it waits between. Pure."""

from datetime import timedelta

#: A worker that was killed keeps its job from others no longer than this; muxing an hour of recording takes longer, so
#: the lease is renewed.
LEASE = timedelta(seconds=60)
#: Three renewals may fail before the lease is lost.
RENEW_INTERVAL = 15.0
#: What fails this often fails for a reason that waiting does not cure; a person must look.
MOST_ATTEMPTS = 8
_FIRST_WAIT = timedelta(seconds=5)
#: A full disk or a database at its backup is over in minutes.
_LONGEST_WAIT = timedelta(minutes=10)


def may_try_again(attempts: int) -> bool:
    """`attempts`: how often it was begun, the failed one included."""
    return attempts < MOST_ATTEMPTS


def wait_after(attempts: int) -> timedelta:
    """5 s, 10 s, 20 s … 10 min."""
    return min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** min(max(0, attempts - 1), 16))
