"""Queries of minutes. A turn is narrowed to the reader by the service before its lines are asked for; single lines are
reached only together with their turn."""

from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.minutes.models import Line, LineChange, Minutes


class MinutesRepository:
    """Reached only through a turn that was narrowed to the reader before."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def minutes(self, turn_id: str) -> Minutes | None:
        return await self._session.get(Minutes, turn_id)

    async def lines(self, turn_id: str) -> Sequence[Line]:
        """Lines that were not removed, in order."""
        query = (
            select(Line)
            .where(Line.turn_id == turn_id, Line.removed_at.is_(None))
            .order_by(Line.position, Line.received_at, Line.id)
        )
        return (await self._session.scalars(query)).all()

    async def line(self, line_id: str) -> Line | None:
        """A line, removed or not; the caller compares or narrows its turn."""
        return await self._session.get(Line, line_id)

    async def last_position(self, turn_id: str) -> float | None:
        return await self._session.scalar(select(func.max(Line.position)).where(Line.turn_id == turn_id))

    async def changes(self, line_id: str) -> Sequence[LineChange]:
        """What the line was before, oldest first."""
        query = select(LineChange).where(LineChange.line_id == line_id).order_by(LineChange.version)
        return (await self._session.scalars(query)).all()

    async def counts(self, turn_ids: Collection[str]) -> dict[str, int]:
        """Turn id → number of its lines; turns without any are absent."""
        rows = await self._session.execute(
            select(Line.turn_id, func.count())
            .where(Line.turn_id.in_(turn_ids), Line.removed_at.is_(None))
            .group_by(Line.turn_id)
        )
        return {turn_id: count for turn_id, count in rows}

    async def states(self, turn_ids: Collection[str]) -> dict[str, Minutes]:
        rows = await self._session.scalars(select(Minutes).where(Minutes.turn_id.in_(turn_ids)))
        return {minutes.turn_id: minutes for minutes in rows}
