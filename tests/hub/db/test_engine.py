"""The unit of work on real databases."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from hub.accounts.reader import Reader
from hub.audit import service as audit
from hub.audit.models import AuditEntry
from hub.db.engine import Change, Database, Subject
from hub.units.models import Unit, UnitKind
from hub.units.service import add_unit
from tests.support.office import ManualClock, Office


async def _units(database: Database) -> int:
    async with database.reading() as work:
        return await work.session.scalar(select(func.count(Unit.id))) or 0


async def test_what_a_unit_of_work_wrote_is_there_for_the_next_reader(database: Database) -> None:
    async with database.unit_of_work() as work:
        add_unit(work, "X1", "Xã Một", UnitKind.COMMUNE)
    assert await _units(database) == 1


async def test_a_unit_of_work_that_raises_leaves_nothing(database: Database) -> None:
    with pytest.raises(ValueError, match="on purpose"):
        async with database.unit_of_work() as work:
            add_unit(work, "X1", "Xã Một", UnitKind.COMMUNE)
            await work.session.flush()
            raise ValueError("on purpose")
    assert await _units(database) == 0


async def test_callbacks_and_listeners_hear_only_of_what_is_durable(database: Database) -> None:
    heard: list[object] = []
    database.on_change(heard.append)
    async with database.unit_of_work() as work:
        work.after_commit(lambda: heard.append("callback"))
        work.announce(Subject.SESSION, "s1", "s1")
        work.announce(Subject.SESSION, "s1", "s1")
        assert heard == []
    assert heard == ["callback", (Change(Subject.SESSION, "s1", "s1"),)]
    with pytest.raises(ValueError, match="on purpose"):
        async with database.unit_of_work() as work:
            work.announce(Subject.SESSION, "s2", "s2")
            raise ValueError("on purpose")
    assert len(heard) == 2


async def test_all_rows_of_a_unit_of_work_carry_one_time(database: Database, clock: ManualClock) -> None:
    async with database.unit_of_work() as work:
        begun = work.now
        clock.advance(5)
        assert work.now == begun


async def test_a_reading_work_keeps_nothing_and_refuses_the_audit_log(database: Database) -> None:
    async with database.reading() as work:
        add_unit(work, "X1", "Xã Một", UnitKind.COMMUNE)
        with pytest.raises(RuntimeError, match="unit of work"):
            await audit.record(work, Reader.for_system("test"), "x.y", "x", "1")
    assert await _units(database) == 0


async def test_what_was_read_stays_readable_after_the_work(office: Office) -> None:
    async with office.database.reading() as work:
        unit = (await work.session.scalars(select(Unit).limit(1))).one()
    assert unit.name


async def test_sqlite_is_durable_and_checks_foreign_keys(database: Database) -> None:
    async with database.reading() as work:
        found = [
            (await work.session.execute(text(f"PRAGMA {name}"))).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    assert found == ["wal", 2, 1, 15000]


async def test_fifty_writers_at_once_all_get_their_turn_and_count_without_holes(each_office: Office) -> None:
    async def write(number: int) -> None:
        async with each_office.database.unit_of_work() as work:
            await audit.record(work, Reader.for_system("test"), "test.written", "test", str(number))

    await asyncio.gather(*(write(number) for number in range(50)))
    async with each_office.database.reading() as work:
        query = select(AuditEntry.object_id).where(AuditEntry.action == "test.written")
        written = (await work.session.scalars(query)).all()
        assert sorted(int(one) for one in written) == list(range(50))
        assert await audit.verify_chain(work) == []


async def test_a_writer_waits_while_another_process_holds_the_lock(database: Database, tmp_path: Path) -> None:
    """F12 in short: another connection holds the write lock; the unit of work waits for it and then succeeds."""
    other = Database(database.url)
    holding = asyncio.Event()
    release = asyncio.Event()

    async def hold() -> None:
        async with other.unit_of_work() as work:
            add_unit(work, "X1", "Xã Một", UnitKind.COMMUNE)
            await work.session.flush()
            holding.set()
            await release.wait()

    async def write() -> None:
        async with database.unit_of_work() as work:
            add_unit(work, "X2", "Xã Hai", UnitKind.COMMUNE)

    holder = asyncio.create_task(hold())
    await holding.wait()
    writer = asyncio.create_task(write())
    done, _ = await asyncio.wait({writer}, timeout=0.3)
    assert not done
    release.set()
    await asyncio.gather(holder, writer)
    assert await _units(database) == 2
    await other.dispose()


async def test_readers_are_not_held_up_by_a_writer(database: Database) -> None:
    async with database.unit_of_work() as work:
        add_unit(work, "X1", "Xã Một", UnitKind.COMMUNE)
        await work.session.flush()
        assert await _units(database) == 0
    assert await _units(database) == 1
