"""What changed, told to the pages that watch a session: from this process after each commit, from others by the table.

A watcher has a queue with a limit; one that does not keep up is told to look at everything again.
"""

import asyncio
from collections import deque
from collections.abc import Iterable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from hub.accounts.reader import Reader
from hub.archive.models import RecordingRowState
from hub.archive.repository import ArchiveRepository
from hub.db.engine import Change, Database, Subject
from hub.sessions.repository import SessionRepository

log = structlog.get_logger()

#: More than a minute of a busy session; a page that is further behind is quicker told to start again.
QUEUE_LIMIT = 200
#: How often tables are looked at for what other processes (worker, command line) changed. Seconds.
POLL_INTERVAL = 1.0


class Watcher:
    """One page's queue. `overrun`: something was dropped, everything must be looked at again."""

    def __init__(self, session_id: str) -> None:
        self.session_id = session_id
        self.overrun = False
        self._changes: deque[Change] = deque()
        self._woken = asyncio.Event()

    def put(self, change: Change) -> None:
        if len(self._changes) >= QUEUE_LIMIT:
            self.start_again()
        elif not self.overrun:
            self._changes.append(change)
            self._woken.set()

    def start_again(self) -> None:
        self._changes.clear()
        self.overrun = True
        self._woken.set()

    def wake(self) -> None:
        self._woken.set()

    async def next(self) -> Change | None:
        """The next change; none when there is nothing but an overrun, or the broker closed."""
        if not self._changes and not self.overrun:
            self._woken.clear()
            await self._woken.wait()
        return self._changes.popleft() if self._changes else None


class Broker:
    """One per process. `on_change` is given to `Database.on_change`."""

    def __init__(self) -> None:
        self.closed = False
        self._watchers: dict[str, set[Watcher]] = {}

    def watch(self, session_id: str) -> Watcher:
        watcher = Watcher(session_id)
        self._watchers.setdefault(session_id, set()).add(watcher)
        return watcher

    def forget(self, watcher: Watcher) -> None:
        watchers = self._watchers.get(watcher.session_id, set())
        watchers.discard(watcher)
        if not watchers:
            self._watchers.pop(watcher.session_id, None)

    def watched(self) -> tuple[str, ...]:
        """Sessions somebody looks at."""
        return tuple(self._watchers)

    def on_change(self, changes: Iterable[Change]) -> None:
        for change in changes:
            for watcher in self._watchers.get(change.session_id, ()):
                watcher.put(change)

    def close(self) -> None:
        """Ends all streams, so that a stop need not wait for them; browsers come back by themselves."""
        self.closed = True
        for watchers in self._watchers.values():
            for watcher in watchers:
                watcher.wake()


async def tell_of_other_processes(broker: Broker, database: Database) -> None:
    """Runs for the life of the process: the worker makes recordings playable and can only say so by the table."""
    known: dict[str, RecordingRowState] = {}
    while True:
        await asyncio.sleep(POLL_INTERVAL)
        watched = broker.watched()
        try:
            states = await _recording_states(database, watched) if watched else {}
        except (SQLAlchemyError, OSError) as error:
            log.warning("events.poll_failed", kind=type(error).__name__)
            continue
        broker.on_change(
            Change(Subject.RECORDING, recording, session)
            for recording, (session, state) in states.items()
            if known.get(recording, state) is not state
        )
        known = {recording: state for recording, (_, state) in states.items()}


async def _recording_states(
    database: Database, session_ids: tuple[str, ...]
) -> dict[str, tuple[str, RecordingRowState]]:
    """Recording → its session and state, of the sessions that are watched."""
    reader = Reader.for_system("event-stream")
    async with database.reading() as work:
        turns = await SessionRepository(work.session).turns(session_ids)
        session_of = {turn.id: session for session, group in turns.items() for turn in group}
        recordings = await ArchiveRepository(work.session).of_turns(reader, list(session_of))
    return {row.id: (session_of[turn], row.state) for turn, row in recordings.items()}
