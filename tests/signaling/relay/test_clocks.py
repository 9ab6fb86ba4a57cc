import pytest

from signaling.relay.clocks import SeatClock, TrackClock

NTP = 2**32


def test_sound_and_picture_captured_together_are_reported_together() -> None:
    """The publisher's clock is an hour off, its reports take 40 and 90 ms, its timestamps start anywhere."""
    seat = SeatClock()
    audio, video = TrackClock(seat, 48_000), TrackClock(seat, 90_000)
    audio.report(int(5000.0 * NTP), 1_000, now=1400.040)
    video.report(int(5001.0 * NTP), 2**32 - 50, now=1401.090)
    now = 1405.0
    captured_audio = (audio.timestamp_at(now, 0, 0.0) - 1_000) / 48_000
    captured_video = ((video.timestamp_at(now, 0, 0.0) + 50) & 0xFFFFFFFF) / 90_000 + 1.0
    assert captured_audio == pytest.approx(captured_video, abs=0.0001)
    assert captured_audio == pytest.approx(now - 1400.0, abs=0.1)


def test_before_a_report_arrival_stands_in() -> None:
    clock = TrackClock(SeatClock(), 90_000)
    assert clock.timestamp_at(10.5, last_timestamp=900, last_arrival=10.0) == 900 + 45_000


def test_a_delayed_report_hardly_moves_the_shift() -> None:
    seat = SeatClock()
    seat.observe(0.0, 100.0)
    seat.observe(1.0, 103.0)
    assert seat.shift == pytest.approx(100.001)
