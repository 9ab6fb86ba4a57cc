"""The engine over real sockets, with bare peers that can also misbehave."""

import asyncio
import socket
from struct import pack

import pytest

from signaling.protocol.errors import Code, Refusal
from signaling.protocol.ids import SeatId, SessionId
from signaling.protocol.slots import MediaKind
from signaling.protocol.vocabulary import Connection, MediaState
from signaling.relay import rtp
from signaling.relay.keyframes import REQUEST_INTERVAL
from signaling.wire import rtcp
from signaling.wire.dtls import Certificate
from signaling.wire.engine import EngineSettings, MediaEngine
from tests.signaling.wire.listening import Listener, Sink, running_engine
from tests.signaling.wire.raw_peer import (
    RTX_SSRC,
    VIDEO_SSRC,
    RawPeer,
    audio_packet,
    publish_offer,
    raw_publisher,
    raw_subscriber,
    subscribe_answer,
    video_packet,
)

SESSION = SessionId("session")
CHAIR, COMMUNE, CENTRAL = SeatId("chair"), SeatId("commune"), SeatId("central")


async def call(engine: MediaEngine) -> tuple[RawPeer, RawPeer]:
    """The chair publishes, the commune sees the chair in the floor's slots; a first keyframe went through."""
    engine.set_open(CHAIR, microphone=True, camera=True)
    engine.assign_slots(COMMUNE, {"floor-audio": CHAIR, "floor-video": CHAIR})
    chair = await raw_publisher(engine, SESSION, CHAIR)
    commune = await raw_subscriber(engine, SESSION, COMMUNE)
    chair.send_packet(video_packet(0, keyframe=True))
    await commune.until(lambda: len(commune.video()) == 1)
    return chair, commune


def sequences(packets: list[bytes]) -> list[int]:
    return [int.from_bytes(packet[2:4]) for packet in packets]


@pytest.mark.parametrize("setup", ["actpass", "active", "passive"])
async def test_whoever_begins_the_handshake_media_flows(setup: str) -> None:
    async with running_engine() as (engine, listener):
        engine.set_open(CHAIR, microphone=True, camera=True)
        engine.assign_slots(COMMUNE, {"floor-audio": CHAIR, "floor-video": CHAIR})
        chair = await raw_publisher(engine, SESSION, CHAIR, setup)
        commune = await raw_subscriber(engine, SESSION, COMMUNE, "passive" if setup == "passive" else "active")
        chair.send_packet(audio_packet(1, 960))
        chair.send_packet(video_packet(1, keyframe=True))
        await commune.until(lambda: len(commune.packets) == 2)
        assert {packet[1] & 0x7F for packet in commune.packets} == {rtp.OPUS, rtp.VP8}
        assert listener.states[CHAIR, Connection.PUBLISH] == [MediaState.CONNECTED]


async def test_a_picture_begins_with_a_keyframe_and_is_asked_for_at_most_every_300_ms() -> None:
    async with running_engine() as (engine, _):
        chair, commune = await call(engine)
        central = await raw_subscriber(engine, SESSION, CENTRAL)
        before = len([one for one in chair.control if isinstance(one, rtcp.KeyframeRequest)])
        for _ in range(10):
            engine.assign_slots(CENTRAL, {"small-1": CHAIR})
            engine.assign_slots(CENTRAL, {})
        engine.assign_slots(CENTRAL, {"small-1": CHAIR})
        await chair.until(lambda: len([o for o in chair.control if isinstance(o, rtcp.KeyframeRequest)]) == before + 2)
        chair.send_packet(video_packet(1))
        chair.send_packet(video_packet(2, keyframe=True))
        chair.send_packet(video_packet(3))
        await central.until(lambda: len(central.video()) == 2)
        await commune.until(lambda: len(commune.video()) == 4)
        first = sequences(central.video())
        assert first[1] - first[0] == 1
        assert engine.statistics()[1].keyframes_requested <= before + 3
        assert REQUEST_INTERVAL == 0.3


