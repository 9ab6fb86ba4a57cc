"""Enqueue, lease, renew, finish, try again. Every call is part of the caller's unit of work."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hub.db.engine import Work
from hub.ids import new_id
from hub.jobs.models import Job, JobKind, JobState
from hub.jobs.repository import JobRepository
from hub.jobs.rules import LEASE, may_try_again, wait_after

#: An error is kept for a person to read, not for an archive.
_ERROR_LENGTH = 2000


class LeaseLost(Exception):
    """Another worker has the job now; what this unit of work changed must not be committed."""


@dataclass(frozen=True, slots=True)
class LeasedJob:
    """What a worker needs to know of the job it holds."""

    id: str
    kind: JobKind
    key: str
    payload: Mapping[str, str]
    attempts: int
    owner: str


async def enqueue(work: Work, kind: JobKind, key: str, payload: Mapping[str, str]) -> bool:
    """Ask for work. False when the same work (by `key`) waits or runs already. `payload`: ids only."""
    work.must_write()
    return await JobRepository(work.session).add(
        Job(
            id=new_id(),
            kind=kind,
            key=key,
            payload=json.dumps(dict(payload), sort_keys=True),
            state=JobState.WAITING,
            attempts=0,
            progress=0.0,
            run_after=work.now,
            lease_owner="",
            created_at=work.now,
            error="",
        )
    )


async def lease(work: Work, kinds: Sequence[JobKind], owner: str) -> LeasedJob | None:
    """The next due job, for `LEASE` from now; None when nothing is due. `owner` names the process for ever."""
    work.must_write()
    job = await JobRepository(work.session).next_due(kinds, work.now)
    if job is None:
        return None
    job.state = JobState.RUNNING
    job.attempts += 1
    job.progress = 0.0
    job.lease_owner = owner
    job.lease_until = work.now + LEASE
    return LeasedJob(job.id, job.kind, job.key, json.loads(job.payload), job.attempts, owner)


async def renew(work: Work, job: LeasedJob, progress: float) -> None:
    """Raises `LeaseLost`. `progress`: 0 to 1."""
    values = {"lease_until": work.now + LEASE, "progress": progress}
    if not await JobRepository(work.session).change_leased(job.id, job.owner, **values):
        raise LeaseLost(job.id)


async def finish(work: Work, job: LeasedJob) -> None:
    """In the same unit of work as the job's effect, so that both happen once or not at all. Raises `LeaseLost`."""
    done = {"state": JobState.DONE, "progress": 1.0, "finished_at": work.now, "lease_until": None, "error": ""}
    if not await JobRepository(work.session).change_leased(job.id, job.owner, **done):
        raise LeaseLost(job.id)


async def fail(work: Work, job: LeasedJob, error: str) -> JobState:
    """Wait and try again, or give up after `MOST_ATTEMPTS`. Returns the new state. Raises `LeaseLost`."""
    again = may_try_again(job.attempts)
    state = JobState.WAITING if again else JobState.FAILED
    values: dict[str, object] = {"state": state, "lease_owner": "", "lease_until": None, "error": error[:_ERROR_LENGTH]}
    values |= {"run_after": work.now + wait_after(job.attempts)} if again else {"finished_at": work.now}
    if not await JobRepository(work.session).change_leased(job.id, job.owner, **values):
        raise LeaseLost(job.id)
    return state


async def release_expired(work: Work) -> int:
    """Jobs of workers that vanished wait again. Returns how many."""
    work.must_write()
    return await JobRepository(work.session).release_expired(work.now)


async def give_back(work: Work, job: LeasedJob) -> bool:
    """The worker stops in mid-job: the job waits again at once and the attempt does not count. False: lease lost."""
    values: dict[str, object] = {
        "state": JobState.WAITING,
        "lease_owner": "",
        "lease_until": None,
        "run_after": work.now,
        "attempts": job.attempts - 1,
    }
    return await JobRepository(work.session).change_leased(job.id, job.owner, **values)
