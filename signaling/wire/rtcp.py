"""RTCP (RFC 3550 section 6, RFC 4585, RFC 5104, draft-alvestrand-rmcat-remb): a bounded parser and the few packets we write.

Reading never raises: a packet that does not fit ends the compound, an unknown one is passed over.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from struct import Struct, pack

SENDER_REPORT = 200
RECEIVER_REPORT = 201
SOURCE_DESCRIPTION = 202
GOODBYE = 203
TRANSPORT_FEEDBACK = 205
PAYLOAD_FEEDBACK = 206

_NACK = 1
_PLI = 1
_FIR = 4
_APPLICATION = 15

_HEADER = Struct("!BBH")
_REPORT_BLOCK = Struct("!IIIIII")
_SENDER_INFO = Struct("!QIII")
#: A compound larger than a datagram's worth of the smallest packets is an attack.
MAX_PACKETS = 64
#: Sequence numbers taken from one NACK packet.
MAX_NACKED = 512
#: Numbers in one NACK we write; more do not arrive together on a line that loses that much.
MAX_NACK_PAIRS = 60


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """`fraction_lost` of 256, `jitter` in clock units, `last_report` and `delay` in 1/65536 s (0 = none)."""

    ssrc: int
    fraction_lost: int
    lost: int
    highest: int
    jitter: int
    last_report: int
    delay: int


@dataclass(frozen=True, slots=True)
class SenderReport:
    """`ntp` is 64-bit NTP time."""

    ssrc: int
    ntp: int
    timestamp: int
    packets: int
    octets: int
    blocks: tuple[ReportBlock, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceiverReport:
    ssrc: int
    blocks: tuple[ReportBlock, ...]


@dataclass(frozen=True, slots=True)
class Goodbye:
    ssrcs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Nack:
    media_ssrc: int
    sequences: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class KeyframeRequest:
    """PLI or FIR; several streams may be named by FIR."""

    ssrcs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ReceiverEstimate:
    """REMB: bits/s the receiver thinks it can take over all streams."""

    bitrate: int
    ssrcs: tuple[int, ...]


RtcpPacket = SenderReport | ReceiverReport | Goodbye | Nack | KeyframeRequest | ReceiverEstimate


def parse(data: bytes) -> list[RtcpPacket]:
    """The packets of a compound we know; an empty list for junk."""
    packets: list[RtcpPacket] = []
    at = 0
    for _ in range(MAX_PACKETS):
        if at + 4 > len(data):
            break
        first, kind, words = _HEADER.unpack_from(data, at)
        end = at + 4 + words * 4
        if first >> 6 != 2 or end > len(data):
            break
        body_end = end
        if first & 0x20:
            padding = data[end - 1]
            if padding == 0 or padding > end - at - 4:
                break
            body_end -= padding
        packet = _parse_one(kind, first & 0x1F, data[at + 4 : body_end])
        if packet is not None:
            packets.append(packet)
        at = end
    return packets


def _parse_one(kind: int, count: int, body: bytes) -> RtcpPacket | None:
    if kind == SENDER_REPORT and len(body) >= 24:
        ssrc = int.from_bytes(body[:4])
        ntp, timestamp, packets, octets = _SENDER_INFO.unpack_from(body, 4)
        return SenderReport(ssrc, ntp, timestamp, packets, octets, _blocks(body, 24, count))
    if kind == RECEIVER_REPORT and len(body) >= 4:
        return ReceiverReport(int.from_bytes(body[:4]), _blocks(body, 4, count))
    if kind == GOODBYE and len(body) >= 4 * count:
        return Goodbye(tuple(int.from_bytes(body[n * 4 : n * 4 + 4]) for n in range(count)))
    if len(body) < 8:
        return None
    media = int.from_bytes(body[4:8])
    if kind == TRANSPORT_FEEDBACK and count == _NACK:
        return Nack(media, _nacked(body))
    if kind == PAYLOAD_FEEDBACK:
        if count == _PLI:
            return KeyframeRequest((media,))
        if count == _FIR:
            return KeyframeRequest(tuple(int.from_bytes(body[at : at + 4]) for at in range(8, len(body) - 7, 8)))
        if count == _APPLICATION:
            return _estimate(body)
    return None


def _blocks(body: bytes, at: int, count: int) -> tuple[ReportBlock, ...]:
    blocks = []
    for start in range(at, min(at + count * 24, len(body) - 23), 24):
        ssrc, losses, highest, jitter, last_report, delay = _REPORT_BLOCK.unpack_from(body, start)
        lost = losses & 0xFFFFFF
        if lost & 0x800000:
            lost -= 0x1000000
        blocks.append(ReportBlock(ssrc, losses >> 24, lost, highest, jitter, last_report, delay))
    return tuple(blocks)


def _nacked(body: bytes) -> tuple[int, ...]:
    sequences: list[int] = []
    for at in range(8, len(body) - 3, 4):
        first = body[at] << 8 | body[at + 1]
        mask = body[at + 2] << 8 | body[at + 3]
        sequences.append(first)
        sequences.extend((first + bit + 1) & 0xFFFF for bit in range(16) if mask >> bit & 1)
        if len(sequences) > MAX_NACKED:
            break
    return tuple(sequences[:MAX_NACKED])


def _estimate(body: bytes) -> ReceiverEstimate | None:
    if len(body) < 16 or body[8:12] != b"REMB":
        return None
    count = body[12]
    bitrate = ((body[13] & 3) << 16 | body[14] << 8 | body[15]) << (body[13] >> 2)
    if len(body) < 16 + 4 * count:
        return None
    return ReceiverEstimate(bitrate, tuple(int.from_bytes(body[16 + n * 4 : 20 + n * 4]) for n in range(count)))


# --- writing ---------------------------------------------------------------------------------------------------


def _packet(count: int, kind: int, body: bytes) -> bytes:
    return _HEADER.pack(0x80 | count, kind, len(body) // 4) + body


def _pack_block(block: ReportBlock) -> bytes:
    lost = max(-0x800000, min(0x7FFFFF, block.lost)) & 0xFFFFFF
    return _REPORT_BLOCK.pack(
        block.ssrc, block.fraction_lost << 24 | lost, block.highest, block.jitter, block.last_report, block.delay
    )


def sender_report(report: SenderReport) -> bytes:
    body = report.ssrc.to_bytes(4) + _SENDER_INFO.pack(
        report.ntp, report.timestamp, report.packets & 0xFFFFFFFF, report.octets & 0xFFFFFFFF
    )
    return _packet(len(report.blocks), SENDER_REPORT, body + b"".join(_pack_block(block) for block in report.blocks))


def receiver_report(ssrc: int, blocks: Iterable[ReportBlock]) -> bytes:
    """At most 31 blocks, as the format allows."""
    packed = [_pack_block(block) for block in blocks][:31]
    return _packet(len(packed), RECEIVER_REPORT, ssrc.to_bytes(4) + b"".join(packed))


def source_description(ssrc: int, name: str) -> bytes:
    """The canonical name that belongs to a compound packet; `name` at most 255 bytes."""
    item = name.encode()[:255]
    chunk = ssrc.to_bytes(4) + b"\x01" + bytes([len(item)]) + item + b"\x00"
    return _packet(1, SOURCE_DESCRIPTION, chunk + bytes(-len(chunk) % 4))


def nack(sender: int, media: int, sequences: Iterable[int]) -> bytes:
    """`sequences` (16 bit) ascending in the order they were sent; those beyond the limit are left for the next one."""
    pairs: list[tuple[int, int]] = []
    for sequence in sequences:
        distance = (sequence - pairs[-1][0] - 1) & 0xFFFF if pairs else 0xFFFF
        if distance < 16:
            pairs[-1] = pairs[-1][0], pairs[-1][1] | 1 << distance
        elif len(pairs) < MAX_NACK_PAIRS:
            pairs.append((sequence, 0))
        else:
            break
    return _packet(
        _NACK, TRANSPORT_FEEDBACK, pack("!II", sender, media) + b"".join(pack("!HH", *pair) for pair in pairs)
    )


def picture_loss(sender: int, media: int) -> bytes:
    return _packet(_PLI, PAYLOAD_FEEDBACK, pack("!II", sender, media))


def receiver_estimate(sender: int, bitrate: int, ssrcs: list[int]) -> bytes:
    """REMB for at most 255 streams; `bitrate` in bits/s, rounded down to 18 significant bits."""
    exponent = max(0, bitrate.bit_length() - 18)
    mantissa = bitrate >> exponent
    head = pack("!II4sBBH", sender, 0, b"REMB", len(ssrcs), exponent << 2 | mantissa >> 16, mantissa & 0xFFFF)
    return _packet(_APPLICATION, PAYLOAD_FEEDBACK, head + b"".join(ssrc.to_bytes(4) for ssrc in ssrcs))
