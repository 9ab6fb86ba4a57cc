"""The live state of one session. `handle` takes what happened and returns what is to be done about it."""

from typing import assert_never

from signaling.protocol import browser, hub_link
from signaling.protocol.errors import Code, Refusal
from signaling.protocol.ids import SeatId
from signaling.protocol.vocabulary import Connection, LeftReason, MediaState, Phase, Place
from signaling.rooms import asking, recording, roster
from signaling.rooms.admission import place_of, places
from signaling.rooms.closing import closed
from signaling.rooms.commands import (
    Command,
    DesiredChanged,
    Ending,
    LoudestChanged,
    MediaChanged,
    RecorderChanged,
    RoomEnded,
    SeatAsked,
    SeatConnected,
    SeatLost,
    Tick,
)
from signaling.rooms.effects import (
    AssignSlots,
    CloseRoom,
    Disconnect,
    DropMedia,
    Effect,
    OfferMedia,
    Report,
    Send,
    SetOpen,
)
from signaling.rooms.leaving import vacate
from signaling.rooms.slots import slots_for
from signaling.rooms.state import Presence, State
from signaling.rooms.views import Views

#: A seat whose line is gone is kept this long, so that a short outage disturbs nobody. After it the seat is empty: the
#: ghost of a closed lid must be gone within 20 s (quality F4), and a tick and the way to the others take their share.
ABSENCE_TIMEOUT = 19.0

_ENDINGS: dict[Ending, tuple[Code, LeftReason]] = {
    # The browser asks for a new pass; the hub knows whether the session is over or elsewhere.
    Ending.UNPLACED: (Code.ROOM_UNKNOWN, LeftReason.CLOSED),
    Ending.SUPERSEDED: (Code.GENERATION_OLD, LeftReason.SUPERSEDED),
    Ending.STOPPING: (Code.NODE_STOPPING, LeftReason.CLOSED),
    Ending.BROKEN: (Code.NODE_BROKEN, LeftReason.CLOSED),
}


