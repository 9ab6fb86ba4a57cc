"""Which seat fills which slot of whose receiving connection.

Seats keep their slot as long as they are wanted: a seat that moved would need a keyframe and flicker.
"""

from collections.abc import Sequence

from signaling.protocol.ids import SeatId
from signaling.protocol.slots import SMALL_PICTURES, VOICES
from signaling.protocol.vocabulary import Role
from signaling.rooms.state import State

_SMALL = [f"small-{n}" for n in range(1, SMALL_PICTURES + 1)]
_VOICE = [f"voice-{n}" for n in range(1, VOICES + 1)]


def _keep_places(names: Sequence[str], wanted: Sequence[SeatId], before: dict[str, SeatId]) -> dict[str, SeatId]:
    kept = {name: before[name] for name in names if before.get(name) in wanted}
    free = [name for name in names if name not in kept]
    newcomers = [seat for seat in wanted if seat not in kept.values()]
    return {**kept, **dict(zip(free, newcomers, strict=False))}


def _voices(state: State, candidates: list[SeatId], before: dict[str, SeatId]) -> list[SeatId]:
    """All of them if they fit; otherwise who speaks, then who was heard before, then open microphones."""
    if len(candidates) <= VOICES:
        return candidates
    heard = set(before.values())

    def rank(seat_id: SeatId) -> tuple[int, bool, bool]:
        presence = state.seats[seat_id].presence
        closed = presence is None or not presence.microphone
        loudness = state.loudest.index(seat_id) if seat_id in state.loudest else len(state.loudest)
        return (loudness, closed, seat_id not in heard)

    return sorted(candidates, key=rank)[:VOICES]


def slots_for(state: State, viewer: SeatId, room: list[SeatId], before: dict[str, SeatId]) -> dict[str, SeatId]:
    """`viewer` is in `room` (present seats of the running turn, in roster order). Never the viewer itself, never a seat outside."""
    others = [seat for seat in room if seat != viewer]
    slots: dict[str, SeatId] = {}
    if state.floor in others and state.floor is not None:
        slots["floor-audio"] = slots["floor-video"] = state.floor
    chair = next((seat for seat in others if state.seats[seat].desired.role is Role.CHAIR), None)
    if chair is not None and chair != state.floor:
        slots["chair-audio"] = slots["chair-video"] = chair
    rest = [seat for seat in others if seat not in slots.values()]
    voices_before = {name: before[name] for name in _VOICE if name in before}
    slots.update(_keep_places(_SMALL, rest[:SMALL_PICTURES], before))
    slots.update(_keep_places(_VOICE, _voices(state, rest, voices_before), before))
    return slots
