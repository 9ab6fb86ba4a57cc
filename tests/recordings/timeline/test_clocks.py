import random

import pytest

from recordings.timeline.clocks import Arrival, Report, StreamClock, envelope, sender_curve, sent_points


def arrivals(
    rng: random.Random, seconds: int, rate: int, offset: float, drift: float, queue: float = 0.05
) -> list[Arrival]:
    """One packet every 20 ms, the best of every 5 s window kept; `queue`: typical extra delay in s."""
    windows: dict[int, Arrival] = {}
    for index in range(seconds * 50):
        sent = index / 50
        at = offset + sent * (1 + drift) + 0.02 + rng.expovariate(1 / queue)
        arrival = Arrival(round(sent * rate), at)
        window = int(at // 5)
        best = windows.get(window)
        if best is None or at - sent < best.at - best.rtp / rate:
            windows[window] = arrival
    return list(windows.values())


@pytest.mark.parametrize("drift", [0.0, 80e-6, -80e-6])
def test_an_hour_with_jitter_and_drift_stays_within_ten_milliseconds(drift: float) -> None:
    points = sent_points(arrivals(random.Random(1), 3_600, 48_000, 100.0, drift), 48_000, None)
    clock = StreamClock(48_000, None, envelope(points))
    for second in range(0, 3_600, 60):
        truth = 100.0 + second * (1 + drift) + 0.02
        assert abs(clock.session_time(second * 48_000) - truth) < 0.010


def test_a_queue_of_twenty_seconds_does_not_move_the_clock() -> None:
    good = arrivals(random.Random(2), 300, 90_000, 0.0, 0.0, queue=0.01)
    late = [Arrival(a.rtp, a.at + (0.6 if 100 < a.at < 120 else 0.0)) for a in good]
    clock = StreamClock(90_000, None, envelope(sent_points(late, 90_000, None)))
    assert abs(clock.session_time(110 * 90_000) - 110.02) < 0.02


def test_sound_and_picture_agree_by_sender_reports_though_their_delays_differ() -> None:
    # The picture waits 200 ms longer in the camera and encoder; its reports know.
    wall = 1_700_000_000.0
    voice = sender_curve([Report(48_000 * t, wall + t) for t in range(0, 60, 5)], 48_000)
    picture = sender_curve([Report(90_000 * t + 5_000, wall + t) for t in range(0, 60, 5)], 90_000)
    assert voice is not None
    assert picture is not None
    sound_arrivals = [Arrival(48_000 * t, 10.0 + t + 0.03) for t in range(60)]
    picture_arrivals = [Arrival(90_000 * t + 5_000, 10.0 + t + 0.23) for t in range(60)]
    points = sent_points(sound_arrivals, 48_000, voice) + sent_points(picture_arrivals, 90_000, picture)
    offset = envelope(points)
    for second in range(0, 60, 7):
        heard = StreamClock(48_000, voice, offset).session_time(48_000 * second)
        seen = StreamClock(90_000, picture, offset).session_time(90_000 * second + 5_000)
        assert abs(heard - seen) < 0.002
        assert abs(heard - (10.03 + second)) < 0.01


def test_reports_that_contradict_the_rate_are_not_believed() -> None:
    assert sender_curve([Report(48_000 * t, 5.0 * t) for t in range(0, 100, 5)], 48_000) is None
    assert sender_curve([], 48_000) is None


def test_a_clock_that_was_set_begins_anew() -> None:
    points = [(float(x), 5.0 if x < 50 else -3_600.0) for x in range(0, 100, 5)]
    curve = envelope(points)
    assert curve.at(20.0) == 5.0
    assert curve.at(80.0) == -3_600.0
