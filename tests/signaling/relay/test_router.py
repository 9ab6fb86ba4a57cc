import random

from hypothesis import given, settings
from hypothesis import strategies as st

from signaling.protocol.ids import SeatId
from signaling.protocol.slots import SLOTS, MediaKind
from signaling.relay.clocks import SeatClock
from signaling.relay.router import Router, device_of
from signaling.relay.streams import Stream
from signaling.relay.tracks import Device, PublishedTrack

CHAIR, COMMUNE, CENTRAL = SeatId("chair"), SeatId("commune"), SeatId("central")


def publish(router: Router, seat: SeatId, device: Device = Device.CAMERA) -> PublishedTrack:
    track = PublishedTrack(seat, device, SeatClock())
    router.publish(track)
    return track


def connect(router: Router, seat: SeatId) -> dict[str, Stream]:
    streams = [Stream(seat, slot, is_video=kind is MediaKind.VIDEO, ssrc=1) for slot, kind in SLOTS.items()]
    router.connect(seat, streams)
    return {stream.slot: stream for stream in streams}


def packet(router: Router, track: PublishedTrack, position: int, now: float = 0.0) -> list[SeatId]:
    """A packet that may start a picture, as the forwarder treats it; who gets it."""
    if not track.open:
        return []
    track.observe(position, position * 3000, now)
    router.begin(track, position, position * 3000, 0, 0, now)
    track.packets_forwarded += 1
    return sorted(stream.seat for stream in track.live)


def test_a_slot_assigned_before_there_is_media_is_filled_when_it_comes() -> None:
    router = Router()
    router.assign(COMMUNE, {"floor-video": CHAIR})
    router.set_open(CHAIR, microphone=True, camera=True)
    connect(router, COMMUNE)
    track = publish(router, CHAIR)
    assert [stream.seat for stream in track.pending] == [COMMUNE]
    assert packet(router, track, 10) == [COMMUNE]


def test_only_the_seat_named_in_a_slot_is_seen_and_only_by_its_viewer() -> None:
    router = Router()
    for seat in (CHAIR, COMMUNE, CENTRAL):
        router.set_open(seat, microphone=True, camera=True)
        connect(router, seat)
    tracks = {seat: publish(router, seat) for seat in (CHAIR, COMMUNE, CENTRAL)}
    router.assign(COMMUNE, {"floor-video": CHAIR, "small-1": CENTRAL})
    router.assign(CHAIR, {"floor-video": COMMUNE})
    assert packet(router, tracks[CHAIR], 1) == [COMMUNE]
    assert packet(router, tracks[COMMUNE], 1) == [CHAIR]
    assert packet(router, tracks[CENTRAL], 1) == [COMMUNE]
    router.assign(COMMUNE, {})
    assert packet(router, tracks[CHAIR], 2) == []
    assert packet(router, tracks[CENTRAL], 2) == []


def test_a_closed_camera_is_shown_to_nobody_and_asked_for_a_keyframe_when_it_opens() -> None:
    router = Router()
    connect(router, COMMUNE)
    router.assign(COMMUNE, {"floor-video": CHAIR, "floor-audio": CHAIR})
    camera = publish(router, CHAIR)
    microphone = publish(router, CHAIR, Device.MICROPHONE)
    assert packet(router, camera, 1) == [] and packet(router, microphone, 1) == []
    assert router.set_open(CHAIR, microphone=True, camera=False) == []
    assert packet(router, camera, 2) == [] and packet(router, microphone, 2) == [COMMUNE]
    assert router.set_open(CHAIR, microphone=True, camera=True) == [camera]
    assert packet(router, camera, 3) == [COMMUNE]
    router.set_open(CHAIR, microphone=False, camera=False)
    assert packet(router, camera, 4) == [] and packet(router, microphone, 4) == []


def test_a_slot_that_stays_the_same_is_not_interrupted() -> None:
    router = Router()
    router.set_open(CHAIR, microphone=True, camera=True)
    stream = connect(router, COMMUNE)["floor-video"]
    router.assign(COMMUNE, {"floor-video": CHAIR})
    track = publish(router, CHAIR)
    packet(router, track, 1)
    assert router.assign(COMMUNE, {"floor-video": CHAIR, "small-1": CENTRAL}) == []
    assert stream.track is track


def test_the_recorder_gets_one_stream_though_the_publisher_comes_back_anew() -> None:
    router = Router()
    router.set_open(CHAIR, microphone=True, camera=True)
    tap = Stream(CHAIR, "video", is_video=True, ssrc=1)
    assert router.open_tap(tap) == []
    first = publish(router, CHAIR)
    assert first.tap is tap
    second = PublishedTrack(CHAIR, Device.CAMERA, SeatClock())
    assert router.publish(second) == [second]
    assert first.tap is None and second.tap is tap
    router.set_open(CHAIR, microphone=True, camera=False)
    assert second.tap is None
    assert router.set_open(CHAIR, microphone=True, camera=True) == [second]
    router.close_tap(CHAIR, MediaKind.VIDEO)
    assert second.tap is None


def test_a_dropped_seat_is_gone_on_both_sides() -> None:
    router = Router()
    for seat in (CHAIR, COMMUNE):
        router.set_open(seat, microphone=True, camera=True)
        connect(router, seat)
    chair, commune = publish(router, CHAIR), publish(router, COMMUNE)
    router.assign(CHAIR, {"floor-video": COMMUNE})
    router.assign(COMMUNE, {"floor-video": CHAIR})
    packet(router, chair, 1), packet(router, commune, 1)
    router.drop(CHAIR)
    assert packet(router, commune, 2) == [] and not chair.live
    assert router.track(CHAIR, Device.CAMERA) is None


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_whatever_happens_the_tables_say_what_the_mappings_say_and_numbers_go_on(seed: int) -> None:
    chance = random.Random(seed)
    router = Router()
    seats = [SeatId(f"seat-{n}") for n in range(5)]
    slots: dict[SeatId, dict[str, SeatId]] = {seat: {} for seat in seats}
    streams: dict[SeatId, dict[str, Stream]] = {}
    ready: set[SeatId] = set()
    position = 0
    numbers: dict[tuple[SeatId, str], int] = {}
    for _ in range(150):
        seat = chance.choice(seats)
        match chance.randrange(5):
            case 0:
                slots[seat] = {slot: chance.choice(seats) for slot in chance.sample(list(SLOTS), 4)}
                router.assign(seat, slots[seat])
            case 1:
                router.set_open(seat, microphone=chance.random() < 0.7, camera=chance.random() < 0.7)
            case 2:
                publish(router, seat, chance.choice(list(Device)))
            case 3:
                if seat in ready:
                    router.disconnect(seat)
                    ready.discard(seat)
                elif seat in streams:
                    router.connect(seat, streams[seat].values())
                    ready.add(seat)
                else:
                    streams[seat] = connect(router, seat)
                    ready.add(seat)
            case 4:
                router.unpublish(seat, chance.choice(list(Device)))
        position += chance.randrange(1, 5)
        for track in list(router.tracks()):
            packet(router, track, position)
            shown = {(stream.seat, stream.slot) for stream in track.live}
            wanted = {
                (viewer, slot)
                for viewer in ready
                for slot, publisher in slots[viewer].items()
                if publisher == track.seat and device_of(slot) is track.device and track.open
            }
            assert shown == wanted
            for stream in track.live:
                number = position + stream.sequence_offset
                before = numbers.get((stream.seat, stream.slot), number - 1)
                assert 0 < number - before < 0x8000
                numbers[stream.seat, stream.slot] = number
