"""A bare WebRTC peer for one socket: checks, DTLS and SRTP, and whatever packets a test wants to send with them."""

import asyncio
import contextlib
import secrets
import socket
from collections.abc import Callable
from struct import pack

from aioice import stun

from signaling.protocol.ids import SeatId, SessionId
from signaling.protocol.slots import SLOTS
from signaling.relay import rtp
from signaling.wire import rtcp, sdp
from signaling.wire.dtls import Association, Certificate
from signaling.wire.engine import MediaEngine
from signaling.wire.srtp import IN_VIEW, Keys

PASSWORD = "p" * 24
AUDIO_SSRC, VIDEO_SSRC, RTX_SSRC = 1001, 2001, 2002


def publish_offer(fingerprint: str, ufrag: str, setup: str = "actpass") -> str:
    common = (
        f"c=IN IP4 0.0.0.0\r\na=ice-ufrag:{ufrag}\r\na=ice-pwd:{PASSWORD}\r\na=fingerprint:sha-256 {fingerprint}\r\na=setup:{setup}\r\n"
        "a=rtcp-mux\r\na=rtcp-rsize\r\na=sendonly\r\n"
    )
    return (
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n"
        f"m=audio 9 UDP/TLS/RTP/SAVPF 109\r\n{common}a=mid:0\r\na=rtpmap:109 opus/48000/2\r\n"
        f"a=extmap:4 {rtp.AUDIO_LEVEL_URI}\r\na=ssrc:{AUDIO_SSRC} cname:x\r\n"
        f"m=video 9 UDP/TLS/RTP/SAVPF 120 121\r\n{common}a=mid:1\r\na=rtpmap:120 VP8/90000\r\n"
        "a=rtcp-fb:120 nack\r\na=rtcp-fb:120 nack pli\r\na=rtpmap:121 rtx/90000\r\na=fmtp:121 apt=120\r\n"
        f"a=ssrc-group:FID {VIDEO_SSRC} {RTX_SSRC}\r\na=ssrc:{VIDEO_SSRC} cname:x\r\na=ssrc:{RTX_SSRC} cname:x\r\n"
    )


def subscribe_answer(offer: str, fingerprint: str, ufrag: str, setup: str = "active") -> str:
    lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE " + " ".join(SLOTS)]
    for section in sdp.parse(offer).sections:
        lines += [
            f"m={section.kind} 9 {section.protocol} {' '.join(section.formats)}",
            "c=IN IP4 0.0.0.0",
            f"a=ice-ufrag:{ufrag}",
            f"a=ice-pwd:{PASSWORD}",
            f"a=fingerprint:sha-256 {fingerprint}",
            f"a=setup:{setup}",
            f"a=mid:{section.mid}",
            "a=recvonly",
            "a=rtcp-mux",
        ]
    return "\r\n".join(lines) + "\r\n"


def video_packet(
    sequence: int, timestamp: int = 0, *, keyframe: bool = False, picture: int = 0, size: int = 200
) -> bytes:
    header = pack("!BBHII", 0x80, 0x80 | 120, sequence & 0xFFFF, timestamp, VIDEO_SSRC)
    descriptor = b"\x90\x80" + pack("!H", 0x8000 | picture & 0x7FFF) + (b"\x00" if keyframe else b"\x01")
    return header + descriptor + bytes(size)


def audio_packet(sequence: int, timestamp: int = 0, level: int = 30) -> bytes:
    header = pack("!BBHII", 0x90, 109, sequence & 0xFFFF, timestamp, AUDIO_SSRC)
    return header + pack("!HHBBH", 0xBEDE, 1, 4 << 4, level, 0) + b"opus"


