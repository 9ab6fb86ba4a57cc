"""Where recordings lie on disk: `<root>/<session>/<recording>/000001.dcj`, sidecars beside them.

Names on disk are the random ids of sessions and recordings, never words of people.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from recordings.journal.format import (
    SEGMENT_SUFFIX,
    SIDECAR_SUFFIX,
    Salvaged,
    decode_sidecar,
    is_name,
    segment_name,
)

#: Read in pieces: a file may be larger than the memory of a small server.
_PIECE = 1024 * 1024


class SegmentState(StrEnum):
    """`OPEN`: being written, or left by a crash until the writer starts again. `SALVAGED`: finished by a sidecar."""

    OPEN = "open"
    FINISHED = "finished"
    SALVAGED = "salvaged"


@dataclass(frozen=True, slots=True)
class StoredSegment:
    """`size`: bytes of the file. `good_size`: bytes that count (less than `size` after a crash in mid-record)."""

    number: int
    path: Path
    size: int
    good_size: int
    state: SegmentState


@dataclass(frozen=True, slots=True)
class StoredRecording:
    session: str
    recording: str
    path: Path
    segments: list[StoredSegment]

    @property
    def size(self) -> int:
        return sum(segment.size for segment in self.segments)

    @property
    def is_open(self) -> bool:
        return any(segment.state is SegmentState.OPEN for segment in self.segments)


def recording_folder(root: Path, session: str, recording: str) -> Path:
    """The folder of one recording, which need not exist. Raises ValueError for a name that could leave the tree."""
    for name in (session, recording):
        if not is_name(name):
            raise ValueError(f"not a name of a session or recording: {name!r}")
    return root / session / recording


def stored_recording(root: Path, session: str, recording: str) -> StoredRecording:
    """What is on disk of one recording; without segments if nothing is. Raises ValueError for an impossible name."""
    folder = recording_folder(root, session, recording)
    return StoredRecording(session, recording, folder, stored_segments(folder))


def stored_recordings(root: Path, session: str | None = None) -> Iterator[StoredRecording]:
    """All recordings below `root`, or those of one session, by name."""
    if session is not None and not is_name(session):
        raise ValueError(f"not a name of a session: {session!r}")
    for folder in sorted(root.glob("*/*" if session is None else f"{session}/*")):
        if folder.is_dir() and is_name(folder.name) and is_name(folder.parent.name):
            yield StoredRecording(folder.parent.name, folder.name, folder, stored_segments(folder))


def stored_segments(folder: Path) -> list[StoredSegment]:
    """Segments of a recording's folder in order; other files are left out."""
    found = []
    for path in sorted(folder.glob(f"*{SEGMENT_SUFFIX}")):
        if path.stem.isdigit() and path.name == segment_name(int(path.stem)):
            found.append(_look_at(path))
    return found


def sidecar_of(segment: Path) -> Salvaged | None:
    """The sidecar of a segment; None when there is none. Raises ValueError when it is damaged."""
    try:
        return decode_sidecar(segment.with_suffix(SIDECAR_SUFFIX).read_bytes())
    except FileNotFoundError:
        return None


def file_hash(path: Path) -> str:
    """Hex SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _look_at(path: Path) -> StoredSegment:
    status = path.stat()
    good_size = status.st_size
    state = SegmentState.OPEN if status.st_mode & 0o222 else SegmentState.FINISHED
    try:
        sidecar = sidecar_of(path)
    except ValueError:
        # `verify` names it; for a listing the segment's own bytes count.
        sidecar = None
    if sidecar is not None:
        state, good_size = SegmentState.SALVAGED, min(sidecar.size, status.st_size)
    return StoredSegment(int(path.stem), path, status.st_size, good_size, state)
