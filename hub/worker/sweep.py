"""Looking for what a crash left undone: journals that ended without a word, journals that no row knows, leftovers.

Nothing is ever deleted that could be the only copy: journals are only added to the tables, and of media only results that
were not taken are swept away.
"""

import asyncio
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from hub.archive.models import Journal, Recording, RecordingRowState, Segment
from hub.db.engine import Database, Work
from hub.ids import new_id
from hub.jobs.repository import JobRepository
from hub.nodes.intake import complete_recording, enqueue_media, media_key
from hub.sessions.models import Session
from hub.settings import HubSettings
from hub.worker.repository import MediaRepository
from recordings.journal.format import SegmentReader
from recordings.storage import StoredRecording, StoredSegment, stored_recording, stored_recordings
from recordings.verification import verify

_log = structlog.get_logger(__name__)

#: After its turn ended a journal's last facts come within a second; a crashed writer is back and has salvaged within
#: five. Later than that nobody will say it.
SILENT_FOR = timedelta(seconds=15)
#: A folder without a row may just be ahead of its first fact.
FOLDER_AGE = timedelta(seconds=60)


async def sweep(database: Database, settings: HubSettings) -> None:
    """One look at everything. Each finding is a unit of work of its own; disks are read outside of them."""
    await adopt_unknown_journals(database, settings)
    await complete_silent_recordings(database, settings)
    await enqueue_forgotten_media(database)
    await clear_leftovers(database, settings)


async def clear_leftovers(database: Database, settings: HubSettings) -> int:
    """Results of killed attempts go, once a later one was taken and no job of the recording lives. Returns how many."""
    several = [folder for folder in settings.media_dir.glob("*") if len(list(folder.glob("*"))) > 1]
    removed = 0
    for folder in several:
        async with database.reading() as work:
            taken = await MediaRepository(work.session).folder_taken(folder.name)
            live = await JobRepository(work.session).live_of_key(media_key(folder.name))
        if taken is None or live is not None:
            continue
        for attempt in folder.iterdir():
            if attempt.name != taken:
                await asyncio.to_thread(shutil.rmtree, attempt, ignore_errors=True)
                removed += 1
    return removed


async def complete_silent_recordings(database: Database, settings: HubSettings) -> int:
    """Recordings whose turn is over and whose journals are closed on disk are complete, though no fact said so."""
    async with database.reading() as work:
        waiting = await MediaRepository(work.session).unfinished(work.now - SILENT_FOR)
    completed = 0
    for source in waiting:
        stored = [stored_recording(settings.recordings_dir, source.session_id, name) for name in source.journal_ids]
        if any(journal.is_open for journal in stored):
            continue
        async with database.unit_of_work() as work:
            await _note_segments(work, settings.recordings_dir, stored)
            done = await complete_recording(work, source.turn_id, writer_gone=True)
        if done:
            completed += 1
            _log.warning("recording.completed_by_sweep", recording=source.recording_id)
    return completed


async def enqueue_forgotten_media(database: Database) -> int:
    """A complete recording always has a job that lives, unless its last one failed for good."""
    async with database.unit_of_work() as work:
        waiting = await MediaRepository(work.session).complete_without_media()
        return sum([await enqueue_media(work, recording) for recording in waiting])


async def adopt_unknown_journals(database: Database, settings: HubSettings) -> list[str]:
    """Journals on disk that no fact ever named get their rows. Returns their ids."""
    newest = datetime.now(UTC) - FOLDER_AGE
    found = [
        journal
        for journal in stored_recordings(settings.recordings_dir)
        if journal.segments and not journal.is_open and _last_change(journal) < newest
    ]
    if not found:
        return []
    async with database.reading() as work:
        known = await MediaRepository(work.session).known_journals([journal.recording for journal in found])
    adopted = []
    for journal in found:
        if journal.recording in known:
            continue
        async with database.unit_of_work() as work:
            if await _adopt(work, settings.recordings_dir, journal):
                adopted.append(journal.recording)
                _log.warning("journal.adopted", journal=journal.recording, session=journal.session)
    return adopted


async def _adopt(work: Work, root: Path, journal: StoredRecording) -> bool:
    """False when the journal belongs to no turn of this office."""
    turn_id, dash, generation = journal.recording.rpartition("-g")
    repository = MediaRepository(work.session)
    turn = await repository.turn(turn_id) if dash and generation.isdigit() else None
    if turn is None or turn.session_id != journal.session:
        return False
    session = await work.session.get(Session, turn.session_id)
    recording = await repository.recording_of_turn(turn_id)
    started = _started_at(journal)
    if recording is None:
        recording = Recording(
            id=new_id(), turn_id=turn_id, state=RecordingRowState.WRITING, started_at=started or work.now, problem=""
        )
        await repository.add(recording)
    elif recording.state is not RecordingRowState.WRITING:
        # What was made so far lacks this journal: it is made again.
        recording.state = RecordingRowState.COMPLETE
    zero = session.clock_zero if session is not None else None
    begun = (started - zero).total_seconds() if started and zero else 0.0
    await repository.add(
        Journal(id=journal.recording, recording_id=recording.id, generation=int(generation), started_time=begun)
    )
    await _note_segments(work, root, [journal])
    return True


async def _note_segments(work: Work, root: Path, stored: list[StoredRecording]) -> None:
    """Closed segments that no fact named get their rows."""
    repository = MediaRepository(work.session)
    for journal in stored:
        known = await repository.known_segments(journal.recording)
        missing = [segment for segment in journal.segments if segment.number not in known]
        await repository.add(*[_segment_row(root, journal, segment, work.now) for segment in missing])


def _segment_row(root: Path, journal: StoredRecording, segment: StoredSegment, now: datetime) -> Segment:
    checked = verify(segment.path).segments
    return Segment(
        journal_id=journal.recording,
        number=segment.number,
        path=str(segment.path.relative_to(root)),
        size=segment.good_size,
        head=checked[0].head if checked else "",
        closed_at=now,
    )


def _last_change(journal: StoredRecording) -> datetime:
    return datetime.fromtimestamp(max(segment.path.stat().st_mtime for segment in journal.segments), UTC)


def _started_at(journal: StoredRecording) -> datetime | None:
    header = SegmentReader(journal.segments[0].path.read_bytes()).header
    return datetime.fromtimestamp(header.wall, UTC) if header else None
