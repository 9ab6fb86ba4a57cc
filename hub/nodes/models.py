"""Media nodes and which session lives where, by generation."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from hub.db.base import ID_LENGTH, Base, UtcDateTime


class Node(Base):
    """`boot` is the running process as last heard; `key_hash` the SHA-256 of its link key."""

    __tablename__ = "nodes"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64))
    signaling_url: Mapped[str] = mapped_column(String(300))
    boot: Mapped[str] = mapped_column(String(ID_LENGTH), default="")
    connected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_heard_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Placement(Base):
    """A session on a node. The highest generation counts; `boot` is the process the room was made in, empty until heard."""

    __tablename__ = "placements"

    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    generation: Mapped[int] = mapped_column(primary_key=True)
    node_id: Mapped[str] = mapped_column(ForeignKey("nodes.id"), index=True)
    boot: Mapped[str] = mapped_column(String(ID_LENGTH), default="")
    placed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ClockAnchor(Base):
    """How a node's monotonic clock stands to the hub's: hub Unix time = node clock + `offset`, known to `round_trip` / 2.

    One per process of a node, from the fastest ping (architecture, clocks). Seconds."""

    __tablename__ = "clock_anchors"

    node_id: Mapped[str] = mapped_column(ForeignKey("nodes.id"), primary_key=True)
    boot: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    offset: Mapped[float]
    round_trip: Mapped[float]
    measured_at: Mapped[datetime] = mapped_column(UtcDateTime)
