"""The media ports: one non-blocking UDP socket per address, read in bounded batches (RFC 7983 tells the protocols apart).

Only STUN is taken from strangers. Everything else must come from an address that passed an authenticated check.
"""

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Protocol

from signaling.wire.srtp import IN_VIEW, MAX_DATAGRAM

#: Datagrams read before others on the loop get their turn: some 3 ms of work with forty subscribers each.
BATCH = 32
#: RFC 8489 section 5: at offset 4 of whatever is STUN.
_COOKIE = b"\x21\x12\xa4\x42"
#: Both ways; a keyframe to forty subscribers is 800 datagrams at once. The kernel may grant less.
SOCKET_BUFFER = 4 * 1024 * 1024

Address = tuple[str, int]

log = logging.getLogger("signaling.wire")


class Receiver(Protocol):
    """A peer, as the port sees it: the datagram lies in `srtp.IN`."""

    def received_media(self, port: "UdpPort", size: int, source: Address) -> None: ...

    def received_dtls(self, port: "UdpPort", datagram: bytes, source: Address) -> None: ...

    def broke(self) -> None:
        """Handling a datagram of this peer raised: it ends, the others go on."""


class UdpPort:
    """One socket. `routes`: source address → peer, kept by the peers themselves."""

    __slots__ = ("_on_check", "_socket", "advertised", "bound", "routes", "send", "strangers", "too_long", "unsent")

    def __init__(self, bind: Address, on_check: "Callable[[UdpPort, bytes, Address], None]") -> None:
        family = socket.AF_INET6 if ":" in bind[0] else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            self._socket.setsockopt(socket.SOL_SOCKET, option, SOCKET_BUFFER)
        try:
            self._socket.bind(bind)
        except OSError:
            self._socket.close()
            raise
        host, port = self._socket.getsockname()[:2]
        self.bound: Address = (host, port)
        self.advertised = self.bound
        #: The socket's own method: the event loop's transport costs 2 µs more for each datagram.
        self.send = self._socket.sendto
        self.routes: dict[Address, Receiver] = {}
        self._on_check = on_check
        self.strangers = self.too_long = self.unsent = 0

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.add_reader(self._socket.fileno(), self._readable)

    def close(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.remove_reader(self._socket.fileno())
        self._socket.close()

    def send_datagram(self, datagram: bytes | memoryview, destination: Address) -> None:
        """Sends or drops: a full buffer and an unreachable address are losses like any other."""
        try:
            self.send(datagram, destination)
        except OSError:
            self.unsent += 1

    def _readable(self) -> None:
        receive = self._socket.recvfrom_into
        routes = self.routes
        view = IN_VIEW
        for _ in range(BATCH):
            try:
                size, source = receive(view)
            except OSError:
                return  # nothing left, or an ICMP error the kernel reports here
            if size > MAX_DATAGRAM:
                self.too_long += 1
                continue
            if size < 13:
                continue
            first = view[0]
            if first < 4:
                if view[4:8] == _COOKIE:
                    self._on_check(self, bytes(view[:size]), source)
                continue
            peer = routes.get(source)
            if peer is None:
                self.strangers += 1
                continue
            try:
                if 128 <= first < 192:
                    peer.received_media(self, size, source)
                elif 20 <= first < 64:
                    peer.received_dtls(self, bytes(view[:size]), source)
            except Exception:
                log.exception("a datagram could not be handled; its connection is closed")
                peer.broke()
