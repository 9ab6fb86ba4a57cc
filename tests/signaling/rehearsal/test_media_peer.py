"""Simulated sites' connections against the real engine: set-up, the bad line, new ICE credentials."""

import asyncio
import random
import socket
import struct
from collections.abc import AsyncIterator, Callable

import pytest
from aioice import stun

from signaling.protocol.ids import SeatId, SessionId
from signaling.rehearsal.descriptions import read_description
from signaling.rehearsal.dtls import AES_CM_128, AES_GCM_128, AES_GCM_256, Cipher, Identity
from signaling.rehearsal.media import NACK_INTERVAL, REPORT_INTERVAL, Publisher, Receiver, every
from signaling.rehearsal.peer import MediaPeer, PeerFailed
from signaling.rehearsal.studio import Studio
from signaling.wire.engine import MediaEngine
from tests.interop.calls import Call, running_engine
from tests.support.link import Burst, Direction, Profile, open_link, rewrite_candidates

SESSION, ANNA, BINH = SessionId("session"), SeatId("anna"), SeatId("binh")


async def until(condition: Callable[[], bool], within: float = 10.0) -> None:
    async with asyncio.timeout(within):
        while not condition():
            await asyncio.sleep(0.02)


@pytest.fixture
async def studio() -> AsyncIterator[Studio]:
    studio = Studio(frames_per_second=20)
    running = asyncio.create_task(studio.run())
    yield studio
    running.cancel()


async def _publish(
    engine: MediaEngine, publisher: Publisher, seat: SeatId, moved: dict[str, str] | None = None
) -> None:
    answer = await engine.publish_offer(SESSION, seat, publisher.offer())
    engine.set_open(seat, microphone=True, camera=True)
    await publisher.take_answer(rewrite_candidates(answer, moved or {}))


async def _subscribe(
    engine: MediaEngine, receiver: Receiver, seat: SeatId, moved: dict[str, str] | None = None
) -> None:
    offer = rewrite_candidates(engine.subscribe_offer(SESSION, seat), moved or {})
    await engine.subscribe_answer(seat, receiver.answer(offer))
    await receiver.connect()


@pytest.mark.parametrize("cipher", [AES_GCM_128, AES_GCM_256, AES_CM_128], ids=lambda cipher: cipher.name)
async def test_each_cipher_carries_media(cipher: Cipher) -> None:
    async with running_engine() as (engine, _):
        call = Call(engine, Identity(), 1, ciphers=(cipher,))
        await call.connect()
        assert call.publisher.cipher == call.receiver.cipher == cipher
        async with asyncio.timeout(5):
            while len(call.arrived) < 3:
                call.send()
                await asyncio.sleep(0.02)
        call.close()


async def test_a_wrong_fingerprint_is_not_accepted() -> None:
    async with running_engine() as (engine, _):
        identity = Identity()
        receiver = Receiver(identity)
        offer = engine.subscribe_offer(SESSION, BINH)
        await engine.subscribe_answer(BINH, receiver.answer(offer))
        wrong = read_description(offer)
        wrong.fingerprint = Identity().fingerprint
        with pytest.raises(PeerFailed, match="certificate"):
            await receiver.peer.connect(wrong)
        receiver.close()


async def test_a_node_that_is_not_there_is_given_up() -> None:
    async with running_engine() as (engine, _):
        description = read_description(engine.subscribe_offer(SESSION, BINH))
    peer = MediaPeer(Identity())
    with pytest.raises(PeerFailed, match="ICE"):
        await peer.connect(description, within=0.3)
    peer.close()


