"""Every step up, down and up again, on both engines; and the triggers that keep evidence."""

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from hub.accounts.reader import Reader
from hub.audit import service as audit
from hub.db import migrate
from hub.db.append_only import APPEND_ONLY
from hub.db.base import Base
from hub.db.engine import Database
from tests.support.office import ManualClock, Office


async def test_all_steps_go_up_down_and_up_and_equal_the_models(empty_url: str) -> None:
    database = Database(empty_url, ManualClock())
    assert not await migrate.is_current(database)
    await migrate.upgrade(database)
    assert await migrate.is_current(database)
    assert await migrate.differences(database) == []
    await migrate.downgrade(database, "base")
    async with database.engine.connect() as connection:
        left = await connection.run_sync(lambda sync: set(inspect(sync).get_table_names()))
    assert left == {"alembic_version"}
    await migrate.upgrade(database)
    await migrate.upgrade(database)
    assert await migrate.is_current(database)
    await database.dispose()


async def test_migrating_again_keeps_what_is_there(each_office: Office) -> None:
    await migrate.upgrade(each_office.database)
    assert (await each_office.reader("thuky")).full_name == "Lê Thị Minh Họa"


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("change", ["UPDATE {table} SET {column} = {column}", "DELETE FROM {table}"])
async def test_evidence_cannot_be_changed_or_deleted(each_office: Office, table: str, change: str) -> None:
    async with each_office.work() as work:
        await audit.record(work, Reader.for_system("test"), "x.y", "x", "1")
        await work.session.execute(_ROWS[table])
    column = next(iter(Base.metadata.tables[table].columns)).name
    with pytest.raises(DBAPIError, match="append-only"):
        async with each_office.work() as work:
            await work.session.execute(text(change.format(table=table, column=column)))


_ROWS = {
    "audit_entries": text("SELECT 1"),
    "transitions": text("SELECT 1"),
    "consents": text(
        "INSERT INTO consents (id, attendance_id, choice, text_version, taken_by, taken_at) "
        "SELECT 'c1', id, 'none', 'v', 'x', created_at FROM attendances LIMIT 1"
    ),
    "line_changes": text(
        "INSERT INTO line_changes (id, line_id, version, what, before, after, by, at) "
        "SELECT 'l1', id, 1, 'text', '', '', 'x', received_at FROM lines LIMIT 1"
    ),
    "call_facts": text(
        "INSERT INTO call_facts (node_id, boot, number, session_id, generation, kind, at, wall, received_at, body) "
        "SELECT 'n', 'b', 1, id, 1, 'k', 0, created_at, created_at, '{}' FROM sessions LIMIT 1"
    ),
}
