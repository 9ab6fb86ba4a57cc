"""Where a seat is: in the lobby, waiting for its turn, or in the room."""

from signaling.protocol.ids import SeatId
from signaling.protocol.vocabulary import Phase, Place
from signaling.rooms.state import Seat, State


def place_of(state: State, seat: Seat) -> Place:
    """Nobody is anywhere but in the lobby before the session is open, and conductors need no one to admit them."""
    if state.phase is not Phase.OPEN or not (seat.admitted or seat.conducts):
        return Place.LOBBY
    if seat.sits_in_all or (state.running is not None and seat.sits_in(state.running)):
        return Place.ROOM
    return Place.WAITING


def places(state: State) -> dict[SeatId, Place]:
    """Of all present seats, in roster order. A seat whose line just dropped still counts."""
    return {seat_id: place_of(state, seat) for seat_id, seat, _ in state.present()}
