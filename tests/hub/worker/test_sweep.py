"""What a crash left undone is found again, and nothing is lost on the way."""

import os
import time

import pytest
from sqlalchemy import func, select

from hub.archive.models import Journal, Recording, RecordingRowState, Segment
from hub.jobs import service as jobs
from hub.jobs.models import Job, JobKind
from hub.worker.media import make_media
from hub.worker.sweep import (
    FOLDER_AGE,
    SILENT_FOR,
    adopt_unknown_journals,
    clear_leftovers,
    complete_silent_recordings,
    sweep,
)
from signaling.protocol.hub_link import TurnEnded
from signaling.protocol.ids import SeatId, TurnId
from tests.hub.worker.conftest import RecordedTurn


async def one(recorded: RecordedTurn, query):
    async with recorded.database.reading() as work:
        return await work.session.scalar(query)


async def end_without_a_word_of_the_journal(recorded: RecordedTurn) -> None:
    await recorded.begin()
    await recorded.report(TurnEnded(turn=TurnId(recorded.turn), by=SeatId("chair")), at=70.0)


def age(recorded: RecordedTurn, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(recorded.segment, (then, then))


async def test_journal_closed_on_disk_is_complete_though_no_fact_said_so(recorded: RecordedTurn) -> None:
    await end_without_a_word_of_the_journal(recorded)
    assert await complete_silent_recordings(recorded.database, recorded.settings) == 0, "its facts may still come"
    recorded.office.clock.advance(70 + SILENT_FOR.total_seconds() + 1)
    assert await complete_silent_recordings(recorded.database, recorded.settings) == 1
    assert await one(recorded, select(Recording.state)) is RecordingRowState.COMPLETE
    assert await one(recorded, select(Segment.size)) == recorded.segment.stat().st_size
    assert await one(recorded, select(func.count()).select_from(Job)) == 1
    assert await complete_silent_recordings(recorded.database, recorded.settings) == 0


async def test_journal_still_being_written_is_left_alone(recorded: RecordedTurn) -> None:
    await end_without_a_word_of_the_journal(recorded)
    recorded.segment.chmod(0o644)
    recorded.office.clock.advance(1000)
    assert await complete_silent_recordings(recorded.database, recorded.settings) == 0
    assert await one(recorded, select(Recording.state)) is RecordingRowState.WRITING


async def test_turn_that_goes_on_is_left_alone(recorded: RecordedTurn) -> None:
    await recorded.begin()
    recorded.office.clock.advance(1000)
    assert await complete_silent_recordings(recorded.database, recorded.settings) == 0


async def test_journal_that_no_fact_ever_named_gets_its_rows_and_its_media(recorded: RecordedTurn) -> None:
    age(recorded, FOLDER_AGE.total_seconds() + 5)
    assert await adopt_unknown_journals(recorded.database, recorded.settings) == [recorded.journal_id]
    assert await one(recorded, select(Journal.id)) == recorded.journal_id
    assert await one(recorded, select(Segment.head)) != ""
    assert await adopt_unknown_journals(recorded.database, recorded.settings) == []
    await recorded.begin()
    await recorded.report(TurnEnded(turn=TurnId(recorded.turn), by=SeatId("chair")), at=70.0)
    recorded.office.clock.advance(1000)
    await sweep(recorded.database, recorded.settings)
    assert await one(recorded, select(func.count()).select_from(Job)) == 1


async def test_young_folder_is_waited_for(recorded: RecordedTurn) -> None:
    assert await adopt_unknown_journals(recorded.database, recorded.settings) == []


@pytest.mark.parametrize("name", ["unknown-turn-g1", "no-generation", "x-gy"])
async def test_folder_of_no_turn_of_ours_is_left_where_it_is(recorded: RecordedTurn, name: str) -> None:
    age(recorded, FOLDER_AGE.total_seconds() + 5)
    recorded.folder.rename(recorded.folder.with_name(name))
    assert await adopt_unknown_journals(recorded.database, recorded.settings) == []
    assert recorded.folder.with_name(name).is_dir()


async def test_complete_recording_whose_job_was_lost_gets_a_new_one(recorded: RecordedTurn) -> None:
    await recorded.begin()
    await recorded.end()
    async with recorded.office.work() as work:
        await work.session.execute(Job.__table__.delete())
    await sweep(recorded.database, recorded.settings)
    await sweep(recorded.database, recorded.settings)
    assert await one(recorded, select(func.count()).select_from(Job)) == 1


async def test_leftovers_of_killed_attempts_go_once_a_result_was_taken(recorded: RecordedTurn) -> None:
    await recorded.begin()
    await recorded.end()
    async with recorded.office.work() as work:
        job = await jobs.lease(work, list(JobKind), "w")
    assert job is not None
    half_made = recorded.settings.media_dir / job.payload["recording"] / "killed-1"
    half_made.mkdir(parents=True)
    assert await clear_leftovers(recorded.database, recorded.settings) == 0
    await make_media(recorded.database, recorded.settings, job, lambda _: None)
    half_made.mkdir(exist_ok=True)
    assert await clear_leftovers(recorded.database, recorded.settings) == 1
    assert [path.name for path in half_made.parent.iterdir()] == [f"{job.id}-1"]
