"""What each seat may see, and the messages that bring its browser up to date."""

from collections.abc import Callable

from signaling.protocol.browser import (
    NodeMessage,
    PersonView,
    RoomState,
    SeatRemoved,
    SeatUpdated,
    SeatView,
    SlotsUpdated,
    Stage,
    StageUpdated,
    TurnView,
)
from signaling.protocol.hub_link import DesiredAttendance
from signaling.protocol.ids import SeatId
from signaling.protocol.vocabulary import Consent, MediaState, Place, RecordingState
from signaling.rooms.recording import kept_by_seat, problem_sentence, recording_state
from signaling.rooms.state import Presence, Seat, Shown, State, Turn


def media_of(presence: Presence) -> MediaState:
    """One word for both connections: a lost one is what people must know first."""
    states = (presence.publish, presence.subscribe)
    for state in (MediaState.LOST, MediaState.CONNECTED, MediaState.NEW):
        if state in states:
            return state
    return MediaState.CLOSED


def seat_view(
    state: State, seat: Seat, presence: Presence, place: Place, kept: Consent, people: list[DesiredAttendance]
) -> SeatView:
    """`kept`: what is recorded of the seat; `people`: those of the running turn, or none for eyes outside the room."""
    return SeatView(
        seat=seat.desired.seat,
        name=seat.desired.name,
        site=seat.desired.site,
        role=seat.desired.role,
        place=place,
        connected=presence.socket is not None,
        media=media_of(presence),
        microphone=presence.microphone,
        camera=presence.camera,
        hand_raised_at=presence.hand_raised_at,
        recorded=kept,
        people=[
            PersonView(
                attendance=person.attendance,
                name=person.name,
                capacity=person.capacity,
                interpreter=person.interpreter,
                consent=state.consent(person),
            )
            for person in people
        ],
    )


def _turn_view(state: State, viewer_id: SeatId, viewer: Seat, place: Place, turn: Turn) -> TurnView:
    """Titles and seats of a turn are for those who sit in it, and only inside the room."""
    sits = viewer.sits_in(turn.desired.turn)
    if place is Place.ROOM and sits:
        seats = [seat_id for seat_id, seat in state.seats.items() if seat.sits_in(turn.desired.turn)]
        title = turn.desired.title
    else:
        seats = [viewer_id] if place is not Place.LOBBY and sits else []
        title = ""
    return TurnView(turn=turn.desired.turn, number=turn.desired.number, title=title, state=turn.state, seats=seats)


def stage_view(state: State, viewer_id: SeatId, viewer: Seat, place: Place) -> Stage:
    inside = place is Place.ROOM
    turn = state.turn
    return Stage(
        phase=state.phase,
        turn=state.running,
        turn_state=None if turn is None else turn.state,
        turn_since=state.turn_since,
        paused_reason=state.paused_reason if inside else "",
        announced=turn is not None and turn.announced,
        floor=state.floor if inside else None,
        floor_since=state.floor_since if inside else None,
        recording=recording_state(state) if inside else RecordingState.OFF,
        recording_since=state.recording.since if inside and state.recording is not None else None,
        recording_problem=problem_sentence(state) if inside else "",
        turns=[_turn_view(state, viewer_id, viewer, place, turn) for turn in state.turns.values()],
    )


