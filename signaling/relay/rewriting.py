"""One kept packet written anew for one stream: for the recorder and for retransmissions.

Done from the same kept bytes the same result comes out, to the last bit: with AES-GCM a packet number must never carry two
different plaintexts (RFC 7714 section 8.4).
"""

from signaling.relay import rtp
from signaling.relay.streams import Run, Stream
from signaling.relay.vp8 import describe


def write_picture(
    packet: bytearray | memoryview, offsets: Run | Stream, picture_at: int, picture: int, tl0_at: int, tl0: int
) -> None:
    """The stream's picture ids in place; an offset of 0 means there is none. `picture_at` is of a 15-bit id."""
    if picture_at:
        number = (picture + offsets.picture_offset) & 0x7FFF
        packet[picture_at] = 0x80 | number >> 8
        packet[picture_at + 1] = number & 0xFF
    if tl0_at:
        packet[tl0_at] = (tl0 + offsets.tl0_offset) & 0xFF


def rewrite(packet: bytes, offsets: Run | Stream, position: int, ssrc: int) -> bytearray:
    """`packet` as the track keeps it → as the stream sends it."""
    data = bytearray(packet)
    timestamp = int.from_bytes(packet[4:8])
    rtp.NUMBERS.pack_into(
        data,
        rtp.NUMBERS_AT,
        (position + offsets.sequence_offset) & 0xFFFF,
        (timestamp + offsets.timestamp_offset) & 0xFFFFFFFF,
        ssrc,
    )
    if offsets.picture_offset or offsets.tl0_offset:
        described = describe(data, rtp.PAYLOAD_AT, len(data))
        if described is not None:
            write_picture(data, offsets, described.picture_at, described.picture, described.tl0_at, described.tl0)
    return data


def retransmission(packet: bytes, offsets: Run | Stream, position: int, rtx_ssrc: int, rtx_sequence: int) -> bytearray:
    """The same as a packet of the retransmission stream (RFC 4588 section 4): the original number before the payload."""
    data = rewrite(packet, offsets, position, rtx_ssrc)
    original = data[2:4]
    data[2:4] = rtx_sequence.to_bytes(2)
    data[1] = data[1] & 0x80 | rtp.VP8_RTX
    data[rtp.PAYLOAD_AT : rtp.PAYLOAD_AT] = original
    return data
