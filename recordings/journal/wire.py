"""What the node and the writer say to each other over the writer's Unix socket. Pure.

Node → writer: `length:u32 type:u8 handle:u32 payload`, `length` counting what follows it. Record types are those of
`recordings.journal.format` and carry the record's payload as it will stand in the file; 0x40 and above are orders. A
handle is the node's number for one recording. Writer → node: `length:u32` and one JSON event.

The writer acknowledges the bytes of the stream that are synced to disk. The node keeps what is not acknowledged and
sends it again to the next writer, so a killed writer loses nothing; readers drop the repeated packets.
"""

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import msgspec

OPEN = 0x40
CLOSE = 0x41

FRAME = struct.Struct("!IBI")
#: length, type, handle, track, monotonic ns: one pack per packet on the node's hot path.
PACKET_FRAME = struct.Struct("!IBIHQ")
REPORT_FRAME = struct.Struct("!IBIHQQI")
EVENT_LENGTH = struct.Struct("!I")
#: `length` of a frame counts type and handle too.
FRAME_REST = FRAME.size - 4
#: One RTP packet and our prefix; above it the stream is not ours.
MAX_FRAME = 66_100
MAX_EVENT = 64 * 1024

Problem = Literal["disk-full", "writer-gone", "disk-slow"]


class OpenJournal(msgspec.Struct, frozen=True):
    """Order to begin the journal of a turn. `clock_offset`: session time − monotonic time of this node, seconds."""

    recording: str
    session: str
    turn: str
    generation: int
    boot: str
    clock_offset: float


class _Event(msgspec.Struct, frozen=True, tag_field="type", tag=True):
    pass


class Checkpointed(_Event, frozen=True):
    """The first `offset` bytes of the segment are synced and have this head (hex)."""

    recording: str
    segment: int
    offset: int
    head: str


class SegmentFinished(_Event, frozen=True):
    """A segment will not change any more. `path` is relative to the recordings folder."""

    recording: str
    segment: int
    path: str
    size: int
    head: str


class WriterFailed(_Event, frozen=True):
    """Nothing of this recording is being written until `WriterBack`."""

    recording: str
    problem: Problem


class WriterBack(_Event, frozen=True):
    recording: str
    segment: int


class DiskFilling(_Event, frozen=True):
    """`percent` used of the recordings' disk, once each time 95, 99 or 100 is reached, and once when it is below again."""

    percent: int
    free_bytes: int


class SegmentOpened(_Event, frozen=True):
    """Between writer and client only."""

    recording: str
    segment: int


class Acknowledged(_Event, frozen=True):
    """Between writer and client only: `position` bytes of this connection's stream are synced (or refused for good)."""

    position: int


JournalEvent = Checkpointed | SegmentFinished | WriterFailed | WriterBack | DiskFilling
WriterEvent = JournalEvent | SegmentOpened | Acknowledged

_decoder: msgspec.json.Decoder[WriterEvent] = msgspec.json.Decoder(WriterEvent)


def encode_event(event: WriterEvent) -> bytes:
    body = msgspec.json.encode(event)
    return EVENT_LENGTH.pack(len(body)) + body


def take_events(buffer: bytearray) -> Iterator[WriterEvent]:
    """Removes whole events from the front of `buffer`. Raises ValueError when it is not the writer who speaks."""
    while len(buffer) >= EVENT_LENGTH.size:
        (length,) = EVENT_LENGTH.unpack_from(buffer)
        if length > MAX_EVENT:
            raise ValueError("event too long")
        if len(buffer) < EVENT_LENGTH.size + length:
            return
        body = bytes(buffer[EVENT_LENGTH.size : EVENT_LENGTH.size + length])
        del buffer[: EVENT_LENGTH.size + length]
        yield _decoder.decode(body)


@contextmanager
def socket_address(path: Path) -> Iterator[str]:
    """An address for bind or connect: Unix socket paths end at 107 bytes, data folders may lie deeper."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
