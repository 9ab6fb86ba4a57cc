"""The database and the unit of work: one per request, committed before the answer leaves, no I/O of other kinds inside.

SQLite and PostgreSQL behave alike here: a unit of work that writes is serialised on SQLite by BEGIN IMMEDIATE and runs
at READ COMMITTED on PostgreSQL, where the few things that must be counted without holes take an advisory lock
(`Work.serialise`).
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from hub.clock import Clock, system_clock

#: Longer than a backup or a checkpoint holds the write lock (quality case F12: locked for 10 s, nobody sees an error).
BUSY_TIMEOUT = 15.0

_WRITING = "hub_writing"


class Lock(StrEnum):
    """What PostgreSQL must do one after the other although rows do not collide: counting without holes."""

    AUDIT_CHAIN = "audit-chain"
    CASE_CODE = "case-code"
    SESSION_CODE = "session-code"


_LOCK_NUMBERS = {lock: 0x4443_0000 + number for number, lock in enumerate(Lock)}


class Subject(StrEnum):
    """What a committed unit of work changed, for those who listen (the pages' event stream, the node link)."""

    SESSION = "session"
    TURN = "turn"
    LINE = "line"
    RECORDING = "recording"
    PEOPLE = "people"
    DESIRED = "desired"


@dataclass(frozen=True)
class Change:
    """One changed thing. `session_id` names the session whose watchers should hear of it."""

    subject: Subject
    id: str
    session_id: str


Listener = Callable[[tuple[Change, ...]], None]


class Work:
    """A unit of work. `now` is read once at its beginning, so that all its rows carry one time.

    `writing` is false for work made by `Database.reading`, which never commits.
    """

    def __init__(self, session: AsyncSession, now: datetime, *, writing: bool) -> None:
        self.session = session
        self.now = now
        self.writing = writing
        self._callbacks: list[Callable[[], None]] = []
        self._changes: dict[Change, None] = {}

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Calls back once the unit of work is durable; never when it was rolled back. Must be quick and not raise."""
        self._callbacks.append(callback)

    def announce(self, subject: Subject, id: str, session_id: str) -> None:
        """Tells the database's listeners of a change after the commit; equal changes are told once."""
        self._changes[Change(subject, id, session_id)] = None

    async def serialise(self, lock: Lock) -> None:
        """Waits until no other unit of work holds `lock`; held until the end. SQLite's BEGIN IMMEDIATE does it already."""
        if self.session.get_bind().dialect.name == "postgresql":
            await self.session.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _LOCK_NUMBERS[lock]})

    def must_write(self) -> None:
        if not self.writing:
            raise RuntimeError("this needs a unit of work, not a reading one")

    def _committed(self, listeners: list[Listener]) -> None:
        for callback in self._callbacks:
            callback()
        if self._changes:
            for listener in listeners:
                listener(tuple(self._changes))


class Database:
    """`url`: `sqlite+aiosqlite:///path` or `postgresql+asyncpg://…`. Call `connect` before the first work."""

    def __init__(self, url: str, clock: Clock = system_clock) -> None:
        self.url = url
        self.clock = clock
        self._is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self._engine = _create_engine(url, sqlite=self._is_sqlite)
        self._writers = self._engine.execution_options(**{_WRITING: True})
        self._readers = self._engine if self._is_sqlite else _read_only(self._engine)
        self._listeners: list[Listener] = []
        #: Writers of this process queue here in order; SQLite's own waiting is a lottery of sleeps.
        self._turnstile = asyncio.Lock()

    @property
    def engine(self) -> AsyncEngine:
        """For migrations; everybody else works through `unit_of_work` and `reading`."""
        return self._engine

    def on_change(self, listener: Listener) -> None:
        """Hears what each unit of work of this process announced, after its commit, on the event loop."""
        self._listeners.append(listener)

    async def connect(self) -> None:
        """Proves that the database answers. Raises SQLAlchemy's `OperationalError` or `OSError` if it does not."""
        async with self._engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def dispose(self) -> None:
        await self._engine.dispose()

    def unit_of_work(self) -> AbstractAsyncContextManager[Work]:
        """Writes: commits when the block ends, rolls back when it raises."""
        return self._unit_of_work()

    def reading(self) -> AbstractAsyncContextManager[Work]:
        """Reads one consistent state without the write lock; whatever was changed by mistake is thrown away."""
        return self._reading()

    @asynccontextmanager
    async def _unit_of_work(self) -> AsyncIterator[Work]:
        async with AsyncExitStack() as stack:
            if self._is_sqlite:
                await stack.enter_async_context(self._turnstile)
            session = await stack.enter_async_context(AsyncSession(self._writers, expire_on_commit=False))
            work = Work(session, self.clock(), writing=True)
            try:
                yield work
                await session.commit()
            except BaseException:
                await session.rollback()
                raise
        work._committed(self._listeners)

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[Work]:
        async with AsyncSession(self._readers, autoflush=False, expire_on_commit=False) as session:
            # Closing the session rolls back, and leaves what was read readable (a rollback here would expire it).
            yield Work(session, self.clock(), writing=False)


def _create_engine(url: str, *, sqlite: bool) -> AsyncEngine:
    if not sqlite:
        return create_async_engine(url, pool_pre_ping=True)
    engine = create_async_engine(url, connect_args={"timeout": BUSY_TIMEOUT})
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _read_only(engine: AsyncEngine) -> AsyncEngine:
    return engine.execution_options(postgresql_readonly=True, isolation_level="REPEATABLE READ")


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # The driver's own implicit BEGIN is deferred and comes late; `_begin_sqlite` does it instead.
    driver: Any = connection
    driver.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={int(BUSY_TIMEOUT * 1000)}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get(_WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