async def test_lost_packets_are_asked_for_and_repeats_take_their_place() -> None:
    async with running_engine() as (engine, _):
        chair, commune = await call(engine)
        sink = Sink()
        engine.open_tap(CHAIR, MediaKind.VIDEO, 4, sink)
        chair.send_packet(video_packet(1))
        chair.send_packet(video_packet(4))
        await chair.until(lambda: any(isinstance(one, rtcp.Nack) for one in chair.control))
        asked = next(one for one in chair.control if isinstance(one, rtcp.Nack))
        assert asked == rtcp.Nack(VIDEO_SSRC, (2, 3))
        for number, sequence in enumerate((2, 3)):
            original = video_packet(sequence)
            repeat = pack("!BBHII", 0x80, 0x80 | 121, number, 0, RTX_SSRC) + pack("!H", sequence) + original[12:]
            chair.send_packet(repeat)
        chair.send_packet(video_packet(3))
        chair.send_packet(video_packet(5))
        await commune.until(lambda: len(commune.video()) == 6)
        start = sequences(commune.video())[0]
        assert [(number - start) & 0xFFFF for number in sequences(commune.video())] == [0, 1, 4, 2, 3, 5]
        recorded = sequences([data for _, _, data in sink.packets])
        assert sorted(recorded) == list(range(min(recorded), min(recorded) + 5))
        row = next(row for row in engine.statistics() if row.kind is MediaKind.VIDEO)
        assert (row.nacked, row.rtx_received, row.lost) == (2, 2, 0)


async def test_a_subscriber_gets_what_it_missed_on_the_retransmission_stream_once_per_round_trip() -> None:
    async with running_engine() as (engine, _):
        chair, commune = await call(engine)
        for sequence in range(1, 6):
            chair.send_packet(video_packet(sequence, size=1000 + sequence))
        await commune.until(lambda: len(commune.video()) == 6)
        missed = commune.video()[3]
        number, ssrc = int.from_bytes(missed[2:4]), int.from_bytes(missed[8:12])
        for _ in range(5):
            commune.send_control(rtcp.nack(1, ssrc, [number, (number + 900) & 0xFFFF]))
        chair.send_packet(video_packet(6))
        await commune.until(lambda: len(commune.video()) == 7)
        repeats = [packet for packet in commune.packets if packet[1] & 0x7F == rtp.VP8_RTX]
        assert len(repeats) == 1
        assert repeats[0][rtp.PAYLOAD_AT : rtp.PAYLOAD_AT + 2] == missed[2:4]
        assert repeats[0][rtp.PAYLOAD_AT + 2 :] == missed[rtp.PAYLOAD_AT :]
        assert repeats[0][8:12] != missed[8:12]


async def test_a_closed_device_is_neither_forwarded_nor_recorded() -> None:
    async with running_engine() as (engine, _):
        chair, commune = await call(engine)
        sink = Sink()
        engine.open_tap(CHAIR, MediaKind.AUDIO, 1, sink)
        engine.open_tap(CHAIR, MediaKind.VIDEO, 2, sink)
        engine.set_open(CHAIR, microphone=False, camera=True)
        chair.send_packet(audio_packet(1))
        chair.send_packet(video_packet(1))
        await commune.until(lambda: len(commune.video()) == 2)
        assert len(commune.packets) == 2
        assert {track for track, _, _ in sink.packets} == {2}
        engine.set_open(CHAIR, microphone=True, camera=True)
        chair.send_packet(audio_packet(2))
        await commune.until(lambda: len(commune.packets) == 3)
        assert {track for track, _, _ in sink.packets} == {1, 2}
        engine.close_tap(CHAIR, MediaKind.AUDIO)
        chair.send_packet(audio_packet(3))
        await commune.until(lambda: len(commune.packets) == 4)
        assert len([one for one in sink.packets if one[0] == 1]) == 1


class FullSink(Sink):
    def packet(self, track: int, at_ns: int, data: bytes | memoryview) -> None:
        raise OSError("no room")


async def test_a_recorder_that_fails_does_not_end_the_call() -> None:
    async with running_engine() as (engine, listener):
        chair, commune = await call(engine)
        engine.open_tap(CHAIR, MediaKind.VIDEO, 1, FullSink())
        for sequence in range(1, 6):
            chair.send_packet(video_packet(sequence))
        await commune.until(lambda: len(commune.video()) == 6)
        assert listener.states[CHAIR, Connection.PUBLISH] == [MediaState.CONNECTED]


