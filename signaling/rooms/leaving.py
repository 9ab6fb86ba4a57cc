"""A seat becomes empty."""

from signaling.protocol.browser import Closed
from signaling.protocol.hub_link import FloorGiven, SeatLeft
from signaling.protocol.ids import SeatId
from signaling.protocol.vocabulary import LeftReason
from signaling.rooms import recording
from signaling.rooms.effects import Disconnect, DropMedia, Effect, Report
from signaling.rooms.state import State


def vacate(state: State, seat_id: SeatId, reason: LeftReason, closed: Closed | None) -> list[Effect]:
    """Cuts recording, media and socket, in this order, and takes the floor back. Admission and mute are remembered."""
    seat = state.seats[seat_id]
    presence = seat.presence
    if presence is None:
        return []
    effects = recording.cut(state, seat_id, "left")
    effects.append(DropMedia(seat_id))
    seat.presence = None
    if presence.socket is not None:
        effects.append(Disconnect(presence.socket, closed))
    if state.floor == seat_id and state.running is not None:
        state.floor = state.floor_since = None
        effects.append(Report(FloorGiven(turn=state.running, seat=None, by=seat_id)))
    effects.append(Report(SeatLeft(seat=seat_id, reason=reason)))
    return effects
