"""The writer's loop: one thread, one selector. Reads what nodes send, writes, syncs twice a second, answers."""

import errno
import fcntl
import os
import selectors
import signal
import socket
import time
from pathlib import Path

import msgspec
import structlog

from recordings.journal import format as journal
from recordings.journal import wire
from recordings.journal.wire import Acknowledged, DiskFilling, OpenJournal, WriterEvent
from recordings.writer import disk, salvage
from recordings.writer.recording import RecordingWriter
from recordings.writer.settings import WriterSettings

log = structlog.get_logger("recordings.writer")

#: A node sends some hundred kilobytes per checkpoint; larger reads only add latency.
READ_BYTES = 256 * 1024
#: A node that does not read its answers for this long a while is stuck; it may connect again.
MAX_ANSWERS = 1024 * 1024
#: Quality F6 asks for a warning, not for a race: once a second is soon enough.
DISK_INTERVAL = 1.0


class WriterLocked(Exception):
    """Another writer works on this data folder."""


class _NodeConnection:
    """One connected node and the recordings it writes."""

    def __init__(self, link: socket.socket) -> None:
        self.link = link
        self.buffer = bytearray()
        self.answers = bytearray()
        self.recordings: dict[int, RecordingWriter] = {}
        self.position = 0
        self.acknowledged = 0

    def answer(self, event: WriterEvent) -> None:
        self.answers += wire.encode_event(event)


