"""Is a recording whole, and is it the original? `verify` reads a segment or a recording's folder and says so.

Found without any help: flipped bits, cut tails, removed, swapped or replayed records and segments, all by checksums,
heads and numbers. A chain that was recomputed as a whole is found only with anchors: heads that were noted elsewhere
(the hub's audit log) while the recording was made.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from recordings.journal import format as journal
from recordings.storage import SegmentState, StoredSegment, sidecar_of, stored_segments

#: Ends that came from outside: the recording stops here, and nothing is missing that was written.
_INTERRUPTED = frozenset({"node-gone", "stopping"})


class Anchor(NamedTuple):
    """A head noted elsewhere: hex SHA-256 after `offset` bytes of segment number `segment`."""

    segment: int
    offset: int
    head: str


class Damage(StrEnum):
    BYTES = "bytes"
    CUT = "cut"
    CHAIN = "chain"
    MISSING = "missing"
    FOREIGN = "foreign"
    ANCHOR = "anchor"
    SIDECAR = "sidecar"
    UNSUPPORTED = "unsupported"
    NOTHING = "nothing"


_SENTENCES: dict[Damage, str] = {
    Damage.BYTES: "Tệp {file} bị thay đổi hoặc hỏng từ byte {begin} đến byte {end}.",
    Damage.CUT: "Tệp {file} bị cắt cụt từ byte {begin}.",
    Damage.CHAIN: "Tệp {file} không nối tiếp tệp đứng trước nó: có tệp bị thay, bị đổi chỗ hoặc bị sửa.",
    Damage.MISSING: "Thiếu tệp {file}.",
    Damage.FOREIGN: "Tệp {file} thuộc bản ghi khác hoặc mang sai số thứ tự.",
    Damage.ANCHOR: "Tệp {file} không khớp mã kiểm đã lưu trong nhật ký hệ thống (đến byte {end}): bản ghi không phải bản gốc.",
    Damage.SIDECAR: "Phiếu khôi phục của tệp {file} bị hỏng hoặc không khớp với tệp.",
    Damage.UNSUPPORTED: "Tệp {file} thuộc phiên bản mới hơn hoặc đã mã hóa; cần phần mềm mới hơn để kiểm.",
    Damage.NOTHING: "Không tìm thấy bản ghi nào tại {file}.",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """`begin` and `end`: the byte range, end exclusive; 0 and 0 where bytes are not the point."""

    damage: Damage
    path: Path
    begin: int = 0
    end: int = 0

    @property
    def sentence(self) -> str:
        return _SENTENCES[self.damage].format(file=self.path.name, begin=self.begin, end=max(self.begin, self.end - 1))


@dataclass(frozen=True, slots=True)
class CheckedSegment:
    """`head` (hex) is over the `size` good bytes. `unfinished`: no end record and no sidecar (still being written)."""

    number: int
    path: Path
    size: int
    head: str
    salvaged: bool
    unfinished: bool


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """`problems` in the order of the files; the first is the first bad place. `anchors`: how many heads were compared."""

    path: Path
    segments: list[CheckedSegment]
    problems: list[Problem]
    anchors: int

    @property
    def ok(self) -> bool:
        return not self.problems

    @property
    def sentence(self) -> str:
        """For people, in Vietnamese."""
        if self.problems:
            more = len(self.problems) - 1
            first = f"Bản ghi KHÔNG toàn vẹn. {self.problems[0].sentence}"
            return f"{first} Còn {more} chỗ khác không khớp." if more else first
        salvaged = sum(segment.salvaged for segment in self.segments)
        unfinished = any(segment.unfinished for segment in self.segments)
        parts = [f"Bản ghi toàn vẹn: {len(self.segments)} tệp, chuỗi mã kiểm liền mạch."]
        if salvaged:
            parts.append(f"{salvaged} tệp được khôi phục sau sự cố; phần đã ghi còn nguyên.")
        if unfinished:
            parts.append("Tệp cuối đang được ghi, chưa kết thúc.")
        if self.anchors:
            parts.append(f"Đã đối chiếu {self.anchors} mã kiểm lưu trong nhật ký hệ thống.")
        else:
            parts.append("Chưa đối chiếu với mã kiểm lưu trong nhật ký hệ thống.")
        return " ".join(parts)


def verify(path: Path, anchors: Iterable[Anchor | tuple[int, int, str]] = ()) -> VerifyReport:
    """Checks one segment file or the folder of one recording. Reads only; raises OSError if it cannot read."""
    noted = [Anchor(*anchor) for anchor in anchors]
    whole_folder = path.is_dir()
    if whole_folder:
        stored = stored_segments(path)
    else:
        stored = [segment for segment in stored_segments(path.parent) if segment.path.name == path.name]
    if not stored:
        return VerifyReport(path, [], [Problem(Damage.NOTHING, path)], 0)
    check = _Check(noted)
    for position, segment in enumerate(stored):
        if whole_folder:
            check.expect_number(segment)
        check.segment(segment, follows=whole_folder, newest=position == len(stored) - 1)
    if whole_folder:
        check.tail(stored[-1])
        check.anchors_of_missing({segment.number for segment in stored}, path)
    return VerifyReport(path, check.segments, check.problems, check.compared)


class _Check:
    """Walks the segments in order, remembering the chain."""

    def __init__(self, anchors: list[Anchor]) -> None:
        self._anchors = anchors
        self._previous: str | None = journal.NO_HEAD.hex()
        self._expected = 1
        self._first: journal.SegmentHeader | None = None
        self._end: journal.SegmentEnd | None = None
        self.segments: list[CheckedSegment] = []
        self.problems: list[Problem] = []
        self.compared = 0

    def expect_number(self, segment: StoredSegment) -> None:
        while self._expected < segment.number:
            missing = segment.path.with_name(journal.segment_name(self._expected))
            self.problems.append(Problem(Damage.MISSING, missing))
            # The next one cannot be compared with what is not there; its number already accuses.
            self._previous = None
            self._expected += 1
        self._expected = segment.number + 1

    def segment(self, stored: StoredSegment, *, follows: bool, newest: bool) -> None:
        path = stored.path
        data = path.read_bytes()
        self._end = None
        try:
            reader = journal.SegmentReader(data)
        except journal.UnsupportedJournal:
            self.problems.append(Problem(Damage.UNSUPPORTED, path))
            self._previous = None
            return
        good, head = self._read(reader, data, stored)
        self._end = reader.ended
        if reader.header is not None:
            self._compare_header(reader.header, stored, follows=follows)
        salvaged = self._sidecar(stored, reader, len(data), head)
        unfinished = not salvaged and reader.ended is None
        if reader.tear is not None and not salvaged:
            # A file in mid-write may end anywhere; only its last record may be torn.
            if not (stored.state is SegmentState.OPEN and newest and reader.tear.why == "cut"):
                damage = Damage.CUT if reader.tear.why == "cut" else Damage.BYTES
                self.problems.append(
                    Problem(damage, path, reader.tear.offset, max(reader.tear.end, reader.tear.offset + 1))
                )
        elif unfinished and (stored.state is not SegmentState.OPEN or not newest):
            self.problems.append(Problem(Damage.CUT, path, len(data), len(data)))
        self._previous = head
        self.segments.append(CheckedSegment(stored.number, path, good, head, salvaged, unfinished))

    def _read(self, reader: journal.SegmentReader, data: bytes, stored: StoredSegment) -> tuple[int, str]:
        """Reads all records, comparing checkpoints and anchors with the chain as it grows; (good bytes, head)."""
        header = reader.header
        chain = journal.Chain(bytes.fromhex(header.previous) if header else journal.NO_HEAD)
        anchors = sorted((a for a in self._anchors if a.segment == stored.number), key=lambda anchor: anchor.offset)
        hashed, agreed, unbroken = 0, 0, True
        view = memoryview(data)

        def grow(offset: int) -> bytes:
            nonlocal hashed
            if offset > hashed:
                chain.update(view[hashed:offset])
                hashed = offset
            return chain.head()

        for begin, _end, record in reader.records():
            while anchors and anchors[0].offset <= begin:
                self._anchor(anchors.pop(0), grow, hashed, stored)
            known = None
            if isinstance(record, journal.Checkpoint):
                known = record.head.hex() if record.offset == begin else ""
            elif isinstance(record, journal.SegmentEnd):
                known = record.head
            if known is not None and unbroken:
                unbroken = grow(begin).hex() == known
                if unbroken:
                    agreed = begin
                else:
                    self.problems.append(Problem(Damage.BYTES, stored.path, agreed, begin))
        good = reader.good_size
        while anchors and anchors[0].offset <= good:
            self._anchor(anchors.pop(0), grow, hashed, stored)
        for anchor in anchors:
            self.problems.append(Problem(Damage.ANCHOR, stored.path, good, anchor.offset))
        return good, grow(good).hex()

    def _anchor(self, anchor: Anchor, grow: Callable[[int], bytes], hashed: int, stored: StoredSegment) -> None:
        self.compared += 1
        if anchor.offset < hashed or grow(anchor.offset).hex() != anchor.head.lower():
            self.problems.append(Problem(Damage.ANCHOR, stored.path, 0, anchor.offset))

    def _compare_header(self, header: journal.SegmentHeader, stored: StoredSegment, *, follows: bool) -> None:
        path = stored.path
        first = self._first = self._first or header
        folder = path.parent.name
        same = (header.session, header.turn, header.recording) == (first.session, first.turn, first.recording)
        if header.segment != stored.number or not same or (follows and header.recording != folder):
            self.problems.append(Problem(Damage.FOREIGN, path))
        elif follows and self._previous is not None and header.previous != self._previous:
            self.problems.append(Problem(Damage.CHAIN, path))

    def _sidecar(self, stored: StoredSegment, reader: journal.SegmentReader, size: int, head: str) -> bool:
        """Whether a sidecar finishes this segment. A sidecar that says other than the bytes is a problem."""
        try:
            sidecar = sidecar_of(stored.path)
        except ValueError:
            self.problems.append(Problem(Damage.SIDECAR, stored.path))
            return False
        if sidecar is None:
            return False
        if sidecar.size > reader.good_size:
            begin = reader.tear.offset if reader.tear else reader.good_size
            end = reader.tear.end if reader.tear else sidecar.size
            self.problems.append(Problem(Damage.BYTES if end > begin else Damage.CUT, stored.path, begin, end))
        elif sidecar.size != reader.good_size or sidecar.head != head:
            self.problems.append(Problem(Damage.SIDECAR, stored.path, sidecar.size, size))
        return True

    def tail(self, last: StoredSegment) -> None:
        """The last segment must be one after which none was begun."""
        if self._end is not None and not self._end.last and self._end.reason not in _INTERRUPTED:
            missing = last.path.with_name(journal.segment_name(last.number + 1))
            self.problems.append(Problem(Damage.MISSING, missing))

    def anchors_of_missing(self, present: set[int], folder: Path) -> None:
        for number in sorted({anchor.segment for anchor in self._anchors} - present):
            missing = folder / journal.segment_name(number)
            if not any(p.path == missing for p in self.problems):
                self.problems.append(Problem(Damage.MISSING, missing))
