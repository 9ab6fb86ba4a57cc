"""Accounts, their dated roles, and sign-ins."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from hub.db.base import ID_LENGTH, Base, EnumText, UtcDateTime


class AccountRole(StrEnum):
    """What a person does in the office (architecture, one vocabulary). A session gives its seats roles of their own."""

    LEADER = "leader"
    SECRETARY = "secretary"
    REVIEWER = "reviewer"
    RECORDS_CLERK = "records_clerk"
    DISPATCHER = "dispatcher"
    RECEIVING_OFFICER = "receiving_officer"
    COMMUNE_OFFICER = "commune_officer"
    SITE_HEAD = "site_head"
    DEPARTMENT = "department"
    INSPECTOR = "inspector"
    CENTRAL_OFFICER = "central_officer"
    TASK_GROUP_MEMBER = "task_group_member"
    AUDITOR = "auditor"
    ADMIN = "admin"


class SignInKind(StrEnum):
    COOKIE = "cookie"
    BEARER = "bearer"


class Account(Base):
    """A person who signs in. `title` is the office held ("Phó Chủ tịch UBND tỉnh"), `honorific` ông or bà."""

    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    full_name: Mapped[str] = mapped_column(String(200))
    honorific: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(200))
    unit_id: Mapped[str] = mapped_column(ForeignKey("units.id"))
    password_hash: Mapped[str] = mapped_column(String(300))
    demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RoleGrant(Base):
    """A role at a unit, from a day to a day."""

    __tablename__ = "role_grants"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    role: Mapped[AccountRole] = mapped_column(EnumText(AccountRole))
    unit_id: Mapped[str] = mapped_column(ForeignKey("units.id"))
    valid_from: Mapped[datetime] = mapped_column(UtcDateTime)
    valid_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SignIn(Base):
    """One signed-in browser or program. Only the SHA-256 of the secret is kept; `id` names it in logs and passes."""

    __tablename__ = "sign_ins"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    kind: Mapped[SignInKind] = mapped_column(EnumText(SignInKind))
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    csrf_token: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    device: Mapped[str] = mapped_column(String(200))