class Views:
    """What everybody sees. Views, audiences and messages that did not change or are shared are one object each, so that a
    hall of seventy seats costs seventy views and not seventy times seventy."""

    def __init__(self) -> None:
        self._state: State
        self._places: dict[SeatId, Place] = {}
        self._seats: dict[SeatId, SeatView] = {}
        #: What conductors see: everybody who is there or knocks.
        self._everybody: dict[SeatId, SeatView] = {}
        #: What the others in the room see.
        self._room: dict[SeatId, SeatView] = {}
        self._stages: dict[object, Stage] = {}
        self._fresh_stages: dict[object, Stage] = {}
        self._differences: dict[tuple[int, int], list[NodeMessage]] = {}

    def look(self, state: State, places: dict[SeatId, Place]) -> None:
        """Takes in the state of this moment. `places`: `admission.places`."""
        self._state = state
        self._places = places
        people, kept = state.people_by_seat(), kept_by_seat(state)
        seats: dict[SeatId, SeatView] = {}
        for seat_id, seat, presence in state.present():
            view = seat_view(
                state, seat, presence, places[seat_id], kept.get(seat_id, Consent.NONE), people.get(seat_id, [])
            )
            known = self._seats.get(seat_id)
            seats[seat_id] = known if known == view and known is not None else view
        self._seats = seats
        self._everybody = _same_or_new(self._everybody, seats)
        inside = {seat_id: view for seat_id, view in seats.items() if view.place is Place.ROOM}
        self._room = _same_or_new(self._room, inside)
        self._stages, self._fresh_stages = self._fresh_stages, {}
        self._differences = {}

    def _stage(self, viewer_id: SeatId, viewer: Seat) -> Stage:
        place = self._places[viewer_id]
        key: object
        if place is Place.LOBBY:
            key = place
        elif place is Place.ROOM:
            key = None if viewer.sits_in_all else frozenset(viewer.desired.turns)
        else:
            key = viewer_id
        stage = self._fresh_stages.get(key)
        if stage is None:
            stage = stage_view(self._state, viewer_id, viewer, place)
            before = self._stages.get(key)
            stage = self._fresh_stages[key] = before if before is not None and before == stage else stage
        return stage

    def of(self, viewer_id: SeatId, viewer: Seat, presence: Presence) -> Shown:
        """Outside the room a seat sees itself alone, without the people listed at it."""
        place = self._places[viewer_id]
        if place is Place.ROOM:
            seats = self._everybody if viewer.conducts else self._room
        else:
            seats = {viewer_id: seat_view(self._state, viewer, presence, place, self._seats[viewer_id].recorded, [])}
        return Shown(place, self._stage(viewer_id, viewer), seats, presence.assigned)

    def messages(self, before: Shown | None, after: Shown) -> list[NodeMessage]:
        """From what was shown to what is to be shown."""
        if before is None or before.place is not after.place:
            return [RoomState(stage=after.stage, seats=list(after.seats.values()), slots=after.slots)]
        messages: list[NodeMessage] = []
        if before.stage is not after.stage and before.stage != after.stage:
            messages += self._once(before.stage, after.stage, lambda: [StageUpdated(stage=after.stage)])
        if before.seats is not after.seats:
            messages += self._once(before.seats, after.seats, lambda: _seat_messages(before.seats, after.seats))
        if before.slots != after.slots:
            messages.append(SlotsUpdated(slots=after.slots))
        return messages

    def _once(self, before: object, after: object, make: Callable[[], list[NodeMessage]]) -> list[NodeMessage]:
        """Most seats saw the same and shall see the same: the messages between are made once."""
        key = (id(before), id(after))
        if key not in self._differences:
            self._differences[key] = make()
        return self._differences[key]


def _same_or_new(before: dict[SeatId, SeatView], after: dict[SeatId, SeatView]) -> dict[SeatId, SeatView]:
    """`before` itself if nothing changed: views that did not change are the same objects."""
    if len(before) == len(after) and all(
        known is view and known_id == view_id
        for (known_id, known), (view_id, view) in zip(before.items(), after.items(), strict=True)
    ):
        return before
    return after


def _seat_messages(before: dict[SeatId, SeatView], after: dict[SeatId, SeatView]) -> list[NodeMessage]:
    removed = [SeatRemoved(seat=seat_id) for seat_id in before if seat_id not in after]
    changed = [
        SeatUpdated(seat=view)
        for seat_id, view in after.items()
        if before.get(seat_id) is not view and before.get(seat_id) != view
    ]
    return [*removed, *changed]
