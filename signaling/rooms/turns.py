"""The life of a turn, as a table. `advance` is the only way a turn's state changes while a room runs."""

from enum import StrEnum

from signaling.protocol.errors import Code, Refusal
from signaling.protocol.vocabulary import TurnState


class TurnEvent(StrEnum):
    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    END = "end"


#: Every state × every event. Two conductors pressing the same button is no mistake: pausing a paused turn and resuming
#: a running one change nothing and are not refused.
TABLE: dict[tuple[TurnState, TurnEvent], TurnState | Code] = {
    (TurnState.WAITING, TurnEvent.START): TurnState.RUNNING,
    (TurnState.WAITING, TurnEvent.PAUSE): Code.TURN_NOT_RUNNING,
    (TurnState.WAITING, TurnEvent.RESUME): Code.TURN_NOT_RUNNING,
    (TurnState.WAITING, TurnEvent.END): Code.TURN_NOT_RUNNING,
    (TurnState.RUNNING, TurnEvent.START): Code.TURN_ALREADY_RUNNING,
    (TurnState.RUNNING, TurnEvent.PAUSE): TurnState.PAUSED,
    (TurnState.RUNNING, TurnEvent.RESUME): TurnState.RUNNING,
    (TurnState.RUNNING, TurnEvent.END): TurnState.ENDED,
    (TurnState.PAUSED, TurnEvent.START): Code.TURN_ALREADY_RUNNING,
    (TurnState.PAUSED, TurnEvent.PAUSE): TurnState.PAUSED,
    (TurnState.PAUSED, TurnEvent.RESUME): TurnState.RUNNING,
    (TurnState.PAUSED, TurnEvent.END): TurnState.ENDED,
    (TurnState.ENDED, TurnEvent.START): Code.TURN_ENDED,
    (TurnState.ENDED, TurnEvent.PAUSE): Code.TURN_ENDED,
    (TurnState.ENDED, TurnEvent.RESUME): Code.TURN_ENDED,
    (TurnState.ENDED, TurnEvent.END): Code.TURN_ENDED,
}

#: A turn in one of these has the room: others wait.
ACTIVE = frozenset({TurnState.RUNNING, TurnState.PAUSED})


def advance(state: TurnState, event: TurnEvent) -> TurnState:
    """The state afterwards. Raises `Refusal` with the code of the table."""
    outcome = TABLE[state, event]
    if isinstance(outcome, Code):
        raise Refusal(outcome)
    return outcome
