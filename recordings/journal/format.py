"""The journal's file format, version 1. Pure: bytes in, records out.

A *recording* is one turn in one placement generation. Its journal is a folder of *segments* `000001.dcj`,
`000002.dcj`, … of at most 30 s or 64 MiB each. All numbers are big-endian.

    segment := magic record*
    magic   := "DCJ1" 0D 0A 1A 0A                  (8 bytes; the tail shows a file mangled by a text transfer)
    record  := length:u32 type:u8 payload[length] crc:u32
               length <= 66,000; crc = CRC-32 (zlib) over length, type and payload

| type | name | payload |
|---|---|---|
| 1 | header | JSON `SegmentHeader`; always and only the first record |
| 2 | packet | track:u16 monotonic:u64 (ns), then one whole RTP packet, decrypted |
| 3 | sender report | track:u16 monotonic:u64 ntp:u64 (64-bit NTP time) rtp:u32 |
| 4 | track opened | JSON `TrackOpened`; repeated at the start of every segment for the tracks that run |
| 5 | track stopped | JSON `TrackStopped` |
| 6 | mark | JSON `Mark`: pause, resume, gap, problem |
| 7 | checkpoint | offset:u64 head[32]: the chain head over the first `offset` bytes, `offset` = where this record begins |
| 8 | end | JSON `SegmentEnd`; the last record of a segment that was finished |

**Chain.** head(n) of a segment = SHA-256(previous head ‖ first n bytes of the file). The previous head is the head of the
whole segment before it (of its good part, if it was salvaged), 32 zero bytes for the first; the header names it.
A segment's head is the head over the whole file. Heads known elsewhere (the hub's audit log) find a chain that was
recomputed as a whole.

**Time.** session time (s) = monotonic / 1e9 + `clock_offset` of the header.

**Crash.** Data is synced at every checkpoint (500 ms). Reading stops at the first record that is not whole and says
where; everything before is good. A segment without an end record is finished by a *sidecar* `000001.closed` (JSON
`Salvaged`), never by changing the segment itself.

**Compatibility.** An unknown record type with a good checksum is skipped; an unknown JSON field is ignored. `encryption`
other than "none" and a `version` above 1 are refused with `UnsupportedJournal`: they come later.
"""

import hashlib
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import msgspec

VERSION = 1
MAGIC = b"DCJ1\r\n\x1a\n"
SEGMENT_SUFFIX = ".dcj"
SIDECAR_SUFFIX = ".closed"
NO_HEAD = bytes(32)

#: A UDP datagram carries at most 65,507 bytes; the rest is our own prefix. A length above this is damage, not data.
MAX_PAYLOAD = 66_000
#: A crash then costs at most one short file, and closed segments can leave the disk soon. architecture.md, decision 8.
SEGMENT_SECONDS = 30.0
#: Four tracks at 4 Mbit/s fill this in 30 s; a segment is read into memory as a whole when it is checked.
SEGMENT_BYTES = 64 * 2**20
#: At most 1.5 s may be lost in a crash (quality F1); half a second of data plus a slow sync stays below it.
CHECKPOINT_INTERVAL = 0.5

HEADER = 1
PACKET = 2
SENDER_REPORT = 3
TRACK_OPENED = 4
TRACK_STOPPED = 5
MARK = 6
CHECKPOINT = 7
END = 8

_PREFIX = struct.Struct("!IB")
_CRC = struct.Struct("!I")
PACKET_HEAD = struct.Struct("!HQ")
REPORT_BODY = struct.Struct("!HQQI")
_CHECKPOINT_BODY = struct.Struct("!Q32s")
#: Bytes of a record besides its payload.
RECORD_OVERHEAD = _PREFIX.size + _CRC.size

#: Session, recording and track names become folder names: nothing else may pass.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
_HEAD = re.compile(r"[0-9a-f]{64}")


class UnsupportedJournal(Exception):
    """The segment is of a newer version or encrypted; it may well be whole."""


class _Body(msgspec.Struct, frozen=True, kw_only=True):
    """JSON payloads. Unknown fields are ignored, so that a newer writer's segments open here."""


