import itertools

import pytest

from signaling.protocol.errors import Code, Refusal
from signaling.protocol.vocabulary import TurnState
from signaling.rooms.turns import TABLE, TurnEvent, advance

W, R, P, E = TurnState.WAITING, TurnState.RUNNING, TurnState.PAUSED, TurnState.ENDED

ROWS = [
    (W, TurnEvent.START, R),
    (W, TurnEvent.PAUSE, Code.TURN_NOT_RUNNING),
    (W, TurnEvent.RESUME, Code.TURN_NOT_RUNNING),
    (W, TurnEvent.END, Code.TURN_NOT_RUNNING),
    (R, TurnEvent.START, Code.TURN_ALREADY_RUNNING),
    (R, TurnEvent.PAUSE, P),
    (R, TurnEvent.RESUME, R),
    (R, TurnEvent.END, E),
    (P, TurnEvent.START, Code.TURN_ALREADY_RUNNING),
    (P, TurnEvent.PAUSE, P),
    (P, TurnEvent.RESUME, R),
    (P, TurnEvent.END, E),
    (E, TurnEvent.START, Code.TURN_ENDED),
    (E, TurnEvent.PAUSE, Code.TURN_ENDED),
    (E, TurnEvent.RESUME, Code.TURN_ENDED),
    (E, TurnEvent.END, Code.TURN_ENDED),
]


@pytest.mark.parametrize(("state", "event", "expected"), ROWS)
def test_each_row(state: TurnState, event: TurnEvent, expected: TurnState | Code) -> None:
    if isinstance(expected, Code):
        with pytest.raises(Refusal) as refused:
            advance(state, event)
        assert refused.value.code is expected
    else:
        assert advance(state, event) is expected


def test_every_state_has_a_row_for_every_event() -> None:
    pairs = set(itertools.product(TurnState, TurnEvent))
    assert set(TABLE) == pairs == {(state, event) for state, event, _ in ROWS}
