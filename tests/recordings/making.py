"""Journals for tests: made record by record, or by the real writer process."""

import asyncio
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from recordings.journal import format as journal
from recordings.journal.client import JournalEvent, OpenJournal
from tests.support.media import ntp_time

T = TypeVar("T")

ORDER = OpenJournal("turn1-g1", "session1", "turn1", 1, "boot1", -1000.0)


def order(recording: str = "turn1-g1", generation: int = 1) -> OpenJournal:
    return OpenJournal(recording, "session1", "turn1", generation, f"boot{generation}", -1000.0)


def opened(track: int, seat: str = "seat-a", kind: str = "video") -> journal.TrackOpened:
    codec, rate, payload_type = ("vp8", 90_000, 96) if kind == "video" else ("opus", 48_000, 111)
    return journal.TrackOpened(
        track=track, seat=seat, kind=kind, codec=codec, clock_rate=rate, payload_type=payload_type
    )


def ns(session_time: float, clock_offset: float = -1000.0) -> int:
    """Monotonic time of the node in ns for a session time in s."""
    return round((session_time - clock_offset) * 1e9)


def report(track: int, session_time: float, sender_time: float, rtp: int) -> journal.SenderReport:
    """`sender_time`: Unix seconds on the publisher's clock."""
    return journal.SenderReport(track, ns(session_time), ntp_time(sender_time), rtp & 0xFFFFFFFF)


@dataclass
class JournalMaker:
    """Writes finished segments with a right chain into `folder`."""

    folder: Path
    order: OpenJournal = ORDER
    number: int = 0
    previous: str = journal.NO_HEAD.hex()
    paths: list[Path] = field(default_factory=list)

    def segment(
        self,
        records: Iterable[journal.Record],
        *,
        last: bool = False,
        reason: str = "full",
        end: bool = True,
        checkpoint_every: int = 50,
    ) -> Path:
        self.number += 1
        header = journal.SegmentHeader(
            version=1,
            session=self.order.session,
            turn=self.order.turn,
            recording=self.order.recording,
            generation=self.order.generation,
            boot=self.order.boot,
            segment=self.number,
            previous=self.previous,
            clock_offset=self.order.clock_offset,
            wall=1.0,
        )
        data = bytearray(journal.MAGIC + journal.encode(header))
        chain = journal.Chain(bytes.fromhex(self.previous))
        chain.update(data)
        for index, record in enumerate(records):
            pieces = [journal.encode(record)]
            if index % checkpoint_every == checkpoint_every - 1:
                pieces.insert(0, journal.encode(journal.Checkpoint(len(data), chain.head())))
            for piece in pieces:
                chain.update(piece)
                data += piece
        if end:
            piece = journal.encode(journal.SegmentEnd(last=last, reason=reason, head=chain.head().hex()))
            chain.update(piece)
            data += piece
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / journal.segment_name(self.number)
        path.write_bytes(data)
        path.chmod(0o444)
        self.previous = chain.head().hex()
        self.paths.append(path)
        return path


class EventLog:
    """Takes a client's events; `until` waits for a condition on them."""

    def __init__(self) -> None:
        self.events: list[JournalEvent] = []
        self._news = asyncio.Event()

    def __call__(self, event: JournalEvent) -> None:
        self.events.append(event)
        self._news.set()

    def of(self, kind: type[T]) -> list[T]:
        return [event for event in self.events if isinstance(event, kind)]

    async def until(self, condition: Callable[[], object], timeout: float = 10.0) -> None:
        async with asyncio.timeout(timeout):
            while not condition():
                self._news.clear()
                await self._news.wait()


class WriterProcess:
    """A real `python -m recordings.writer`."""

    def __init__(
        self,
        data_dir: Path,
        *,
        file_limit: int | None = None,
        settings: dict[str, str] | None = None,
        prefix: list[str] | None = None,
    ) -> None:
        self.data_dir = data_dir
        environment = {**os.environ, "HUB_DATA_DIR": str(data_dir), **(settings or {})}

        def limit() -> None:
            if file_limit is not None:
                _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
                resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, hard))

        self.process = subprocess.Popen(
            [*(prefix or []), sys.executable, "-m", "recordings.writer"],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=limit,
        )
        self.log: list[str] = []
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log.append(line)
            if "writer-ready" in line:
                break

    @property
    def socket_path(self) -> Path:
        return self.data_dir / "run" / "writer.sock"

    @property
    def recordings(self) -> Path:
        return self.data_dir / "recordings"

    def kill(self) -> None:
        self.process.kill()
        self._reap()

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.terminate()
        return self._reap()

    def _reap(self) -> int:
        _, rest = self.process.communicate(timeout=10)
        self.log.append(rest or "")
        return self.process.returncode


def records_of(folder: Path) -> list[journal.Record]:
    """All records of a recording's folder, segment by segment."""
    found: list[journal.Record] = []
    for path in sorted(folder.glob("*.dcj")):
        found.extend(record for _, _, record in journal.SegmentReader(path.read_bytes()).records())
    return found


def numbered_packet(number: int, size: int = 1_100) -> bytes:
    return number.to_bytes(4, "big") + bytes(size - 4)


def packet_numbers(folder: Path) -> list[int]:
    return [int.from_bytes(r.data[:4], "big") for r in records_of(folder) if isinstance(r, journal.Packet)]


async def send_for(
    send: Callable[[int], None], seconds: float, *, per_round: int = 5, interval: float = 0.01, start: int = 0
) -> int:
    """Calls `send(number)` at a steady rate; returns the next number. The pace is the load, not a synchronisation."""
    number, end = start, time.monotonic() + seconds
    while time.monotonic() < end:
        for _ in range(per_round):
            send(number)
            number += 1
        await asyncio.sleep(interval)
    return number