class RawPeer:
    """One socket towards one engine. Received plaintext RTP is in `packets`, RTCP in `control`."""

    def __init__(self, engine: MediaEngine) -> None:
        self.target = engine.addresses[0]
        self.certificate = Certificate()
        self.ufrag = secrets.token_hex(4)
        self.remote_ufrag = self.remote_password = self.remote_fingerprint = ""
        self.keys: Keys | None = None
        self.established = asyncio.Event()
        self.ended = asyncio.Event()
        self.packets: list[bytes] = []
        self.control: list[rtcp.RtcpPacket] = []
        self.news = asyncio.Event()
        self.answered = asyncio.Event()
        self.association: Association | None = None
        self.move()

    def move(self) -> None:
        """From now on from another port, as after a change of network."""
        if hasattr(self, "socket"):
            self.close()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        asyncio.get_running_loop().add_reader(self.socket.fileno(), self._readable)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self.socket.fileno())
        self.socket.close()

    def learn(self, description: str) -> None:
        transport = sdp.parse(description).sections[0].transport
        self.remote_ufrag, self.remote_password = transport.ufrag, transport.password
        self.remote_fingerprint = transport.fingerprints[0]

    async def check(self, *, nominates: bool = True, password: str | None = None) -> None:
        """One connectivity check; returns when it was answered."""
        request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        request.attributes["USERNAME"] = f"{self.remote_ufrag}:{self.ufrag}"
        request.attributes["PRIORITY"] = 1
        request.attributes["ICE-CONTROLLING"] = 1
        if nominates:
            request.attributes["USE-CANDIDATE"] = None
        request.add_message_integrity((password or self.remote_password).encode())
        self.answered.clear()
        self.send(bytes(request))
        await asyncio.wait_for(self.answered.wait(), 2)

    async def handshake(self, *, client: bool = True) -> None:
        self.begin_handshake(client=client)
        await asyncio.wait_for(self.established.wait(), 5)

    def begin_handshake(self, *, client: bool = True) -> None:
        self.established.clear()

        def keep(keys: Keys) -> None:
            self.keys = keys
            self.established.set()

        self.association = Association(
            self.certificate,
            client=client,
            fingerprints=(self.remote_fingerprint,),
            send=self.send,
            established=keep,
            ended=self.ended.set,
        )
        self.association.start()

    def send(self, datagram: bytes | memoryview) -> None:
        self.socket.sendto(datagram, self.target)

    def send_packet(self, packet: bytes) -> bytes:
        """Protects and sends; returns the datagram."""
        assert self.keys is not None
        protected = self.keys.protect(packet)
        assert protected is not None
        datagram = bytes(protected)
        self.send(datagram)
        return datagram

    def send_control(self, compound: bytes) -> None:
        assert self.keys is not None
        protected = self.keys.protect_control(compound)
        assert protected is not None
        self.send(bytes(protected))

    async def until(self, condition: Callable[[], bool], timeout: float = 3) -> None:
        """Waits for datagrams until `condition()` holds."""
        async with asyncio.timeout(timeout):
            while not condition():
                self.news.clear()
                await self.news.wait()

    async def breathe(self, seconds: float) -> None:
        """Until a datagram comes, at most `seconds`: the pace of something that is sent again and again."""
        self.news.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.news.wait(), seconds)

    def video(self) -> list[bytes]:
        return [packet for packet in self.packets if packet[1] & 0x7F == rtp.VP8]

    def _readable(self) -> None:
        while True:
            try:
                data, _ = self.socket.recvfrom(2048)
            except OSError:
                return
            if data[0] < 4:
                self.answered.set()
            elif data[0] < 64:
                if self.association is not None:
                    self.association.received(data)
            elif self.keys is not None:
                IN_VIEW[: len(data)] = data
                if 192 <= data[1] < 224:
                    compound = self.keys.unprotect_control(len(data))
                    self.control += rtcp.parse(compound) if compound else []
                else:
                    size = self.keys.unprotect(len(data))
                    if size >= 0:
                        self.packets.append(bytes(IN_VIEW[:size]))
            self.news.set()


async def raw_publisher(engine: MediaEngine, session: SessionId, seat: SeatId, setup: str = "actpass") -> RawPeer:
    peer = RawPeer(engine)
    peer.learn(
        await engine.publish_offer(session, seat, publish_offer(peer.certificate.fingerprint, peer.ufrag, setup))
    )
    await peer.check()
    await peer.handshake(client=setup != "passive")
    return peer


async def raw_subscriber(engine: MediaEngine, session: SessionId, seat: SeatId, setup: str = "active") -> RawPeer:
    peer = RawPeer(engine)
    offer = engine.subscribe_offer(session, seat)
    peer.learn(offer)
    await engine.subscribe_answer(seat, subscribe_answer(offer, peer.certificate.fingerprint, peer.ufrag, setup))
    await peer.check()
    await peer.handshake(client=setup == "active")
    return peer
