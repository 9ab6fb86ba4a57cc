"""Finishing segments that a crash left unfinished: by a sidecar, never by touching their bytes."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import structlog

from recordings.journal import format as journal
from recordings.journal.wire import SegmentFinished
from recordings.writer.segment import FINISHED_MODE, sync_folder

log = structlog.get_logger("recordings.writer")


def segment_numbers(folder: Path) -> list[int]:
    """Numbers of the segments in a recording's folder, ascending; other files are ignored."""
    numbers = []
    for path in folder.glob(f"*{journal.SEGMENT_SUFFIX}"):
        if path.stem.isdigit():
            numbers.append(int(path.stem))
    return sorted(numbers)


def head_of_finished(path: Path) -> str:
    """Head of a segment that is finished or salvaged. Raises OSError, ValueError."""
    sidecar = path.with_suffix(journal.SIDECAR_SUFFIX)
    with contextlib.suppress(FileNotFoundError):
        return journal.decode_sidecar(sidecar.read_bytes()).head
    data = path.read_bytes()
    header = journal.SegmentReader(data).header
    return journal.chain_head(header.previous if header else journal.NO_HEAD.hex(), data)


def finish_segment(path: Path, root: Path) -> SegmentFinished | None:
    """Finishes one segment left by a crash; None when it needed nothing. Raises OSError when the disk refuses.

    A whole segment only becomes read-only. A torn one gets its sidecar first.
    """
    data = path.read_bytes()
    reader = journal.SegmentReader(data)
    for _ in reader.records():
        pass
    header = reader.header
    previous = header.previous if header else journal.NO_HEAD.hex()
    good = memoryview(data)[: reader.good_size]
    head = journal.chain_head(previous, good)
    if reader.ended is None or reader.tear is not None:
        why = reader.tear.why if reader.tear else "no-end"
        _write_sidecar(path, journal.Salvaged(size=reader.good_size, head=head, why=why))
        log.info("segment-salvaged", path=str(path.relative_to(root)), good=reader.good_size, size=len(data), why=why)
    path.chmod(FINISHED_MODE)
    relative = str(path.relative_to(root))
    return SegmentFinished(path.parent.name, int(path.stem), relative, reader.good_size, head)


def finish_all(root: Path) -> dict[str, list[SegmentFinished]]:
    """Finishes every unfinished segment below `root`; recording → what was finished. Run before any writing begins."""
    finished: dict[str, list[SegmentFinished]] = {}
    for path in _unfinished(root):
        try:
            event = finish_segment(path, root)
        except journal.UnsupportedJournal as error:
            log.warning("segment-not-ours", path=str(path.relative_to(root)), why=str(error))
            continue
        except OSError as error:
            # A full disk must not keep the writer from starting; the next start or retry finishes it.
            log.error("segment-not-finished", path=str(path.relative_to(root)), errno=error.errno)
            continue
        if event is not None:
            finished.setdefault(event.recording, []).append(event)
    return finished


def _unfinished(root: Path) -> Iterator[Path]:
    for folder in sorted(root.glob("*/*")):
        for number in segment_numbers(folder):
            path = folder / journal.segment_name(number)
            if path.stat().st_mode & 0o222:
                yield path


def _write_sidecar(segment: Path, salvaged: journal.Salvaged) -> None:
    sidecar = segment.with_suffix(journal.SIDECAR_SUFFIX)
    draft = sidecar.with_suffix(".closed-draft")
    with draft.open("wb") as file:
        file.write(journal.encode_json(salvaged))
        file.flush()
        os.fsync(file.fileno())
    draft.chmod(FINISHED_MODE)
    draft.replace(sidecar)
    sync_folder(segment.parent)
