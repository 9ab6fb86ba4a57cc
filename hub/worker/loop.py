"""The worker's loop: lease a job, do it while renewing the lease, look for forgotten work between."""

import asyncio
import contextlib
import os
import secrets
import time

import structlog
from sqlalchemy.exc import SQLAlchemyError

from hub.db.engine import Database
from hub.jobs import service as jobs
from hub.jobs.models import JobKind
from hub.jobs.rules import RENEW_INTERVAL
from hub.jobs.service import LeasedJob, LeaseLost
from hub.settings import HubSettings
from hub.worker.media import give_up, make_media
from hub.worker.sweep import sweep

_log = structlog.get_logger(__name__)

#: A recording is wanted minutes after its turn, not milliseconds: a look a second costs nothing.
POLL_INTERVAL = 1.0
#: Crashes are rare; reading the folders of a year of recordings is not free.
SWEEP_INTERVAL = 15.0
#: The database is away or locked by a backup: try again when it may be back.
_DATABASE_RETRY_INTERVAL = 2.0


class Worker:
    """`owner` names this process for ever, so that a lease of a killed worker is never taken for ours."""

    def __init__(self, database: Database, settings: HubSettings) -> None:
        self._database = database
        self._settings = settings
        self.owner = f"worker-{os.getpid()}-{secrets.token_hex(8)}"
        self._swept_at = float("-inf")

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set. A job in hand is given back at once, to be done by the next worker."""
        while not stop.is_set():
            try:
                worked = await self._step(stop)
                interval = 0.0 if worked else POLL_INTERVAL
            except (SQLAlchemyError, OSError):
                _log.exception("worker.step_failed")
                interval = _DATABASE_RETRY_INTERVAL
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(interval):
                    await stop.wait()

    async def _step(self, stop: asyncio.Event) -> bool:
        """True when there was a job."""
        if time.monotonic() - self._swept_at >= SWEEP_INTERVAL:
            async with self._database.unit_of_work() as work:
                await jobs.release_expired(work)
            await sweep(self._database, self._settings)
            self._swept_at = time.monotonic()
        async with self._database.unit_of_work() as work:
            job = await jobs.lease(work, list(JobKind), self.owner)
        if job is None:
            return False
        await self._do(job, stop)
        return True

    async def _do(self, job: LeasedJob, stop: asyncio.Event) -> None:
        progress = [0.0]
        _log.info("job.started", job=job.id, kind=job.kind, attempt=job.attempts)
        task = asyncio.create_task(
            make_media(self._database, self._settings, job, lambda value: progress.__setitem__(0, value))
        )
        renewing = asyncio.create_task(self._renew(job, progress, task))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for helper in (renewing, stopping):
            helper.cancel()
        if not task.done():
            task.cancel()
        await asyncio.wait({task})
        await self._settle(job, task)

    async def _settle(self, job: LeasedJob, task: "asyncio.Task[None]") -> None:
        if task.cancelled():
            async with self._database.unit_of_work() as work:
                given_back = await jobs.give_back(work, job)
            _log.info("job.given_back", job=job.id, given_back=given_back)
            return
        error = task.exception()
        if error is None:
            _log.info("job.done", job=job.id, kind=job.kind)
        elif isinstance(error, LeaseLost):
            _log.warning("job.lease_lost", job=job.id)
        else:
            with contextlib.suppress(LeaseLost):
                state = await give_up(self._database, job, f"{type(error).__name__}: {error}")
                _log.error("job.failed", job=job.id, state=state, exc_info=error)

    async def _renew(self, job: LeasedJob, progress: list[float], task: "asyncio.Task[None]") -> None:
        while True:
            await asyncio.sleep(RENEW_INTERVAL)
            try:
                async with self._database.unit_of_work() as work:
                    await jobs.renew(work, job, progress[0])
            except LeaseLost:
                task.cancel()
                return
            except (SQLAlchemyError, OSError):
                # Three renewals fit into a lease; the next one may succeed.
                _log.exception("job.renewal_failed", job=job.id)