async def test_junk_sent_to_a_site_is_dropped() -> None:
    chance = random.Random(3)
    async with running_engine() as (engine, _):
        call = Call(engine, Identity(), 1)
        await call.connect()
        request = bytes(stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            for _ in range(300):
                size = chance.randrange(1, 60)
                for junk in (
                    bytes((chance.randrange(256),)) + chance.randbytes(size),
                    request[:4] + chance.randbytes(size),
                    request[:2] + struct.pack("!H", size - size % 4) + request[4:20] + chance.randbytes(size),
                ):
                    stranger.sendto(junk, ("127.0.0.1", call.receiver.port))
        async with asyncio.timeout(5):
            while len(call.arrived) < 5:
                call.send()
                await asyncio.sleep(0.02)
        assert call.receiver.connected.is_set() and not call.receiver.lost
        call.close()


async def test_picture_and_sound_pass_and_losses_are_repaired_on_a_bad_line(studio: Studio) -> None:
    bad = Direction(delay=0.02, jitter=0.005, burst=Burst(0.10, 2))
    async with running_engine() as (engine, _):
        link = await open_link(engine.addresses[0], Profile("t", "", bad, bad), seed=3)
        moved = {":".join(map(str, engine.addresses[0])): ":".join(map(str, link.address))}
        identity = Identity()
        publisher, receiver = Publisher(studio, identity), Receiver(identity)
        beats = [
            asyncio.create_task(every(NACK_INTERVAL, receiver.ask_again)),
            asyncio.create_task(every(REPORT_INTERVAL, publisher.report)),
        ]
        await _publish(engine, publisher, ANNA)
        await _subscribe(engine, receiver, BINH, moved)
        engine.assign_slots(BINH, {"floor-video": ANNA, "floor-audio": ANNA})
        video, audio = receiver.slots["floor-video"], receiver.slots["floor-audio"]
        await until(lambda: video.frames >= 50 and audio.packets >= 200 and video.repaired > 0, 20)
        assert video.lost <= 2
        assert audio.level is not None and 10 < audio.level < 60
        assert receiver.peer.round_trip is not None and receiver.peer.round_trip > 0.03
        for beat in beats:
            beat.cancel()
        publisher.close()
        receiver.close()
        link.close()


async def test_new_ice_credentials_move_the_media_to_a_new_line_without_a_handshake(studio: Studio) -> None:
    async with running_engine() as (engine, _):
        node = ":".join(map(str, engine.addresses[0]))
        identity = Identity()
        publisher, receiver = Publisher(studio, identity), Receiver(identity)
        first = await open_link(engine.addresses[0], Profile("a", ""))
        second = await open_link(engine.addresses[0], Profile("b", ""))
        await _publish(engine, publisher, ANNA, {node: ":".join(map(str, first.address))})
        await _subscribe(engine, receiver, BINH, {node: ":".join(map(str, first.address))})
        engine.assign_slots(BINH, {"floor-video": ANNA})
        await until(lambda: receiver.slots["floor-video"].frames > 3)
        first.cut()
        handshakes = (publisher.peer.dtls, receiver.peer.dtls)
        moved = {node: ":".join(map(str, second.address))}
        answer = await engine.publish_offer(SESSION, ANNA, publisher.offer(restart=True))
        await publisher.take_answer(rewrite_candidates(answer, moved))
        await _subscribe(engine, receiver, BINH, moved)
        before = receiver.slots["floor-video"].frames
        reports = asyncio.create_task(every(REPORT_INTERVAL, receiver.report))
        await until(lambda: receiver.slots["floor-video"].frames > before + 5)
        reports.cancel()
        assert (publisher.peer.dtls, receiver.peer.dtls) == handshakes
        publisher.close()
        receiver.close()
        first.close()
        second.close()


async def test_a_closed_camera_starts_again_with_a_keyframe(studio: Studio) -> None:
    async with running_engine() as (engine, _):
        identity = Identity()
        publisher, receiver = Publisher(studio, identity), Receiver(identity)
        await _publish(engine, publisher, ANNA)
        await _subscribe(engine, receiver, BINH)
        engine.assign_slots(BINH, {"floor-video": ANNA, "floor-audio": ANNA})
        await until(lambda: receiver.slots["floor-video"].frames > 3)
        publisher.camera = False
        sent, heard = publisher.video.packets, receiver.slots["floor-audio"].packets
        await until(lambda: receiver.slots["floor-audio"].packets > heard + 10)
        assert publisher.video.packets == sent
        publisher.camera = True
        await until(lambda: publisher.video.packets > sent + 3)
        publisher.close()
        receiver.close()