async def test_recorded_packets_are_normalised_and_the_publishers_reports_come_with_them() -> None:
    async with running_engine() as (engine, _):
        chair, commune = await call(engine)
        sink = Sink()
        engine.open_tap(CHAIR, MediaKind.AUDIO, 9, sink)
        chair.send_packet(audio_packet(50, 4800, level=12))
        await commune.until(lambda: len(commune.packets) == 2)
        chair.send_control(rtcp.sender_report(rtcp.SenderReport(1001, 5 << 32, 4800, 1, 4)))
        chair.send_packet(audio_packet(51, 5760))
        await commune.until(lambda: len(commune.packets) == 3)
        track, at_ns, data = sink.packets[0]
        located = rtp.locate(data, len(data))
        assert located is not None and data[located[0] : located[1]] == b"opus"
        assert data[1] & 0x7F == rtp.OPUS and int.from_bytes(data[4:8]) == 4800
        at, _ = rtp.find_extension(data, located[2], located[3], rtp.AUDIO_LEVEL_ID)
        assert data[at] == 12
        assert track == 9 and at_ns <= sink.packets[1][1]
        assert [(one[0], one[2], one[3]) for one in sink.reports] == [(9, 5 << 32, 4800)]


async def test_a_publisher_that_comes_back_anew_goes_on_in_the_same_slot_and_recording() -> None:
    async with running_engine() as (engine, _):
        chair, commune = await call(engine)
        sink = Sink()
        engine.open_tap(CHAIR, MediaKind.VIDEO, 2, sink)
        chair.send_packet(video_packet(1, 3000, picture=40))
        await commune.until(lambda: len(commune.video()) == 2)
        again = await raw_publisher(engine, SESSION, CHAIR)
        await chair.until(chair.ended.is_set)
        again.send_packet(video_packet(40_000, 777_777_777, keyframe=True, picture=9))
        await commune.until(lambda: len(commune.video()) == 3)
        numbers = sequences(commune.video())
        assert [(number - numbers[0]) & 0xFFFF for number in numbers] == [0, 1, 2]
        steps = [int.from_bytes(packet[4:8]) for packet in commune.video()]
        assert 0 < steps[2] - steps[1] < 5 * 90_000
        recorded = [data for _, _, data in sink.packets]
        assert (sequences(recorded)[1] - sequences(recorded)[0]) & 0xFFFF == 1
        assert recorded[1][rtp.PAYLOAD_AT + 2 : rtp.PAYLOAD_AT + 4] == bytes([0x80, 41])


async def test_a_restart_of_ice_keeps_keys_and_accepts_both_credentials() -> None:
    async with running_engine() as (engine, listener):
        chair, commune = await call(engine)
        old = chair.remote_ufrag
        chair.ufrag = "restarted"
        chair.learn(
            await engine.publish_offer(SESSION, CHAIR, publish_offer(chair.certificate.fingerprint, chair.ufrag))
        )
        assert chair.remote_ufrag != old
        chair.send_packet(video_packet(1))
        await commune.until(lambda: len(commune.video()) == 2)
        chair.move()
        await chair.check()
        chair.send_packet(video_packet(2))
        await commune.until(lambda: len(commune.video()) == 3)

        commune.ufrag = "again"
        offer = engine.subscribe_offer(SESSION, COMMUNE)
        commune.learn(offer)
        commune.move()
        await commune.check()
        await engine.subscribe_answer(COMMUNE, subscribe_answer(offer, commune.certificate.fingerprint, commune.ufrag))
        commune.send_control(rtcp.receiver_report(1, []))
        chair.send_packet(video_packet(3))
        await commune.until(lambda: len(commune.video()) == 4)
        assert listener.states[COMMUNE, Connection.SUBSCRIBE] == [MediaState.CONNECTED]


async def test_media_follows_a_verified_packet_to_a_new_address_but_not_a_copied_one() -> None:
    async with running_engine() as (engine, _):
        chair, commune = await call(engine)
        commune.move()
        await commune.check(nominates=True)
        chair.send_packet(video_packet(1))
        commune.send_control(rtcp.receiver_report(1, []))
        await asyncio.wait_for(_sends_until(chair, commune, 2), 3)

        thief = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        thief.bind(("127.0.0.1", 0))
        thief.setblocking(False)
        copied = chair.send_packet(video_packet(500))
        for _ in range(50):
            thief.sendto(copied, chair.target)
        before = len(commune.video())
        chair.send_packet(video_packet(501))
        await commune.until(lambda: len(commune.video()) >= before + 1)
        with pytest.raises(BlockingIOError):
            thief.recv(2048)
        thief.close()


async def _sends_until(chair: RawPeer, commune: RawPeer, count: int) -> None:
    """Sends pictures until the commune has some: the first after a move may still go to the old address."""
    sequence = 2
    while len(commune.video()) < count:
        chair.send_packet(video_packet(sequence))
        sequence += 1
        await commune.breathe(0.05)


