"""Writing and checking the audit log. An entry is part of the unit of work it tells of: both are there, or neither.

Each entry's hash covers the hash before it, so that a changed, missing or inserted entry shows. The tables' triggers
refuse UPDATE and DELETE besides. Sources: quality cases P8 and K5, architecture decision 9.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import select

from hub.audit.models import AuditEntry
from hub.db.engine import Lock, Work
from hub.errors import Code, Refused

#: What the first entry names as the hash before it.
GENESIS = "0" * 64
#: The role that reads the log, and nobody else (`hub.accounts.models.AccountRole.AUDITOR`, a room above this one).
AUDITOR = "auditor"


class Actor(Protocol):
    """Who did it. `hub.accounts.reader.Reader` is one."""

    @property
    def account_id(self) -> str: ...
    @property
    def sign_in(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def roles(self) -> Collection[str]: ...


@dataclass(frozen=True)
class Break:
    """A place where the chain does not hold."""

    number: int
    problem: str


async def record(
    work: Work,
    reader: Actor,
    action: str,
    object_kind: str,
    object_id: str,
    *,
    reason: str = "",
    detail: Mapping[str, object] | None = None,
) -> AuditEntry:
    """Appends an entry. `action` is "thing.done" ("case.opened"); `detail` holds ids and figures, never names."""
    work.must_write()
    await work.serialise(Lock.AUDIT_CHAIN)
    last = (
        await work.session.execute(
            select(AuditEntry.number, AuditEntry.hash).order_by(AuditEntry.number.desc()).limit(1)
        )
    ).one_or_none()
    number, previous = (last.number + 1, last.hash) if last else (1, GENESIS)
    entry = AuditEntry(
        number=number,
        at=work.now,
        actor=reader.account_id,
        sign_in=reader.sign_in,
        address=reader.address,
        action=action,
        object_kind=object_kind,
        object_id=object_id,
        reason=reason,
        detail=json.dumps(dict(detail or {}), sort_keys=True, ensure_ascii=False, separators=(",", ":")),
        previous_hash=previous,
    )
    entry.hash = hash_of(entry)
    work.session.add(entry)
    await work.session.flush()
    return entry


def hash_of(entry: AuditEntry) -> str:
    """Hex SHA-256 of the previous hash, a newline, and the entry's other columns as canonical JSON (UTF-8)."""
    body = {
        "number": entry.number,
        "at": entry.at.isoformat(timespec="microseconds"),
        "actor": entry.actor,
        "sign_in": entry.sign_in,
        "address": entry.address,
        "action": entry.action,
        "object_kind": entry.object_kind,
        "object_id": entry.object_id,
        "reason": entry.reason,
        "detail": entry.detail,
    }
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{entry.previous_hash}\n{text}".encode()).hexdigest()


async def verify_chain(work: Work) -> list[Break]:
    """All places where numbers have a hole, a link does not fit or an entry was changed; empty when the log is whole.

    A log cut off at its end cannot be seen from inside: compare the last number and hash with a copy kept elsewhere.
    """
    breaks: list[Break] = []
    number, previous = 0, GENESIS
    entries = await work.session.stream_scalars(
        select(AuditEntry).order_by(AuditEntry.number).execution_options(yield_per=500)
    )
    async for entry in entries:
        if entry.number != number + 1:
            breaks.append(Break(entry.number, f"entries {number + 1} to {entry.number - 1} are missing"))
        if entry.previous_hash != previous:
            breaks.append(Break(entry.number, "does not follow the entry before it"))
        if entry.hash != hash_of(entry):
            breaks.append(Break(entry.number, "was changed"))
        number, previous = entry.number, entry.hash
    return breaks


async def list_entries(
    work: Work,
    reader: Actor,
    *,
    before: int | None = None,
    since: datetime | None = None,
    actor: str = "",
    action: str = "",
    object_id: str = "",
    limit: int = 100,
) -> list[AuditEntry]:
    """Newest first, for auditors only (`PERMISSION_MISSING`). `action` may be a prefix ("case.")."""
    if AUDITOR not in reader.roles:
        raise Refused(Code.PERMISSION_MISSING)
    query = select(AuditEntry).order_by(AuditEntry.number.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditEntry.number < before)
    if since is not None:
        query = query.where(AuditEntry.at >= since)
    if actor:
        query = query.where(AuditEntry.actor == actor)
    if action:
        query = query.where(AuditEntry.action.startswith(action, autoescape=True))
    if object_id:
        query = query.where(AuditEntry.object_id == object_id)
    return list(await work.session.scalars(query))


async def was_recorded(work: Work, reader: Actor, action: str, object_id: str) -> bool:
    """Whether this sign-in's action on this object is in the log already, for what is told once per sign-in."""
    query = select(AuditEntry.number).where(
        AuditEntry.object_id == object_id,
        AuditEntry.action == action,
        AuditEntry.actor == reader.account_id,
        AuditEntry.sign_in == reader.sign_in,
    )
    return (await work.session.scalar(query.limit(1))) is not None
