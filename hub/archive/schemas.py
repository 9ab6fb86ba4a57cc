"""What comes out of the archive service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.archive.models import RecordingRowState


@dataclass(frozen=True)
class FileView:
    """A playable file: one seat's sound and picture. `intervals`: [from, to] in seconds from the recording's start."""

    id: str
    seat_id: str
    name: str
    site: str
    has_audio: bool
    has_video: bool
    intervals: Sequence[Sequence[float]]
    size: int


@dataclass(frozen=True)
class TrackView:
    """What was written, as the node reported it; times are session time in seconds."""

    journal: str
    track: int
    seat_id: str
    kind: str
    started_time: float
    stopped_time: float | None
    stop_reason: str


@dataclass(frozen=True)
class RecordingView:
    """`start_session_time`: session time at second 0 of all files; `gaps`: what is missing and why, as in
    the manifest: `begin` and `end` in seconds from second 0, `kind`, `text`."""

    id: str
    turn_id: str
    state: RecordingRowState
    problem: str
    started_at: datetime
    clock_zero: datetime | None
    start_session_time: float | None
    duration: float | None
    files: tuple[FileView, ...]
    gaps: Sequence[Mapping[str, Any]]
    tracks: tuple[TrackView, ...]
    made_at: datetime | None
