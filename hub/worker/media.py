"""The job MAKE_MEDIA: from the journals of a turn to files that a player can open.

Every attempt writes into a folder of its own; the tables name the folder only when it is whole, in the same unit of work
that ends the job. So a worker may be killed at any point, and two workers may even do the same job: one result is taken,
the others are swept away, and nobody is ever offered half a file.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from hub.archive import service as archive
from hub.db.engine import Database
from hub.jobs import service as jobs
from hub.jobs.models import JobState
from hub.jobs.service import LeasedJob, LeaseLost
from hub.settings import HubSettings
from hub.worker.repository import MediaRepository
from recordings.muxing import read_manifest
from recordings.storage import recording_folder

#: What the person who reads the job's error needs of a failed build's output.
_ERROR_TAIL = 1500


class BuildFailed(Exception):
    """The media could not be made; `str` is the tail of what the builder said."""


async def make_media(
    database: Database, settings: HubSettings, job: LeasedJob, progress: Callable[[float], None]
) -> None:
    """Make the files, then put them into the tables and end the job, both or neither.

    Raises `LeaseLost`, `BuildFailed`; ending the task ends the build."""
    recording_id = job.payload["recording"]
    async with database.reading() as work:
        source = await MediaRepository(work.session).source_of(recording_id)
    if source is None:
        raise BuildFailed(f"no recording {recording_id}")
    journals = [recording_folder(settings.recordings_dir, source.session_id, name) for name in source.journal_ids]
    attempt = Path(recording_id) / f"{job.id}-{job.attempts}"
    out_dir = settings.media_dir / attempt
    await asyncio.to_thread(_clear, out_dir)
    try:
        await _build(out_dir, [journal for journal in journals if journal.is_dir()], progress)
        manifest = await asyncio.to_thread(read_manifest, out_dir)
    except BaseException:
        await asyncio.shield(asyncio.to_thread(_clear, out_dir))
        raise
    # From here on the folder may be what the tables offer, however this ends: only the sweep may remove it.
    taking = asyncio.create_task(_take(database, job, _with_paths_below_media(msgspec.to_builtins(manifest), attempt)))
    try:
        await asyncio.shield(taking)
    except asyncio.CancelledError:
        await asyncio.wait({taking})
        raise
    except LeaseLost:
        await asyncio.to_thread(_clear, out_dir)
        raise
    await asyncio.to_thread(_clear_others, settings.media_dir / recording_id, out_dir.name)


async def _take(database: Database, job: LeasedJob, manifest: dict[str, Any]) -> None:
    async with database.unit_of_work() as work:
        await archive.media_made(work, job.payload["recording"], manifest)
        await jobs.finish(work, job)


async def give_up(database: Database, job: LeasedJob, error: str) -> JobState:
    """Note a failed attempt; the last one marks the recording as failed. The journal stays as it is."""
    async with database.unit_of_work() as work:
        state = await jobs.fail(work, job, error)
        if state is JobState.FAILED:
            await archive.media_failed(
                work, job.payload["recording"], "Không dựng được tệp xem lại. Bản ghi gốc còn nguyên."
            )
    return state


async def _build(out_dir: Path, journals: list[Path], progress: Callable[[float], None]) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "hub.worker.build",
        str(os.getpid()),
        str(out_dir),
        *map(str, journals),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, errors = await asyncio.gather(_follow(process, progress), _tail(process))
        code = await process.wait()
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
            await process.wait()
    if code != 0:
        raise BuildFailed(f"exit code {code}: {errors}")


async def _follow(process: asyncio.subprocess.Process, progress: Callable[[float], None]) -> None:
    if process.stdout is None:
        return
    while line := await process.stdout.readline():
        with contextlib.suppress(ValueError):
            progress(min(1.0, float(line)))


async def _tail(process: asyncio.subprocess.Process) -> str:
    """The end of standard error, however long it is."""
    if process.stderr is None:
        return ""
    tail = b""
    while piece := await process.stderr.read(4096):
        tail = (tail + piece)[-_ERROR_TAIL:]
    return tail.decode(errors="replace")


def _with_paths_below_media(manifest: dict[str, Any], attempt: Path) -> dict[str, Any]:
    """The builder names files within its folder; the tables name them below the media folder."""
    return manifest | {"files": [file | {"path": str(attempt / file["path"])} for file in manifest["files"]]}


def _clear(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _clear_others(parent: Path, kept: str) -> None:
    """Results that were not taken. Whoever is reading a file of an older result keeps it open."""
    for folder in parent.iterdir():
        if folder.name != kept:
            _clear(folder)
