import random

from hypothesis import given
from hypothesis import strategies as st

from signaling.protocol.ids import SeatId
from signaling.relay.clocks import SeatClock
from signaling.relay.tracks import RESTART_JUMP, Device, PublishedTrack

SEAT = SeatId("commune")


def camera() -> PublishedTrack:
    return PublishedTrack(SEAT, Device.CAMERA, SeatClock())


def receive(track: PublishedTrack, sequence: int, now: float = 0.0, *, repeated: bool = False) -> int | None:
    """The position, None where the packet is not wanted; keeps it as the forwarder does."""
    raw = track.arrived(sequence & 0xFFFF, now, repeated=repeated)
    if raw < 0:
        return None
    if not repeated:
        track.packets_received += 1
    position = track.position(raw)
    track.keep(position, b"packet")
    if position > track.highest:
        track.observe(position, 0, now)
    return position


def test_positions_follow_each_other_across_the_wrap() -> None:
    track = camera()
    positions = [receive(track, 65_530 + n) for n in range(12)]
    first = positions[0]
    assert first is not None
    assert positions == [first + n for n in range(12)]


def test_a_packet_comes_once_however_often_it_is_sent() -> None:
    track = camera()
    assert receive(track, 5) is not None
    assert receive(track, 7) is not None
    assert track.losses.missing
    assert receive(track, 6, repeated=True) is not None
    assert receive(track, 6) is None
    assert receive(track, 6, repeated=True) is None
    assert receive(track, 7) is None
    assert track.losses.missing == []


def test_padding_leaves_no_hole() -> None:
    track = camera()
    first = receive(track, 10)
    assert first is not None
    raw = track.arrived(11, 0.0)
    track.close_gap(raw)
    raw = track.arrived(12, 0.0)
    track.close_gap(raw)
    assert receive(track, 13) == first + 1
    assert receive(track, 15) == first + 3
    assert receive(track, 14) == first + 2


def test_a_packet_older_than_the_padding_keeps_its_place() -> None:
    track = camera()
    first = receive(track, 10)
    assert first is not None
    track.close_gap(track.arrived(12, 0.0))
    assert receive(track, 13) == first + 2
    assert receive(track, 11, repeated=True) == first + 1


def test_a_long_jump_is_a_restart_and_nothing_is_asked_for() -> None:
    track = camera()
    receive(track, 10)
    receive(track, 10 + RESTART_JUMP + 1)
    assert track.restarts == 1
    assert not track.losses


def test_reports_count_losses_as_rfc_3550_does() -> None:
    track = camera()
    for sequence in [1, 2, 3, 4, 6, 7, 8]:
        receive(track, sequence)
    assert (track.expected, track.lost) == (8, 1)
    assert track.take_fraction_lost() == 32
    receive(track, 9)
    assert track.take_fraction_lost() == 0


def test_a_short_picture_id_is_carried_on_beyond_its_wrap() -> None:
    track = camera()
    track.last_picture = 0x7F
    assert track.picture(7, 0x00) == 0x80
    assert track.picture(7, 0x7E) == 0x7E
    assert track.picture(15, 0x123) == 0x123


@given(st.integers(0, 2**32), st.integers(0, 0xFFFF))
def test_shuffled_doubled_and_lost_packets_keep_their_order(seed: int, start: int) -> None:
    chance = random.Random(seed)
    track = camera()
    origin = receive(track, start)
    assert origin is not None
    arrivals = []
    for number in range(1, 400):
        if chance.random() < 0.05:
            continue
        for _ in range(1 + (chance.random() < 0.05)):
            arrivals.append((number + chance.random() * 6, number))
    seen: set[int] = set()
    for _, number in sorted(arrivals):
        position = receive(track, start + number)
        if position is not None:
            assert position == origin + number
            assert number not in seen
            seen.add(number)
    assert seen == {number for _, number in arrivals}
