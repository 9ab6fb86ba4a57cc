"""Signing in with a real password check."""

import pytest
from sqlalchemy import select, update

from hub.accounts.models import Account, SignIn, SignInKind
from hub.accounts.reader import Reader
from hub.accounts.rules import SIGN_IN_LIFETIME
from hub.accounts.service import list_sign_ins, reader_of, revoke_sign_in, sign_in, sign_out
from hub.audit.models import AuditEntry
from hub.demo.people import PASSWORD
from hub.errors import Code, Refused
from tests.support.office import Office


async def _in(office: Office, username: str = "thuky", password: str = PASSWORD, **more: bool) -> tuple[str, SignIn]:
    secret, row, _ = await sign_in(
        office.database, username, password, SignInKind.COOKIE, "Chrome", "127.0.0.1", **more
    )
    return secret, row


async def _reader(office: Office, secret: str) -> Reader | None:
    async with office.database.reading() as work:
        return await reader_of(work, secret, "127.0.0.1")


async def test_the_secretary_signs_in_and_is_known_by_the_secret(office: Office) -> None:
    secret, row = await _in(office, " ThuKy ")
    reader = await _reader(office, secret)
    assert reader is not None
    assert reader.name == "Bà Lê Thị Minh Họa"
    assert reader.sign_in == row.id
    assert reader.csrf == row.csrf_token
    assert len(reader.unit_ids) == len(reader.site_ids) == 1


async def test_the_secret_is_not_in_the_database(office: Office) -> None:
    secret, row = await _in(office)
    assert secret not in (row.secret_hash, row.csrf_token, row.id)
    assert len(row.secret_hash) == 64


@pytest.mark.parametrize(("username", "password"), [("thuky", "wrong"), ("nobody", PASSWORD), ("", ""), ("thuky", "")])
async def test_a_wrong_name_and_a_wrong_password_are_refused_alike(
    office: Office, username: str, password: str
) -> None:
    with pytest.raises(Refused) as refused:
        await _in(office, username, password)
    assert refused.value.code is Code.SIGN_IN_FAILED
    assert refused.value.details == {}
    async with office.database.reading() as work:
        query = select(AuditEntry).where(AuditEntry.action == "sign_in.failed")
        entry = (await work.session.scalars(query)).one()
    assert entry.address == "127.0.0.1"
    assert "thuky" not in entry.detail


async def test_a_disabled_account_neither_signs_in_nor_stays_in(office: Office) -> None:
    secret, _ = await _in(office)
    async with office.work() as work:
        await work.session.execute(update(Account).where(Account.username == "thuky").values(disabled_at=work.now))
    assert await _reader(office, secret) is None
    with pytest.raises(Refused) as refused:
        await _in(office)
    assert refused.value.code is Code.SIGN_IN_FAILED


async def test_demo_accounts_are_refused_where_they_are_not_allowed(office: Office) -> None:
    with pytest.raises(Refused) as refused:
        await _in(office, demo_allowed=False)
    assert refused.value.code is Code.DEMO_REFUSED


async def test_a_sign_in_ends_after_twelve_hours(office: Office) -> None:
    secret, _ = await _in(office)
    office.clock.advance(SIGN_IN_LIFETIME.total_seconds() - 1)
    assert await _reader(office, secret) is not None
    office.clock.advance(2)
    assert await _reader(office, secret) is None


async def test_signing_out_ends_this_sign_in_and_no_other(office: Office) -> None:
    secret, _ = await _in(office)
    other, _ = await _in(office)
    async with office.work() as work:
        reader = await reader_of(work, secret, "127.0.0.1")
        assert reader is not None
        await sign_out(work, reader)
    assert await _reader(office, secret) is None
    assert await _reader(office, other) is not None


async def test_one_revokes_ones_own_sign_ins_but_not_another_persons(office: Office) -> None:
    secret, row = await _in(office)
    _, foreign = await _in(office, "lanhdao")
    async with office.work() as work:
        reader = await reader_of(work, secret, "127.0.0.1")
        assert reader is not None
        assert [one.id for one in await list_sign_ins(work, reader)] == [row.id]
        with pytest.raises(Refused) as refused:
            await revoke_sign_in(work, reader, foreign.id)
        assert refused.value.code is Code.NOT_FOUND
        await revoke_sign_in(work, await office.reader("quantri"), foreign.id)
        await revoke_sign_in(work, reader, row.id)
    assert await _reader(office, secret) is None


async def test_when_a_person_was_last_seen_is_written_once_a_minute(office: Office) -> None:
    secret, row = await _in(office)
    for seconds, moved in ((30, False), (31, True)):
        office.clock.advance(seconds)
        async with office.work() as work:
            await reader_of(work, secret, "127.0.0.1")
        async with office.database.reading() as work:
            seen = await work.session.scalar(select(SignIn.last_seen_at).where(SignIn.id == row.id))
        assert (seen != row.last_seen_at) is moved
