"""Records of all journals of a turn, in order of session time, one segment in memory at a time."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from recordings.journal import format as journal
from recordings.muxing.manifest import SourceSegment
from recordings.storage import StoredSegment, stored_segments
from recordings.timeline.plan import TimedRecord


@dataclass
class JournalSource:
    """The folders of one turn: one per generation. `damaged`: segments that could not be read to their end."""

    folders: list[Path]
    sources: list[SourceSegment] = field(default_factory=list)
    damaged: list[Path] = field(default_factory=list)

    def size(self) -> int:
        return sum(segment.size for folder in self.folders for segment in stored_segments(folder))

    def records(self, read_bytes: Callable[[int], None]) -> Iterator[TimedRecord]:
        """`read_bytes` is told the size of each segment once it is used up. Fills `sources` and `damaged` anew."""
        self.sources.clear()
        self.damaged.clear()
        streams = [self._recording(folder, read_bytes) for folder in self.folders]
        return heapq.merge(*streams, key=lambda timed: timed.at)

    def _recording(self, folder: Path, read_bytes: Callable[[int], None]) -> Iterator[TimedRecord]:
        at: float | None = None
        untimed: list[tuple[int, journal.Record]] = []
        for segment in stored_segments(folder):
            for header, record in self._segment(segment):
                time = _time_of(record)
                if time is not None:
                    at = time / 1e9 + header.clock_offset
                elif at is None:
                    untimed.append((header.generation, record))
                    continue
                for generation, earlier in untimed:
                    yield TimedRecord(folder.name, generation, at, earlier)
                untimed.clear()
                yield TimedRecord(folder.name, header.generation, at, record)
            read_bytes(segment.size)

    def _segment(self, segment: StoredSegment) -> Iterator[tuple[journal.SegmentHeader, journal.Record]]:
        data = segment.path.read_bytes()
        try:
            reader = journal.SegmentReader(data)
        except journal.UnsupportedJournal:
            self.damaged.append(segment.path)
            return
        header = reader.header
        if header is not None:
            for _, _, record in reader.records():
                yield header, record
        good = memoryview(data)[: reader.good_size]
        previous = header.previous if header else journal.NO_HEAD.hex()
        head = journal.chain_head(previous, good)
        self.sources.append(
            SourceSegment(recording=segment.path.parent.name, segment=segment.number, size=reader.good_size, head=head)
        )
        # A crash may tear the last record; anything else before the good size was damaged later.
        if reader.good_size < segment.good_size and reader.tear is not None and reader.tear.why != "cut":
            self.damaged.append(segment.path)


def _time_of(record: journal.Record) -> int | None:
    match record:
        case journal.Packet(at_ns=at_ns) | journal.SenderReport(at_ns=at_ns):
            return at_ns
        case journal.TrackStopped(at_ns=at_ns) | journal.Mark(at_ns=at_ns):
            return at_ns
        case _:
            return None
