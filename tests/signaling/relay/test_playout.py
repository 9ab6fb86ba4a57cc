from signaling.relay import playout
from signaling.relay.playout import LineWatch, delay_word


def test_a_good_line_shows_pictures_at_once() -> None:
    line = LineWatch()
    line.begin(0.002, now=0.0)
    for second in range(60):
        line.lost(1 if second % 20 == 0 else 0, float(second))
        assert line.hold(0.002, float(second)) == 0.0


def test_a_long_line_is_held_back_from_the_start_and_released_when_it_loses_nothing() -> None:
    line = LineWatch()
    line.begin(0.08, now=0.0)
    assert line.hold(0.08, 1.0) > 0.2
    assert line.hold(0.08, playout.UNKNOWN_INTERVAL + 1) == 0.0


def test_a_burst_of_losses_holds_pictures_back_for_a_while() -> None:
    line = LineWatch()
    line.lost(5, now=10.0)
    assert line.hold(0.05, 10.1) == playout.NOTICE_INTERVAL + 2 * 0.05 + playout.MARGIN
    assert line.hold(2.0, 10.1) == playout.LONGEST_HOLD
    assert line.hold(0.05, 10.1 + playout.TRUST_AFTER) == 0.0


def test_the_extension_counts_in_hundredths() -> None:
    assert delay_word(3, 0.28) == 0x32_01CFFF
