import random

from hypothesis import given
from hypothesis import strategies as st

from signaling.relay import losses
from signaling.relay.losses import LossDetector


def test_a_gap_is_asked_for_at_once_and_again_after_the_round_trip() -> None:
    detector = LossDetector()
    detector.gap(10, 12, now=5.0)
    assert detector.due(5.0) == [10, 11]
    assert detector.due(5.05) == []
    assert detector.due(5.0 + losses.DEFAULT_ROUND_TRIP * losses.ROUND_TRIP_MARGIN) == [10, 11]


def test_repeats_tell_the_round_trip_and_shorten_the_wait() -> None:
    detector = LossDetector()
    for number in range(60):
        now = number * 1.0
        detector.gap(number, number + 1, now)
        assert detector.due(now) == [number]
        detector.arrived(number, now + 0.03, repeated=True)
    assert abs(detector.round_trip - 0.03) < 0.001
    assert not detector


def test_a_line_that_reorders_is_given_a_moment() -> None:
    detector = LossDetector()
    detector.gap(1, 2, now=0.0)
    detector.arrived(1, 0.002, repeated=False)
    detector.gap(5, 6, now=1.0)
    assert detector.due(1.0) == []
    assert detector.due(1.0 + losses.REORDER_INTERVAL) == [5]


def test_a_packet_nobody_has_is_given_up_once() -> None:
    detector = LossDetector()
    detector.gap(1, 2, now=0.0)
    now = 0.0
    asked = 0
    while detector.missing:
        asked += len(detector.due(now))
        now += 0.02
        assert now < 3.0
    assert 3 <= asked <= losses.MAX_ASKS
    assert detector.take_given_up() and not detector.take_given_up()
    assert not detector


def test_an_outage_is_not_asked_for_packet_by_packet() -> None:
    detector = LossDetector()
    detector.gap(0, losses.MAX_MISSING + 1, now=0.0)
    assert detector.due(0.0) == [] and detector.take_given_up()


@given(st.integers(0, 2**32))
def test_whatever_is_lost_is_asked_for_until_it_comes_or_is_too_old(seed: int) -> None:
    chance = random.Random(seed)
    detector = LossDetector()
    lost: dict[int, float] = {}
    now = 0.0
    for number in range(300):
        now += 0.01
        if chance.random() < 0.1:
            detector.gap(number, number + 1, now)
            lost[number] = now
        for asked in detector.due(now):
            assert now - lost[asked] <= losses.GIVE_UP_INTERVAL + 0.011
            if chance.random() < 0.5:
                detector.arrived(asked, now + 0.04, repeated=True)
                del lost[asked]
    for _ in range(300):
        now += 0.01
        detector.due(now)
    assert detector.missing == []
