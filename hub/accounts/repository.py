"""Queries of accounts and sign-ins. Accounts are the ground that narrowing stands on, so these take no reader, except
where people look at other people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import column, or_, select, table
from sqlalchemy.ext.asyncio import AsyncSession

from hub.accounts.models import Account, AccountRole, RoleGrant, SignIn
from hub.accounts.reader import Reader

# Units and sites are a room above accounts; of them only these columns are read here.
_units = table("units", column("id"), column("kind"))
_sites = table("sites", column("id"), column("unit_id"))


@dataclass(frozen=True)
class Found:
    """A sign-in with its account."""

    sign_in: SignIn
    account: Account


class AccountRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def by_username(self, username: str) -> Account | None:
        return await self._session.scalar(select(Account).where(Account.username == username))

    async def get(self, account_id: str) -> Account | None:
        return await self._session.get(Account, account_id)

    async def by_secret(self, secret_hash: str) -> Found | None:
        query = (
            select(SignIn, Account)
            .join(Account, Account.id == SignIn.account_id)
            .where(SignIn.secret_hash == secret_hash)
        )
        row = (await self._session.execute(query)).one_or_none()
        return Found(row[0], row[1]) if row else None

    async def sign_in(self, sign_in_id: str) -> SignIn | None:
        return await self._session.get(SignIn, sign_in_id)

    async def sign_ins_of(self, account_id: str) -> Sequence[SignIn]:
        query = select(SignIn).where(SignIn.account_id == account_id).order_by(SignIn.created_at.desc())
        return (await self._session.scalars(query)).all()

    async def grants(self, account_id: str, now: datetime) -> Sequence[RoleGrant]:
        """Role grants valid at `now`."""
        query = select(RoleGrant).where(
            RoleGrant.account_id == account_id,
            RoleGrant.valid_from <= now,
            or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until > now),
        )
        return (await self._session.scalars(query)).all()

    async def with_role(self, roles: Sequence[AccountRole], now: datetime) -> Sequence[Account]:
        """Accounts in use that hold one of the roles, by name."""
        query = (
            select(Account)
            .join(RoleGrant, RoleGrant.account_id == Account.id)
            .where(
                Account.disabled_at.is_(None),
                RoleGrant.role.in_(roles),
                RoleGrant.valid_from <= now,
                or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until > now),
            )
            .distinct()
            .order_by(Account.full_name)
        )
        return (await self._session.scalars(query)).all()

    async def kind_of_unit(self, unit_id: str) -> str | None:
        kind: str | None = await self._session.scalar(select(_units.c.kind).where(_units.c.id == unit_id))
        return kind

    async def any_demo(self) -> bool:
        return (await self._session.scalar(select(Account.id).where(Account.demo.is_(True)).limit(1))) is not None

    async def revoked_since(self, since: datetime) -> Sequence[str]:
        """Ids of sign-ins revoked, or of accounts disabled, after `since`."""
        query = (
            select(SignIn.id)
            .join(Account, Account.id == SignIn.account_id)
            .where(or_(SignIn.revoked_at >= since, Account.disabled_at >= since))
            .order_by(SignIn.id)
        )
        return (await self._session.scalars(query)).all()

    async def reader_for(self, account: Account, now: datetime, sign_in: SignIn | None, address: str) -> Reader:
        """The account as a reader at `now`, with or without a sign-in (planning asks what another person may read)."""
        grants = await self.grants(account.id, now)
        unit_ids = frozenset({account.unit_id, *(grant.unit_id for grant in grants)})
        site_rows = await self._session.scalars(select(_sites.c.id).where(_sites.c.unit_id.in_(unit_ids)))
        return Reader(
            account_id=account.id,
            full_name=account.full_name,
            honorific=account.honorific,
            title=account.title,
            roles=frozenset(grant.role for grant in grants),
            unit_ids=unit_ids,
            site_ids=frozenset(site_rows),
            sign_in=sign_in.id if sign_in else "",
            address=address,
            demo=account.demo,
            csrf=sign_in.csrf_token if sign_in else "",
        )
