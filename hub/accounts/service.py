"""Signing in and out, and making accounts. Sign-ins are opaque secrets in our own table, revocable at any time."""

import hashlib
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import update

from hub.accounts import passwords, rules
from hub.accounts.models import Account, AccountRole, RoleGrant, SignIn, SignInKind
from hub.accounts.reader import Reader
from hub.accounts.repository import AccountRepository
from hub.accounts.roles import Permission, may
from hub.audit import service as audit
from hub.db.engine import Database, Work
from hub.errors import Code, Refused
from hub.ids import new_id

#: 256 random bits: nothing to guess, so a plain SHA-256 of it is enough in the table.
_SECRET_BYTES = 32


@dataclass(frozen=True)
class NewAccount:
    """`roles`: pairs of role and unit id. `password_hash` from `passwords.hash_password`."""

    username: str
    full_name: str
    honorific: str
    title: str
    unit_id: str
    password_hash: str
    roles: Sequence[tuple[AccountRole, str]]
    demo: bool = False


async def sign_in(
    database: Database,
    username: str,
    password: str,
    kind: SignInKind,
    device: str,
    address: str,
    *,
    demo_allowed: bool = True,
) -> tuple[str, SignIn, Account]:
    """Checks the password and makes a sign-in; answers its secret, shown only here.

    Takes the database and not a unit of work: the password is hashed between two of them, while nobody waits for the
    write lock. Raises `SIGN_IN_FAILED` without saying which part was wrong and in the same time for unknown names, or
    `DEMO_REFUSED`. Successes and failures are in the audit log.
    """
    async with database.reading() as work:
        account = await AccountRepository(work.session).by_username(rules.normal_username(username))
    fits = await passwords.verify(account.password_hash if account else None, password)
    if account is None or not fits or account.disabled_at is not None:
        await _record_failure(database, account, address, "disabled" if fits else "password")
        raise Refused(Code.SIGN_IN_FAILED)
    if account.demo and not demo_allowed:
        await _record_failure(database, account, address, "demo")
        raise Refused(Code.DEMO_REFUSED)
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    async with database.unit_of_work() as work:
        row = SignIn(
            id=new_id(),
            account_id=account.id,
            kind=kind,
            secret_hash=_hash(secret),
            csrf_token=secrets.token_urlsafe(_SECRET_BYTES),
            created_at=work.now,
            last_seen_at=work.now,
            expires_at=work.now + rules.SIGN_IN_LIFETIME,
            device=device[:200],
        )
        work.session.add(row)
        reader = await AccountRepository(work.session).reader_for(account, work.now, row, address)
        await audit.record(work, reader, "sign_in.made", "account", account.id, detail={"kind": kind.value})
    return secret, row, account


async def _record_failure(database: Database, account: Account | None, address: str, why: str) -> None:
    async with database.unit_of_work() as work:
        await audit.record(
            work,
            Reader.for_system("sign-in", address),
            "sign_in.failed",
            "account",
            account.id if account else "",
            detail={"why": why},
        )


async def reader_of(work: Work, secret: str, address: str) -> Reader | None:
    """Who holds this secret; `None` when it is unknown, expired, revoked, or the account is disabled."""
    repository = AccountRepository(work.session)
    found = await repository.by_secret(_hash(secret))
    if found is None or found.account.disabled_at is not None or not rules.is_valid(found.sign_in, work.now):
        return None
    if work.writing and work.now - found.sign_in.last_seen_at >= rules.SEEN_INTERVAL:
        found.sign_in.last_seen_at = work.now
    return await repository.reader_for(found.account, work.now, found.sign_in, address)


async def sign_out(work: Work, reader: Reader) -> None:
    """Ends the reader's own sign-in; its seats leave as with any revoked one."""
    await _revoke(work, reader, reader.sign_in)


async def revoke_sign_in(work: Work, reader: Reader, sign_in_id: str) -> None:
    """Ends a sign-in: one's own, or anybody's for administrators. Raises `NOT_FOUND`."""
    row = await AccountRepository(work.session).sign_in(sign_in_id)
    if row is None or not (row.account_id == reader.account_id or may(reader, Permission.ACCOUNT_ADMIN)):
        raise Refused(Code.NOT_FOUND)
    await _revoke(work, reader, sign_in_id)


async def _revoke(work: Work, reader: Reader, sign_in_id: str) -> None:
    work.must_write()
    await work.session.execute(
        update(SignIn).where(SignIn.id == sign_in_id, SignIn.revoked_at.is_(None)).values(revoked_at=work.now)
    )
    await audit.record(work, reader, "sign_in.revoked", "sign_in", sign_in_id)


async def list_sign_ins(work: Work, reader: Reader) -> Sequence[SignIn]:
    """The reader's own sign-ins, newest first."""
    return await AccountRepository(work.session).sign_ins_of(reader.account_id)


async def list_officials(work: Work, reader: Reader, *roles: AccountRole) -> Sequence[Account]:
    """Accounts in use that hold one of the roles, by name, for those who plan. Raises `PERMISSION_MISSING`."""
    if not may(reader, Permission.ACCOUNT_LIST):
        raise Refused(Code.PERMISSION_MISSING)
    return await AccountRepository(work.session).with_role(roles or tuple(AccountRole), work.now)


async def create_account(work: Work, reader: Reader, new: NewAccount) -> Account:
    """Makes an account with its roles from now on. For administrators and the system.

    Raises `PERMISSION_MISSING`, `INPUT_INVALID` (user name), `ACCOUNT_EXISTS`, `UNIT_UNKNOWN`, `ROLE_UNFIT`.
    """
    if not may(reader, Permission.ACCOUNT_ADMIN):
        raise Refused(Code.PERMISSION_MISSING)
    username = rules.normal_username(new.username)
    if not rules.is_username(username):
        raise Refused(Code.INPUT_INVALID, field="username")
    repository = AccountRepository(work.session)
    if await repository.by_username(username):
        raise Refused(Code.ACCOUNT_EXISTS)
    for unit_id in {new.unit_id, *(unit_id for _, unit_id in new.roles)}:
        if await repository.kind_of_unit(unit_id) is None:
            raise Refused(Code.UNIT_UNKNOWN)
    account = Account(
        id=new_id(),
        username=username,
        full_name=unicodedata.normalize("NFC", new.full_name.strip()),
        honorific=new.honorific,
        title=unicodedata.normalize("NFC", new.title.strip()),
        unit_id=new.unit_id,
        password_hash=new.password_hash,
        demo=new.demo,
        created_at=work.now,
    )
    work.session.add(account)
    await work.session.flush()
    for role, unit_id in new.roles:
        kind = await repository.kind_of_unit(unit_id)
        if kind is None or not rules.fits(role, kind):
            raise Refused(Code.ROLE_UNFIT, role=role.value)
        work.session.add(RoleGrant(id=new_id(), account_id=account.id, role=role, unit_id=unit_id, valid_from=work.now))
    detail = {"roles": sorted(role.value for role, _ in new.roles)}
    await audit.record(work, reader, "account.created", "account", account.id, detail=detail)
    return account


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
