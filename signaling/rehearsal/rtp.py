"""RTP and RTCP as a simulated site writes and reads them: RFC 3550, 4585, 5104, 7741, 8285, 4588."""

import struct
from collections import OrderedDict
from dataclasses import dataclass, field

#: Leaves room for extensions, SRTP's tag and a tunnel below 1,200 bytes of datagram.
MAX_PAYLOAD = 1100
#: About two seconds of a small picture: what a NACK may still ask for.
_HISTORY = 256
#: A lost packet is asked for at these ages, seconds, and not again: later it is of no use to a live picture.
_NACK_AGES = (0.01, 0.08, 0.2)
#: A jump beyond this is a new stream, not a loss. RFC 3550, appendix A.1.
_MAX_GAP = 3000


@dataclass(frozen=True, slots=True)
class Header:
    """`payload`: where the payload begins and ends; `extensions`: one-byte header extensions by id."""

    marker: bool
    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    begin: int
    end: int
    extensions: dict[int, bytes]


def read_header(packet: bytes) -> Header:
    """Raises `ValueError` for what is not RTP version 2 or overruns its own length."""
    if len(packet) < 12 or packet[0] >> 6 != 2:
        raise ValueError("not an RTP packet")
    first, second, sequence, timestamp, ssrc = struct.unpack_from("!BBHII", packet)
    begin = 12 + 4 * (first & 15)
    extensions: dict[int, bytes] = {}
    if first & 0x10:
        if len(packet) < begin + 4:
            raise ValueError("the header extension overruns the packet")
        profile, words = struct.unpack_from("!HH", packet, begin)
        stop = begin + 4 + 4 * words
        if profile == 0xBEDE:
            extensions = _read_extensions(packet[begin + 4 : stop])
        begin = stop
    end = len(packet) - (packet[-1] if first & 0x20 else 0)
    if begin > end:
        raise ValueError("header or padding overrun the packet")
    return Header(bool(second & 0x80), second & 0x7F, sequence, timestamp, ssrc, begin, end, extensions)


