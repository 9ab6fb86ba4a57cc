"""One media connection of a simulated site: ICE towards a lite node, DTLS, SRTP over one UDP socket.

A packet costs a few microseconds and nothing is decoded, so one process can be many sites or the load of a bench.
"""

import asyncio
import contextlib
import os
import secrets
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass

from aioice import stun
from pylibsrtp import Error as SrtpError

from signaling.rehearsal.descriptions import Credentials, Description, new_credentials
from signaling.rehearsal.dtls import CIPHERS, Cipher, DtlsClient, DtlsFailed, Identity

#: Between two connectivity checks while there is no answer. RFC 8445, section 14.2 (Ta).
CHECK_INTERVAL = 0.05
#: Between two consent checks. RFC 7675 wants 4 to 6 s; sooner finds a broken line sooner.
CONSENT_INTERVAL = 2.5
#: Without an answer for this long the line is held for lost; the node counts the same.
CONSENT_TIMEOUT = 10.0
#: Datagrams read in one turn of the event loop, so that one busy socket does not starve the others.
_BATCH = 64
#: Room for about half a second of forwarded video in the kernel while this process is not scheduled.
_RECEIVE_BUFFER = 1 << 20
_MAX_DATAGRAM = 2048
_PRIORITY = 1_845_494_271  # peer-reflexive, component 1. RFC 8445, section 5.1.2.1.


class PeerFailed(Exception):
    """The connection did not come up; the text says where it stopped."""


@dataclass(slots=True)
class PeerCounters:
    """Since the peer was made. `refused`: SRTP that did not verify or repeats."""

    packets_in: int = 0
    bytes_in: int = 0
    packets_out: int = 0
    refused: int = 0
    sampled: int = 0


