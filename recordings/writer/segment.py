"""One segment file being written."""

import errno
import os
from pathlib import Path

from recordings.journal import format as journal

#: The disk (or our share of it) has no room. EFBIG: a file size limit of the process.
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
#: Finished segments are evidence: nobody writes to them again.
FINISHED_MODE = 0o444


def sync_folder(folder: Path) -> None:
    """Makes a new name in `folder` survive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class SegmentFile:
    """Appends records. After an OSError the file ends with a whole record and takes nothing more."""

    def __init__(self, path: Path, header: journal.SegmentHeader) -> None:
        """Creates the file; raises OSError, and then no file is left."""
        self.path = path
        self.number = header.segment
        self.size = 0
        self._waiting = bytearray()
        self._chain = journal.Chain(bytes.fromhex(header.previous))
        self._dirty = False
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            self._waiting += journal.MAGIC
            self.append(journal.encode(header))
            self.flush()
            os.fsync(self._file)
            sync_folder(path.parent)
        except OSError:
            # Nothing of the recording is in it yet.
            os.close(self._file)
            path.unlink(missing_ok=True)
            raise

    def append(self, record: bytes | memoryview) -> None:
        self._waiting += record
        self._dirty = True

    @property
    def end(self) -> int:
        """Size once everything appended is written."""
        return self.size + len(self._waiting)

    def flush(self) -> None:
        """Writes what was appended. Raises OSError after cutting the file back to its last whole record."""
        waiting, written = self._waiting, 0
        try:
            with memoryview(waiting) as view:
                while written < len(waiting):
                    written += os.write(self._file, view[written:])
        except OSError:
            whole = _whole_records(waiting, written)
            os.ftruncate(self._file, self.size + whole)
            self._chain.update(waiting[:whole])
            self.size += whole
            self._waiting = bytearray()
            raise
        self._chain.update(waiting)
        self.size += written
        self._waiting = bytearray()

    def checkpoint(self) -> tuple[int, str] | None:
        """Writes and syncs; returns (offset, head) of the checkpoint, or None when nothing is new. Raises OSError."""
        if not self._dirty:
            return None
        self.flush()
        offset, head = self.size, self._chain.head()
        self.append(journal.encode(journal.Checkpoint(offset, head)))
        self.flush()
        os.fdatasync(self._file)
        self._dirty = False
        return offset, head.hex()

    def finish(self, *, last: bool, reason: str) -> str:
        """Ends the file, syncs it, makes it read-only and closes it; returns the segment's head. Raises OSError."""
        self.flush()
        head = self._chain.head().hex()
        self.append(journal.encode(journal.SegmentEnd(last=last, reason=reason, head=head)))
        self.flush()
        os.fsync(self._file)
        os.fchmod(self._file, FINISHED_MODE)
        os.close(self._file)
        return self._chain.head().hex()

    def abandon(self) -> None:
        """Closes the file as it is; `salvage` finishes it."""
        os.close(self._file)


def _whole_records(waiting: bytearray, written: int) -> int:
    """Bytes of the whole records within the first `written` bytes of what was appended."""
    end = len(journal.MAGIC) if waiting.startswith(journal.MAGIC) else 0
    if end > written:
        return 0
    while written - end >= journal.RECORD_OVERHEAD:
        length = int.from_bytes(waiting[end : end + 4], "big")
        if end + length + journal.RECORD_OVERHEAD > written:
            break
        end += length + journal.RECORD_OVERHEAD
    return end
