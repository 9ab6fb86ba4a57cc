"""Playable files are made once in effect, wherever the worker is killed."""

import asyncio
from collections.abc import Awaitable, Callable

import av
import pytest
from sqlalchemy import func, select, update

from hub.archive.models import MediaFile, Recording, RecordingRowState
from hub.audit.models import AuditEntry
from hub.clock import system_clock
from hub.db.engine import Database
from hub.jobs import service as jobs
from hub.jobs.models import Job, JobKind, JobState
from hub.jobs.service import LeaseLost
from hub.worker.loop import Worker
from hub.worker.media import make_media
from recordings.muxing import MANIFEST_NAME
from recordings.storage import file_hash
from tests.hub.worker.conftest import RecordedTurn, WorkerProcess, until


async def one(database: Database, query):
    async with database.reading() as work:
        return await work.session.scalar(query)


async def is_ready(recorded: RecordedTurn) -> bool:
    return await one(recorded.database, select(Recording.state)) is RecordingRowState.READY


async def assert_made_once(recorded: RecordedTurn) -> None:
    """One result in the tables, whole on disk, playable; nothing else lies about."""
    async with recorded.database.reading() as work:
        files = [
            (file.path, file.sha256, file.size, file.has_audio, file.has_video)
            for file in await work.session.scalars(select(MediaFile))
        ]
    assert len(files) == 1
    path, sha256, size, has_audio, has_video = files[0]
    whole = recorded.settings.media_dir / path
    assert (file_hash(whole), whole.stat().st_size, has_audio, has_video) == (sha256, size, True, True)
    with av.open(str(whole)) as media:
        assert sum(1 for _ in media.decode(video=0)) == 90
    made = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "recording.media_made")
    assert await one(recorded.database, made) == 1
    assert await one(recorded.database, select(Job.state)) is JobState.DONE
    attempts = [folder for folder in recorded.settings.media_dir.glob("*/*") if folder.is_dir()]
    assert attempts == [whole.parent]


async def drafts_exist(recorded: RecordedTurn) -> bool:
    return any(recorded.settings.media_dir.rglob("*draft*"))


async def manifest_is_written(recorded: RecordedTurn) -> bool:
    return any(recorded.settings.media_dir.rglob(MANIFEST_NAME))


async def job_is_leased(recorded: RecordedTurn) -> bool:
    return await one(recorded.database, select(Job.state)) is JobState.RUNNING


async def lease_runs_out(recorded: RecordedTurn) -> None:
    """As a minute later."""
    async with recorded.office.work() as work:
        leased = update(Job).where(Job.state == JobState.RUNNING)
        await work.session.execute(leased.values(lease_until=system_clock().replace(year=2020)))


@pytest.mark.parametrize("point", [job_is_leased, drafts_exist, manifest_is_written, is_ready])
async def test_worker_killed_at(recorded: RecordedTurn, point: Callable[[RecordedTurn], Awaitable[bool]]) -> None:
    recorded.office.clock.now = system_clock()
    await recorded.begin()
    await recorded.end()
    worker = WorkerProcess(recorded.settings.data_dir)
    try:
        await until(lambda: point(recorded))
    finally:
        worker.kill()
    await lease_runs_out(recorded)
    heir = WorkerProcess(recorded.settings.data_dir)
    try:
        await until(lambda: is_ready(recorded))
        await until(heir.said_it_started)
    finally:
        assert heir.stop() == 0
    await assert_made_once(recorded)


async def test_stopping_worker_gives_its_job_back_at_once(recorded: RecordedTurn) -> None:
    recorded.office.clock.now = system_clock()
    await recorded.begin()
    await recorded.end()
    stop = asyncio.Event()
    worker = asyncio.create_task(Worker(recorded.database, recorded.settings).run(stop))
    await until(lambda: job_is_leased(recorded))
    stop.set()
    await worker
    assert await one(recorded.database, select(Job.state)) in {JobState.WAITING, JobState.DONE}


async def test_result_of_a_worker_that_lost_its_lease_is_thrown_away(recorded: RecordedTurn) -> None:
    await recorded.begin()
    await recorded.end()
    async with recorded.office.work() as work:
        late = await jobs.lease(work, list(JobKind), "late")
    recorded.office.clock.advance(120)
    async with recorded.office.work() as work:
        await jobs.release_expired(work)
        heir = await jobs.lease(work, list(JobKind), "heir")
    assert late is not None and heir is not None
    await make_media(recorded.database, recorded.settings, heir, lambda _: None)
    with pytest.raises(LeaseLost):
        await make_media(recorded.database, recorded.settings, late, lambda _: None)
    await assert_made_once(recorded)


async def test_progress_is_told(recorded: RecordedTurn) -> None:
    await recorded.begin()
    await recorded.end()
    async with recorded.office.work() as work:
        job = await jobs.lease(work, list(JobKind), "w")
    assert job is not None
    told: list[float] = []
    await make_media(recorded.database, recorded.settings, job, told.append)
    assert told and all(0 <= share <= 1 for share in told) and told == sorted(told)


async def test_media_that_cannot_be_written_is_tried_again_later_and_the_journal_stays(recorded: RecordedTurn) -> None:
    recorded.office.clock.now = system_clock()
    await recorded.begin()
    await recorded.end()
    recorded.settings.media_dir.rmdir()
    recorded.settings.media_dir.write_text("a file stands where the folder should be")
    before = file_hash(recorded.segment)
    stop = asyncio.Event()
    worker = asyncio.create_task(Worker(recorded.database, recorded.settings).run(stop))
    await until(lambda: one(recorded.database, select(Job.error).where(Job.error != "")))
    stop.set()
    await worker
    assert await one(recorded.database, select(Job.state)) is JobState.WAITING
    assert file_hash(recorded.segment) == before
