"""Rows of recordings: journals as the node reported them, and the playable media made from them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from hub.db.base import ID_LENGTH, Base, EnumText, UtcDateTime


class RecordingRowState(StrEnum):
    """WRITING while the turn runs, COMPLETE when its journal is closed and media is being made, READY when playable."""

    WRITING = "writing"
    COMPLETE = "complete"
    READY = "ready"
    FAILED = "failed"


class Recording(Base):
    """The recording of a turn: one row per turn, over all generations. Times are session time in seconds.

    `manifest` is the media manifest (JSON) once the worker has made the playable files."""

    __tablename__ = "recordings"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    turn_id: Mapped[str] = mapped_column(ForeignKey("turns.id"), unique=True)
    state: Mapped[RecordingRowState] = mapped_column(EnumText(RecordingRowState))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    problem: Mapped[str] = mapped_column(String(300), default="")
    manifest: Mapped[str] = mapped_column(Text, default="")
    media_made_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Journal(Base):
    """The journal of one turn in one generation; `id` is the node's recording id ("<turn>-g1")."""

    __tablename__ = "journals"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    recording_id: Mapped[str] = mapped_column(ForeignKey("recordings.id"), index=True)
    generation: Mapped[int]
    started_time: Mapped[float]
    stopped_time: Mapped[float | None]


class Segment(Base):
    """A closed piece of a journal. `path` is relative to the recordings folder, `head` the hash chain's, hex."""

    __tablename__ = "segments"

    journal_id: Mapped[str] = mapped_column(ForeignKey("journals.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(String(300))
    size: Mapped[int] = mapped_column(BigInteger)
    head: Mapped[str] = mapped_column(String(64))
    closed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RecordedTrack(Base):
    """A seat's microphone or camera in a journal."""

    __tablename__ = "recorded_tracks"

    journal_id: Mapped[str] = mapped_column(ForeignKey("journals.id"), primary_key=True)
    track: Mapped[int] = mapped_column(primary_key=True)
    seat_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    kind: Mapped[str] = mapped_column(String(10))
    started_time: Mapped[float]
    stopped_time: Mapped[float | None]
    stop_reason: Mapped[str] = mapped_column(String(40), default="")


class MediaFile(Base):
    """A playable file of a recording: one per seat. `path` is relative to the media folder."""

    __tablename__ = "media_files"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    recording_id: Mapped[str] = mapped_column(ForeignKey("recordings.id"), index=True)
    seat_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    path: Mapped[str] = mapped_column(String(300))
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    has_audio: Mapped[bool]
    has_video: Mapped[bool]
