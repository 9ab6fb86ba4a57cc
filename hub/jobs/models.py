"""Background work, leased by workers; the same table on SQLite and PostgreSQL."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from hub.db.base import ID_LENGTH, Base, EnumText, UtcDateTime


class JobKind(StrEnum):
    MAKE_MEDIA = "make_media"


class JobState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


#: A key is held by one job that waits or runs; done and failed ones stay as history.
_LIVE = text("state IN ('waiting', 'running')")


class Job(Base):
    """`key` makes a job unique while it waits or runs; `payload` is JSON of ids only. Times in UTC."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_state_run_after", "state", "run_after"),
        Index("uq_jobs_live_key", "key", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
    )

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    kind: Mapped[JobKind] = mapped_column(EnumText(JobKind))
    key: Mapped[str] = mapped_column(String(120), index=True)
    payload: Mapped[str] = mapped_column(Text)
    state: Mapped[JobState] = mapped_column(EnumText(JobState))
    attempts: Mapped[int] = mapped_column(default=0)
    progress: Mapped[float] = mapped_column(default=0.0)
    run_after: Mapped[datetime] = mapped_column(UtcDateTime)
    lease_owner: Mapped[str] = mapped_column(String(80), default="")
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str] = mapped_column(Text, default="")
