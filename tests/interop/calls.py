"""Small calls through a real engine of this process: one light peer publishes, one receives."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

from signaling.protocol.ids import SeatId, SessionId
from signaling.protocol.vocabulary import Connection, MediaState
from signaling.rehearsal import rtp
from signaling.rehearsal.descriptions import VP8, new_outgoing, read_description, write_answer, write_offer
from signaling.rehearsal.dtls import CIPHERS, Cipher, Identity
from signaling.rehearsal.peer import MediaPeer, random_sequence
from signaling.wire.engine import EngineSettings, MediaEngine
from tests.support.link import rewrite_candidates

_KEYFRAME = b"\x10\x00\x00\x9d\x01\x2a\x40\x01\xb4\x00"
#: 15 frames a second on the 90 kHz clock.
FRAME_TICKS = 6000


class Listener:
    """Keeps what the engine says."""

    def __init__(self) -> None:
        self.states: list[tuple[SeatId, Connection, MediaState]] = []
        self.loudest: list[list[SeatId]] = []

    def media_state_changed(self, session: SessionId, seat: SeatId, connection: Connection, state: MediaState) -> None:
        self.states.append((seat, connection, state))

    def loudest_changed(self, session: SessionId, seats: list[SeatId]) -> None:
        self.loudest.append(seats)


@contextlib.asynccontextmanager
async def running_engine() -> AsyncIterator[tuple[MediaEngine, Listener]]:
    listener = Listener()
    engine = MediaEngine(EngineSettings(bind=[("127.0.0.1", 0)], advertise=[]), listener)
    await engine.start()
    try:
        yield engine, listener
    finally:
        await engine.stop()


class Call:
    """One publisher and one receiver in a session of their own."""

    def __init__(
        self,
        engine: MediaEngine,
        identity: Identity,
        number: int,
        *,
        ciphers: tuple[Cipher, ...] = CIPHERS,
        moved: dict[str, str] | None = None,
        frame_bytes: int = 300,
    ) -> None:
        """`moved`: candidate addresses to replace on the publisher's side, which puts it behind a link."""
        self._engine = engine
        self._session = SessionId(f"session-{number}")
        self._speaks, self._hears = SeatId(f"speaks-{number}"), SeatId(f"hears-{number}")
        self._outgoing = new_outgoing(audio=False)
        assert self._outgoing.video and self._outgoing.video_repeat
        self._track = rtp.SendingTrack(
            self._outgoing.video, VP8, 90_000, random_sequence(), repeat=(self._outgoing.video_repeat, 97)
        )
        self._moved = moved or {}
        self._frame = _KEYFRAME + bytes(frame_bytes)
        self.publisher = MediaPeer(identity, on_rtcp=self._take_feedback, ciphers=ciphers)
        self.receiver = MediaPeer(identity, on_rtp=self._take, ciphers=ciphers)
        #: Sequence numbers in order of arrival, and by RTP time: numbers and time of the latest arrival.
        self.sequences: list[int] = []
        self.arrived: dict[int, tuple[set[int], float]] = {}
        #: By RTP time of the publisher: when the frame was sent.
        self.sent: dict[int, float] = {}
        self.repeated = 0
        self._frames = 0

    async def connect(self) -> None:
        """Raises `PeerFailed`."""
        offer = write_offer(
            self._outgoing, self.publisher.credentials, self.publisher.identity.fingerprint, self.publisher.port
        )
        answered = await self._engine.publish_offer(self._session, self._speaks, offer)
        answer = read_description(rewrite_candidates(answered, self._moved))
        self._engine.set_open(self._speaks, microphone=True, camera=True)
        offered = read_description(self._engine.subscribe_offer(self._session, self._hears))
        accepted = write_answer(
            offered, self.receiver.credentials, self.receiver.identity.fingerprint, self.receiver.port
        )
        await self._engine.subscribe_answer(self._hears, accepted)
        self._engine.assign_slots(self._hears, {"floor-video": self._speaks})
        await asyncio.gather(self.publisher.connect(answer), self.receiver.connect(offered))

    def send(self) -> None:
        """One keyframe, in as many packets as it needs."""
        self._frames += 1
        payloads = rtp.vp8_payloads(self._frame, self._frames)
        self.sent[self._frames * FRAME_TICKS] = asyncio.get_running_loop().time()
        for number, payload in enumerate(payloads):
            last = number == len(payloads) - 1
            self.publisher.send_rtp(self._track.packet(payload, self._frames * FRAME_TICKS, marker=last))

    def report(self) -> None:
        """What keeps a real line going: a sender report and a receiver report."""
        self.publisher.send_rtcp(
            rtp.write_sender_report(self._track, time.time(), self._frames * FRAME_TICKS, self._outgoing.cname)
        )
        self.receiver.send_rtcp(rtp.write_receiver_report(1, []))

    def delays(self) -> list[float]:
        """Seconds from sending a frame to its last packet's arrival, for frames that arrived whole; in order.

        The node shifts RTP times by a constant; the newest frame that arrived is taken to find it.
        """
        packets = len(rtp.vp8_payloads(self._frame, 1))
        shift = max(self.arrived) - max(self.sent)
        found = []
        for timestamp in sorted(self.arrived):
            numbers, at = self.arrived[timestamp]
            if len(numbers) == packets and timestamp - shift in self.sent:
                found.append(at - self.sent[timestamp - shift])
        return found

    def close(self) -> None:
        self.publisher.close()
        self.receiver.close()
        self._engine.drop_seat(self._speaks)
        self._engine.drop_seat(self._hears)

    def _take(self, packet: bytes) -> None:
        header = rtp.read_header(packet)
        self.sequences.append(header.sequence)
        numbers, _ = self.arrived.get(header.timestamp, (set(), 0.0))
        self.arrived[header.timestamp] = (numbers | {header.sequence}, asyncio.get_running_loop().time())

    def _take_feedback(self, packet: bytes) -> None:
        for source, sequence in rtp.read_rtcp(packet).repeats:
            if source == self._track.ssrc and (again := self._track.repeat(sequence)) is not None:
                self.repeated += 1
                self.publisher.send_rtp(again)
