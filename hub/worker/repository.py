"""The worker's queries: which journals a recording has, which recordings wait for their end. Read by the system only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.archive.models import Journal, MediaFile, Recording, RecordingRowState, Segment
from hub.sessions.models import Session, SessionState, Turn
from signaling.protocol.vocabulary import TurnState


@dataclass(frozen=True, slots=True)
class MediaSource:
    """Where a recording's journals are: `recordings/<session_id>/<journal id>`, oldest generation first."""

    recording_id: str
    session_id: str
    turn_id: str
    journal_ids: tuple[str, ...]


class MediaRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def source_of(self, recording_id: str) -> MediaSource | None:
        row = (
            await self._session.execute(
                select(Recording.id, Turn.session_id, Turn.id)
                .join(Turn, Turn.id == Recording.turn_id)
                .where(Recording.id == recording_id)
            )
        ).one_or_none()
        return None if row is None else MediaSource(*row, await self._journals(recording_id))

    async def unfinished(self, ended_before: datetime) -> list[MediaSource]:
        """Recordings still called WRITING although their turn (or session) ended before that time."""
        over = or_(
            Turn.state == TurnState.ENDED,
            Session.state.in_((SessionState.CLOSED, SessionState.CANCELLED)),
        )
        late = or_(Turn.ended_at < ended_before, Session.end_actual < ended_before)
        rows = (
            await self._session.execute(
                select(Recording.id, Turn.session_id, Turn.id)
                .join(Turn, Turn.id == Recording.turn_id)
                .join(Session, Session.id == Turn.session_id)
                .where(Recording.state == RecordingRowState.WRITING, over, late)
                .order_by(Recording.id)
            )
        ).all()
        return [MediaSource(*row, await self._journals(row[0])) for row in rows]

    async def complete_without_media(self) -> list[str]:
        """Recordings that are COMPLETE; whether a job for them lives is the job table's matter."""
        rows = await self._session.scalars(
            select(Recording.id).where(Recording.state == RecordingRowState.COMPLETE).order_by(Recording.id)
        )
        return list(rows)

    async def _journals(self, recording_id: str) -> tuple[str, ...]:
        rows = await self._session.scalars(
            select(Journal.id).where(Journal.recording_id == recording_id).order_by(Journal.generation, Journal.id)
        )
        return tuple(rows)

    async def folder_taken(self, recording_id: str) -> str | None:
        """Name of the attempt's folder whose files the tables offer."""
        path: str | None = await self._session.scalar(
            select(MediaFile.path).where(MediaFile.recording_id == recording_id).limit(1)
        )
        return path.split("/")[1] if path and path.count("/") == 2 else None

    # --- what lies on disk without a row ---

    async def known_journals(self, journal_ids: Sequence[str]) -> set[str]:
        return set(await self._session.scalars(select(Journal.id).where(Journal.id.in_(journal_ids))))

    async def turn(self, turn_id: str) -> Turn | None:
        return await self._session.get(Turn, turn_id)

    async def recording_of_turn(self, turn_id: str) -> Recording | None:
        found: Recording | None = await self._session.scalar(select(Recording).where(Recording.turn_id == turn_id))
        return found

    async def known_segments(self, journal_id: str) -> set[int]:
        return set(await self._session.scalars(select(Segment.number).where(Segment.journal_id == journal_id)))

    async def add(self, *rows: Recording | Journal | Segment) -> None:
        for row in rows:
            self._session.add(row)
            await self._session.flush()
