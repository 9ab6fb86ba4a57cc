"""Jobs on real databases. Time is a clock that the test turns."""

import asyncio

import pytest
from sqlalchemy import select

from hub.db.engine import Database
from hub.jobs import service
from hub.jobs.models import Job, JobKind, JobState
from hub.jobs.repository import JobRepository
from hub.jobs.rules import LEASE, MOST_ATTEMPTS
from hub.jobs.service import LeasedJob, LeaseLost
from tests.support.office import ManualClock

KINDS = [JobKind.MAKE_MEDIA]


async def enqueue(database: Database, key: str = "k") -> bool:
    async with database.unit_of_work() as work:
        return await service.enqueue(work, JobKind.MAKE_MEDIA, key, {"recording": key})


async def lease(database: Database, owner: str = "w1") -> LeasedJob | None:
    async with database.unit_of_work() as work:
        return await service.lease(work, KINDS, owner)


async def leased(database: Database, owner: str = "w1") -> LeasedJob:
    job = await lease(database, owner)
    assert job is not None
    return job


async def row(database: Database) -> Job:
    async with database.reading() as work:
        job = (await work.session.scalars(select(Job))).one()
        work.session.expunge(job)
        return job


async def test_same_work_is_asked_for_once_while_it_waits_or_runs(database: Database, clock: ManualClock) -> None:
    assert await enqueue(database)
    assert not await enqueue(database)
    await leased(database)
    assert not await enqueue(database)


async def test_same_work_may_be_asked_for_again_once_it_is_done(database: Database, clock: ManualClock) -> None:
    await enqueue(database)
    job = await leased(database)
    async with database.unit_of_work() as work:
        await service.finish(work, job)
    assert await enqueue(database)


async def test_work_that_was_rolled_back_was_never_asked_for(database: Database, clock: ManualClock) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.unit_of_work() as work:
            await service.enqueue(work, JobKind.MAKE_MEDIA, "k", {})
            raise ZeroDivisionError
    assert await lease(database) is None


async def test_who_waits_longest_is_served_first_and_each_job_once(database: Database, clock: ManualClock) -> None:
    for key in ("a", "b", "c"):
        await enqueue(database, key)
        clock.advance(1)
    jobs = [await leased(database, f"w{n}") for n in range(3)]
    assert [job.key for job in jobs] == ["a", "b", "c"]
    assert await lease(database, "w4") is None


async def test_workers_that_ask_at_once_never_get_the_same_job(database: Database, clock: ManualClock) -> None:
    for number in range(12):
        await enqueue(database, f"k{number}")
    jobs = await asyncio.gather(*[lease(database, f"w{number}") for number in range(16)])
    keys = [job.key for job in jobs if job is not None]
    assert len(keys) == len(set(keys))
    # PostgreSQL passes over rows that others hold; nobody waits, so a late comer may go away without a job.
    assert len(keys) >= 1
    rest = [job.key for job in [await lease(database, f"x{number}") for number in range(13)] if job is not None]
    assert sorted(keys + rest) == sorted(f"k{number}" for number in range(12))


async def test_work_asked_for_by_two_processes_at_once_is_there_once(database: Database, clock: ManualClock) -> None:
    asked = await asyncio.gather(*[enqueue(database, "same") for _ in range(8)])
    assert sum(asked) == 1
    async with database.reading() as work:
        assert len((await work.session.scalars(select(Job))).all()) == 1


async def test_lease_of_a_vanished_worker_runs_out(database: Database, clock: ManualClock) -> None:
    await enqueue(database)
    dead = await leased(database, "dead")
    clock.advance(LEASE.total_seconds() - 1)
    async with database.unit_of_work() as work:
        assert await service.release_expired(work) == 0
    clock.advance(2)
    async with database.unit_of_work() as work:
        assert await service.release_expired(work) == 1
    heir = await leased(database, "heir")
    assert (heir.id, heir.attempts) == (dead.id, 2)


async def test_renewed_lease_does_not_run_out(database: Database, clock: ManualClock) -> None:
    await enqueue(database)
    job = await leased(database)
    for _ in range(5):
        clock.advance(LEASE.total_seconds() - 1)
        async with database.unit_of_work() as work:
            await service.renew(work, job, 0.5)
            assert await service.release_expired(work) == 0
    assert (await row(database)).progress == 0.5


@pytest.mark.parametrize("act", ["renew", "finish", "fail", "give_back"])
async def test_worker_whose_lease_was_given_to_another_changes_nothing(
    database: Database, clock: ManualClock, act: str
) -> None:
    await enqueue(database)
    late = await leased(database, "late")
    clock.advance(LEASE.total_seconds() + 1)
    async with database.unit_of_work() as work:
        await service.release_expired(work)
    heir = await leased(database, "heir")
    if act == "give_back":
        async with database.unit_of_work() as work:
            assert not await service.give_back(work, late)
    else:
        with pytest.raises(LeaseLost):
            async with database.unit_of_work() as work:
                match act:
                    case "renew":
                        await service.renew(work, late, 0.9)
                    case "finish":
                        await service.finish(work, late)
                    case _:
                        await service.fail(work, late, "boom")
    now = await row(database)
    assert (now.state, now.lease_owner, now.attempts) == (JobState.RUNNING, heir.owner, 2)


async def test_effect_of_a_worker_without_its_lease_is_rolled_back(database: Database, clock: ManualClock) -> None:
    await enqueue(database)
    late = await leased(database, "late")
    clock.advance(LEASE.total_seconds() + 1)
    async with database.unit_of_work() as work:
        await service.release_expired(work)
    await leased(database, "heir")
    with pytest.raises(LeaseLost):
        async with database.unit_of_work() as work:
            await service.enqueue(work, JobKind.MAKE_MEDIA, "effect", {})
            await service.finish(work, late)
    async with database.reading() as work:
        assert await JobRepository(work.session).live_of_key("effect") is None


async def test_failed_job_is_tried_again_later_and_later_and_given_up_at_last(
    database: Database, clock: ManualClock
) -> None:
    await enqueue(database)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        job = await leased(database)
        assert job.attempts == attempt
        async with database.unit_of_work() as work:
            state = await service.fail(work, job, f"attempt {attempt}")
        assert state is (JobState.WAITING if attempt < MOST_ATTEMPTS else JobState.FAILED)
        assert await lease(database) is None
        clock.advance(10 * 60)
    last = await row(database)
    assert (last.error, last.finished_at is not None) == (f"attempt {MOST_ATTEMPTS}", True)
    assert await enqueue(database), "a person may ask for it again"


async def test_job_given_back_by_a_stopping_worker_waits_at_once_and_has_not_failed(
    database: Database, clock: ManualClock
) -> None:
    await enqueue(database)
    async with database.unit_of_work() as work:
        assert await service.give_back(work, (await service.lease(work, KINDS, "w")) or pytest.fail("no job"))
    assert (await leased(database)).attempts == 1


async def test_long_error_is_cut(database: Database, clock: ManualClock) -> None:
    await enqueue(database)
    job = await leased(database)
    async with database.unit_of_work() as work:
        await service.fail(work, job, "x" * 100_000)
    assert len((await row(database)).error) == 2000
