"""Both life cycles, row by row."""

import pytest

from hub.errors import AnyCode, Code, LiveCode, Refused
from hub.sessions.models import SessionState
from hub.sessions.state import (
    SESSION_TABLE,
    TURN_TABLE,
    SessionEvent,
    TurnEvent,
    advance_session,
    advance_turn,
)
from signaling.protocol.vocabulary import TurnState

S, E, T, F = SessionState, SessionEvent, TurnState, TurnEvent


def test_every_state_has_a_row_and_every_event_a_column() -> None:
    assert set(SESSION_TABLE) == set(SessionState)
    assert all(set(row) == set(SessionEvent) for row in SESSION_TABLE.values())
    assert set(TURN_TABLE) == set(TurnState)
    assert all(set(row) == set(TurnEvent) for row in TURN_TABLE.values())


@pytest.mark.parametrize(
    ("state", "event", "outcome"),
    [
        (S.PLANNED, E.PLACED, S.LOBBY),
        (S.PLANNED, E.OPENED, S.OPEN),
        (S.PLANNED, E.CLOSED, S.CLOSED),
        (S.PLANNED, E.POSTPONED, S.POSTPONED),
        (S.PLANNED, E.CANCELLED, S.CANCELLED),
        (S.LOBBY, E.PLACED, S.LOBBY),
        (S.LOBBY, E.OPENED, S.OPEN),
        (S.LOBBY, E.CLOSED, S.CLOSED),
        (S.LOBBY, E.POSTPONED, S.POSTPONED),
        (S.LOBBY, E.CANCELLED, S.CANCELLED),
        (S.OPEN, E.PLACED, S.OPEN),
        (S.OPEN, E.OPENED, Code.SESSION_ALREADY_OPEN),
        (S.OPEN, E.CLOSED, S.CLOSED),
        (S.OPEN, E.POSTPONED, Code.SESSION_ALREADY_OPEN),
        (S.OPEN, E.CANCELLED, Code.SESSION_ALREADY_OPEN),
        (S.CLOSED, E.PLACED, LiveCode.SESSION_CLOSED),
        (S.CLOSED, E.OPENED, LiveCode.SESSION_CLOSED),
        (S.CLOSED, E.CLOSED, S.CLOSED),
        (S.CLOSED, E.POSTPONED, LiveCode.SESSION_CLOSED),
        (S.CLOSED, E.CANCELLED, LiveCode.SESSION_CLOSED),
        (S.POSTPONED, E.PLACED, Code.SESSION_CALLED_OFF),
        (S.POSTPONED, E.OPENED, Code.SESSION_CALLED_OFF),
        (S.POSTPONED, E.CLOSED, S.POSTPONED),
        (S.POSTPONED, E.POSTPONED, S.POSTPONED),
        (S.POSTPONED, E.CANCELLED, S.CANCELLED),
        (S.CANCELLED, E.PLACED, Code.SESSION_CALLED_OFF),
        (S.CANCELLED, E.OPENED, Code.SESSION_CALLED_OFF),
        (S.CANCELLED, E.CLOSED, S.CANCELLED),
        (S.CANCELLED, E.POSTPONED, Code.SESSION_CALLED_OFF),
        (S.CANCELLED, E.CANCELLED, S.CANCELLED),
    ],
)
def test_a_session_moves_or_refuses(state: SessionState, event: SessionEvent, outcome: SessionState | AnyCode) -> None:
    if isinstance(outcome, SessionState):
        assert advance_session(state, event) is outcome
        return
    with pytest.raises(Refused) as refused:
        advance_session(state, event)
    assert refused.value.code is outcome


@pytest.mark.parametrize(
    ("state", "event", "after"),
    [
        (T.WAITING, F.STARTED, T.RUNNING),
        (T.WAITING, F.PAUSED, T.PAUSED),
        (T.WAITING, F.RESUMED, T.RUNNING),
        (T.WAITING, F.ENDED, T.ENDED),
        (T.RUNNING, F.STARTED, T.RUNNING),
        (T.RUNNING, F.PAUSED, T.PAUSED),
        (T.RUNNING, F.RESUMED, T.RUNNING),
        (T.RUNNING, F.ENDED, T.ENDED),
        (T.PAUSED, F.STARTED, T.PAUSED),
        (T.PAUSED, F.PAUSED, T.PAUSED),
        (T.PAUSED, F.RESUMED, T.RUNNING),
        (T.PAUSED, F.ENDED, T.ENDED),
        (T.ENDED, F.STARTED, T.ENDED),
        (T.ENDED, F.PAUSED, T.ENDED),
        (T.ENDED, F.RESUMED, T.ENDED),
        (T.ENDED, F.ENDED, T.ENDED),
    ],
)
def test_a_turn_moves_and_never_refuses(state: TurnState, event: TurnEvent, after: TurnState) -> None:
    assert advance_turn(state, event) is after


@pytest.mark.parametrize("state", SessionState)
def test_the_nodes_word_that_a_session_is_closed_is_never_refused(state: SessionState) -> None:
    advance_session(state, SessionEvent.CLOSED)
