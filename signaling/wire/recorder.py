"""From the rooms' orders to the journal, and from the journal's events to facts. The recorder is one more participant."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from recordings.journal.client import (
    Checkpointed,
    DiskFilling,
    JournalClient,
    JournalEvent,
    JournalSink,
    OpenJournal,
    SegmentFinished,
    WriterBack,
    WriterFailed,
)
from signaling.protocol.hub_link import ChainHead, Fact, SegmentClosed
from signaling.protocol.ids import RecordingId, SeatId, SessionId, TurnId
from signaling.protocol.slots import MediaKind

log = structlog.get_logger()

#: Architecture 5.9: a chain nobody else knows can be recomputed, so its head is told to the hub this often.
HEAD_INTERVAL = 10.0

#: A writer that was away reports segments long after their recording was closed; a reception has some dozens a day.
CLOSED_KEPT = 500

#: What the node's packets look like after normalisation (codec, clock rate in Hz, payload type).
CODECS: dict[MediaKind, tuple[str, int, int]] = {
    MediaKind.AUDIO: ("opus", 48_000, 111),
    MediaKind.VIDEO: ("VP8", 90_000, 96),
}

FactReport = Callable[[Fact], None]
ProblemReport = Callable[[RecordingId, str | None], None]


@dataclass(slots=True)
class _Open:
    sink: JournalSink
    report: FactReport
    problem: ProblemReport
    closed: bool = False
    head_at: float | None = None


class Recorder:
    """All journals of this node."""

    def __init__(self, socket_path: Path, boot: str) -> None:
        self._boot = boot
        self._journal = JournalClient(socket_path, self._on_event)
        self._open: dict[str, _Open] = {}
        #: Of the disk with the recordings, once it is nearly full; for /metrics.
        self.disk_percent = 0

    async def start(self) -> None:
        await self._journal.start()

    async def stop(self) -> None:
        await self._journal.stop()

    def open(
        self,
        recording: RecordingId,
        session: SessionId,
        turn: TurnId,
        generation: int,
        clock_offset: float,
        report: FactReport,
        problem: ProblemReport,
    ) -> None:
        """`report` takes facts of the journal, `problem` what keeps it from being written (None: written again)."""
        order = OpenJournal(
            recording=recording,
            session=session,
            turn=turn,
            generation=generation,
            boot=self._boot,
            clock_offset=clock_offset,
        )
        self._open[recording] = _Open(self._journal.open(order), report, problem)

    def add_track(self, recording: RecordingId, track: int, seat: SeatId, kind: MediaKind) -> JournalSink:
        """The sink the engine's tap writes to."""
        sink = self._open[recording].sink
        codec, clock_rate, payload_type = CODECS[kind]
        sink.add_track(track, seat=seat, kind=kind.value, codec=codec, clock_rate=clock_rate, payload_type=payload_type)
        return sink

    def stop_track(self, recording: RecordingId, track: int, reason: str) -> None:
        self._open[recording].sink.stop_track(track, reason, time.monotonic_ns())

    def mark(self, recording: RecordingId, kind: str, text: str) -> None:
        self._open[recording].sink.mark(kind, text, time.monotonic_ns())

    def close(self, recording: RecordingId) -> None:
        """Its last segment and head are still reported when the writer has finished them."""
        held = self._open.get(recording)
        if held is not None and not held.closed:
            held.closed = True
            self._journal.close(recording)
            over = [name for name, other in self._open.items() if other.closed]
            for name in over[:-CLOSED_KEPT]:
                del self._open[name]

    def _on_event(self, event: JournalEvent) -> None:
        if isinstance(event, DiskFilling):
            self.disk_percent = event.percent
            log.warning("recordings disk is filling", percent=event.percent, free_bytes=event.free_bytes)
            return
        held = self._open.get(event.recording)
        if held is None:
            return
        recording = RecordingId(event.recording)
        match event:
            case Checkpointed():
                self._checkpointed(held, event)
            case SegmentFinished():
                self._segment_finished(held, event)
            case WriterFailed(problem=problem):
                log.error("recording failed", recording=recording, problem=problem)
                held.problem(recording, problem)
            case WriterBack():
                log.info("recording goes on", recording=recording)
                held.problem(recording, None)

    def _checkpointed(self, held: _Open, event: Checkpointed) -> None:
        now = time.monotonic()
        if held.head_at is None or now - held.head_at >= HEAD_INTERVAL:
            held.head_at = now
            held.report(
                ChainHead(
                    recording=RecordingId(event.recording),
                    segment=event.segment,
                    offset=event.offset,
                    head=event.head,
                )
            )

    def _segment_finished(self, held: _Open, event: SegmentFinished) -> None:
        recording = RecordingId(event.recording)
        held.head_at = time.monotonic()
        held.report(ChainHead(recording=recording, segment=event.segment, offset=event.size, head=event.head))
        held.report(
            SegmentClosed(recording=recording, segment=event.segment, path=event.path, size=event.size, head=event.head)
        )
