"""The load of the relay bench: one publisher of full packets, many subscribers that count, the same for every server."""

import asyncio
import struct
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from signaling.rehearsal import rtp
from signaling.rehearsal.descriptions import VP8, Description, Outgoing, new_outgoing
from signaling.rehearsal.dtls import Cipher, Identity
from signaling.rehearsal.peer import MediaPeer, random_sequence

#: Whole RTP packet, header included: a full video packet of a browser.
PACKET_BYTES = 1100
#: A 720p frame at 4 Mbit/s: what makes bursts.
PACKETS_PER_FRAME = 20
#: One packet in so many is decrypted, to prove that what arrives is right without making the load the bottleneck.
SAMPLE = 50
_KEYFRAME = b"\x10\x00\x00\x9d\x01\x2a\x00\x05\xd0\x02"  # 1280 x 720. RFC 6386, section 9.1.
_INTERFRAME = b"\x31\x00\x00\x00\x00\x00\x00\x00\x00\x00"


class Server(Protocol):
    """A relay under test. `pid`: the process whose CPU counts."""

    @property
    def pid(self) -> int: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def publish(self, peer: MediaPeer, outgoing: Outgoing) -> Description: ...

    async def subscribe(self, peer: MediaPeer) -> Description: ...


def cpu_seconds(pid: int) -> float:
    """CPU time of a process, all threads, nanosecond clock of the scheduler (/proc/PID/task/*/schedstat)."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


@dataclass(frozen=True, slots=True)
class Measured:
    """One window. `delivered`: packets that arrived at all subscribers; `expected`: packets sent x subscribers."""

    seconds: float
    server_cpu: float
    load_cpu: float
    delivered: int
    expected: int
    refused: int

    @property
    def microseconds_per_packet(self) -> float:
        return self.server_cpu / max(1, self.delivered) * 1e6


class Load:
    """Publisher and subscribers of one server."""

    def __init__(self, server: Server, identity: Identity, cipher: Cipher) -> None:
        self._server = server
        self._identity = identity
        self._ciphers = (cipher,)
        self._outgoing = new_outgoing(audio=False)
        assert self._outgoing.video and self._outgoing.video_repeat
        self._track = rtp.SendingTrack(
            self._outgoing.video, VP8, 90_000, random_sequence(), repeat=(self._outgoing.video_repeat, 97)
        )
        self._publisher: MediaPeer | None = None
        self._subscribers: list[MediaPeer] = []
        self._sources: list[int] = []
        self._keyframe_wanted = True
        self._picture_id = 0
        self._timestamp = 0

    async def connect(self, subscribers: int) -> None:
        """Raises `PeerFailed`."""
        self._publisher = MediaPeer(self._identity, ciphers=self._ciphers, on_rtcp=self._take_rtcp)
        answer = await self._server.publish(self._publisher, self._outgoing)
        await self._publisher.connect(answer)
        connecting = []
        for _ in range(subscribers):
            peer = MediaPeer(self._identity, ciphers=self._ciphers, sample=SAMPLE)
            offer = await self._server.subscribe(peer)
            connecting.append(peer.connect(offer))
            self._subscribers.append(peer)
            self._sources.append(next((ssrc for section in offer.sections for ssrc in section.ssrcs), 0))
        await asyncio.gather(*connecting)

    def close(self) -> None:
        for peer in [*self._subscribers, *([self._publisher] if self._publisher else [])]:
            peer.close()

    async def run(self, seconds: float, packets_per_second: int, *, warm_up: float = 1.0) -> Measured:
        """Sends for `warm_up` + `seconds`; measures the latter."""
        await self._send_for(warm_up, packets_per_second)
        await asyncio.sleep(0)
        packets, arrived, refused = self._track.packets, self._arrived(), self._refused()
        server_cpu, load_cpu, began = cpu_seconds(self._server.pid), time.process_time(), time.monotonic()
        await self._send_for(seconds, packets_per_second)
        await self._drain(arrived + (self._track.packets - packets) * len(self._subscribers))
        return Measured(
            time.monotonic() - began,
            cpu_seconds(self._server.pid) - server_cpu,
            time.process_time() - load_cpu,
            self._arrived() - arrived,
            (self._track.packets - packets) * len(self._subscribers),
            self._refused() - refused,
        )

    def _arrived(self) -> int:
        return sum(peer.counters.packets_in for peer in self._subscribers)

    def _refused(self) -> int:
        return sum(peer.counters.refused for peer in self._subscribers)

    async def _drain(self, expected: int) -> None:
        """Until what was sent has arrived, or nothing more comes for a tenth of a second."""
        before = -1
        while self._arrived() not in (expected, before):
            before = self._arrived()
            await asyncio.sleep(0.1)

    async def _send_for(self, seconds: float, packets_per_second: int) -> None:
        loop = asyncio.get_running_loop()
        interval = PACKETS_PER_FRAME / packets_per_second
        began = loop.time()
        frames = max(1, round(seconds / interval))
        for number in range(frames):
            await asyncio.sleep(max(0.0, began + number * interval - loop.time()))
            self._send_frame(interval)
            if number % max(1, round(1 / interval)) == 0:
                self._report()
        await asyncio.sleep(max(0.0, began + frames * interval - loop.time()))

    def _send_frame(self, interval: float) -> None:
        assert self._publisher is not None
        keyframe, self._keyframe_wanted = self._keyframe_wanted, False
        self._picture_id += 1
        self._timestamp += round(interval * 90_000)
        head = _KEYFRAME if keyframe else _INTERFRAME
        for number in range(PACKETS_PER_FRAME):
            descriptor = struct.pack("!BBH", 0x90 if number == 0 else 0x80, 0x80, 0x8000 | self._picture_id & 0x7FFF)
            payload = descriptor + (head if number == 0 else b"")
            payload += bytes(PACKET_BYTES - 12 - len(payload))
            self._publisher.send_rtp(
                self._track.packet(payload, self._timestamp, marker=number == PACKETS_PER_FRAME - 1)
            )

    def _report(self) -> None:
        """What real clients send too: a sender report, and a receiver report from each subscriber."""
        assert self._publisher is not None
        self._publisher.send_rtcp(
            rtp.write_sender_report(self._track, time.time(), self._timestamp, self._outgoing.cname)
        )
        for peer, source in zip(self._subscribers, self._sources, strict=True):
            peer.send_rtcp(rtp.write_receiver_report(1, [rtp.ReportBlock(source)]))

    def _take_rtcp(self, packet: bytes) -> None:
        feedback = rtp.read_rtcp(packet)
        if feedback.keyframes:
            self._keyframe_wanted = True
        assert self._publisher is not None
        for source, sequence in feedback.repeats:
            if source == self._track.ssrc and (again := self._track.repeat(sequence)) is not None:
                self._publisher.send_rtp(again)
