"""All queries on jobs. Jobs hold ids only and are read by machines and by administrators; so no reader narrows them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CursorResult, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from hub.jobs.models import Job, JobKind, JobState

_LIVE = (JobState.WAITING, JobState.RUNNING)


class JobRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, job: Job) -> bool:
        """False when a job of that key waits or runs already."""
        if await self.live_of_key(job.key) is not None:
            return False
        try:
            async with self._session.begin_nested():
                self._session.add(job)
        except IntegrityError:
            # Somebody else's unit of work was first (PostgreSQL); the unique index has the last word.
            return False
        return True

    async def live_of_key(self, key: str) -> Job | None:
        found: Job | None = await self._session.scalar(select(Job).where(Job.key == key, Job.state.in_(_LIVE)))
        return found

    async def get(self, job_id: str) -> Job | None:
        return await self._session.get(Job, job_id)

    async def next_due(self, kinds: Sequence[JobKind], now: datetime) -> Job | None:
        """The job that has waited longest. On PostgreSQL its row is locked and rows locked by others are passed over."""
        due = (
            select(Job)
            .where(Job.state == JobState.WAITING, Job.kind.in_(kinds), Job.run_after <= now)
            .order_by(Job.run_after, Job.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        found: Job | None = await self._session.scalar(due)
        return found

    async def change_leased(self, job_id: str, owner: str, **values: object) -> bool:
        """Change a job only while `owner` holds its lease. False when the lease is lost."""
        leased = (Job.id == job_id, Job.lease_owner == owner, Job.state == JobState.RUNNING)
        result = await self._session.execute(update(Job).where(*leased).values(**values))
        return isinstance(result, CursorResult) and result.rowcount == 1

    async def release_expired(self, now: datetime) -> int:
        """Leases that ran out: their jobs wait again. Returns how many."""
        expired = (Job.state == JobState.RUNNING, or_(Job.lease_until.is_(None), Job.lease_until < now))
        result = await self._session.execute(
            update(Job).where(*expired).values(state=JobState.WAITING, lease_owner="", lease_until=None, run_after=now)
        )
        return result.rowcount if isinstance(result, CursorResult) else 0

    async def counts(self) -> dict[JobState, int]:
        rows = await self._session.execute(select(Job.state, func.count()).group_by(Job.state))
        return {state: count for state, count in rows}
