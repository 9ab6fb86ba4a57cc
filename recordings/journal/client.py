"""The node's side of the journal: takes packets from the hot path, hands them to the writer process, never blocks.

Packets go into a buffer that is sent every few milliseconds. What the writer has not yet synced is kept and sent again
when a new writer comes, so that neither a killed nor a restarted writer loses anything while the buffer has room. The
buffer is bounded: when it is full, packets are dropped and counted, and a gap mark is written once there is room.
"""

import asyncio
import contextlib
import socket
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from recordings.journal import format as journal
from recordings.journal import wire
from recordings.journal.wire import (
    Acknowledged,
    Checkpointed,
    DiskFilling,
    JournalEvent,
    OpenJournal,
    Problem,
    SegmentFinished,
    SegmentOpened,
    WriterBack,
    WriterEvent,
    WriterFailed,
)

__all__ = [
    "Checkpointed",
    "DiskFilling",
    "JournalClient",
    "JournalEvent",
    "JournalSink",
    "OpenJournal",
    "SegmentFinished",
    "WriterBack",
    "WriterFailed",
]

#: One send per packet would cost more than the packet; 10 ms of data is what a crash of the node loses at most here.
FLUSH_INTERVAL = 0.01
#: Larger pieces gain nothing, smaller ones cost calls.
FLUSH_BYTES = 64 * 1024
#: The writer is started again within a second by its parent.
RETRY_INTERVAL = 0.2
#: The writer answers every 0.5 s. Six missed answers are not a busy moment any more: the chair must be told (≤ 3 s, F15).
STALL_TIMEOUT = 3.0
#: How long `stop` waits for the last sync.
STOP_TIMEOUT = 2.0
#: A gap is over when this share of the buffer is free again, so that gaps do not flutter.
REOPEN_SHARE = 0.75


class _Chunk:
    """A piece of the stream, whole frames only. `end`: position after it in this connection's stream, once sent.
    `closes`: the recording whose last order is in it."""

    __slots__ = ("closes", "data", "end", "since")

    def __init__(self, data: bytearray, since: float) -> None:
        self.data = data
        self.end = 0
        self.since = since
        self.closes: JournalSink | None = None


class JournalSink:
    """The journal of one recording, as the media engine sees it. Times are the node's monotonic clock in ns."""

    __slots__ = ("_client", "_dropped", "_dropped_since", "_dropped_until", "_handle", "_order", "_tracks", "closed")

    def __init__(self, client: "JournalClient", order: OpenJournal, handle: int) -> None:
        self._client = client
        self._order = order
        self._handle = handle
        self._tracks: dict[int, journal.TrackOpened] = {}
        self._dropped = 0
        self._dropped_since = 0
        self._dropped_until = 0
        self.closed = False

    @property
    def recording(self) -> str:
        return self._order.recording

    def add_track(self, track: int, *, seat: str, kind: str, codec: str, clock_rate: int, payload_type: int) -> None:
        """Tracks are numbered once per recording (1…65,535): a tap that opens again gets a new number."""
        opened = journal.TrackOpened(
            track=track, seat=seat, kind=kind, codec=codec, clock_rate=clock_rate, payload_type=payload_type
        )
        self._tracks[track] = opened
        self._put(journal.TRACK_OPENED, journal.encode_json(opened))

    def stop_track(self, track: int, reason: str, at_ns: int) -> None:
        if self._tracks.pop(track, None) is not None:
            stopped = journal.TrackStopped(track=track, reason=reason, at_ns=at_ns)
            self._put(journal.TRACK_STOPPED, journal.encode_json(stopped))

    def mark(self, kind: str, text: str, at_ns: int) -> None:
        """`kind`: pause, resume, gap, problem."""
        self._put(journal.MARK, journal.encode_json(journal.Mark(kind=kind, text=text, at_ns=at_ns)))

    def packet(self, track: int, at_ns: int, data: bytes | memoryview) -> None:
        """Hot path. The bytes are copied before this returns."""
        client = self._client
        if client.full or self.closed:
            self._drop(at_ns)
            return
        pending = client.pending
        # 15 = what `length` counts before the packet itself: type, handle, track, time.
        pending += wire.PACKET_FRAME.pack(len(data) + 15, journal.PACKET, self._handle, track, at_ns)
        pending += data
        if not client.flush_due:
            client.schedule_flush()
        elif len(pending) > FLUSH_BYTES:
            client.flush()

    def sender_report(self, track: int, at_ns: int, ntp: int, rtp: int) -> None:
        if self._client.full or self.closed:
            return
        self._client.put(wire.REPORT_FRAME.pack(27, journal.SENDER_REPORT, self._handle, track, at_ns, ntp, rtp))

    def _drop(self, at_ns: int) -> None:
        if self.closed:
            return
        if not self._dropped:
            self._dropped_since = at_ns
        self._dropped += 1
        self._dropped_until = at_ns

    def _put(self, record_type: int, payload: bytes) -> None:
        """Records other than packets are few and are written even when the buffer is full."""
        if not self.closed:
            self._client.put(wire.FRAME.pack(len(payload) + wire.FRAME_REST, record_type, self._handle) + payload)

    def write_gap(self, text: str) -> None:
        """Marks what was dropped since the last call; nothing if nothing was."""
        if self._dropped:
            gap = journal.Mark(
                kind="gap",
                text=text,
                at_ns=self._dropped_until,
                since_ns=self._dropped_since,
                packets=self._dropped,
            )
            self._dropped = 0
            self._put(journal.MARK, journal.encode_json(gap))

    def opening_frames(self) -> bytes:
        """What a new writer must know before the stream goes on."""
        order = msgspec.json.encode(self._order)
        frames = [wire.FRAME.pack(len(order) + wire.FRAME_REST, wire.OPEN, self._handle) + order]
        for opened in self._tracks.values():
            body = journal.encode_json(opened)
            frames.append(wire.FRAME.pack(len(body) + wire.FRAME_REST, journal.TRACK_OPENED, self._handle) + body)
        return b"".join(frames)


