"""SRTP through libsrtp's C functions on buffers that are used again. The only file that touches pylibsrtp's private names.

pylibsrtp's own `protect` copies twice and refuses plaintexts of 1,357 bytes and more; its sessions are taken as they are.
Every call here releases the interpreter lock, which is free only while the process has one thread.
"""

from typing import Any

from pylibsrtp import Session
from pylibsrtp._binding import ffi, lib

from signaling.relay.rtp import MAX_PACKET

#: Ethernet's largest UDP payload. A longer datagram would be fragmented; it is dropped.
MAX_DATAGRAM = 1472
#: Room for a datagram, the longest tag and key index, rounded up.
BUFFER_SIZE = 2048
#: What SRTCP may add: index, tag, key index (srtp.h: SRTP_MAX_SRTCP_TRAILER_LEN).
_RTCP_TRAILER = 148

_OK = lib.srtp_err_status_ok

#: Where datagrams are received and unprotected in place.
IN: Any = ffi.new("char[]", BUFFER_SIZE)
IN_VIEW = memoryview(ffi.buffer(IN)).cast("B")
#: Where packets are written and protected in place.
OUT: Any = ffi.new("char[]", BUFFER_SIZE)
OUT_VIEW = memoryview(ffi.buffer(OUT)).cast("B")
#: `OUT_VIEWS[n]`: the first n bytes, made once because every packet is sent through one.
OUT_VIEWS: list[memoryview] = [OUT_VIEW[:size] for size in range(BUFFER_SIZE + 1)]
#: Length before and after a call on `OUT` (`int *`); `LENGTH[0]`.
LENGTH: Any = ffi.new("int *")

#: protect(handle, OUT, LENGTH) → 0 when it worked. The packet in `OUT` grows by the tag.
protect: Any = lib.srtp_protect
#: memmove(OUT, packet, size)
memmove: Any = ffi.memmove


class Keys:
    """The two SRTP sessions of one DTLS association. `handle` is what `protect` wants."""

    __slots__ = ("_received", "_receiving", "_sending", "handle")

    def __init__(self, receiving: Session, sending: Session) -> None:
        self._receiving = receiving
        self._sending = sending
        self._received: Any = receiving._srtp[0]
        self.handle: Any = sending._srtp[0]

    def unprotect(self, size: int) -> int:
        """Verifies and decrypts the RTP packet in `IN` in place; its new length, or -1 (bad tag, replay)."""
        LENGTH[0] = size
        if lib.srtp_unprotect(self._received, IN, LENGTH) != _OK:
            return -1
        return int(LENGTH[0])

    def unprotect_control(self, size: int) -> bytes | None:
        """The RTCP compound in `IN`, or None."""
        LENGTH[0] = size
        if lib.srtp_unprotect_rtcp(self._received, IN, LENGTH) != _OK:
            return None
        return bytes(IN_VIEW[: LENGTH[0]])

    def protect(self, packet: bytes) -> memoryview | None:
        """The encrypted RTP packet, to be sent before the next call; None if it is too long or refused."""
        size = len(packet)
        if size > MAX_PACKET:
            return None
        memmove(OUT, packet, size)
        LENGTH[0] = size
        if protect(self.handle, OUT, LENGTH) != _OK:
            return None
        return OUT_VIEWS[int(LENGTH[0])]

    def protect_control(self, compound: bytes) -> memoryview | None:
        """The encrypted RTCP compound, to be sent before the next call; None if it is too long or refused."""
        size = len(compound)
        if size > BUFFER_SIZE - _RTCP_TRAILER:
            return None
        memmove(OUT, compound, size)
        LENGTH[0] = size
        if lib.srtp_protect_rtcp(self.handle, OUT, LENGTH) != _OK:
            return None
        return OUT_VIEWS[int(LENGTH[0])]
