"""The VP8 payload descriptor (RFC 7741 section 4.2), as offsets to write at."""

from collections.abc import Sequence
from typing import NamedTuple


class Descriptor(NamedTuple):
    """Offsets are absolute in the packet, 0 where a field is absent.

    `picture` is the picture id as sent, `picture_bits` 15, 7 or 0; `tl0` the running number of base-layer frames.
    `starts_frame`: first packet of a frame; `keyframe`: of a keyframe (only known in a frame's first packet).
    """

    picture_at: int
    picture_bits: int
    picture: int
    tl0_at: int
    tl0: int
    starts_frame: bool
    keyframe: bool


def describe(packet: Sequence[int], start: int, end: int) -> Descriptor | None:
    """Reads the descriptor of the payload between `start` and `end`; None where it does not fit."""
    if start >= end:
        return None
    first = packet[start]
    at = start + 1
    picture_at = picture_bits = picture = tl0_at = tl0 = 0
    if first & 0x80:
        if at >= end:
            return None
        present = packet[at]
        at += 1
        if present & 0x80:
            if at >= end:
                return None
            picture_at = at
            picture = packet[at]
            if picture & 0x80:
                if at + 1 >= end:
                    return None
                picture = (picture & 0x7F) << 8 | packet[at + 1]
                picture_bits = 15
                at += 2
            else:
                picture_bits = 7
                at += 1
        if present & 0x40:
            if at >= end:
                return None
            tl0_at = at
            tl0 = packet[at]
            at += 1
        if present & 0x30:
            at += 1
    if at >= end:
        return None
    starts_frame = first & 0x17 == 0x10
    return Descriptor(picture_at, picture_bits, picture, tl0_at, tl0, starts_frame, starts_frame and not packet[at] & 1)
