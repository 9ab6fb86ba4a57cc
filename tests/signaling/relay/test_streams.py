from signaling.protocol.ids import SeatId
from signaling.relay.clocks import SeatClock
from signaling.relay.streams import SHORTEST_RESEND_INTERVAL, Stream
from signaling.relay.tracks import Device, PublishedTrack

VIEWER = SeatId("viewer")


def track(highest: int, timestamp: int, now: float, picture: int = 0, tl0: int = 0) -> PublishedTrack:
    made = PublishedTrack(SeatId("sender"), Device.CAMERA, SeatClock())
    send(made, highest, timestamp, now, picture, tl0)
    return made


def send(made: PublishedTrack, highest: int, timestamp: int, now: float, picture: int = 0, tl0: int = 0) -> None:
    made.observe(highest, timestamp, now)
    made.last_picture = picture
    made.last_tl0 = tl0
    made.packets_forwarded += 1


def video(first_sequence: int = 100) -> Stream:
    return Stream(VIEWER, "floor-video", is_video=True, ssrc=1, rtx_ssrc=2, first_sequence=first_sequence)


def out(stream: Stream, position: int) -> int:
    return position + stream.sequence_offset & 0xFFFF


def test_one_stream_goes_on_when_the_floor_passes_to_another_seat() -> None:
    stream = video()
    one = track(5000, 90_000, now=1.0, picture=7, tl0=3)
    stream.start(one, 5000, 90_000, 7, 3, 1.0)
    assert out(stream, 5000) == 100
    assert not stream.special
    send(one, 5020, 180_000, 2.0, picture=17, tl0=13)
    stream.stop()
    other = track(70_000, 4_000_000_000, now=2.5, picture=0x7FFF, tl0=255)
    stream.start(other, 70_000, 4_000_000_000, 0x7FFF, 255, 2.5)
    assert out(stream, 70_000) == 121
    assert (4_000_000_000 + stream.timestamp_offset) & 0xFFFFFFFF == 180_000 + 45_000
    assert (0x7FFF + stream.picture_offset) & 0x7FFF == 18
    assert (255 + stream.tl0_offset) & 0xFF == 14
    assert stream.special


def test_the_same_source_after_a_pause_keeps_its_own_timestamps() -> None:
    stream = video()
    one = track(5000, 90_000, now=1.0)
    stream.start(one, 5000, 90_000, 0, 0, 1.0)
    stream.stop()
    send(one, 5100, 990_000, 11.03)
    stream.start(one, 5100, 990_000, 0, 0, 11.03)
    assert stream.timestamp_offset == 0
    assert out(stream, 5100) == 101


def test_a_packet_of_the_seat_before_can_still_be_asked_for() -> None:
    stream = video()
    one = track(5000, 0, now=1.0)
    stream.start(one, 5000, 0, 0, 0, 1.0)
    send(one, 5010, 0, 1.5)
    stream.stop()
    other = track(300, 0, now=2.0)
    stream.start(other, 300, 0, 0, 0, 2.0)
    send(other, 302, 0, 2.1)
    run, position = stream.locate(105) or (None, 0)
    assert run is not None and run.track is one and position == 5005
    run, position = stream.locate(112) or (None, 0)
    assert run is not None and run.track is other and position == 301
    assert stream.locate(99) is None
    assert stream.locate(114) is None


def test_nothing_can_be_asked_for_before_something_was_sent() -> None:
    assert video().locate(100) is None


def test_one_packet_is_not_repeated_within_a_round_trip() -> None:
    stream = video()
    stream.round_trip = 0.2
    assert stream.may_resend(7, 1.0)
    assert not stream.may_resend(7, 1.1)
    assert stream.may_resend(8, 1.1)
    assert stream.may_resend(7, 1.21)
    stream.round_trip = 0.0
    assert not stream.may_resend(7, 1.21 + SHORTEST_RESEND_INTERVAL / 2)


def test_counts_add_up_over_sources() -> None:
    stream = video()
    one = track(10, 0, now=0.0)
    stream.start(one, 10, 0, 0, 0, 0.0)
    for position in range(11, 15):
        send(one, position, 0, 0.0)
    stream.stop()
    other = track(50, 0, now=1.0)
    stream.start(other, 50, 0, 0, 0, 1.0)
    send(other, 51, 0, 1.0)
    assert stream.counts()[0] == 5
