"""The hub's wish becomes the room's seats and turns, without rewinding what the room knows better."""

from signaling.protocol.hub_link import DesiredAttendance, DesiredSeat, DesiredSession, DesiredTurn
from signaling.protocol.ids import SeatId, TurnId
from signaling.protocol.vocabulary import Consent, Phase, TurnState
from signaling.rooms.state import Seat, State, Turn
from signaling.rooms.turns import ACTIVE


def new_state(desired: DesiredSession, first_track: int) -> State:
    """A room made anew takes over what the hub last heard."""
    state = State(
        session=desired.session,
        generation=desired.generation,
        code=desired.code,
        clock_zero=desired.clock_zero,
        policy=desired.policy,
        phase=Phase.OPEN if desired.open else Phase.LOBBY,
        next_track=first_track,
    )
    state.seats = {seat.seat: Seat(seat, seat.admitted) for seat in desired.seats}
    state.turns = {turn.turn: Turn(turn, turn.state, turn.announced) for turn in desired.turns}
    running = next((turn for turn in desired.turns if turn.state in ACTIVE), None)
    if running is not None:
        state.running = running.turn
        state.floor = running.floor
    return state


def take_over(state: State, desired: DesiredSession) -> list[SeatId]:
    """Names, seats, people and consent follow the hub; admissions, turn states and an opened session do not go back.

    Returns the seats that are no longer wanted and still occupied; the room must empty them.
    """
    state.code = desired.code
    state.policy = desired.policy
    if state.phase is Phase.LOBBY and desired.open:
        state.phase = Phase.OPEN
    _forget_confirmed_withdrawals(state, desired)
    state.turns = _turns(state, desired)
    wanted = {seat.seat for seat in desired.seats}
    gone = [seat_id for seat_id, _, _ in state.present() if seat_id not in wanted]
    # Seats to be emptied stay at the end of the roster until the room has emptied them.
    leaving = {seat_id: state.seats[seat_id] for seat_id in gone}
    state.seats = {seat.seat: _seat(state, seat) for seat in desired.seats} | leaving
    return gone


def _seat(state: State, desired: DesiredSeat) -> Seat:
    seat = state.seats.get(desired.seat)
    if seat is None:
        return Seat(desired, desired.admitted)
    seat.desired = desired
    return seat


def _turns(state: State, desired: DesiredSession) -> dict[TurnId, Turn]:
    turns: dict[TurnId, Turn] = {}
    for turn in desired.turns:
        known = state.turns.get(turn.turn)
        if known is None:
            # A turn the room never had cannot be running in it, whatever is written.
            turns[turn.turn] = Turn(turn, TurnState.WAITING if turn.state in ACTIVE else turn.state, announced=False)
        else:
            known.desired = turn
            turns[turn.turn] = known
    if state.running is not None and state.running not in turns:
        turns[state.running] = state.turns[state.running]
    return turns


def _forget_confirmed_withdrawals(state: State, desired: DesiredSession) -> None:
    """Once the hub lists a withdrawn person as `none` it has heard; a later consent is then a new decision."""
    for turn in desired.turns:
        for person in turn.people:
            if person.consent is Consent.NONE:
                state.withdrawn.discard(person.attendance)


def desired_now(state: State) -> DesiredSession:
    """The room's own knowledge in the hub's words: what a room made anew on this node starts from."""
    return DesiredSession(
        session=state.session,
        generation=state.generation,
        code=state.code,
        clock_zero=state.clock_zero,
        open=state.phase is not Phase.LOBBY,
        policy=state.policy,
        seats=[_desired_seat(seat) for seat in state.seats.values()],
        turns=[_desired_turn(state, turn) for turn in state.turns.values()],
    )


def _desired_seat(seat: Seat) -> DesiredSeat:
    known = seat.desired
    return DesiredSeat(
        seat=known.seat, name=known.name, site=known.site, role=known.role, turns=known.turns, admitted=seat.admitted
    )


def _desired_turn(state: State, turn: Turn) -> DesiredTurn:
    known = turn.desired
    return DesiredTurn(
        turn=known.turn,
        number=known.number,
        title=known.title,
        state=turn.state,
        announced=turn.announced,
        floor=state.floor if state.running == known.turn else None,
        recordable=known.recordable,
        people=[_listed(state, person) for person in known.people],
    )


def _listed(state: State, person: DesiredAttendance) -> DesiredAttendance:
    return DesiredAttendance(
        attendance=person.attendance,
        seat=person.seat,
        name=person.name,
        capacity=person.capacity,
        interpreter=person.interpreter,
        consent=state.consent(person),
    )