async def test_a_wrong_certificate_gets_no_media_and_the_connection_closes() -> None:
    async with running_engine() as (engine, listener):
        peer = RawPeer(engine)
        peer.learn(await engine.publish_offer(SESSION, CHAIR, publish_offer(Certificate().fingerprint, peer.ufrag)))
        await peer.check()
        peer.begin_handshake()
        await listener.until(lambda: (CHAIR, Connection.PUBLISH) in listener.states)
        assert listener.states[CHAIR, Connection.PUBLISH] == [MediaState.CLOSED]
        peer.close()


async def test_malformed_and_foreign_packets_go_nowhere() -> None:
    async with running_engine() as (engine, _):
        chair, commune = await call(engine)
        malformed = [
            pack("!BBHII", 0xA0, 120, 1, 0, VIDEO_SSRC) + b"abc\x09",
            pack("!BBHII", 0x80, 120, 2, 0, VIDEO_SSRC),
            pack("!BBHII", 0x80, 120, 3, 0, VIDEO_SSRC) + b"\x90\x80",
            pack("!BBHII", 0x80, 66, 4, 0, VIDEO_SSRC) + b"\x10\x00x",
            pack("!BBHII", 0x80, 120, 5, 0, 999_999) + b"\x10\x00x",
            pack("!BBHII", 0x80, 121, 6, 0, RTX_SSRC) + b"\x00",
        ]
        for packet in malformed:
            chair.send_packet(packet)
        chair.send(bytes([0x80, 120]) + bytes(300))
        chair.send(bytes([0x80]) + bytes(1480))
        chair.send_packet(video_packet(10))
        await commune.until(lambda: len(commune.video()) >= 2)
        assert len(commune.video()) == 2


async def test_junk_and_fake_alerts_from_elsewhere_break_nothing() -> None:
    stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    stranger.bind(("127.0.0.1", 0))
    alert = bytes.fromhex("15fefd000000000000000000020228")
    hello = bytes.fromhex("16fefd0000000000000000003a") + bytes(58)
    async with running_engine() as (engine, _):

        def flood() -> None:
            for junk in (alert, hello, b"\x80\x78" + bytes(100), b"\x00\x01" + bytes(60), b"\xff" * 200):
                for _ in range(40):
                    stranger.sendto(junk, engine.addresses[0])

        flood()
        engine.set_open(CHAIR, microphone=True, camera=True)
        peer = RawPeer(engine)
        peer.learn(await engine.publish_offer(SESSION, CHAIR, publish_offer(peer.certificate.fingerprint, peer.ufrag)))
        flood()
        await peer.check()
        flood()
        peer.begin_handshake()
        flood()
        await asyncio.wait_for(peer.established.wait(), 5)
        engine.assign_slots(COMMUNE, {"floor-video": CHAIR})
        commune = await raw_subscriber(engine, SESSION, COMMUNE)
        flood()
        peer.send_packet(video_packet(1, keyframe=True))
        await commune.until(lambda: len(commune.video()) == 1)
    stranger.close()


async def test_reports_to_a_subscriber_put_sound_and_picture_on_one_clock() -> None:
    async with running_engine() as (engine, _):
        chair, commune = await call(engine)
        base = 1000 << 32
        chair.send_packet(audio_packet(1, 48_000))
        chair.send_control(rtcp.sender_report(rtcp.SenderReport(1001, base, 48_000, 1, 1)))
        chair.send_control(rtcp.sender_report(rtcp.SenderReport(VIDEO_SSRC, base, 900_000, 1, 1)))
        await commune.until(lambda: len(commune.packets) == 2)

        def latest() -> list[rtcp.SenderReport]:
            reports = [one for one in commune.control if isinstance(one, rtcp.SenderReport)]
            return reports[-2:] if len({one.ssrc for one in reports[-2:]}) == 2 else []

        await commune.until(lambda: bool(latest()) and latest()[0].timestamp > 48_000 and latest()[0].packets > 0)
        audio, video = latest()
        assert audio.ntp == video.ntp
        assert (audio.timestamp - 48_000) / 48_000 == pytest.approx((video.timestamp - 900_000) / 90_000, abs=0.001)


async def test_a_publisher_is_told_what_arrived() -> None:
    async with running_engine() as (engine, _):
        chair, _ = await call(engine)
        for sequence in (1, 2, 4, 5):
            chair.send_packet(video_packet(sequence))

        def block() -> rtcp.ReportBlock | None:
            blocks = [b for o in chair.control if isinstance(o, rtcp.ReceiverReport) for b in o.blocks]
            return next((one for one in reversed(blocks) if one.ssrc == VIDEO_SSRC and one.highest == 5), None)

        await chair.until(lambda: block() is not None)
        report = block()
        assert report is not None and report.lost == 1
        assert any(isinstance(one, rtcp.ReceiverEstimate) for one in chair.control)


