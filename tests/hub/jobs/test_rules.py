from datetime import timedelta

from hub.jobs.rules import LEASE, MOST_ATTEMPTS, RENEW_INTERVAL, may_try_again, wait_after


def test_waiting_doubles_and_stays_bounded() -> None:
    assert [wait_after(n).total_seconds() for n in range(1, 10)] == [5, 10, 20, 40, 80, 160, 320, 600, 600]
    assert wait_after(10_000) == timedelta(minutes=10)


def test_a_job_is_given_up_after_its_last_attempt() -> None:
    assert may_try_again(MOST_ATTEMPTS - 1)
    assert not may_try_again(MOST_ATTEMPTS)


def test_three_renewals_fit_into_a_lease() -> None:
    assert LEASE.total_seconds() > 3 * RENEW_INTERVAL
