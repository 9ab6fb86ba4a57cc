"""Arithmetic of counters that wrap (RFC 1982): sequence numbers of 16 bits, timestamps of 32, picture ids of 15."""

#: Extended numbers start one cycle up, so that a packet older than the first one is still positive.
FIRST_CYCLE = 0x10000


def extend(sequence: int, near: int) -> int:
    """The extended number with the low 16 bits `sequence` that lies nearest to the extended number `near`."""
    return near + (((sequence - near + 0x8000) & 0xFFFF) - 0x8000)


def timestamp_step(later: int, earlier: int) -> int:
    """Signed distance of two 32-bit timestamps, in clock units."""
    return ((later - earlier + 0x80000000) & 0xFFFFFFFF) - 0x80000000
