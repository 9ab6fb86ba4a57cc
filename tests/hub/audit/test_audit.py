"""The audit log: hash-chained, for auditors only."""

import hashlib
import itertools
import json

import pytest
from sqlalchemy import select, text

from hub.accounts.models import AccountRole
from hub.accounts.reader import Reader
from hub.audit import service as audit
from hub.audit.models import AuditEntry
from hub.errors import Code, Refused
from tests.support.office import Office

_ACTOR = Reader.for_system("test")


async def _fill(office: Office, count: int) -> None:
    async with office.work() as work:
        for number in range(count):
            await audit.record(work, _ACTOR, "test.done", "thing", f"t{number}", detail={"n": number})


async def _without_triggers(office: Office, *statements: str) -> list[audit.Break]:
    """What somebody with the database file in hand could do."""
    async with office.work() as work:
        for change in ("update", "delete"):
            await work.session.execute(text(f"DROP TRIGGER audit_entries_no_{change}"))
        for statement in statements:
            await work.session.execute(text(statement))
    async with office.database.reading() as work:
        return await audit.verify_chain(work)


async def test_entries_are_numbered_without_holes_and_follow_each_other(each_office: Office) -> None:
    await _fill(each_office, 5)
    async with each_office.database.reading() as work:
        entries = (await work.session.scalars(select(AuditEntry).order_by(AuditEntry.number))).all()
        assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))
        assert entries[0].previous_hash == audit.GENESIS
        assert all(b.previous_hash == a.hash for a, b in itertools.pairwise(entries))
        assert await audit.verify_chain(work) == []


async def test_a_hash_can_be_recomputed_by_a_stranger(office: Office) -> None:
    """The recipe of `hash_of`, written out once more."""
    await _fill(office, 1)
    async with office.database.reading() as work:
        query = select(AuditEntry).where(AuditEntry.action == "test.done")
        entry = (await work.session.scalars(query)).one()
    body = {
        name: getattr(entry, name)
        for name in ("number", "actor", "sign_in", "address", "action", "object_kind", "object_id", "reason", "detail")
    }
    body["at"] = entry.at.isoformat(timespec="microseconds")
    text_form = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert entry.hash == hashlib.sha256(f"{entry.previous_hash}\n{text_form}".encode()).hexdigest()


@pytest.mark.parametrize(
    "column", ["actor", "sign_in", "address", "action", "object_kind", "object_id", "reason", "detail", "at"]
)
async def test_a_changed_column_is_found(office: Office, column: str) -> None:
    await _fill(office, 3)
    changed = "datetime(at, '+1 second')" if column == "at" else "'changed'"
    breaks = await _without_triggers(office, f"UPDATE audit_entries SET {column} = {changed} WHERE number = 20")
    assert [one.number for one in breaks] == [20]


async def test_a_deleted_entry_is_found(office: Office) -> None:
    await _fill(office, 3)
    breaks = await _without_triggers(office, "DELETE FROM audit_entries WHERE number = 20")
    assert {one.number for one in breaks} == {21}
    assert "20 to 20 are missing" in breaks[0].problem


async def test_an_entry_whose_hash_was_recomputed_no_longer_carries_the_next(office: Office) -> None:
    await _fill(office, 3)
    breaks = await _without_triggers(office, "UPDATE audit_entries SET hash = 'x' WHERE number = 20")
    assert [one.number for one in breaks] == [20, 21]


async def test_an_entry_of_a_failed_unit_of_work_is_not_there(office: Office) -> None:
    with pytest.raises(ValueError, match="on purpose"):
        async with office.work() as work:
            await audit.record(work, _ACTOR, "test.lost", "thing", "1")
            raise ValueError("on purpose")
    async with office.database.reading() as work:
        assert await audit.list_entries(work, await office.reader("kiemtoan"), action="test.lost") == []


async def test_only_auditors_read_the_log_newest_first(office: Office) -> None:
    await _fill(office, 3)
    async with office.database.reading() as work:
        auditor = await office.reader("kiemtoan")
        assert auditor.has(AccountRole.AUDITOR)
        newest = await audit.list_entries(work, auditor, action="test.", limit=2)
        assert [entry.object_id for entry in newest] == ["t2", "t1"]
        older = await audit.list_entries(work, auditor, action="test.", before=newest[-1].number)
        assert [entry.object_id for entry in older] == ["t0"]
        for username in ("quantri", "lanhdao", "thuky", "chanhthanhtra"):
            with pytest.raises(Refused) as refused:
                await audit.list_entries(work, await office.reader(username))
            assert refused.value.code is Code.PERMISSION_MISSING
