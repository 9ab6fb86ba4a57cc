"""Where a session lives. Pure.

A session moves to a new generation only when the process that held its room was seen to have ended: its node came back
as another process. A missed heartbeat or a lost link moves nothing, for the room may be alive behind it (architecture,
section 1).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from hub.sessions.models import SessionState

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
