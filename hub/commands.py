"""What the small commands of `hub` do."""

import asyncio
import json
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from hub.accounts import service as accounts
from hub.accounts.models import Account, AccountRole, RoleGrant
from hub.accounts.passwords import hash_password
from hub.accounts.reader import Reader
from hub.accounts.service import NewAccount
from hub.audit.models import AuditEntry
from hub.clock import system_clock
from hub.db import migrate
from hub.db.engine import Database
from hub.demo import seed as demo
from hub.errors import Code, Refused
from hub.settings import HubSettings
from hub.units.models import Unit, UnitKind
from recordings.verification import Anchor, VerifyReport, verify

#: NIST SP 800-63B-4, 3.1.1.2: long rather than complicated. An administrator's opens everything.
SHORTEST_ADMIN_PASSWORD = 12


class CommandRefused(Exception):
    """The command cannot be done; `str` is the sentence for the person."""


async def migrate_database(settings: HubSettings) -> None:
    database = Database(settings.database)
    try:
        await migrate.upgrade(database)
    finally:
        await database.dispose()


async def seed_database(settings: HubSettings) -> bool:
    """False when there is data already."""
    database = Database(settings.database)
    try:
        return await demo.seed(database, system_clock()) is not None
    finally:
        await database.dispose()


async def list_accounts(settings: HubSettings, *, demo_only: bool) -> dict[str, Any]:
    """`accounts`: username, full_name, title, unit, roles; `password`: of the demonstration accounts, else empty."""
    database = Database(settings.database)
    try:
        async with database.reading() as work:
            query = select(Account, Unit.name).join(Unit, Unit.id == Account.unit_id).order_by(Account.created_at)
            grants = await work.session.execute(select(RoleGrant.account_id, RoleGrant.role).order_by(RoleGrant.role))
            roles: dict[str, list[str]] = {}
            for account_id, role in grants:
                roles.setdefault(account_id, []).append(role)
            listed = []
            has_demo = False
            for account, unit in await work.session.execute(query.where(Account.demo) if demo_only else query):
                has_demo = has_demo or account.demo
                listed.append(
                    {
                        "username": account.username,
                        "full_name": f"{account.honorific} {account.full_name}".strip(),
                        "title": account.title,
                        "unit": unit,
                        "roles": roles.get(account.id, []),
                    }
                )
    finally:
        await database.dispose()
    return {"accounts": listed, "password": demo.PASSWORD if has_demo else ""}


async def add_admin(
    settings: HubSettings, username: str, full_name: str, title: str, honorific: str, password: str
) -> None:
    """An administrator of the province's own unit, which is made when the database is empty."""
    if len(password) < SHORTEST_ADMIN_PASSWORD:
        raise CommandRefused(f"PASSWORD_SHORT: Mật khẩu quản trị cần ít nhất {SHORTEST_ADMIN_PASSWORD} ký tự.")
    password_hash = await hash_password(password)
    database = Database(settings.database)
    try:
        async with database.unit_of_work() as work:
            unit = await work.session.scalar(select(Unit).where(Unit.kind == UnitKind.PROVINCE).order_by(Unit.code))
            if unit is None:
                raise Refused(Code.UNIT_UNKNOWN)
            new = NewAccount(
                username=username,
                full_name=full_name,
                honorific=honorific,
                title=title,
                unit_id=unit.id,
                password_hash=password_hash,
                roles=[(AccountRole.ADMIN, unit.id)],
                demo=False,
            )
            await accounts.create_account(work, Reader.for_system("command-line"), new)
    finally:
        await database.dispose()


def verify_recording(settings: HubSettings, path: Path) -> VerifyReport:
    """Compare a segment or a recording's folder with itself and with the heads the audit log holds."""
    if not path.exists():
        raise CommandRefused(f"NOT_FOUND: Không có tệp hoặc thư mục {path}.")
    folder = path if path.is_dir() else path.parent
    # Recordings may be checked on a machine that has no database, and looking must not make one.
    anchors = asyncio.run(_anchors(settings, folder.name)) if database_exists(settings) else []
    return verify(path, anchors)


def database_exists(settings: HubSettings) -> bool:
    """False where a SQLite file would have to be made first."""
    address = make_url(settings.database)
    return address.get_backend_name() != "sqlite" or Path(address.database or "").exists()


async def _anchors(settings: HubSettings, recording: str) -> list[Anchor]:
    database = Database(settings.database)
    try:
        async with database.reading() as work:
            details = await work.session.scalars(
                select(AuditEntry.detail)
                .where(AuditEntry.action == "recording.chain_head", AuditEntry.object_id == recording)
                .order_by(AuditEntry.number)
            )
            heads = [json.loads(detail) for detail in details]
    except SQLAlchemyError:
        return []
    finally:
        await database.dispose()
    return [Anchor(int(head["segment"]), int(head["offset"]), str(head["head"])) for head in heads]
