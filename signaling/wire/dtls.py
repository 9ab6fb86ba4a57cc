"""DTLS by aiortc's transport over a pipe of our own. The only file that touches aiortc's private names.

aiortc wants an ICE transport with `role`, `_recv` and `_send`; it gets a bounded queue and our socket. After the handshake
the SRTP sessions are taken over; its own RTP pump only ever sees DTLS records.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport

from signaling.wire.srtp import Keys

#: Datagrams that wait for the handshake; a flood beyond this is dropped (a handshake is about ten datagrams).
MAX_WAITING = 256


class Certificate:
    """The node's certificate: one per process, P-256, good for thirty days; a process lives shorter or rotates."""

    def __init__(self) -> None:
        self._certificate = RTCCertificate.generateCertificate()
        self.fingerprint = next(
            fingerprint.value
            for fingerprint in self._certificate.getFingerprints()
            if fingerprint.algorithm == "sha-256"
        )

    @property
    def wrapped(self) -> RTCCertificate:
        return self._certificate


class _Pipe:
    """What aiortc takes for an ICE transport."""

    role = "controlled"

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._queue: asyncio.Queue[bytes] = asyncio.Queue(MAX_WAITING)
        self._send_datagram = send
        self.dropped = 0

    def put(self, datagram: bytes) -> None:
        try:
            self._queue.put_nowait(datagram)
        except asyncio.QueueFull:
            self.dropped += 1

    async def _recv(self) -> bytes:
        return await self._queue.get()

    async def _send(self, datagram: bytes) -> None:
        self._send_datagram(datagram)


class Association:
    """One DTLS association of a peer. `ended` is called once, when the other side closed it or the handshake failed."""

    def __init__(
        self,
        certificate: Certificate,
        *,
        client: bool,
        fingerprints: tuple[str, ...],
        send: Callable[[bytes], None],
        established: Callable[[Keys], None],
        ended: Callable[[], None],
    ) -> None:
        self.fingerprints = fingerprints
        self.client = client
        self._pipe = _Pipe(send)
        self._established = established
        self._ended = ended
        self._closing = False
        transport: Any = self._pipe
        self._dtls = RTCDtlsTransport(transport, [certificate.wrapped])
        self._dtls._set_role("client" if client else "server")
        self._dtls.on("statechange", self._state_changed)
        self._task: asyncio.Task[None] | None = None

    @property
    def dropped(self) -> int:
        return self._pipe.dropped

    def received(self, datagram: bytes) -> None:
        """A datagram that may be DTLS, from an address that belongs to the peer. Never blocks."""
        self._pipe.put(datagram)

    def start(self) -> None:
        """Begins the handshake; as a client only once there is somewhere to send."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._handshake())

    async def _handshake(self) -> None:
        parameters = RTCDtlsParameters(
            fingerprints=[RTCDtlsFingerprint(algorithm="sha-256", value=value) for value in self.fingerprints]
        )
        await self._dtls.start(parameters)
        if self._dtls.state == "connected":
            self._established(Keys(self._dtls._rx_srtp, self._dtls._tx_srtp))

    def _state_changed(self) -> None:
        if self._dtls.state in ("failed", "closed") and not self._closing:
            self._closing = True
            self._ended()

    async def close(self) -> None:
        """Tells the other side (close_notify) and ends every task."""
        self._closing = True
        if self._task is not None:
            self._task.cancel()
        await self._dtls.stop()
