"""Queries of recordings. Those of people join the turn, its session and its case, narrowed to the reader."""

from collections.abc import Collection, Sequence

from sqlalchemy import Select, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.accounts.reader import Reader
from hub.archive.models import Journal, MediaFile, RecordedTrack, Recording, Segment
from hub.cases.models import Case
from hub.cases.repository import visible as visible_case
from hub.sessions.models import Session, Turn
from hub.sessions.repository import visible as visible_session


class ArchiveRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of_turn(self, reader: Reader, turn_id: str) -> tuple[Recording, Session] | None:
        row = (await self._session.execute(_narrowed(reader).where(Recording.turn_id == turn_id))).one_or_none()
        return (row[0], row[1]) if row else None

    async def get(self, reader: Reader, recording_id: str) -> tuple[Recording, Session] | None:
        row = (await self._session.execute(_narrowed(reader).where(Recording.id == recording_id))).one_or_none()
        return (row[0], row[1]) if row else None

    async def of_turns(self, reader: Reader, turn_ids: Collection[str]) -> dict[str, Recording]:
        rows = await self._session.execute(_narrowed(reader).where(Recording.turn_id.in_(turn_ids)))
        return {row[0].turn_id: row[0] for row in rows}

    # Below: for facts and jobs, which know a recording by id, and parts of recordings narrowed before.

    async def unnarrowed(self, recording_id: str) -> Recording | None:
        return await self._session.get(Recording, recording_id)

    async def of_turn_unnarrowed(self, turn_id: str) -> Recording | None:
        return await self._session.scalar(select(Recording).where(Recording.turn_id == turn_id))

    async def journal(self, journal_id: str) -> Journal | None:
        return await self._session.get(Journal, journal_id)

    async def journals(self, recording_id: str) -> Sequence[Journal]:
        query = select(Journal).where(Journal.recording_id == recording_id).order_by(Journal.generation)
        return (await self._session.scalars(query)).all()

    async def track(self, journal_id: str, track: int) -> RecordedTrack | None:
        return await self._session.get(RecordedTrack, (journal_id, track))

    async def tracks(self, recording_id: str) -> Sequence[RecordedTrack]:
        query = (
            select(RecordedTrack)
            .join(Journal, Journal.id == RecordedTrack.journal_id)
            .where(Journal.recording_id == recording_id)
            .order_by(Journal.generation, RecordedTrack.track)
        )
        return (await self._session.scalars(query)).all()

    async def segment(self, journal_id: str, number: int) -> Segment | None:
        return await self._session.get(Segment, (journal_id, number))

    async def segments(self, recording_id: str) -> Sequence[Segment]:
        query = (
            select(Segment)
            .join(Journal, Journal.id == Segment.journal_id)
            .where(Journal.recording_id == recording_id)
            .order_by(Journal.generation, Segment.number)
        )
        return (await self._session.scalars(query)).all()

    async def files(self, recording_id: str) -> Sequence[MediaFile]:
        query = select(MediaFile).where(MediaFile.recording_id == recording_id).order_by(MediaFile.path)
        return (await self._session.scalars(query)).all()

    async def file(self, recording_id: str, file_id: str) -> MediaFile | None:
        query = select(MediaFile).where(MediaFile.id == file_id, MediaFile.recording_id == recording_id)
        return await self._session.scalar(query)

    async def forget_files(self, recording_id: str) -> None:
        """Rows of files that were made before and are made anew; the journal is never touched."""
        await self._session.execute(delete(MediaFile).where(MediaFile.recording_id == recording_id))


def _narrowed(reader: Reader) -> Select[Recording, Session]:
    return (
        select(Recording, Session)
        .join(Turn, Turn.id == Recording.turn_id)
        .join(Session, Session.id == Turn.session_id)
        .join(Case, Case.id == Turn.case_id)
        .where(visible_session(reader), visible_case(reader))
    )
