"""Recordings for people to see and play, and what jobs report about them."""

import json
from collections.abc import Mapping
from typing import Any

from hub.accounts.reader import Reader
from hub.accounts.roles import Permission, may
from hub.archive.models import MediaFile, Recording, RecordingRowState
from hub.archive.repository import ArchiveRepository
from hub.archive.rules import WrittenSegment, unread
from hub.archive.schemas import FileView, RecordingView, TrackView
from hub.audit import service as audit
from hub.db.engine import Subject, Work
from hub.errors import Code, Refused
from hub.ids import new_id
from hub.sessions.models import Session, Turn
from hub.sessions.repository import SessionRepository
from hub.sessions.views import seat_rows
from signaling.protocol.vocabulary import TurnState


async def recording_of(work: Work, reader: Reader, turn_id: str) -> RecordingView:
    """The recording of a turn. Raises `NOT_FOUND`, also where there is none, and `PERMISSION_MISSING`."""
    if not may(reader, Permission.RECORDING_PLAY):
        raise Refused(Code.PERMISSION_MISSING)
    repository = ArchiveRepository(work.session)
    found = await repository.of_turn(reader, turn_id)
    if found is None:
        raise Refused(Code.NOT_FOUND)
    recording, session = found
    manifest: dict[str, Any] = json.loads(recording.manifest) if recording.manifest else {}
    return RecordingView(
        id=recording.id,
        turn_id=turn_id,
        state=recording.state,
        problem=recording.problem,
        started_at=recording.started_at,
        clock_zero=session.clock_zero,
        start_session_time=manifest.get("start_session_time"),
        duration=manifest.get("duration"),
        files=await _files(work, reader, repository, recording, session, manifest),
        gaps=manifest.get("gaps", []),
        tracks=tuple(
            TrackView(
                row.journal_id, row.track, row.seat_id, row.kind, row.started_time, row.stopped_time, row.stop_reason
            )
            for row in await repository.tracks(recording.id)
        ),
        made_at=recording.media_made_at,
    )


async def media_file(work: Work, reader: Reader, recording_id: str, file_id: str) -> MediaFile:
    """A file to be played. The playing is in the audit log, once per sign-in and file.

    Raises `NOT_FOUND`, `PERMISSION_MISSING`."""
    if not may(reader, Permission.RECORDING_PLAY):
        raise Refused(Code.PERMISSION_MISSING)
    repository = ArchiveRepository(work.session)
    found = await repository.get(reader, recording_id)
    file = await repository.file(recording_id, file_id) if found else None
    if found is None or file is None or found[0].state is not RecordingRowState.READY:
        raise Refused(Code.NOT_FOUND)
    if not await audit.was_recorded(work, reader, "recording.played", file_id):
        detail = {"recording": recording_id, "seat": file.seat_id}
        await audit.record(work, reader, "recording.played", "media_file", file_id, detail=detail)
    return file


async def recording_complete(work: Work, turn_id: str, *, writer_gone: bool = False) -> str | None:
    """The recording's id when it has just become whole: its turn ended and all its journals are closed. Else null.

    A journal of an older generation counts as closed: its node is gone. `writer_gone`: no node will report any more
    (the sweep found the turn ended and its segments finished on disk).
    """
    work.must_write()
    turn = await SessionRepository(work.session).turn_unnarrowed(turn_id)
    repository = ArchiveRepository(work.session)
    recording = await repository.of_turn_unnarrowed(turn_id)
    if turn is None or recording is None or turn.state is not TurnState.ENDED:
        return None
    if recording.state is not RecordingRowState.WRITING:
        return None
    journals = await repository.journals(recording.id)
    newest = max((journal.generation for journal in journals), default=0)
    running = [j for j in journals if j.stopped_time is None and j.generation == newest]
    if running and not writer_gone:
        return None
    recording.state = RecordingRowState.COMPLETE
    await work.session.flush()
    work.announce(Subject.RECORDING, recording.id, turn.session_id)
    return recording.id


