"""Sessions (buổi), their turns (lượt), sites and seats, and the call log made of facts."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub.db.base import ID_LENGTH, Base, EnumText, UtcDateTime
from signaling.protocol.vocabulary import RecordingPolicy, Role, TurnState


class SessionKind(StrEnum):
    """Domain dossier, section 1. `DIALOGUE` is a legal step in settling a complaint."""

    REGULAR = "regular"
    PERIODIC = "periodic"
    UNSCHEDULED = "unscheduled"
    DIALOGUE = "dialogue"
    SEALED = "sealed"
    COMMUNE_DAY = "commune_day"


class SessionState(StrEnum):
    """The part of domain 4.1 this path walks; invitation and line check come between PLANNED and LOBBY later."""

    PLANNED = "planned"
    LOBBY = "lobby"
    OPEN = "open"
    CLOSED = "closed"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"


class Session(Base):
    """`clock_zero` is session time 0, fixed at the first placement. `desired_revision` counts changes the node must hear."""

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    kind: Mapped[SessionKind] = mapped_column(EnumText(SessionKind))
    title: Mapped[str] = mapped_column(String(300))
    state: Mapped[SessionState] = mapped_column(EnumText(SessionState), index=True)
    recording_policy: Mapped[RecordingPolicy] = mapped_column(EnumText(RecordingPolicy))
    start_plan: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    end_plan: Mapped[datetime | None] = mapped_column(UtcDateTime)
    start_actual: Mapped[datetime | None] = mapped_column(UtcDateTime)
    end_actual: Mapped[datetime | None] = mapped_column(UtcDateTime)
    clock_zero: Mapped[datetime | None] = mapped_column(UtcDateTime)
    host_site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"))
    chair_account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    secretary_account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    reviewer_account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    event_tag: Mapped[str] = mapped_column(String(60), default="")
    desired_revision: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[str] = mapped_column(String(ID_LENGTH))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)


class SessionSite(Base):
    """A site that is invited to a session."""

    __tablename__ = "session_sites"

    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"), primary_key=True)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Turn(Base):
    """One case, its people, its seats. Media, consent, recording and minutes belong to the turn."""

    __tablename__ = "turns"
    __table_args__ = (UniqueConstraint("session_id", "number"),)

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), index=True)
    number: Mapped[int]
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    state: Mapped[TurnState] = mapped_column(EnumText(TurnState))
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    started_time: Mapped[float | None]
    ended_time: Mapped[float | None]
    announced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    floor_seat_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))


class Seat(Base):
    """A connection place: a site's terminal (`site_id`, no account) or a person's (`account_id`). `all_turns` for
    officials. A site's seat may be taken by commune officers and site heads of that site's unit."""

    __tablename__ = "seats"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), index=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"))
    account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    role: Mapped[Role] = mapped_column(EnumText(Role))
    name: Mapped[str] = mapped_column(String(200))
    all_turns: Mapped[bool] = mapped_column(default=False)
    admitted: Mapped[bool] = mapped_column(default=False)
    connected: Mapped[bool] = mapped_column(default=False)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class TurnSeat(Base):
    """A seat that takes part in a turn, where it does not sit in all."""

    __tablename__ = "turn_seats"

    turn_id: Mapped[str] = mapped_column(ForeignKey("turns.id"), primary_key=True)
    seat_id: Mapped[str] = mapped_column(ForeignKey("seats.id"), primary_key=True)


class Transition(Base):
    """Every change of state of a session or a turn: who, when, why. Append-only."""

    __tablename__ = "transitions"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), index=True)
    turn_id: Mapped[str | None] = mapped_column(ForeignKey("turns.id"))
    event: Mapped[str] = mapped_column(String(60))
    before: Mapped[str] = mapped_column(String(32))
    after: Mapped[str] = mapped_column(String(32))
    by: Mapped[str] = mapped_column(String(ID_LENGTH))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(500), default="")


class CallFact(Base):
    """The call log: every fact a node reported, once. `at` is session time in seconds, `body` the fact as JSON."""

    __tablename__ = "call_facts"
    __table_args__ = (Index("ix_call_facts_session_at", "session_id", "at"),)

    node_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    boot: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    generation: Mapped[int]
    kind: Mapped[str] = mapped_column(String(40))
    at: Mapped[float]
    wall: Mapped[datetime] = mapped_column(UtcDateTime)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    body: Mapped[str] = mapped_column(Text)
