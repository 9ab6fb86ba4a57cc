"""What a node should be doing, made whole from the tables."""

from dataclasses import dataclass
from datetime import timedelta

from hub.accounts.repository import AccountRepository
from hub.db.engine import Work
from hub.nodes.repository import LivePlacement, NodeRepository
from hub.sessions import service as sessions
from signaling.protocol.hub_link import DesiredSession
from signaling.protocol.ids import SignInId

#: Longer than any sign-in lives: after that its seats have no right left to revoke.
REVOKED_KEPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Desired:
    placements: tuple[LivePlacement, ...]
    sessions: tuple[DesiredSession, ...]
    revoked: tuple[SignInId, ...]


async def desired_of(work: Work, node_id: str, known: Desired | None) -> Desired | None:
    """None when nothing differs from `known`. Reads a few small rows then, everything otherwise."""
    repository = NodeRepository(work.session)
    placements = tuple(await repository.live_on(node_id))
    revoked = tuple(
        SignInId(i) for i in sorted(await AccountRepository(work.session).revoked_since(work.now - REVOKED_KEPT))
    )
    if known is not None and (placements, revoked) == (known.placements, known.revoked):
        return None
    found = [await sessions.desired_session(work, placed.session_id, placed.generation) for placed in placements]
    return Desired(placements, tuple(found), revoked)