async def media_made(work: Work, recording_id: str, manifest: Mapping[str, Any]) -> None:
    """The worker has made the playable files; done again, they take the place of the earlier ones.

    Where a segment was closed after the worker had read it, the recording stays COMPLETE, so that it is made again; if
    the same comes out a second time, the rest is damaged and this is all there is. `manifest`: the JSON of
    `recordings.muxing`, with `path` relative to the media folder. Raises `NOT_FOUND`.
    """
    work.must_write()
    recording, turn = await _with_turn(work, recording_id)
    repository = ArchiveRepository(work.session)
    await repository.forget_files(recording_id)
    for file in manifest.get("files", []):
        work.session.add(
            MediaFile(
                id=new_id(),
                recording_id=recording_id,
                seat_id=str(file["seat"]),
                path=str(file["path"]),
                size=int(file.get("size", 0)),
                sha256=str(file["sha256"]),
                has_audio=bool(file["has_audio"]),
                has_video=bool(file["has_video"]),
            )
        )
    before = _sources(recording)
    recording.manifest = json.dumps(dict(manifest), ensure_ascii=False)
    recording.media_made_at = work.now
    stale = await is_behind(work, recording) and _sources(recording) != before
    if recording.state is RecordingRowState.FAILED:
        recording.problem = ""
    recording.state = RecordingRowState.COMPLETE if stale else RecordingRowState.READY
    await audit.record(
        work,
        Reader.for_system("worker"),
        "recording.media_made",
        "recording",
        recording_id,
        detail={"sha256": sorted(str(file["sha256"]) for file in manifest.get("files", []))},
    )
    await work.session.flush()
    work.announce(Subject.RECORDING, recording_id, turn.session_id)


async def is_behind(work: Work, recording: Recording) -> bool:
    """Whether a closed segment of the recording is not in the media that was made of it."""
    segments = await ArchiveRepository(work.session).segments(recording.id)
    written = [WrittenSegment(one.journal_id, one.number, one.size) for one in segments]
    return bool(unread(written, _sources(recording)))


def _sources(recording: Recording) -> list[dict[str, Any]]:
    sources: list[dict[str, Any]] = json.loads(recording.manifest).get("sources", []) if recording.manifest else []
    return sources


async def media_failed(work: Work, recording_id: str, problem: str) -> None:
    """The worker gave up; the journal is still whole. `problem` is a sentence. Raises `NOT_FOUND`."""
    work.must_write()
    recording, turn = await _with_turn(work, recording_id)
    recording.state = RecordingRowState.FAILED
    recording.problem = problem[:300]
    await work.session.flush()
    work.announce(Subject.RECORDING, recording_id, turn.session_id)


async def _with_turn(work: Work, recording_id: str) -> tuple[Recording, Turn]:
    recording = await ArchiveRepository(work.session).unnarrowed(recording_id)
    turn = await SessionRepository(work.session).turn_unnarrowed(recording.turn_id) if recording else None
    if recording is None or turn is None:
        raise Refused(Code.NOT_FOUND)
    return recording, turn


async def _files(
    work: Work,
    reader: Reader,
    repository: ArchiveRepository,
    recording: Recording,
    session: Session,
    manifest: Mapping[str, Any],
) -> tuple[FileView, ...]:
    if recording.state is not RecordingRowState.READY:
        return ()
    seats = {seat.id: seat for seat in await seat_rows(work, reader, session.id)}
    intervals = {file["path"]: file.get("intervals", []) for file in manifest.get("files", [])}
    views: list[FileView] = []
    for file in await repository.files(recording.id):
        seat = seats.get(file.seat_id)
        views.append(
            FileView(
                id=file.id,
                seat_id=file.seat_id,
                name=seat.name if seat else "",
                site=seat.site if seat else "",
                has_audio=file.has_audio,
                has_video=file.has_video,
                intervals=intervals.get(file.path, []),
                size=file.size,
            )
        )
    return tuple(views)
