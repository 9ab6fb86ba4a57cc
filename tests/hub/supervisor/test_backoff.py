import pytest

from hub.supervisor.backoff import HEALTHY_AFTER, LONGEST_DELAY, delay_before_start, failures_after


def test_first_death_is_answered_at_once_and_later_ones_ever_slower() -> None:
    assert [delay_before_start(n) for n in range(1, 8)] == pytest.approx([0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0])


def test_delay_stays_bounded_after_a_thousand_deaths() -> None:
    assert delay_before_start(1000) == LONGEST_DELAY


def test_a_process_that_lived_well_begins_to_count_anew() -> None:
    assert failures_after(6, lived=HEALTHY_AFTER) == 1


def test_a_process_that_dies_at_once_counts_on() -> None:
    assert failures_after(2, lived=0.1) == 3
