"""Where a session lives and who may enter it when. Pure.

A session moves to a new generation only when the process that held its room was seen to have ended: its node came back
as another process. A missed heartbeat or a lost link moves nothing, for the room may be alive behind it (architecture,
section 1).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from hub.errors import AnyCode, Code
from hub.sessions.models import SessionState
from signaling.protocol.errors import Code as LiveCode

#: People come early to try their camera; before that the room would only be left open by mistake.
JOIN_BEFORE_START = timedelta(minutes=60)

#: States of sessions that have a room.
LIVE_STATES = frozenset({SessionState.LOBBY, SessionState.OPEN})

#: A node is pinged every 5 s; three silent pings mean that nobody should be sent there now. Nothing is moved by it.
HEARD_WITHIN = timedelta(seconds=15)


class Move(StrEnum):
    """What a node's greeting means for a session placed on it."""

    STAY = "stay"
    NEW_GENERATION = "new_generation"


@dataclass(frozen=True, slots=True)
class Placed:
    """A live placement: `boot` is the process its room was made in."""

    session: str
    generation: int
    boot: str


def move_of(placed: Placed, boot: str) -> Move:
    """`boot`: the process that greets. Another process than the one that held the room: that one has ended."""
    return Move.STAY if placed.boot == boot else Move.NEW_GENERATION


def earlier_facts_are_in(previous_boots: Collection[str], heard_boots: Collection[str], own_boot: str) -> bool:
    """Facts come oldest process first; one of the greeting process itself means that the earlier ones are through."""
    return not previous_boots or own_boot in heard_boots


def why_not_joinable(state: SessionState, start_plan: datetime, now: datetime) -> AnyCode | None:
    """None when people may enter (its lobby at least)."""
    match state:
        case SessionState.LOBBY | SessionState.OPEN:
            return None
        case SessionState.PLANNED:
            return None if now >= start_plan - JOIN_BEFORE_START else Code.SESSION_NOT_JOINABLE
        case SessionState.CLOSED:
            return LiveCode.SESSION_CLOSED
        case SessionState.POSTPONED | SessionState.CANCELLED:
            return Code.SESSION_CALLED_OFF
