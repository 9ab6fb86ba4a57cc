"""Minutes of a turn: lines with their place in the recording, and every earlier form of each line."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from hub.db.base import ID_LENGTH, Base, EnumText, UtcDateTime


class MinutesState(StrEnum):
    """Read-back, signatures, numbering and filing come between DRAFT and REVIEWED later."""

    DRAFT = "draft"
    REVIEWED = "reviewed"


class LineKind(StrEnum):
    STATEMENT = "statement"
    QUESTION = "question"
    ANSWER = "answer"
    EVIDENCE = "evidence"
    CONCLUSION = "conclusion"
    TASK = "task"
    INCIDENT = "incident"


class LineCheck(StrEnum):
    """The reviewer's mark on a line."""

    UNHEARD = "unheard"
    CORRECT = "correct"
    NEEDS_CORRECTION = "needs_correction"


class Minutes(Base):
    """One per turn, made when its first line is written or the turn starts."""

    __tablename__ = "minutes"

    turn_id: Mapped[str] = mapped_column(ForeignKey("turns.id"), primary_key=True)
    state: Mapped[MinutesState] = mapped_column(EnumText(MinutesState))
    reviewed_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Line(Base):
    """`id` is made in the browser (UUID): sending it twice writes it once. `session_time`: seconds of session time at
    the first keystroke or the mark key; `anchor`: where playback of this line is, moved by the reviewer. Both are null
    when the browser had never heard a node. `typed_at` is the browser's wall clock, `received_at` the hub's;
    `clock_differs` when they disagree by more than two seconds."""

    __tablename__ = "lines"
    __table_args__ = (Index("ix_lines_turn_position", "turn_id", "position"),)

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    turn_id: Mapped[str] = mapped_column(ForeignKey("turns.id"))
    position: Mapped[float]
    session_time: Mapped[float | None]
    anchor: Mapped[float | None]
    kind: Mapped[LineKind] = mapped_column(EnumText(LineKind))
    speaker: Mapped[str] = mapped_column(String(200), default="")
    speaker_attendance_id: Mapped[str | None] = mapped_column(ForeignKey("attendances.id"))
    through_interpreter: Mapped[bool] = mapped_column(default=False)
    text: Mapped[str] = mapped_column(Text)
    author_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    typed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    clock_differs: Mapped[bool] = mapped_column(default=False)
    check: Mapped[LineCheck] = mapped_column(EnumText(LineCheck), default=LineCheck.UNHEARD)
    check_note: Mapped[str] = mapped_column(String(500), default="")
    version: Mapped[int] = mapped_column(default=1)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LineChange(Base):
    """What a line was before a change. Append-only."""

    __tablename__ = "line_changes"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    line_id: Mapped[str] = mapped_column(ForeignKey("lines.id"), index=True)
    version: Mapped[int]
    what: Mapped[str] = mapped_column(String(20))  # text, anchor, check, removal
    before: Mapped[str] = mapped_column(Text)
    after: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(ID_LENGTH))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
