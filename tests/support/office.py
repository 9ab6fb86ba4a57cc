"""A real office for tests: a migrated database with the demo data, a clock that is moved by hand, readers by user name.

Building one takes half a second, so it is built once per run and copied (SQLite: the file; PostgreSQL: CREATE DATABASE …
TEMPLATE).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from hub.accounts.models import Account
from hub.accounts.reader import Reader
from hub.accounts.repository import AccountRepository
from hub.cases.models import Case
from hub.db import migrate
from hub.db.engine import Database, Work
from hub.demo.seed import seed
from hub.sessions.models import Seat, Session, Turn
from hub.units.models import Site
from signaling.protocol.hub_link import Fact, FactRecord
from signaling.protocol.ids import SessionId

#: Sunday 22 November 2026, 10:00 in Lạng Sơn: when the demo data of tests was made.
START = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
#: The demo session that can be joined at `START`.
JOINABLE = "PH-2026-017"


class ManualClock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now


@dataclass
class Office:
    """A database with demo data. Units of work see the time of `clock`, which moves by a millisecond with each of them."""

    database: Database
    clock: ManualClock

    @asynccontextmanager
    async def work(self) -> AsyncIterator[Work]:
        self.clock.advance(0.001)
        async with self.database.unit_of_work() as work:
            yield work

    async def reader(self, username: str) -> Reader:
        """The demo account as a signed-in reader, without the cost of a password."""
        async with self.database.reading() as work:
            account = (await work.session.scalars(select(Account).where(Account.username == username))).one()
            return await AccountRepository(work.session).reader_for(account, work.now, None, "127.0.0.1")

    async def account(self, username: str) -> str:
        return (await self.reader(username)).account_id

    async def case(self, number: int) -> Case:
        async with self.database.reading() as work:
            code = f"LS-2026-{number:04d}"
            return (await work.session.scalars(select(Case).where(Case.code == code))).one()

    async def session(self, code: str = JOINABLE) -> Session:
        async with self.database.reading() as work:
            return (await work.session.scalars(select(Session).where(Session.code == code))).one()

    async def turns(self, code: str = JOINABLE) -> list[Turn]:
        session = await self.session(code)
        async with self.database.reading() as work:
            query = select(Turn).where(Turn.session_id == session.id).order_by(Turn.number)
            return list(await work.session.scalars(query))

    async def seat(self, name: str, code: str = JOINABLE) -> Seat:
        """By the words on its plate: "Xã Na Dương", "Ông Đỗ Quang Thử"."""
        session = await self.session(code)
        async with self.database.reading() as work:
            query = select(Seat).where(Seat.session_id == session.id, Seat.name == name)
            return (await work.session.scalars(query)).one()

    async def site(self, code: str) -> Site:
        async with self.database.reading() as work:
            return (await work.session.scalars(select(Site).where(Site.code == code))).one()


async def build(url: str, *, demo: bool) -> None:
    """Migrates an empty database, with or without the demo data made at `START`."""
    database = Database(url, ManualClock())
    await migrate.upgrade(database)
    if demo:
        await seed(database, START)
    await database.dispose()


def fact_record(session_id: str, number: int, fact: Fact, *, at: float = 60.0, generation: int = 1) -> FactRecord:
    """A line of the outbox of boot "b1", `at` seconds of session time after `START`."""
    return FactRecord(
        boot=f"b{generation}",
        number=number,
        session=SessionId(session_id),
        generation=generation,
        at=at,
        wall=START.timestamp() + at,
        fact=fact,
    )
