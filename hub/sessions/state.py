"""Life cycles of a session and of a turn, as tables.

What a person asks for may be refused, with a code. What a node reports never is: facts may come late or twice, so a
turn's table has an answer for every pair, and in a session's table the facts' columns have none that refuse.
"""

from enum import StrEnum

from hub.errors import AnyCode, Code, LiveCode, Refused
from hub.sessions.models import SessionState
from signaling.protocol.vocabulary import TurnState


class SessionEvent(StrEnum):
    """PLACED: the first join pass was asked for. CLOSED is a node's fact; the others are orders of people."""

    PLACED = "placed"
    OPENED = "opened"
    CLOSED = "closed"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"


class TurnEvent(StrEnum):
    """All are facts of a node."""

    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    ENDED = "ended"


_S, _E = SessionState, SessionEvent

SESSION_TABLE: dict[SessionState, dict[SessionEvent, SessionState | AnyCode]] = {
    _S.PLANNED: {
        _E.PLACED: _S.LOBBY,
        _E.OPENED: _S.OPEN,
        _E.CLOSED: _S.CLOSED,
        _E.POSTPONED: _S.POSTPONED,
        _E.CANCELLED: _S.CANCELLED,
    },
    _S.LOBBY: {
        _E.PLACED: _S.LOBBY,
        _E.OPENED: _S.OPEN,
        _E.CLOSED: _S.CLOSED,
        _E.POSTPONED: _S.POSTPONED,
        _E.CANCELLED: _S.CANCELLED,
    },
    _S.OPEN: {
        _E.PLACED: _S.OPEN,
        _E.OPENED: Code.SESSION_ALREADY_OPEN,
        _E.CLOSED: _S.CLOSED,
        _E.POSTPONED: Code.SESSION_ALREADY_OPEN,
        _E.CANCELLED: Code.SESSION_ALREADY_OPEN,
    },
    _S.CLOSED: {
        _E.PLACED: LiveCode.SESSION_CLOSED,
        _E.OPENED: LiveCode.SESSION_CLOSED,
        _E.CLOSED: _S.CLOSED,
        _E.POSTPONED: LiveCode.SESSION_CLOSED,
        _E.CANCELLED: LiveCode.SESSION_CLOSED,
    },
    _S.POSTPONED: {
        _E.PLACED: Code.SESSION_CALLED_OFF,
        _E.OPENED: Code.SESSION_CALLED_OFF,
        _E.CLOSED: _S.POSTPONED,
        _E.POSTPONED: _S.POSTPONED,
        _E.CANCELLED: _S.CANCELLED,
    },
    _S.CANCELLED: {
        _E.PLACED: Code.SESSION_CALLED_OFF,
        _E.OPENED: Code.SESSION_CALLED_OFF,
        _E.CLOSED: _S.CANCELLED,
        _E.POSTPONED: Code.SESSION_CALLED_OFF,
        _E.CANCELLED: _S.CANCELLED,
    },
}

_T, _F = TurnState, TurnEvent

#: A turn that ended stays ended, whatever comes late. A pause or resumption without its start proves the start.
TURN_TABLE: dict[TurnState, dict[TurnEvent, TurnState]] = {
    _T.WAITING: {_F.STARTED: _T.RUNNING, _F.PAUSED: _T.PAUSED, _F.RESUMED: _T.RUNNING, _F.ENDED: _T.ENDED},
    _T.RUNNING: {_F.STARTED: _T.RUNNING, _F.PAUSED: _T.PAUSED, _F.RESUMED: _T.RUNNING, _F.ENDED: _T.ENDED},
    _T.PAUSED: {_F.STARTED: _T.PAUSED, _F.PAUSED: _T.PAUSED, _F.RESUMED: _T.RUNNING, _F.ENDED: _T.ENDED},
    _T.ENDED: {_F.STARTED: _T.ENDED, _F.PAUSED: _T.ENDED, _F.RESUMED: _T.ENDED, _F.ENDED: _T.ENDED},
}


def advance_session(state: SessionState, event: SessionEvent) -> SessionState:
    """The state after the event. Raises `Refused` where a person's order does not fit; never for `CLOSED`."""
    outcome = SESSION_TABLE[state][event]
    if isinstance(outcome, SessionState):
        return outcome
    raise Refused(outcome)


def advance_turn(state: TurnState, event: TurnEvent) -> TurnState:
    """The state after the fact; never refuses."""
    return TURN_TABLE[state][event]
