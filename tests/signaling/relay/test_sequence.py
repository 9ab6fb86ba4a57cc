from hypothesis import given
from hypothesis import strategies as st

from signaling.relay.sequence import extend, timestamp_step


@given(st.integers(0x10000, 2**40), st.integers(-0x8000, 0x7FFF))
def test_any_number_within_half_a_cycle_is_found_again(near: int, distance: int) -> None:
    assert extend((near + distance) & 0xFFFF, near) == near + distance


@given(st.integers(0, 2**32 - 1), st.integers(-(2**31), 2**31 - 1))
def test_timestamp_steps_are_signed_across_the_wrap(earlier: int, step: int) -> None:
    assert timestamp_step((earlier + step) & 0xFFFFFFFF, earlier) == step
