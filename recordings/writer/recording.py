"""One recording being written: segments one after another, through full disks."""

import os
import zlib
from collections.abc import Callable
from pathlib import Path

import structlog

from recordings.journal import format as journal
from recordings.journal.wire import (
    Checkpointed,
    OpenJournal,
    Problem,
    SegmentFinished,
    SegmentOpened,
    WriterBack,
    WriterEvent,
    WriterFailed,
)
from recordings.writer.disk import DiskSpace
from recordings.writer.salvage import finish_segment, head_of_finished, segment_numbers
from recordings.writer.segment import NO_ROOM, SegmentFile, sync_folder
from recordings.writer.settings import WriterSettings

log = structlog.get_logger("recordings.writer")

#: A disk rarely gets room sooner, and each try costs a file.
RETRY_INTERVAL = 2.0


class RecordingWriter:
    """Takes record payloads, writes segments, tells `emit`. `now` is any steadily growing time in seconds."""

    def __init__(
        self,
        settings: WriterSettings,
        order: OpenJournal,
        emit: Callable[[WriterEvent], None],
        *,
        now: float,
        wall: float,
    ) -> None:
        self.order = order
        self._settings = settings
        self._root = settings.recordings_dir
        self._folder = self._root / order.session / order.recording
        self._emit = emit
        self._segment: SegmentFile | None = None
        self._torn: Path | None = None
        self._tracks: dict[int, bytes] = {}
        self._number = 0
        self._previous = journal.NO_HEAD.hex()
        self._opened_at = now
        self._first_ns: int | None = None
        self._retry_at = 0.0
        self._dropped = 0
        self._dropped_since = 0
        self._dropped_until = 0
        #: Packets taken since the last write: they are lost if that write fails.
        self._unwritten = 0
        self._unwritten_since = 0
        self._newest_ns = 0
        try:
            self._find_place()
            self._open_segment(now, wall)
        except OSError as error:
            self._fail(error, now)

    # --- records -----------------------------------------------------------------------------------------------

    def put(self, record_type: int, payload: memoryview, now: float, wall: float) -> None:
        """One record. A payload that does not decode raises ValueError and nothing is written."""
        if record_type == journal.PACKET:
            self._put_packet(payload, now, wall)
            return
        record = journal.decode(record_type, payload)
        match record:
            case journal.TrackOpened(track=track):
                self._tracks[track] = bytes(payload)
            case journal.TrackStopped(track=track):
                self._tracks.pop(track, None)
            case journal.SenderReport() | journal.Mark():
                pass
            case _:
                raise ValueError(f"record type {record_type} is not the node's to write")
        if self._segment is not None:
            self._segment.append(journal.frame(record_type, payload))

    def _put_packet(self, payload: memoryview, now: float, wall: float) -> None:
        if len(payload) < journal.PACKET_HEAD.size or len(payload) > journal.MAX_PAYLOAD:
            raise ValueError("packet record of impossible length")
        _, at_ns = journal.PACKET_HEAD.unpack_from(payload)
        segment = self._segment
        if segment is not None and self._is_full(segment, at_ns):
            self._rotate(now, wall)
            segment = self._segment
        if segment is None:
            self._drop(at_ns, 1)
            return
        if self._first_ns is None:
            self._first_ns = at_ns
        if not self._unwritten:
            self._unwritten_since = at_ns
        self._unwritten += 1
        self._newest_ns = at_ns
        prefix = len(payload).to_bytes(4, "big") + b"\x02"
        segment.append(prefix)
        segment.append(payload)
        segment.append(zlib.crc32(payload, zlib.crc32(prefix)).to_bytes(4, "big"))

    def _is_full(self, segment: SegmentFile, at_ns: int) -> bool:
        if segment.end >= self._settings.journal_segment_bytes:
            return True
        return self._first_ns is not None and at_ns - self._first_ns >= self._settings.journal_segment_seconds * 1e9

    def _drop(self, at_ns: int, packets: int) -> None:
        if not self._dropped:
            self._dropped_since = at_ns
        self._dropped += packets
        self._dropped_until = at_ns

    # --- time --------------------------------------------------------------------------------------------------

    def flush(self, now: float) -> None:
        if self._segment is not None:
            try:
                self._segment.flush()
                self._unwritten = 0
            except OSError as error:
                self._fail(error, now)

    def checkpoint(self, now: float, wall: float) -> None:
        """Syncs what came since the last time, and begins a new segment when this one has lasted long enough."""
        if self._segment is None:
            return
        try:
            done = self._segment.checkpoint()
        except OSError as error:
            self._fail(error, now)
            return
        if done is not None:
            self._unwritten = 0
            offset, head = done
            self._emit(Checkpointed(self.order.recording, self._segment.number, offset, head))
        if self._first_ns is not None and now - self._opened_at >= self._settings.journal_segment_seconds:
            self._rotate(now, wall)

    def retry(self, space: DiskSpace, now: float, wall: float) -> None:
        """After a failure: tries again every 2 s, once there is room."""
        if self._segment is not None or now < self._retry_at or not space.may_resume:
            return
        self._retry_at = now + RETRY_INTERVAL
        try:
            self._finish_torn()
            self._find_place()
            self._open_segment(now, wall)
        except OSError:
            return
        assert self._segment is not None
        log.info("recording-resumed", recording=self.order.recording, dropped=self._dropped)
        self._dropped = 0
        self._emit(WriterBack(self.order.recording, self._segment.number))

    def finish(self, reason: str, now: float, *, last: bool) -> None:
        """Ends the recording. What cannot be ended now (full disk) is finished at the next start."""
        self._close_segment(last=last, reason=reason, now=now)
        if self._torn is not None:
            try:
                self._finish_torn()
            except OSError as error:
                log.error("segment-not-finished", recording=self.order.recording, errno=error.errno)

    # --- segments ----------------------------------------------------------------------------------------------

    def _find_place(self) -> None:
        """The next free number and the head of the segment before it."""
        if not self._folder.is_dir():
            self._folder.mkdir(parents=True, mode=0o700, exist_ok=True)
            sync_folder(self._folder.parent)
            sync_folder(self._root)
        numbers = segment_numbers(self._folder)
        if numbers and numbers[-1] != self._number:
            path = self._folder / journal.segment_name(numbers[-1])
            if path.stat().st_mode & 0o222:
                # Left by a crash and not finished at the start, for want of room.
                left = finish_segment(path, self._root)
                if left is not None:
                    self._emit(left)
            self._number = numbers[-1]
            try:
                self._previous = head_of_finished(path)
            except (ValueError, journal.UnsupportedJournal):
                log.error("head-unknown", recording=self.order.recording, segment=self._number)
                self._previous = journal.NO_HEAD.hex()

    def _open_segment(self, now: float, wall: float) -> None:
        order = self.order
        number = self._number + 1
        header = journal.SegmentHeader(
            version=journal.VERSION,
            session=order.session,
            turn=order.turn,
            recording=order.recording,
            generation=order.generation,
            boot=order.boot,
            segment=number,
            previous=self._previous,
            clock_offset=order.clock_offset,
            wall=wall,
        )
        segment = SegmentFile(self._folder / journal.segment_name(number), header)
        for opened in self._tracks.values():
            segment.append(journal.frame(journal.TRACK_OPENED, opened))
        if self._dropped:
            gap = journal.Mark(
                kind="gap",
                text="disk-full",
                at_ns=self._dropped_until,
                since_ns=self._dropped_since,
                packets=self._dropped,
            )
            segment.append(journal.encode(gap))
        self._segment = segment
        self._number = number
        self._opened_at = now
        self._first_ns = None
        self._emit(SegmentOpened(order.recording, number))

    def _rotate(self, now: float, wall: float) -> None:
        self._close_segment(last=False, reason="full", now=now)
        if self._torn is None:
            try:
                self._open_segment(now, wall)
            except OSError as error:
                self._fail(error, now)

    def _close_segment(self, *, last: bool, reason: str, now: float) -> None:
        segment = self._segment
        if segment is None:
            return
        try:
            head = segment.finish(last=last, reason=reason)
        except OSError as error:
            self._fail(error, now)
            return
        self._segment = None
        self._unwritten = 0
        self._finished(segment.path, segment.number, segment.size, head)

    def _finished(self, path: Path, number: int, size: int, head: str) -> None:
        self._previous = head
        relative = os.fspath(path.relative_to(self._root))
        self._emit(SegmentFinished(self.order.recording, number, relative, size, head))

    def _fail(self, error: OSError, now: float) -> None:
        """Nothing is written from here on; the segment ends with a whole record and is finished by a sidecar."""
        problem: Problem = "disk-full" if error.errno in NO_ROOM else "disk-slow"
        log.error("recording-failed", recording=self.order.recording, problem=problem, errno=error.errno)
        if self._segment is not None:
            self._torn = self._segment.path
            self._segment.abandon()
            self._segment = None
            if self._unwritten:
                self._drop(self._unwritten_since, self._unwritten)
                self._dropped_until = self._newest_ns
                self._unwritten = 0
        self._retry_at = now + RETRY_INTERVAL
        self._emit(WriterFailed(self.order.recording, problem))

    def _finish_torn(self) -> None:
        if self._torn is None:
            return
        event = finish_segment(self._torn, self._root)
        self._torn = None
        if event is not None:
            self._previous = event.head
            self._emit(event)