class Room:
    """Pure: the same commands at the same times give the same effects.

    `first_track`: the first track number of its recordings; a room made anew in the same generation goes on where the
    one before it stopped, since a recording never uses a number twice.
    """

    def __init__(self, desired: hub_link.DesiredSession, *, first_track: int = 1) -> None:
        self._state = roster.new_state(desired, first_track)
        self._ended = False
        self._views = Views()
        self._assigned_on: object = None

    @property
    def state(self) -> State:
        """To look at, not to change."""
        return self._state

    def desired_now(self) -> hub_link.DesiredSession:
        return roster.desired_now(self._state)

    def handle(self, command: Command, now: float) -> list[Effect]:
        """`now`: session time in seconds. A refused request changes nothing and is answered with `Refused`."""
        if self._ended:
            return self._handle_ended(command)
        effects = self._decide(command, now)
        if self._ended or (isinstance(command, Tick) and not effects):
            return effects
        return effects + self._settle(now)

    def _decide(self, command: Command, now: float) -> list[Effect]:
        match command:
            case SeatConnected():
                return self._connect(command, now)
            case SeatLost():
                return self._lose(command)
            case SeatAsked():
                return self._ask(command, now)
            case DesiredChanged():
                return self._take_over(command)
            case LoudestChanged(seats):
                self._state.loudest = seats
                return []
            case MediaChanged():
                return self._media(command)
            case RecorderChanged():
                return self._recorder(command, now)
            case Tick():
                return self._sweep(now)
            case RoomEnded(reason):
                return self._end(*_ENDINGS[reason])
            case _:
                assert_never(command)

    # --- who is here --------------------------------------------------------------------------------------------

    def _refusal_of(self, command: SeatConnected) -> Code | None:
        seat = self._state.seats.get(command.seat)
        if seat is None:
            return Code.SEAT_UNKNOWN
        if command.sign_in in self._state.revoked:
            return Code.REVOKED
        if command.role is not None and command.role is not seat.desired.role:
            return Code.PASS_INVALID
        return None

    def _connect(self, command: SeatConnected, now: float) -> list[Effect]:
        refusal = self._refusal_of(command)
        if refusal is not None:
            return [Disconnect(command.socket, closed(refusal))]
        seat = self._state.seats[command.seat]
        before = seat.presence
        effects: list[Effect] = []
        if before is not None and before.socket is not None:
            effects.append(Disconnect(before.socket, closed(Code.SEAT_TAKEN_OVER)))
            if not command.resumed:
                effects.append(Report(hub_link.SeatLeft(seat=command.seat, reason=LeftReason.TAKEN_OVER)))
        fresh = before is None or not command.resumed
        if before is not None and fresh:
            effects += self._drop_media(command.seat)
        # A microphone closed by a conductor stays closed until the people at the seat open it themselves.
        microphone = command.microphone and seat.muted_by is None
        if before is None or fresh:
            seat.presence = Presence(command.socket, command.sign_in, microphone, command.camera)
            seat.presence.hand_raised_at = None if before is None else before.hand_raised_at
        else:
            before.socket, before.sign_in, before.lost_since, before.shown = command.socket, command.sign_in, None, None
            before.microphone, before.camera = microphone, command.camera
        effects.append(Report(hub_link.SeatTaken(seat=command.seat, resumed=command.resumed)))
        effects.append(Send(command.socket, self._welcome(command, fresh, now)))
        effects += self._settle(now)
        if command.microphone and seat.muted_by is not None:
            inside = place_of(self._state, seat) is Place.ROOM
            effects.append(Send(command.socket, browser.MuteOrdered(by=seat.muted_by if inside else "")))
        if fresh:
            effects.append(OfferMedia(command.seat, command.socket))
        return effects

    def _welcome(self, command: SeatConnected, fresh: bool, now: float) -> browser.Welcome:
        return browser.Welcome(
            seat=command.seat,
            session=self._state.session,
            generation=self._state.generation,
            resume=command.resume,
            session_time=now,
            fresh=fresh,
        )

    def _drop_media(self, seat_id: SeatId) -> list[Effect]:
        """Recording first, then the connections; the engine forgets them, so orders naming the seat are given again."""
        for _, _, presence in self._state.present():
            presence.must_assign |= seat_id in presence.assigned.values()
        return [*recording.cut(self._state, seat_id, "left"), DropMedia(seat_id)]

    def _current(self, seat_id: SeatId, socket: int) -> Presence | None:
        seat = self._state.seats.get(seat_id)
        if seat is None or seat.presence is None or seat.presence.socket != socket:
            return None
        return seat.presence

    def _lose(self, command: SeatLost) -> list[Effect]:
        presence = self._current(command.seat, command.socket)
        if presence is not None:
            presence.socket = None
            presence.lost_since = command.since
        return []

    def _sweep(self, now: float) -> list[Effect]:
        effects: list[Effect] = []
        for seat_id, _, presence in self._state.present():
            if presence.lost_since is not None and now - presence.lost_since >= ABSENCE_TIMEOUT:
                effects += vacate(self._state, seat_id, LeftReason.LOST, None)
        return effects

    def _take_over(self, command: DesiredChanged) -> list[Effect]:
        self._state.revoked = command.revoked
        self._assigned_on = None
        effects: list[Effect] = []
        for seat_id in roster.take_over(self._state, command.session):
            effects += vacate(self._state, seat_id, LeftReason.REVOKED, closed(Code.REVOKED))
            del self._state.seats[seat_id]
        for seat_id, _, presence in self._state.present():
            if presence.sign_in in command.revoked:
                effects += vacate(self._state, seat_id, LeftReason.REVOKED, closed(Code.REVOKED))
        return effects

    # --- what is asked and what happens -------------------------------------------------------------------------

    def _ask(self, command: SeatAsked, now: float) -> list[Effect]:
        """The answer comes last: who has it has seen everything the request changed."""
        presence = self._current(command.seat, command.socket)
        if presence is None:
            return []
        seat = self._state.seats[command.seat]
        request = command.message
        try:
            effects = asking.decide(self._state, command.seat, seat, request, now)
        except Refusal as refusal:
            return [Send(command.socket, browser.Refused(id=request.id, code=refusal.code, message=refusal.sentence))]
        done: list[Effect] = [Send(command.socket, browser.Done(id=request.id))]
        match request:
            case browser.Leave():
                effects += done
                effects += vacate(self._state, command.seat, LeftReason.LEFT, None)
            case browser.CloseSession():
                effects += [*done, Report(hub_link.SessionClosed(by=command.seat))]
                effects += self._end(Code.SESSION_CLOSED, LeftReason.CLOSED)
                self._state.phase = Phase.CLOSED
            case _:
                effects += self._settle(now) + done
        return effects

    def _media(self, command: MediaChanged) -> list[Effect]:
        seat = self._state.seats.get(command.seat)
        if seat is None or seat.presence is None:
            return []
        if command.connection is Connection.PUBLISH:
            seat.presence.publish = command.state
        else:
            seat.presence.subscribe = command.state
        if command.state not in (MediaState.CONNECTED, MediaState.LOST):
            return []
        fact = hub_link.SeatMedia(seat=command.seat, connection=command.connection, state=command.state)
        return [Report(fact)]

    def _recorder(self, command: RecorderChanged, now: float) -> list[Effect]:
        current = self._state.recording
        if current is None or current.recording != command.recording or current.problem == command.problem:
            return []
        current.problem = command.problem
        name, turn = current.recording, current.turn
        if command.problem is not None:
            return [Report(hub_link.RecordingFailed(turn=turn, recording=name, problem=command.problem))]
        current.since = now
        return [Report(hub_link.RecordingStarted(turn=turn, recording=name))]

    # --- the end ------------------------------------------------------------------------------------------------

    def _end(self, code: Code, left: LeftReason) -> list[Effect]:
        effects = recording.stop(self._state, "end")
        for seat_id, _, _ in self._state.present():
            effects += vacate(self._state, seat_id, left, closed(code))
        self._ended = True
        return [*effects, CloseRoom()]

    def _handle_ended(self, command: Command) -> list[Effect]:
        """Those who knock at a closed session are told so."""
        if not isinstance(command, SeatConnected):
            return []
        code = Code.SESSION_CLOSED if self._state.phase is Phase.CLOSED else Code.ROOM_UNKNOWN
        return [Disconnect(command.socket, closed(code))]

    # --- making everything fit ----------------------------------------------------------------------------------

    def _settle(self, now: float) -> list[Effect]:
        """After every command, orders and views are brought in line with the state; what cuts comes first."""
        effects = self._check_floor()
        where = places(self._state)
        effects += recording.settle(self._state, where, now)
        for seat_id, _, presence in self._state.present():
            devices = (presence.microphone, presence.camera)
            if presence.opened != devices:
                presence.opened = devices
                effects.append(SetOpen(seat_id, microphone=devices[0], camera=devices[1]))
        effects += self._assign(where)
        self._views.look(self._state, where)
        for seat_id, seat, presence in self._state.present():
            if presence.socket is not None:
                after = self._views.of(seat_id, seat, presence)
                effects += [Send(presence.socket, message) for message in self._views.messages(presence.shown, after)]
                presence.shown = after
        return effects

    def _assign(self, where: dict[SeatId, Place]) -> list[Effect]:
        """Slots of everybody, when anything they depend on changed."""
        state = self._state
        room = [seat_id for seat_id, place in where.items() if place is Place.ROOM]
        present = state.present()
        basis = (list(where), room, state.floor, state.loudest, [presence.microphone for _, _, presence in present])
        if basis == self._assigned_on and not any(presence.must_assign for _, _, presence in present):
            return []
        self._assigned_on = basis
        effects: list[Effect] = []
        for seat_id, _, presence in present:
            inside = where[seat_id] is Place.ROOM
            slots = slots_for(state, seat_id, room, presence.assigned) if inside else {}
            if slots != presence.assigned or (presence.must_assign and slots):
                effects.append(AssignSlots(seat_id, slots))
            presence.assigned, presence.must_assign = slots, False
        return effects

    def _check_floor(self) -> list[Effect]:
        """Who is no longer in the room no longer has the floor. A holder who is not back yet after a crash keeps it."""
        state = self._state
        holder = None if state.floor is None else state.seats.get(state.floor)
        if state.floor is None or state.running is None:
            return []
        if holder is not None and (holder.presence is None or place_of(state, holder) is Place.ROOM):
            return []
        by = state.floor
        state.floor = state.floor_since = None
        return [Report(hub_link.FloorGiven(turn=state.running, seat=None, by=by))]