def _read_extensions(block: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    at = 0
    while at < len(block):
        if block[at] == 0:
            at += 1
            continue
        number, size = block[at] >> 4, (block[at] & 15) + 1
        if number == 15:
            break
        found[number] = block[at + 1 : at + 1 + size]
        at += 1 + size
    return found


def write_extensions(values: list[tuple[int, bytes]]) -> bytes:
    """The extension block with its header, empty for no values."""
    if not values:
        return b""
    block = b"".join(bytes((number << 4 | len(value) - 1,)) + value for number, value in values)
    block += bytes(-len(block) % 4)
    return struct.pack("!HH", 0xBEDE, len(block) // 4) + block


def vp8_payloads(frame: bytes, picture_id: int) -> list[bytes]:
    """One encoded frame as RTP payloads with a 15-bit picture id. RFC 7741, section 4.2."""
    tail = struct.pack("!BH", 0x80, 0x8000 | picture_id & 0x7FFF)
    pieces = [frame[at : at + MAX_PAYLOAD] for at in range(0, len(frame), MAX_PAYLOAD)]
    return [bytes((0x90 if n == 0 else 0x80,)) + tail + piece for n, piece in enumerate(pieces)]


class SendingTrack:
    """One source: counts sequence numbers, remembers what a NACK may ask for."""

    def __init__(
        self,
        ssrc: int,
        payload_type: int,
        clock_rate: int,
        first_sequence: int,
        *,
        repeat: tuple[int, int] | None = None,
    ) -> None:
        """`repeat`: SSRC and payload type of RTX."""
        self.ssrc, self.payload_type, self.clock_rate = ssrc, payload_type, clock_rate
        self._sequence = first_sequence
        self._repeat_sequence = first_sequence
        self._repeat = repeat
        #: Extension id and value of the section's name, once the answer told the id.
        self.mid: tuple[int, bytes] | None = None
        self._history: OrderedDict[int, bytes] = OrderedDict()
        self.packets = 0
        self.payload_bytes = 0
        self.repeated = 0

    def packet(
        self, payload: bytes, timestamp: int, *, marker: bool, extensions: list[tuple[int, bytes]] | None = None
    ) -> bytes:
        values = list(extensions or [])
        if self.mid is not None:
            values.append(self.mid)
        block = write_extensions(values)
        head = struct.pack(
            "!BBHII",
            0x90 if block else 0x80,
            (0x80 if marker else 0) | self.payload_type,
            self._sequence,
            timestamp & 0xFFFFFFFF,
            self.ssrc,
        )
        packet = head + block + payload
        if self._repeat is not None:
            self._history[self._sequence] = packet
            if len(self._history) > _HISTORY:
                self._history.popitem(last=False)
        self._sequence = (self._sequence + 1) & 0xFFFF
        self.packets += 1
        self.payload_bytes += len(payload)
        return packet

    def repeat(self, sequence: int) -> bytes | None:
        """The packet once more in RTX form (RFC 4588), None when it is forgotten."""
        packet = self._history.get(sequence)
        if packet is None or self._repeat is None:
            return None
        ssrc, payload_type = self._repeat
        header = read_header(packet)
        head = struct.pack(
            "!BBHII",
            packet[0],
            (0x80 if header.marker else 0) | payload_type,
            self._repeat_sequence,
            header.timestamp,
            ssrc,
        )
        self._repeat_sequence = (self._repeat_sequence + 1) & 0xFFFF
        self.repeated += 1
        return head + packet[12 : header.begin] + struct.pack("!H", sequence) + packet[header.begin :]


@dataclass(slots=True)
class ReceivedTrack:
    """What arrived in one slot. `lost` counts what neither came nor was repaired."""

    clock_rate: int
    packets: int = 0
    bytes: int = 0
    frames: int = 0
    repaired: int = 0
    level: int | None = None
    jitter: float = 0.0
    lost: int = 0
    highest: int | None = None
    cycles: int = 0
    missing: dict[int, tuple[float, int]] = field(default_factory=dict)
    _transit: float | None = None

    def take(self, header: Header, size: int, now: float) -> None:
        """Counts a packet that came in its own stream. `now`: seconds, any steady clock."""
        self.packets += 1
        self.bytes += size
        self.frames += header.marker
        transit = now - header.timestamp / self.clock_rate
        if self._transit is not None and abs(transit - self._transit) < 10:
            self.jitter += (abs(transit - self._transit) - self.jitter) / 16
        self._transit = transit
        sequence = header.sequence
        if self.highest is None:
            self.highest = sequence
            return
        ahead = (sequence - self.highest) & 0xFFFF
        if 0 < ahead < _MAX_GAP:
            for late in range(1, ahead):
                self.missing[(self.highest + late) & 0xFFFF] = (now, 0)
            self.cycles += sequence < self.highest
            self.highest = sequence
        elif ahead >= 0x10000 - _MAX_GAP:
            self.missing.pop(sequence, None)
        elif ahead:
            self.missing.clear()
            self.highest = sequence

    def take_repeat(self, sequence: int, header: Header) -> None:
        """Counts a packet that came as a repetition of `sequence`."""
        if self.missing.pop(sequence, None) is not None:
            self.repaired += 1
            self.frames += header.marker

    def wanted(self, now: float) -> list[int]:
        """Sequence numbers to ask for now; gives up, and counts as lost, what was asked for often enough."""
        asked: list[int] = []
        for sequence, (since, tries) in list(self.missing.items()):
            if tries >= len(_NACK_AGES):
                if now - since > 2 * _NACK_AGES[-1]:
                    del self.missing[sequence]
                    self.lost += 1
            elif now - since >= _NACK_AGES[tries]:
                self.missing[sequence] = (since, tries + 1)
                asked.append(sequence)
        return asked


@dataclass(frozen=True, slots=True)
class Feedback:
    """What the far side asked for: keyframes of these sources, packets of these sources."""

    keyframes: list[int]
    repeats: list[tuple[int, int]]
    reports: list[tuple[int, int, int]]  # sender reports: source, NTP time, RTP time


def read_rtcp(packet: bytes) -> Feedback:
    """A compound packet; unknown parts are passed over, a torn one ends the reading."""
    feedback = Feedback([], [], [])
    at = 0
    while at + 8 <= len(packet):
        count, kind, words = packet[at] & 31, packet[at + 1], struct.unpack_from("!H", packet, at + 2)[0]
        stop = at + 4 + 4 * words
        if stop > len(packet) or packet[at] >> 6 != 2:
            break
        if kind == 200 and stop - at >= 20:
            feedback.reports.append(struct.unpack_from("!IQI", packet, at + 4))
        elif kind == 206 and count == 1 and stop - at >= 12:
            feedback.keyframes.append(struct.unpack_from("!I", packet, at + 8)[0])
        elif kind == 206 and count == 4:
            items = range(at + 12, stop - 7, 8)
            feedback.keyframes.extend(struct.unpack_from("!I", packet, item)[0] for item in items)
        elif kind == 205 and count == 1:
            source = struct.unpack_from("!I", packet, at + 8)[0] if stop - at >= 12 else 0
            for item in range(at + 12, stop - 3, 4):
                first, mask = struct.unpack_from("!HH", packet, item)
                feedback.repeats.append((source, first))
                feedback.repeats.extend((source, (first + n + 1) & 0xFFFF) for n in range(16) if mask >> n & 1)
        at = stop
    return feedback


def write_sender_report(track: SendingTrack, unix_time: float, timestamp: int, cname: str) -> bytes:
    """SR and SDES. `timestamp`: the track's RTP time at `unix_time`."""
    ntp = int((unix_time + 2_208_988_800) * 2**32)
    report = struct.pack(
        "!BBHIQIII",
        0x80,
        200,
        6,
        track.ssrc,
        ntp & 0xFFFFFFFFFFFFFFFF,
        timestamp & 0xFFFFFFFF,
        track.packets & 0xFFFFFFFF,
        track.payload_bytes & 0xFFFFFFFF,
    )
    text = cname.encode()
    item = struct.pack("!I", track.ssrc) + bytes((1, len(text))) + text + b"\0"
    item += bytes(-len(item) % 4)
    return report + struct.pack("!BBH", 0x81, 202, len(item) // 4) + item


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """About one received source. `lost`: packets that never came; `jitter`: in units of the RTP clock.

    `last_report`: the middle 32 bits of the newest sender report's NTP time, `since`: seconds since it came.
    """

    source: int
    lost: int = 0
    highest: int = 0
    jitter: int = 0
    last_report: int = 0
    since: float = 0.0


def write_receiver_report(own: int, blocks: list[ReportBlock]) -> bytes:
    """RFC 3550, section 6.4.2; at most 31 blocks. The share lost since the last report is left at 0."""
    body = b"".join(
        struct.pack(
            "!IIIIII",
            block.source,
            min(block.lost, 0x7FFFFF),
            block.highest & 0xFFFFFFFF,
            block.jitter & 0xFFFFFFFF,
            block.last_report,
            int(block.since * 65536) & 0xFFFFFFFF if block.last_report else 0,
        )
        for block in blocks[:31]
    )
    return struct.pack("!BBHI", 0x80 | len(blocks[:31]), 201, 1 + len(body) // 4, own) + body


def _empty_report(own: int) -> bytes:
    return struct.pack("!BBHI", 0x80, 201, 1, own)


def write_nack(own: int, source: int, sequences: list[int]) -> bytes:
    """An empty report and a generic NACK. RFC 4585, section 6.2.1."""
    items: list[tuple[int, int]] = []
    for sequence in sequences:
        if items:
            first, mask = items[-1]
            behind = (sequence - first - 1) & 0xFFFF
            if behind < 16:
                items[-1] = (first, mask | 1 << behind)
                continue
        items.append((sequence, 0))
    body = b"".join(struct.pack("!HH", *item) for item in items)
    return _empty_report(own) + struct.pack("!BBHII", 0x81, 205, 2 + len(items), own, source) + body


def write_pli(own: int, source: int) -> bytes:
    """An empty report and a picture loss indication. RFC 4585, section 6.3.1."""
    return _empty_report(own) + struct.pack("!BBHII", 0x81, 206, 2, own, source)