class MediaPeer:
    """`on_rtp` and `on_rtcp` take decrypted packets.

    `sample`: decrypt every n-th RTP packet only (for load), the others are counted by their clear header.
    """

    def __init__(
        self,
        identity: Identity,
        *,
        on_rtp: Callable[[bytes], None] | None = None,
        on_rtcp: Callable[[bytes], None] | None = None,
        on_lost: Callable[[], None] | None = None,
        ciphers: tuple[Cipher, ...] = CIPHERS,
        host: str = "0.0.0.0",  # noqa: S104
        sample: int = 1,
    ) -> None:
        self.identity = identity
        self.credentials = new_credentials()
        self.counters = PeerCounters()
        self.round_trip: float | None = None
        self.connected = asyncio.Event()
        self.lost = False
        self.dtls: DtlsClient | None = None
        self._on_rtp, self._on_rtcp, self._on_lost = on_rtp, on_rtcp, on_lost
        self._ciphers = ciphers
        self._sample = sample
        self._remote: Description | None = None
        self._path: tuple[str, int] | None = None
        self._path_found = asyncio.Event()
        self._failure: str | None = None
        self._handshake_over = asyncio.Event()
        self._checks: dict[bytes, float] = {}
        self._last_consent = 0.0
        self._tasks: list[asyncio.Task[None]] = []
        self._loop = asyncio.get_running_loop()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        self._socket.bind((host, 0))
        self._loop.add_reader(self._socket.fileno(), self._readable)

    @property
    def port(self) -> int:
        port: int = self._socket.getsockname()[1]
        return port

    @property
    def cipher(self) -> Cipher | None:
        return self.dtls.cipher if self.dtls else None

    async def connect(self, remote: Description, *, within: float = 10.0) -> None:
        """ICE, then DTLS, `within` seconds. Raises `PeerFailed`."""
        self._remote = remote
        try:
            async with asyncio.timeout(within):
                await self._find_path()
                self._tasks.append(self._loop.create_task(self._keep_consent()))
                await self._shake_hands()
        except TimeoutError:
            step = "DTLS" if self._path else "ICE"
            raise PeerFailed(f"{step} did not finish within {within:g} s") from None

    async def restart(self, remote: Description, credentials: Credentials, *, within: float = 10.0) -> None:
        """A new path with new ICE credentials; the DTLS association and its keys stay. Raises `PeerFailed`."""
        self.credentials = credentials
        self._remote = remote
        self._path_found.clear()
        self._checks.clear()
        try:
            async with asyncio.timeout(within):
                await self._find_path()
        except TimeoutError:
            raise PeerFailed(f"ICE restart did not finish within {within:g} s") from None
        if self.lost:
            self.lost = False
            self._tasks.append(self._loop.create_task(self._keep_consent()))

    def send_rtp(self, packet: bytes) -> None:
        """Protects and sends; without a connection the packet is dropped."""
        if self.dtls is not None and self.dtls.outbound is not None:
            self._send(self.dtls.outbound.protect(packet))
            self.counters.packets_out += 1

    def send_rtcp(self, packet: bytes) -> None:
        if self.dtls is not None and self.dtls.outbound is not None:
            self._send(self.dtls.outbound.protect_rtcp(packet))

    def close(self) -> None:
        """Says good-bye and frees the socket. May be called twice."""
        if self._socket.fileno() < 0:
            return
        for task in self._tasks:
            task.cancel()
        if self.dtls is not None:
            for datagram in self.dtls.close():
                self._send(datagram)
        self._loop.remove_reader(self._socket.fileno())
        self._socket.close()

    # --- ICE ---------------------------------------------------------------------------------------------------

    async def _find_path(self) -> None:
        assert self._remote is not None
        if not self._remote.candidates:
            raise PeerFailed("the description has no UDP candidate")
        while not self._path_found.is_set():
            for address in self._remote.candidates:
                self._check(address)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._path_found.wait(), CHECK_INTERVAL)

    def _check(self, address: tuple[str, int]) -> None:
        assert self._remote is not None
        request = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
        request.attributes["USERNAME"] = f"{self._remote.credentials.ufrag}:{self.credentials.ufrag}"
        request.attributes["PRIORITY"] = _PRIORITY
        request.attributes["ICE-CONTROLLING"] = int.from_bytes(secrets.token_bytes(8), "big")
        request.attributes["USE-CANDIDATE"] = None
        request.add_message_integrity(self._remote.credentials.password.encode())
        request.add_fingerprint()
        self._checks[request.transaction_id] = self._loop.time()
        self._send_to(bytes(request), address)

    async def _keep_consent(self) -> None:
        self._last_consent = self._loop.time()
        while self._loop.time() - self._last_consent < CONSENT_TIMEOUT:
            await asyncio.sleep(CONSENT_INTERVAL)
            expired = self._loop.time() - CONSENT_TIMEOUT
            self._checks = {key: sent for key, sent in self._checks.items() if sent > expired}
            if self._path is not None:
                self._check(self._path)
        self.lost = True
        if self._on_lost is not None:
            self._on_lost()

    def _take_stun(self, data: bytes, address: tuple[str, int]) -> None:
        try:
            message = stun.parse_message(data)
        except (ValueError, IndexError, KeyError, struct.error):  # a bad datagram, as aioice meets it
            return
        if message.message_class == stun.Class.RESPONSE and message.transaction_id in self._checks:
            assert self._remote is not None
            if not message.check_message_integrity(self._remote.credentials.password.encode()):
                return
            now = self._loop.time()
            self.round_trip = now - self._checks.pop(message.transaction_id)
            self._last_consent = now
            if not self._path_found.is_set():
                self._path = address
                self._path_found.set()
        elif message.message_class == stun.Class.REQUEST:
            if not message.check_message_integrity(self.credentials.password.encode()):
                return
            answer = stun.Message(
                message_method=stun.Method.BINDING,
                message_class=stun.Class.RESPONSE,
                transaction_id=message.transaction_id,
            )
            answer.attributes["XOR-MAPPED-ADDRESS"] = address
            answer.add_message_integrity(self.credentials.password.encode())
            answer.add_fingerprint()
            self._send_to(bytes(answer), address)

    # --- DTLS --------------------------------------------------------------------------------------------------

    async def _shake_hands(self) -> None:
        assert self._remote is not None
        self.dtls = DtlsClient(self.identity, self._remote.fingerprint, self._ciphers)
        self._send_all(self.dtls.start())
        while not self._handshake_over.is_set():
            wait = self.dtls.next_timeout()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._handshake_over.wait(), wait if wait is not None else CHECK_INTERVAL)
            if not self._handshake_over.is_set():
                self._send_all(self.dtls.handle_timeout())
        if self._failure is not None:
            raise PeerFailed(self._failure)

    def _take_dtls(self, data: bytes) -> None:
        if self.dtls is None:
            return
        try:
            self._send_all(self.dtls.receive(data))
        except DtlsFailed as error:
            self._failure = str(error)
            self._handshake_over.set()
            return
        if self.dtls.connected:
            self.connected.set()
            self._handshake_over.set()
        if self.dtls.closed and not self.lost:
            self.lost = True
            if self._on_lost is not None:
                self._on_lost()

    # --- datagrams ---------------------------------------------------------------------------------------------

    def _readable(self) -> None:
        receive = self._socket.recvfrom
        for _ in range(_BATCH):
            try:
                data, address = receive(_MAX_DATAGRAM)
            except (BlockingIOError, ConnectionError):
                return
            first = data[0] if data else 255
            if 128 <= first < 192:
                self._take_media(data)
            elif first < 4:
                self._take_stun(data, address)
            elif 20 <= first < 64 and address == self._path:
                self._take_dtls(data)

    def _take_media(self, data: bytes) -> None:
        dtls = self.dtls
        if dtls is None or dtls.inbound is None or len(data) < 12:
            return
        counters = self.counters
        try:
            if 192 <= data[1] <= 223:
                packet = dtls.inbound.unprotect_rtcp(data)
                if self._on_rtcp is not None:
                    self._on_rtcp(packet)
                return
            counters.packets_in += 1
            counters.bytes_in += len(data)
            if counters.packets_in % self._sample:
                return
            packet = dtls.inbound.unprotect(data)
        except (SrtpError, ValueError):
            counters.refused += 1
            return
        counters.sampled += 1
        if self._on_rtp is not None:
            self._on_rtp(packet)

    def _send_all(self, datagrams: list[bytes]) -> None:
        for datagram in datagrams:
            self._send(datagram)

    def _send(self, datagram: bytes) -> None:
        if self._path is not None:
            self._send_to(datagram, self._path)

    def _send_to(self, datagram: bytes, address: tuple[str, int]) -> None:
        # A full buffer or a port that is gone loses the datagram, as a line does.
        with contextlib.suppress(OSError):
            self._socket.sendto(datagram, address)


def random_sequence() -> int:
    """A start for sequence numbers, below 2^15 so that SRTP's roll-over count starts well. RFC 3711, section 3.3.1."""
    return int.from_bytes(os.urandom(2), "big") & 0x7FFF
