"""What each seat may see, and the messages that bring its browser up to date."""

from dataclasses import dataclass, field

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
from signaling.protocol.ids import SeatId
from signaling.protocol.vocabulary import MediaState, Place, RecordingState
from signaling.rooms.admission import place_of
from signaling.rooms.recording import kept_of, problem_sentence, recording_state
from signaling.rooms.state import Presence, Seat, Shown, State


def media_of(presence: Presence) -> MediaState:
    """One word for both connections: a lost one is what people must know first."""
    states = (presence.publish, presence.subscribe)
    for state in (MediaState.LOST, MediaState.CONNECTED, MediaState.NEW):
        if state in states:
            return state
    return MediaState.CLOSED


def seat_view(state: State, seat_id: SeatId, seat: Seat, presence: Presence, *, with_people: bool) -> SeatView:
    people = [
        PersonView(
            attendance=person.attendance,
            name=person.name,
            capacity=person.capacity,
            interpreter=person.interpreter,
            consent=state.consent(person),
        )
        for person in (state.people(seat_id) if with_people else [])
    ]
    return SeatView(
        seat=seat_id,
        name=seat.desired.name,
        site=seat.desired.site,
        role=seat.desired.role,
        place=place_of(state, seat),
        connected=presence.socket is not None,
        media=media_of(presence),
        microphone=presence.microphone,
        camera=presence.camera,
        hand_raised_at=presence.hand_raised_at,
        recorded=kept_of(state, seat_id),
        people=people,
    )


def _turn_view(state: State, viewer_id: SeatId, viewer: Seat, place: Place, number: int) -> TurnView:
    """Titles and seats of a turn are for those who sit in it, and only inside the room."""
    turn = list(state.turns.values())[number]
    sits = viewer.sits_in(turn.desired.turn)
    if place is Place.ROOM and sits:
        seats = [seat_id for seat_id, seat in state.seats.items() if seat.sits_in(turn.desired.turn)]
        title = turn.desired.title
    else:
        seats = [viewer_id] if place is not Place.LOBBY and sits else []
        title = ""
    return TurnView(turn=turn.desired.turn, number=turn.desired.number, title=title, state=turn.state, seats=seats)


def stage_view(state: State, viewer_id: SeatId, viewer: Seat) -> Stage:
    place = place_of(state, viewer)
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
        turns=[_turn_view(state, viewer_id, viewer, place, number) for number in range(len(state.turns))],
    )


@dataclass(slots=True)
class Views:
    """Views of one moment. Equal views and messages are made once and shared by all who get them."""

    state: State
    _seats: dict[SeatId, SeatView] = field(default_factory=dict)
    _stages: dict[object, Stage] = field(default_factory=dict)
    _messages: dict[int, tuple[object, NodeMessage]] = field(default_factory=dict)

    def _seat(self, seat_id: SeatId, seat: Seat, presence: Presence) -> SeatView:
        view = self._seats.get(seat_id)
        if view is None:
            view = self._seats[seat_id] = seat_view(self.state, seat_id, seat, presence, with_people=True)
        return view

    def _stage(self, viewer_id: SeatId, viewer: Seat) -> Stage:
        place = place_of(self.state, viewer)
        if place is Place.LOBBY:
            key: object = place
        elif place is Place.ROOM and viewer.sits_in_all:
            key = (place,)
        else:
            key = viewer_id if place is Place.WAITING else frozenset(viewer.desired.turns)
        stage = self._stages.get(key)
        if stage is None:
            stage = self._stages[key] = stage_view(self.state, viewer_id, viewer)
        return stage

    def of(self, viewer_id: SeatId, viewer: Seat, slots: dict[str, SeatId]) -> Shown:
        """Outside the room a seat sees itself alone; conductors see everybody who is there or knocks."""
        place = place_of(self.state, viewer)
        if place is Place.ROOM:
            seats = {
                seat_id: self._seat(seat_id, seat, presence)
                for seat_id, seat, presence in self.state.present()
                if viewer.conducts or place_of(self.state, seat) is Place.ROOM
            }
        else:
            assert viewer.presence is not None
            seats = {viewer_id: seat_view(self.state, viewer_id, viewer, viewer.presence, with_people=False)}
        return Shown(place, self._stage(viewer_id, viewer), seats, slots)

    def _updated(self, view: SeatView) -> NodeMessage:
        return self._shared(view, SeatUpdated(seat=view))

    def _shared(self, view: object, message: NodeMessage) -> NodeMessage:
        return self._messages.setdefault(id(view), (view, message))[1]

    def messages(self, before: Shown | None, after: Shown) -> list[NodeMessage]:
        """From what was shown to what is to be shown."""
        if before is None or before.place is not after.place:
            return [RoomState(stage=after.stage, seats=list(after.seats.values()), slots=after.slots)]
        messages: list[NodeMessage] = []
        if before.stage != after.stage:
            messages.append(self._shared(after.stage, StageUpdated(stage=after.stage)))
        for seat_id in before.seats:
            if seat_id not in after.seats:
                messages.append(SeatRemoved(seat=seat_id))
        for seat_id, view in after.seats.items():
            if before.seats.get(seat_id) != view:
                messages.append(self._updated(view))
        if before.slots != after.slots:
            messages.append(SlotsUpdated(slots=after.slots))
        return messages
