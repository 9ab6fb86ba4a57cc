"""Recordings: what there is of a turn, and its files, one range at a time."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse

from hub.archive import service as archive
from hub.archive.models import RecordingRowState
from hub.errors import Code, Refused
from web.access import API
from web.api.model import Out
from web.desk import Reading, Writing

router = APIRouter(prefix=API, tags=["recordings"])

#: One range, as players ask for; a list of ranges is a way to make a server work hard (quality case B10).
_ONE_RANGE = re.compile(r"bytes=(\d{1,15}-\d{0,15}|-\d{1,15})")


class FileOut(Out):
    """`intervals`: [from, to] in seconds from the recording's start, where this seat was recorded."""

    id: str
    seat: str
    name: str
    site: str
    url: str
    has_audio: bool
    has_video: bool
    intervals: list[list[float]]
    size: int


class TrackOut(Out):
    """What was written, as the node reported it. Seconds of session time."""

    journal: str
    track: int
    seat_id: str
    kind: str
    started_time: float
    stopped_time: float | None
    stop_reason: str


class RecordingOut(Out):
    """`start_session_time`: session time at second 0 of all files; `clock_zero`: session time 0 as Unix seconds."""

    id: str
    turn: str
    state: RecordingRowState
    problem: str
    started_at: datetime
    start_session_time: float | None
    clock_zero: float | None
    duration: float | None
    files: list[FileOut]
    gaps: list[dict[str, Any]]
    tracks: list[TrackOut]


@router.get("/turns/{turn_id}/recording")
async def get_recording(turn_id: str, desk: Reading) -> RecordingOut:
    """404 where the turn has none. `files` is empty until the worker has made them."""
    view = await archive.recording_of(desk.work, desk.reader, turn_id)
    return RecordingOut(
        id=view.id,
        turn=view.turn_id,
        state=view.state,
        problem=view.problem,
        started_at=view.started_at,
        start_session_time=view.start_session_time,
        clock_zero=view.clock_zero.timestamp() if view.clock_zero else None,
        duration=view.duration,
        gaps=[dict(gap) for gap in view.gaps],
        tracks=[TrackOut.model_validate(track) for track in view.tracks],
        files=[
            FileOut(
                id=file.id,
                seat=file.seat_id,
                name=file.name,
                site=file.site,
                url=f"{API}/recordings/{view.id}/files/{file.id}",
                has_audio=file.has_audio,
                has_video=file.has_video,
                intervals=[list(interval) for interval in file.intervals],
                size=file.size,
            )
            for file in view.files
        ],
    )


@router.get("/recordings/{recording_id}/files/{file_id}", response_class=FileResponse)
async def get_file(recording_id: str, file_id: str, request: Request, desk: Writing) -> FileResponse:
    """A WebM file. A single `Range` is served with 206, several are refused with 416. The first request of a sign-in
    for a file is written into the audit log, hence a unit of work."""
    wanted = request.headers.get("range")
    if wanted is not None and not _ONE_RANGE.fullmatch(wanted.strip()):
        raise Refused(Code.RANGE_REFUSED)
    file = await archive.media_file(desk.work, desk.reader, recording_id, file_id)
    path = _inside(desk.office.settings.media_dir, file.path)
    return FileResponse(
        path,
        media_type="video/webm" if file.has_video else "audio/webm",
        # Read again at each opening, so that a right that was taken away counts at once; ETag spares the bytes.
        headers={"Cache-Control": "private, no-cache"},
    )


def _inside(folder: Path, relative: str) -> Path:
    """The file below the folder. Paths are the worker's own, and still nothing outside is ever served (case A5)."""
    root = folder.resolve()
    path = (root / relative).resolve()
    if not path.is_relative_to(root) or not path.is_file():
        raise Refused(Code.NOT_FOUND)
    return path