class JournalClient:
    """Connection to the writer on `socket_path`. Asyncio, no threads; all methods belong to the loop's thread."""

    def __init__(
        self, socket_path: Path, on_event: Callable[[JournalEvent], None], *, limit_bytes: int = 8 * 2**20
    ) -> None:
        self._path = socket_path
        self._on_event = on_event
        self._limit = limit_bytes
        self._loop: asyncio.AbstractEventLoop | None = None
        self._socket: socket.socket | None = None
        self._incoming = bytearray()
        #: The newest piece of the stream; read by `JournalSink.packet`.
        self.pending = bytearray()
        self.full = False
        self.flush_due = False
        self._unsent: deque[_Chunk] = deque()
        self._sent: deque[_Chunk] = deque()
        self._unsent_offset = 0
        self._position = 0
        self._held = 0
        self._writing = False
        self._sinks: dict[str, JournalSink] = {}
        self._segments: dict[str, int] = {}
        self._failed: dict[str, Problem] = {}
        self._handles = 0
        self._opened_at: dict[str, float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._drained = asyncio.Event()
        self._stopped = False

    async def start(self) -> None:
        """Connects in the background and keeps trying every 0.2 s while the writer is away."""
        self._loop = asyncio.get_running_loop()
        self.flush()
        self._tick()

    async def stop(self) -> None:
        """Flushes what can be flushed within 2 s. Recordings still open are finished by the writer."""
        self._stopped = True
        self.flush()
        if self._held:
            self._drained.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._drained.wait(), STOP_TIMEOUT)
        if self._timer is not None:
            self._timer.cancel()
        self._disconnect()

    def open(self, order: OpenJournal) -> JournalSink:
        """Begins a recording. Raises ValueError for names that cannot be folders."""
        if not (journal.is_name(order.session) and journal.is_name(order.recording)):
            raise ValueError("session and recording must be letters, digits, '_' and '-'")
        self._handles += 1
        sink = JournalSink(self, order, self._handles)
        self._sinks[order.recording] = sink
        self._opened_at[order.recording] = time.monotonic()
        self.put(sink.opening_frames())
        return sink

    def close(self, recording: str) -> None:
        """Finishes the segment; `SegmentFinished` follows. Unknown recordings are ignored."""
        sink = self._sinks.pop(recording, None)
        if sink is None:
            return
        sink.write_gap("buffer full")
        self.put(wire.FRAME.pack(wire.FRAME_REST, wire.CLOSE, sink._handle))
        sink.closed = True
        self._failed.pop(recording, None)
        self._opened_at.pop(recording, None)
        self._segments.pop(recording, None)
        chunk = self._cut()
        if chunk is not None:
            chunk.closes = sink
        self.flush()

    # --- the stream out ----------------------------------------------------------------------------------------

    def put(self, frames: bytes) -> None:
        self.pending += frames
        if not self.flush_due:
            self.schedule_flush()

    def schedule_flush(self) -> None:
        self.flush_due = True
        if self._loop is not None:
            self._loop.call_later(FLUSH_INTERVAL, self.flush)

    def flush(self) -> None:
        self.flush_due = False
        self._cut()
        if self._socket is not None and not self._writing:
            self._send()

    def _cut(self) -> _Chunk | None:
        """Turns what is pending into a chunk of the stream."""
        if not self.pending:
            return None
        chunk = _Chunk(self.pending, time.monotonic())
        self._unsent.append(chunk)
        self._held += len(self.pending)
        self.pending = bytearray()
        if self._held > self._limit and not self.full:
            self.full = True
            self._fail_all("disk-slow" if self._socket is not None else "writer-gone")
        return chunk

    def _send(self) -> None:
        assert self._socket is not None
        assert self._loop is not None
        while self._unsent:
            chunk = self._unsent[0]
            try:
                sent = self._socket.send(memoryview(chunk.data)[self._unsent_offset :])
            except BlockingIOError:
                self._want_write(True)
                return
            except OSError:
                self._lost()
                return
            self._unsent_offset += sent
            if self._unsent_offset == len(chunk.data):
                self._position += len(chunk.data)
                chunk.end = self._position
                self._unsent_offset = 0
                self._sent.append(self._unsent.popleft())
        self._want_write(False)

    def _want_write(self, wanted: bool) -> None:
        if wanted != self._writing and self._socket is not None and self._loop is not None:
            self._writing = wanted
            if wanted:
                self._loop.add_writer(self._socket, self._send)
            else:
                self._loop.remove_writer(self._socket)

    def _acknowledge(self, position: int) -> None:
        while self._sent and self._sent[0].end <= position:
            self._held -= len(self._sent.popleft().data)
        if self._held == 0:
            self._drained.set()
        if self.full and self._held < self._limit * REOPEN_SHARE:
            self.full = False
            for sink in self._sinks.values():
                sink.write_gap("buffer full")
            self._recover_all("writer-gone", "disk-slow")
        elif not self.full:
            self._recover_all("disk-slow")

    # --- connection --------------------------------------------------------------------------------------------

    def _tick(self) -> None:
        """Every 0.2 s: connects when away, and notices a writer that no longer syncs."""
        assert self._loop is not None
        now = time.monotonic()
        if self._socket is None:
            self._connect()
        if self._socket is None:
            for recording, since in self._opened_at.items():
                if now - since > 1.0:
                    self._fail(recording, "writer-gone")
        else:
            oldest = self._sent[0] if self._sent else self._unsent[0] if self._unsent else None
            if oldest is not None and now - oldest.since > STALL_TIMEOUT:
                self._fail_all("disk-slow")
        self._timer = self._loop.call_later(RETRY_INTERVAL, self._tick)

    def _connect(self) -> None:
        assert self._loop is not None
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        link.setblocking(False)
        try:
            with wire.socket_address(self._path) as address:
                link.connect(address)
        except OSError:
            link.close()
            return
        self._socket = link
        self._loop.add_reader(link, self._receive)
        self._begin_stream(reconnected=bool(self._sent or self._failed))

    def _begin_stream(self, reconnected: bool) -> None:
        """A new connection: names the recordings again, then repeats all that was not acknowledged."""
        now = time.monotonic()
        self._position = 0
        self._unsent_offset = 0
        self._unsent.extendleft(reversed(self._sent))
        self._sent.clear()
        preamble = bytearray()
        closing = [chunk.closes for chunk in self._unsent if chunk.closes is not None]
        for sink in (*closing, *self._sinks.values()):
            preamble += sink.opening_frames()
        for chunk in self._unsent:
            chunk.since = now
        if preamble:
            self._unsent.appendleft(_Chunk(preamble, now))
            self._held += len(preamble)
        if reconnected:
            for sink in self._sinks.values():
                sink.mark("problem", "writer back", time.monotonic_ns())
        self._send()

    def _receive(self) -> None:
        assert self._socket is not None
        try:
            data = self._socket.recv(64 * 1024)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lost()
            return
        self._incoming += data
        try:
            for event in wire.take_events(self._incoming):
                self._handle_event(event)
        except ValueError:
            self._lost()

    def _lost(self) -> None:
        self._disconnect()
        self._fail_all("writer-gone")

    def _disconnect(self) -> None:
        if self._socket is None or self._loop is None:
            return
        self._loop.remove_reader(self._socket)
        self._want_write(False)
        self._socket.close()
        self._socket = None
        self._incoming.clear()

    # --- events ------------------------------------------------------------------------------------------------

    def _handle_event(self, event: WriterEvent) -> None:
        match event:
            case Acknowledged(position=position):
                self._acknowledge(position)
            case SegmentOpened(recording=recording, segment=segment):
                self._opened_at.pop(recording, None)
                self._segments[recording] = segment
                if not self.full and self._failed.pop(recording, None) is not None:
                    self._on_event(WriterBack(recording, segment))
            case WriterFailed(recording=recording, problem=problem):
                self._fail(recording, problem)
            case WriterBack(recording=recording):
                if self._failed.pop(recording, None) is not None:
                    self._on_event(event)
            case _:
                self._on_event(event)

    def _fail_all(self, problem: Problem) -> None:
        for recording in self._sinks:
            self._fail(recording, problem)

    def _fail(self, recording: str, problem: Problem) -> None:
        """Told once per trouble; a disk that is full stays the reason until it is not."""
        if recording in self._sinks and recording not in self._failed:
            self._failed[recording] = problem
            self._on_event(WriterFailed(recording, problem))

    def _recover_all(self, *problems: Literal["writer-gone", "disk-slow"]) -> None:
        for recording, problem in list(self._failed.items()):
            if problem in problems:
                del self._failed[recording]
                self._on_event(WriterBack(recording, self._segments.get(recording, 0)))
