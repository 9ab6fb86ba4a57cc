"""When a process that died is started again. Pure."""

#: A crash in mid-call wants its process back at once; the browsers' own retries are faster than a second.
FIRST_DELAY = 0.2
#: A process that cannot start must not burn a core, and must be back soon once its cause is gone.
LONGEST_DELAY = 5.0
#: A process that lived this long was healthy: its next death counts as the first.
HEALTHY_AFTER = 10.0


def failures_after(failures: int, lived: float) -> int:
    """Deaths in a row, this one included. `lived`: seconds the process ran."""
    return 1 if lived >= HEALTHY_AFTER else failures + 1


def delay_before_start(failures: int) -> float:
    """Seconds to wait after that many deaths in a row: 0.2, 0.4 … 5."""
    return min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** min(max(0, failures - 1), 16))
