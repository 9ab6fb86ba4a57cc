"""Facts on disk until the hub has confirmed them.

One file per boot, one JSON line per fact, synced before a fact is sent. Beside it `<boot>.confirmed` holds the last number
the hub confirmed; losing that file only sends facts again, and the hub knows them by (boot, number).
"""

import asyncio
import bisect
import contextlib
import itertools
import os
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

import structlog

from signaling.protocol.codec import decode_fact, encode
from signaling.protocol.errors import Refusal
from signaling.protocol.hub_link import Fact, FactRecord
from signaling.protocol.ids import SessionId

log = structlog.get_logger()

#: Facts of one moment (sixty seats join within seconds) share one sync.
FLUSH_INTERVAL = 0.01
#: A sync stops the loop and with it the media. On a slow disk syncs get rarer, so that they take at most 5 % of the time.
SYNC_SHARE = 0.05
LONGEST_FLUSH_INTERVAL = 0.5
#: A full disk is tried again this often. Facts are sent meanwhile: the hub must hear that the disk is full.
RETRY_INTERVAL = 1.0
#: A file of this size whose facts are all confirmed is emptied.
REWRITE_BYTES = 1024 * 1024


def read_facts(path: Path) -> list[FactRecord]:
    """All whole lines of a boot's file, in order of number. A torn last line is dropped; a damaged one is skipped."""
    records: list[FactRecord] = []
    for line in path.read_bytes().split(b"\n"):
        with contextlib.suppress(Refusal):
            if line:
                record = decode_fact(line)
                if not records or record.number > records[-1].number:
                    records.append(record)
    return records


def _read_number(path: Path) -> int:
    try:
        return int(path.read_text("ascii"))
    except (OSError, ValueError):
        return 0


class Outbox:
    """`on_synced` is called whenever there are new facts to send. Belongs to the loop's thread."""

    def __init__(self, folder: Path, boot: str, on_synced: Callable[[], None]) -> None:
        """Raises `OSError` when the folder cannot be written."""
        self._folder = folder
        self.boot = boot
        self._on_synced = on_synced
        folder.mkdir(parents=True, exist_ok=True)
        self._facts: dict[str, deque[FactRecord]] = {}
        self._confirmed: dict[str, int] = {}
        for path in sorted(folder.glob("*.jsonl")):
            self._take_in(path)
        self._number = 0
        self._facts[boot] = deque()
        self._confirmed[boot] = 0
        self._path = folder / f"{boot}.jsonl"
        self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        self._sync_folder()
        self._size = 0
        self._unsynced: list[FactRecord] = []
        self._sendable = 0
        self._flush_timer: asyncio.TimerHandle | None = None
        self._interval = FLUSH_INTERVAL
        #: Seconds, for /metrics.
        self.slowest_sync = 0.0
        self.failing = False

    def _take_in(self, path: Path) -> None:
        boot = path.stem
        confirmed = _read_number(path.with_suffix(".confirmed"))
        left = deque(record for record in read_facts(path) if record.number > confirmed)
        if left:
            self._facts[boot], self._confirmed[boot] = left, confirmed
        else:
            self._forget(boot)

    def _sync_folder(self) -> None:
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    # --- in -----------------------------------------------------------------------------------------------------

    def append(self, session: SessionId, generation: int, at: float, wall: float, fact: Fact) -> FactRecord:
        """Takes a fact; it is on disk, and may be sent, a few milliseconds later."""
        self._number += 1
        record = FactRecord(
            boot=self.boot,
            number=self._number,
            session=session,
            generation=generation,
            at=at,
            wall=wall,
            fact=fact,
        )
        self._facts[self.boot].append(record)
        self._unsynced.append(record)
        if self._flush_timer is None:
            self._flush_timer = asyncio.get_running_loop().call_later(self._interval, self.flush)
        return record

    def flush(self) -> None:
        """Writes and syncs what is new."""
        if self._flush_timer is not None:
            self._flush_timer.cancel()
            self._flush_timer = None
        if not self._unsynced:
            return
        data = b"".join(encode(record) + b"\n" for record in self._unsynced)
        began = time.monotonic()
        try:
            self._write(data)
        except OSError as error:
            self._write_failed(error)
        else:
            took = time.monotonic() - began
            self.slowest_sync = max(self.slowest_sync, took)
            self._interval = min(max(FLUSH_INTERVAL, took / SYNC_SHARE), LONGEST_FLUSH_INTERVAL)
            self._unsynced.clear()
            self.failing = False
        self._sendable = self._number
        self._on_synced()

    def _write(self, data: bytes) -> None:
        written = 0
        try:
            while written < len(data):
                written += os.write(self._file, data[written:])
            os.fdatasync(self._file)
        except OSError:
            # Half a line would hide the one written after it.
            os.ftruncate(self._file, self._size)
            raise
        self._size += len(data)

    def _write_failed(self, error: OSError) -> None:
        if not self.failing:
            log.error("outbox cannot be written", problem=error.strerror, errno=error.errno)
        self.failing = True
        self._flush_timer = asyncio.get_running_loop().call_later(RETRY_INTERVAL, self.flush)

    # --- out ----------------------------------------------------------------------------------------------------

    @property
    def previous_boots(self) -> list[str]:
        """Boots before this one with facts the hub has not confirmed, oldest first."""
        return [boot for boot in self._facts if boot != self.boot]

    @property
    def unconfirmed(self) -> int:
        return sum(len(facts) for facts in self._facts.values())

    def after(self, boot: str, number: int, limit: int) -> list[FactRecord]:
        """Facts of a boot that may be sent, from the first above `number`."""
        facts = self._facts.get(boot)
        if not facts:
            return []
        last = self._sendable if boot == self.boot else facts[-1].number
        start = bisect.bisect_right(facts, number, key=lambda record: record.number)
        return [record for record in itertools.islice(facts, start, start + limit) if record.number <= last]

    def confirm(self, boot: str, number: int) -> None:
        """The hub has committed facts of `boot` up to `number`. Unknown boots are ignored."""
        facts = self._facts.get(boot)
        if facts is None:
            return
        if boot == self.boot:
            number = min(number, self._sendable)
        while facts and facts[0].number <= number:
            facts.popleft()
        if number <= self._confirmed[boot]:
            return
        self._confirmed[boot] = number
        if boot != self.boot and not facts:
            del self._facts[boot], self._confirmed[boot]
            self._forget(boot)
            return
        try:
            self._note_confirmed(boot, number)
        except OSError as error:
            log.warning("confirmed number not written", problem=error.strerror)

    def _note_confirmed(self, boot: str, number: int) -> None:
        draft = self._folder / f"{boot}.confirmed.new"
        draft.write_text(str(number), "ascii")
        draft.replace(self._folder / f"{boot}.confirmed")
        if boot == self.boot and not self._facts[boot] and self._size > REWRITE_BYTES:
            os.ftruncate(self._file, 0)
            self._size = 0

    def _forget(self, boot: str) -> None:
        for suffix in (".jsonl", ".confirmed", ".confirmed.new"):
            (self._folder / f"{boot}{suffix}").unlink(missing_ok=True)

    def close(self) -> None:
        self.flush()
        if self._flush_timer is not None:
            self._flush_timer.cancel()
            self._flush_timer = None
        os.close(self._file)