async def test_who_speaks_is_told_to_the_room() -> None:
    async with running_engine() as (engine, listener):
        chair, _ = await call(engine)
        sequence = 0
        while not listener.loudest:
            sequence += 1
            chair.send_packet(audio_packet(sequence, sequence * 960, level=20))
            await chair.breathe(0.02)
            assert sequence < 200
        assert listener.loudest[0] == [CHAIR]


async def test_a_dropped_seat_is_told_and_gets_nothing_more() -> None:
    async with running_engine() as (engine, listener):
        _, commune = await call(engine)
        engine.drop_seat(COMMUNE)
        await commune.until(commune.ended.is_set)
        assert listener.states[COMMUNE, Connection.SUBSCRIBE] == [MediaState.CONNECTED, MediaState.CLOSED]
        assert [row.forwarded_to for row in engine.statistics()] == [0, 0]
        engine.drop_seat(CHAIR)
        assert engine.statistics() == []
        engine.drop_seat(CHAIR)


@pytest.mark.slow
async def test_a_silent_seat_is_lost_after_ten_seconds_and_back_with_its_first_check() -> None:
    async with running_engine() as (engine, listener):
        chair, commune = await call(engine)

        async def keep_chair_alive() -> None:
            sequence = 0
            while True:
                sequence += 1
                chair.send_packet(video_packet(sequence, keyframe=sequence % 10 == 0))
                await chair.breathe(0.2)

        alive = asyncio.create_task(keep_chair_alive())
        await listener.until(lambda: len(listener.states[COMMUNE, Connection.SUBSCRIBE]) == 2, timeout=13)
        assert listener.states[COMMUNE, Connection.SUBSCRIBE][-1] is MediaState.LOST
        assert listener.states[CHAIR, Connection.PUBLISH] == [MediaState.CONNECTED]
        sent = len(commune.video())
        await commune.check()
        await listener.until(lambda: listener.states[COMMUNE, Connection.SUBSCRIBE][-1] is MediaState.CONNECTED)
        await commune.until(lambda: len(commune.video()) > sent)
        numbers = sequences(commune.video())
        assert (numbers[sent] - numbers[sent - 1]) & 0xFFFF == 1
        alive.cancel()


async def test_a_seat_that_hangs_up_is_noticed() -> None:
    async with running_engine() as (engine, listener):
        chair, _ = await call(engine)
        assert chair.association is not None
        await chair.association.close()
        await listener.until(lambda: MediaState.CLOSED in listener.states[CHAIR, Connection.PUBLISH])


async def test_descriptions_out_of_turn_are_refused_and_change_nothing() -> None:
    async with running_engine() as (engine, _):
        chair, commune = await call(engine)
        with pytest.raises(Refusal) as refused:
            await engine.publish_offer(SESSION, CHAIR, "v=0\r\ngarbage")
        assert refused.value.code is Code.SDP_INVALID
        with pytest.raises(Refusal) as refused:
            await engine.subscribe_answer(COMMUNE, "v=0\r\n")
        assert refused.value.code is Code.SDP_UNEXPECTED
        engine.subscribe_offer(SESSION, COMMUNE)
        with pytest.raises(Refusal) as refused:
            await engine.subscribe_answer(COMMUNE, "v=0\r\n")
        assert refused.value.code is Code.SDP_INVALID
        chair.send_packet(video_packet(1))
        await commune.until(lambda: len(commune.video()) == 2)


async def test_two_addresses_are_both_offered_and_a_taken_one_is_an_error() -> None:
    listener = Listener()
    engine = MediaEngine(
        EngineSettings(bind=[("127.0.0.1", 0), ("127.0.0.1", 0)], advertise=[("198.51.100.1", 7000)]), listener
    )
    await engine.start()
    offer = engine.subscribe_offer(SESSION, CHAIR)
    assert "198.51.100.1 7000 typ host" in offer
    assert f"127.0.0.1 {engine.addresses[1][1]} typ host" in offer
    taken = MediaEngine(EngineSettings(bind=[("127.0.0.1", 0), engine.addresses[0]]), listener)
    with pytest.raises(OSError, match="in use"):
        await taken.start()
    await engine.stop()
