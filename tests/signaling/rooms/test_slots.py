from hypothesis import given
from hypothesis import strategies as st

from signaling.protocol.hub_link import DesiredSeat
from signaling.protocol.ids import SeatId, SignInId
from signaling.protocol.slots import SLOTS, SMALL_PICTURES, VOICES
from signaling.protocol.vocabulary import Role
from signaling.rooms.roster import new_state
from signaling.rooms.slots import slots_for
from signaling.rooms.state import Presence, State
from tests.signaling.desired import a_session


def hall(count: int, *, floor: int | None = None, chair: int | None = 0) -> tuple[State, list[SeatId]]:
    """`count` seats in the room, numbered; the chair's first."""
    seats = [
        DesiredSeat(
            seat=SeatId(f"s{n}"),
            name="",
            site="",
            role=Role.CHAIR if n == chair else Role.DEPARTMENT,
            turns=[],
            admitted=True,
        )
        for n in range(count)
    ]
    state = new_state(a_session(seats=seats, turns=[]), first_track=1)
    for n, seat in enumerate(state.seats.values()):
        seat.presence = Presence(n, SignInId(f"{n}"), microphone=True, camera=True)
    state.floor = None if floor is None else SeatId(f"s{floor}")
    return state, list(state.seats)


def test_chair_and_floor_holder_have_pairs_and_the_others_small_pictures() -> None:
    state, room = hall(4, floor=2)
    assert slots_for(state, SeatId("s1"), room, {}) == {
        "floor-audio": "s2",
        "floor-video": "s2",
        "chair-audio": "s0",
        "chair-video": "s0",
        "small-1": "s3",
        "voice-1": "s3",
    }


def test_the_chair_with_the_floor_is_not_shown_twice() -> None:
    state, room = hall(3, floor=0)
    slots = slots_for(state, SeatId("s1"), room, {})
    assert slots["floor-video"] == "s0" and "chair-video" not in slots


def test_the_floor_holder_sees_nobody_on_the_floor() -> None:
    state, room = hall(3, floor=2)
    assert "floor-video" not in slots_for(state, SeatId("s2"), room, {})


def test_more_voices_than_slots_are_chosen_by_loudness() -> None:
    state, room = hall(9)
    state.loudest = (SeatId("s7"), SeatId("s5"))
    slots = slots_for(state, SeatId("s1"), room, {})
    assert {"s7", "s5"} < {slots[f"voice-{n}"] for n in range(1, VOICES + 1)}


def test_who_speaks_keeps_the_voice_slot_when_another_joins_in() -> None:
    state, room = hall(9)
    state.loudest = (SeatId("s7"), SeatId("s5"))
    before = slots_for(state, SeatId("s1"), room, {})
    state.loudest = (SeatId("s4"), SeatId("s5"), SeatId("s7"))
    after = slots_for(state, SeatId("s1"), room, before)
    where = {seat: slot for slot, seat in before.items() if slot.startswith("voice")}
    assert after[where[SeatId("s7")]] == "s7" and after[where[SeatId("s5")]] == "s5"
    assert "s4" in after.values()


def test_small_pictures_keep_their_places_when_somebody_leaves() -> None:
    state, room = hall(6)
    before = slots_for(state, SeatId("s1"), room, {})
    state.seats[SeatId("s2")].presence = None
    after = slots_for(state, SeatId("s1"), [seat for seat in room if seat != "s2"], before)
    assert {slot: seat for slot, seat in before.items() if slot.startswith("small") and seat != "s2"} == {
        slot: seat for slot, seat in after.items() if slot.startswith("small")
    }


@given(
    count=st.integers(1, 20),
    viewer=st.integers(0, 19),
    floors=st.lists(st.none() | st.integers(0, 19), min_size=1, max_size=6),
    loudest=st.lists(st.integers(0, 19), max_size=5),
)
def test_never_oneself_never_a_stranger_never_a_picture_twice(
    count: int, viewer: int, floors: list[int | None], loudest: list[int]
) -> None:
    state, room = hall(count)
    me = SeatId(f"s{viewer % count}")
    slots: dict[str, SeatId] = {}
    for floor in floors:
        state.floor = None if floor is None else SeatId(f"s{floor % count}")
        state.loudest = tuple(SeatId(f"s{n % count}") for n in loudest)
        slots = slots_for(state, me, room, slots)
        assert set(slots) <= set(SLOTS)
        assert me not in slots.values() and set(slots.values()) <= set(room)
        pictures = [seat for slot, seat in slots.items() if slot.endswith("video") or slot.startswith("small")]
        voices = [seat for slot, seat in slots.items() if slot.endswith("audio") or slot.startswith("voice")]
        assert len(set(pictures)) == len(pictures) and len(set(voices)) == len(voices)
        assert len(pictures) >= min(count - 1, SMALL_PICTURES)
        assert len(voices) >= min(count - 1, VOICES)
