"""Small calls through a real engine of this process: one light peer publishes, one receives."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from signaling.protocol.ids import SeatId, SessionId
from signaling.protocol.vocabulary import Connection, MediaState
from signaling.rehearsal import rtp
from signaling.rehearsal.descriptions import VP8, new_outgoing, read_description, write_answer, write_offer
from signaling.rehearsal.dtls import CIPHERS, Cipher, Identity
from signaling.rehearsal.peer import MediaPeer, random_sequence
from signaling.wire.engine import EngineSettings, MediaEngine

_KEYFRAME = b"\x10\x00\x00\x9d\x01\x2a\x40\x01\xb4\x00" + bytes(300)


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
        self, engine: MediaEngine, identity: Identity, number: int, *, ciphers: tuple[Cipher, ...] = CIPHERS
    ) -> None:
        self._engine = engine
        self._session = SessionId(f"session-{number}")
        self._speaks, self._hears = SeatId(f"speaks-{number}"), SeatId(f"hears-{number}")
        self._outgoing = new_outgoing(audio=False)
        assert self._outgoing.video and self._outgoing.video_repeat
        self._track = rtp.SendingTrack(
            self._outgoing.video, VP8, 90_000, random_sequence(), repeat=(self._outgoing.video_repeat, 97)
        )
        self.publisher = MediaPeer(identity, ciphers=ciphers)
        self.receiver = MediaPeer(identity, on_rtp=self._take, ciphers=ciphers)
        self.arrived: set[int] = set()
        self._frames = 0

    async def connect(self) -> None:
        """Raises `PeerFailed`."""
        offer = write_offer(
            self._outgoing, self.publisher.credentials, self.publisher.identity.fingerprint, self.publisher.port
        )
        answer = read_description(await self._engine.publish_offer(self._session, self._speaks, offer))
        self._engine.set_open(self._speaks, microphone=True, camera=True)
        offered = read_description(self._engine.subscribe_offer(self._session, self._hears))
        accepted = write_answer(
            offered, self.receiver.credentials, self.receiver.identity.fingerprint, self.receiver.port
        )
        await self._engine.subscribe_answer(self._hears, accepted)
        self._engine.assign_slots(self._hears, {"floor-video": self._speaks})
        await asyncio.gather(self.publisher.connect(answer), self.receiver.connect(offered))

    def send(self) -> None:
        """One keyframe in one packet."""
        self._frames += 1
        payload = rtp.vp8_payloads(_KEYFRAME, self._frames)[0]
        self.publisher.send_rtp(self._track.packet(payload, self._frames * 3000, marker=True))

    def close(self) -> None:
        self.publisher.close()
        self.receiver.close()
        self._engine.drop_seat(self._speaks)
        self._engine.drop_seat(self._hears)

    def _take(self, packet: bytes) -> None:
        self.arrived.add(rtp.read_header(packet).timestamp)
