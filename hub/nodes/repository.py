"""All queries on nodes, placements and clock anchors. Read by machines only: what a person may see of a session was
decided before (`hub.sessions.service.seat_for`), so no reader narrows these."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hub.nodes.models import ClockAnchor, Node, Placement
from hub.nodes.rules import LIVE_STATES
from hub.sessions.models import CallFact, Session


@dataclass(frozen=True, slots=True, order=True)
class LivePlacement:
    """A session a node should be running, and the state of what the node must know of it."""

    session_id: str
    generation: int
    boot: str
    revision: int


class NodeRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    # --- nodes ---

    async def get(self, node_id: str) -> Node | None:
        return await self._session.get(Node, node_id)

    async def add(self, node: Node) -> None:
        self._session.add(node)
        await self._session.flush()

    async def connected(self, heard_since: datetime) -> Sequence[Node]:
        """Nodes with a link, heard since that time, the one with the fewest live sessions first."""
        load = (
            select(func.count())
            .select_from(Placement)
            .where(Placement.node_id == Node.id, Placement.ended_at.is_(None))
            .scalar_subquery()
        )
        rows = await self._session.scalars(
            select(Node)
            .where(Node.connected_at.is_not(None), Node.last_heard_at >= heard_since)
            .order_by(load, Node.id)
        )
        return rows.all()

    async def note_heard(self, node_id: str, boot: str, now: datetime) -> None:
        await self._session.execute(update(Node).where(Node.id == node_id, Node.boot == boot).values(last_heard_at=now))

    async def note_gone(self, node_id: str, boot: str) -> None:
        """The link of that process ended; a newer process's link is left alone."""
        await self._session.execute(update(Node).where(Node.id == node_id, Node.boot == boot).values(connected_at=None))

    # --- placements ---

    async def lock_session(self, session_id: str) -> None:
        """Where the engine locks rows: two hubs must not place one session twice. SQLite has one writer anyway."""
        await self._session.execute(select(Session.id).where(Session.id == session_id).with_for_update())

    async def current(self, session_id: str) -> Placement | None:
        """The placement of the highest generation, ended or not."""
        found: Placement | None = await self._session.scalar(
            select(Placement).where(Placement.session_id == session_id).order_by(Placement.generation.desc()).limit(1)
        )
        return found

    async def add_placement(self, placement: Placement) -> None:
        self._session.add(placement)
        await self._session.flush()

    async def end_placement(self, session_id: str, generation: int, now: datetime) -> None:
        await self._session.execute(
            update(Placement)
            .where(Placement.session_id == session_id, Placement.generation == generation)
            .values(ended_at=now)
        )

    async def live_on(self, node_id: str) -> list[LivePlacement]:
        """What that node should be running."""
        rows = await self._session.execute(
            select(Placement.session_id, Placement.generation, Placement.boot, Session.desired_revision)
            .join(Session, Session.id == Placement.session_id)
            .where(Placement.node_id == node_id, Placement.ended_at.is_(None), Session.state.in_(LIVE_STATES))
        )
        return sorted(LivePlacement(*row) for row in rows)

    async def end_placements_of_ended_sessions(self, session_ids: Sequence[str], now: datetime) -> None:
        """Sessions that are over need no room any more."""
        over = select(Session.id).where(Session.id.in_(session_ids), Session.state.not_in(LIVE_STATES))
        await self._session.execute(
            update(Placement).where(Placement.session_id.in_(over), Placement.ended_at.is_(None)).values(ended_at=now)
        )

    # --- the call log ---

    async def known_sessions(self, session_ids: Sequence[str]) -> set[str]:
        rows = await self._session.scalars(select(Session.id).where(Session.id.in_(session_ids)))
        return set(rows)

    async def known_facts(self, node_id: str, boot: str, numbers: Sequence[int]) -> set[int]:
        rows = await self._session.scalars(
            select(CallFact.number).where(
                CallFact.node_id == node_id, CallFact.boot == boot, CallFact.number.in_(numbers)
            )
        )
        return set(rows)

    async def add_fact(self, fact: CallFact) -> None:
        self._session.add(fact)
        await self._session.flush()

    # --- clocks ---

    async def anchor(self, node_id: str, boot: str) -> ClockAnchor | None:
        return await self._session.get(ClockAnchor, (node_id, boot))

    async def add_anchor(self, anchor: ClockAnchor) -> None:
        self._session.add(anchor)
        await self._session.flush()