class SegmentHeader(_Body, frozen=True):
    """`wall`: Unix time in seconds at creation. `previous`: hex head of the segment before. `boot`: the node's run."""

    version: int
    session: str
    turn: str
    recording: str
    generation: int
    boot: str
    segment: int
    previous: str
    clock_offset: float
    wall: float
    encryption: str = "none"


class TrackOpened(_Body, frozen=True):
    """`kind`: audio or video. `codec`: opus or vp8, in either case. `clock_rate` in Hz."""

    track: int
    seat: str
    kind: str
    codec: str
    clock_rate: int
    payload_type: int


class TrackStopped(_Body, frozen=True):
    """`reason`: pause, end, consent, left, failed."""

    track: int
    reason: str
    at_ns: int


class Mark(_Body, frozen=True):
    """`kind`: pause, resume, gap, problem. A gap reaches from `since_ns` to `at_ns` and lost `packets`."""

    kind: str
    text: str
    at_ns: int
    since_ns: int | None = None
    packets: int = 0


class SegmentEnd(_Body, frozen=True):
    """`last`: no segment follows in this recording. `reason`: full, closed, node-gone, stopping. `head`: chain head
    (hex) over everything before this record, so that nothing can be taken out between the last checkpoint and here."""

    last: bool
    reason: str
    head: str


class Salvaged(_Body, frozen=True):
    """The sidecar: the first `size` bytes of the segment are good and have this head (hex)."""

    size: int
    head: str
    salvaged: bool = True
    why: str = ""


@dataclass(frozen=True, slots=True)
class Packet:
    """One RTP packet. `at_ns`: the node's monotonic clock when it arrived."""

    track: int
    at_ns: int
    data: bytes


@dataclass(frozen=True, slots=True)
class SenderReport:
    track: int
    at_ns: int
    ntp: int
    rtp: int


@dataclass(frozen=True, slots=True)
class Checkpoint:
    offset: int
    head: bytes


Record = SegmentHeader | Packet | SenderReport | TrackOpened | TrackStopped | Mark | Checkpoint | SegmentEnd

_JSON_TYPES: dict[int, type[SegmentHeader | TrackOpened | TrackStopped | Mark | SegmentEnd]] = {
    HEADER: SegmentHeader,
    TRACK_OPENED: TrackOpened,
    TRACK_STOPPED: TrackStopped,
    MARK: Mark,
    END: SegmentEnd,
}
_TYPE_OF: dict[type, int] = {body: number for number, body in _JSON_TYPES.items()}
_encoder = msgspec.json.Encoder()


def is_name(text: str) -> bool:
    """Whether `text` may be a folder of the recordings tree: letters, digits, `_` and `-`, at most 128."""
    return _NAME.fullmatch(text) is not None


def segment_name(number: int) -> str:
    return f"{number:06d}{SEGMENT_SUFFIX}"


def frame(record_type: int, payload: bytes | bytearray | memoryview) -> bytes:
    """The whole record with length and checksum."""
    prefix = _PREFIX.pack(len(payload), record_type)
    return b"".join((prefix, payload, _CRC.pack(zlib.crc32(payload, zlib.crc32(prefix)))))


def encode(record: Record) -> bytes:
    match record:
        case Packet(track, at_ns, data):
            return frame(PACKET, PACKET_HEAD.pack(track, at_ns) + data)
        case SenderReport(track, at_ns, ntp, rtp):
            return frame(SENDER_REPORT, REPORT_BODY.pack(track, at_ns, ntp, rtp))
        case Checkpoint(offset, head):
            return frame(CHECKPOINT, _CHECKPOINT_BODY.pack(offset, head))
        case _:
            return frame(_TYPE_OF[type(record)], _encoder.encode(record))


def encode_json(body: SegmentHeader | TrackOpened | TrackStopped | Mark | SegmentEnd | Salvaged) -> bytes:
    return _encoder.encode(body)


def decode(record_type: int, payload: memoryview) -> Record | None:
    """The record, or None for a type this version does not know. Raises ValueError on a malformed payload."""
    if record_type == PACKET:
        if len(payload) < PACKET_HEAD.size:
            raise ValueError("packet record too short")
        track, at_ns = PACKET_HEAD.unpack_from(payload)
        return Packet(track, at_ns, bytes(payload[PACKET_HEAD.size :]))
    try:
        if record_type == SENDER_REPORT:
            return SenderReport(*REPORT_BODY.unpack(payload))
        if record_type == CHECKPOINT:
            return Checkpoint(*_CHECKPOINT_BODY.unpack(payload))
    except struct.error as error:
        raise ValueError(str(error)) from None
    body = _JSON_TYPES.get(record_type)
    # msgspec's errors are ValueErrors.
    return None if body is None else msgspec.json.decode(payload, type=body)