class Writer:
    """Owns the lock, the socket and everything that is open."""

    def __init__(self, settings: WriterSettings) -> None:
        """Raises `WriterLocked`, or OSError when the data folder cannot be written."""
        self._settings = settings
        settings.recordings_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        settings.run_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = _take_lock(settings.lock_path)
        self._salvaged = salvage.finish_all(settings.recordings_dir)
        self._selector = selectors.DefaultSelector()
        self._listener = _listen(settings.socket_path)
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._nodes: dict[socket.socket, _NodeConnection] = {}
        self._disk_level = 0
        self._space = disk.measure(settings.recordings_dir)
        self._stopping = False

    def run(self) -> None:
        """Until SIGTERM or SIGINT; then everything open is finished."""
        wake = self._catch_signals()
        log.info("writer-ready", salvaged=sum(map(len, self._salvaged.values())))
        next_checkpoint = next_disk = time.monotonic()
        while not self._stopping:
            timeout = max(0.0, min(next_checkpoint, next_disk) - time.monotonic())
            closed_one = False
            for key, events in self._selector.select(timeout):
                if key.fileobj is wake:
                    self._stopping = True
                elif key.fileobj is self._listener:
                    self._accept()
                else:
                    node = self._nodes.get(key.fileobj)  # type: ignore[call-overload]
                    if node is not None and events & selectors.EVENT_READ:
                        closed_one |= self._read(node)
            now = time.monotonic()
            if now >= next_disk:
                next_disk = now + DISK_INTERVAL
                self._look_at_disk(now)
            if now >= next_checkpoint or closed_one:
                self._checkpoint(now)
                next_checkpoint = now + self._settings.journal_checkpoint_interval
            for node in list(self._nodes.values()):
                self._send_answers(node)
        self._finish_everything()

    def _catch_signals(self) -> socket.socket:
        receiving, sending = socket.socketpair()
        receiving.setblocking(False)
        sending.setblocking(False)
        self._sending = sending
        signal.set_wakeup_fd(sending.fileno())
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        self._selector.register(receiving, selectors.EVENT_READ)
        return receiving

    # --- nodes -------------------------------------------------------------------------------------------------

    def _accept(self) -> None:
        try:
            link, _ = self._listener.accept()
        except OSError as error:
            log.warning("accept-failed", errno=error.errno)
            return
        link.setblocking(False)
        node = self._nodes[link] = _NodeConnection(link)
        if self._disk_level:
            node.answer(DiskFilling(self._space.percent, self._space.free))
        self._selector.register(link, selectors.EVENT_READ)

    def _read(self, node: _NodeConnection) -> bool:
        """Takes what is there; true when a recording was closed (its node waits for the answer)."""
        try:
            data = node.link.recv(READ_BYTES)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            self._forget(node, "node-gone")
            return False
        node.buffer += data
        try:
            closed_one = self._take_frames(node)
        except ValueError as error:
            log.error("node-speaks-nonsense", why=str(error))
            self._forget(node, "node-gone")
            return False
        now = time.monotonic()
        for recording in node.recordings.values():
            recording.flush(now)
        return closed_one

    def _take_frames(self, node: _NodeConnection) -> bool:
        buffer, offset, closed_one = node.buffer, 0, False
        now, wall = time.monotonic(), time.time()
        with memoryview(buffer) as view:
            while len(buffer) - offset >= wire.FRAME.size:
                length, frame_type, handle = wire.FRAME.unpack_from(buffer, offset)
                if not wire.FRAME_REST <= length <= wire.MAX_FRAME:
                    raise ValueError("frame of impossible length")
                end = offset + 4 + length
                if end > len(buffer):
                    break
                with view[offset + wire.FRAME.size : end] as payload:
                    if frame_type == wire.OPEN:
                        self._open(node, handle, payload, now, wall)
                    elif frame_type == wire.CLOSE:
                        closed_one = True
                        recording = node.recordings.pop(handle, None)
                        if recording is not None:
                            recording.finish("closed", now, last=True)
                    else:
                        recording = node.recordings.get(handle)
                        if recording is not None:
                            recording.put(frame_type, payload, now, wall)
                offset = end
        del buffer[:offset]
        node.position += offset
        return closed_one

    def _open(self, node: _NodeConnection, handle: int, payload: memoryview, now: float, wall: float) -> None:
        order = msgspec.json.decode(payload, type=OpenJournal)
        if not (journal.is_name(order.session) and journal.is_name(order.recording)):
            raise ValueError("name of a session or recording cannot be a folder")
        if handle in node.recordings:
            return
        for other in self._nodes.values():
            for number, recording in list(other.recordings.items()):
                if recording.order.recording == order.recording:
                    del other.recordings[number]
                    recording.finish("node-gone", now, last=False)
        for event in self._salvaged.pop(order.recording, []):
            node.answer(event)
        node.recordings[handle] = RecordingWriter(self._settings, order, node.answer, now=now, wall=wall)

    def _forget(self, node: _NodeConnection, reason: str) -> None:
        now = time.monotonic()
        for recording in node.recordings.values():
            recording.finish(reason, now, last=False)
        node.recordings.clear()
        self._selector.unregister(node.link)
        node.link.close()
        del self._nodes[node.link]

    def _send_answers(self, node: _NodeConnection) -> None:
        """What does not go out now goes with the next round, at the latest with the next checkpoint."""
        if not node.answers:
            return
        try:
            sent = node.link.send(node.answers)
            del node.answers[:sent]
        except BlockingIOError:
            if len(node.answers) > MAX_ANSWERS:
                log.error("node-does-not-read")
                self._forget(node, "node-gone")
        except OSError:
            self._forget(node, "node-gone")

    # --- time --------------------------------------------------------------------------------------------------

    def _checkpoint(self, now: float) -> None:
        wall = time.time()
        for node in self._nodes.values():
            for recording in node.recordings.values():
                recording.checkpoint(now, wall)
                recording.retry(self._space, now, wall)
            if node.position != node.acknowledged:
                node.acknowledged = node.position
                node.answer(Acknowledged(node.position))

    def _look_at_disk(self, now: float) -> None:
        self._space = disk.measure(self._settings.recordings_dir)
        level = self._space.level
        if level != self._disk_level:
            self._disk_level = level
            log.warning("disk-filling", percent=self._space.percent, free=self._space.free)
            for node in self._nodes.values():
                node.answer(DiskFilling(self._space.percent, self._space.free))

    def _finish_everything(self) -> None:
        """What nodes have already handed over is still written; the rest they keep for the next writer."""
        for node in list(self._nodes.values()):
            self._read(node)
        now = time.monotonic()
        for node in list(self._nodes.values()):
            for recording in node.recordings.values():
                recording.finish("stopping", now, last=False)
            node.recordings.clear()
            node.answer(Acknowledged(node.position))
            self._send_answers(node)
        self._listener.close()
        self._settings.socket_path.unlink(missing_ok=True)
        log.info("writer-stopped")


def _take_lock(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            raise WriterLocked(str(path)) from None
        raise
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())
    return descriptor


def _listen(path: Path) -> socket.socket:
    """The lock is ours, so a socket file that lies there belongs to a dead writer."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with wire.socket_address(path) as address:
        listener.bind(address)
    path.chmod(0o600)
    listener.listen(16)
    listener.setblocking(False)
    return listener