def decode_sidecar(data: bytes) -> Salvaged:
    """Raises ValueError when it is not a sidecar."""
    return msgspec.json.decode(data, type=Salvaged)


class Chain:
    """The running head of one segment."""

    def __init__(self, previous: bytes) -> None:
        self._hash = hashlib.sha256(previous)

    def update(self, data: bytes | bytearray | memoryview) -> None:
        self._hash.update(data)

    def head(self) -> bytes:
        return self._hash.digest()


def chain_head(previous: str, data: bytes | memoryview) -> str:
    """Head (hex) of a segment with these bytes, after a segment with the head `previous` (hex)."""
    chain = Chain(bytes.fromhex(previous))
    chain.update(data)
    return chain.head().hex()


@dataclass(frozen=True, slots=True)
class Tear:
    """Reading stopped at byte `offset`. `end`: where the damaged record ends as far as its length tells (exclusive)."""

    offset: int
    end: int
    why: Literal["magic", "cut", "length", "checksum", "payload", "header", "after-end"]


class SegmentReader:
    """Reads one segment held in memory.

    `header` is None when not even the first record is whole. Iterate `records()` once; afterwards `good_size` is the
    number of whole bytes, `tear` says where and why reading stopped (None: the file ends after a whole record) and
    `ended` whether an end record was seen. Never raises on damage; raises `UnsupportedJournal` from the constructor.
    """

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self.header: SegmentHeader | None = None
        self.tear: Tear | None = None
        self.ended: SegmentEnd | None = None
        self.good_size = 0
        if not data.startswith(MAGIC):
            why: Literal["magic", "cut"] = "cut" if MAGIC.startswith(data) else "magic"
            self.tear = Tear(0, min(len(data), len(MAGIC)), why)
            return
        self.good_size = len(MAGIC)
        first = next(self._walk(), None)
        if first is None:
            self.tear = self.tear or Tear(self.good_size, self.good_size, "cut")
        elif not (isinstance(first[2], SegmentHeader) and _HEAD.fullmatch(first[2].previous)):
            self.tear = Tear(first[0], first[1], "header")
        else:
            self.header = first[2]
            if self.header.version != VERSION or self.header.encryption != "none":
                raise UnsupportedJournal(f"version {self.header.version}, encryption {self.header.encryption}")
        self.good_size = len(MAGIC)
        self.ended = None

    def records(self) -> Iterator[tuple[int, int, Record]]:
        """(begin, end, record) in file order, the header first; `begin` and `end` are byte offsets."""
        if self.header is None:
            return
        yield from self._walk()

    def _walk(self) -> Iterator[tuple[int, int, Record]]:
        data, offset = self._data, len(MAGIC)
        total = len(data)
        while offset < total:
            if self.ended is not None:
                self.tear = Tear(offset, total, "after-end")
                return
            if total - offset < RECORD_OVERHEAD:
                self.tear = Tear(offset, total, "cut")
                return
            length, record_type = _PREFIX.unpack_from(data, offset)
            end = offset + length + RECORD_OVERHEAD
            if length > MAX_PAYLOAD:
                self.tear = Tear(offset, min(offset + RECORD_OVERHEAD, total), "length")
                return
            if end > total:
                self.tear = Tear(offset, total, "cut")
                return
            body = data[offset + _PREFIX.size : end - _CRC.size]
            if zlib.crc32(data[offset : end - _CRC.size]) != _CRC.unpack_from(data, end - _CRC.size)[0]:
                self.tear = Tear(offset, end, "checksum")
                return
            try:
                record = decode(record_type, body)
            except ValueError:
                self.tear = Tear(offset, end, "payload")
                return
            self.good_size = end
            if record is not None:
                if isinstance(record, SegmentEnd):
                    self.ended = record
                yield offset, end, record
            offset = end
