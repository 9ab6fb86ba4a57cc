"""What a seat may ask, and what follows. Every method looks first and changes afterwards: a refusal changes nothing."""

from typing import assert_never

from signaling.protocol import browser, hub_link
from signaling.protocol.errors import Code, Refusal
from signaling.protocol.hub_link import DesiredAttendance
from signaling.protocol.ids import AttendanceId, SeatId, TurnId
from signaling.protocol.vocabulary import Consent, Phase, Place, RecordingPolicy, TurnState
from signaling.rooms.admission import place_of
from signaling.rooms.commands import RoomRequest
from signaling.rooms.effects import Effect, Report, Send
from signaling.rooms.state import Seat, State, Turn
from signaling.rooms.turns import TurnEvent, advance

#: What only chair, secretary and dispatcher may ask. Withdrawing consent is also the right of the person's own seat.
CONDUCTING = (
    browser.Admit,
    browser.SendBack,
    browser.MuteSeat,
    browser.GiveFloor,
    browser.StartTurn,
    browser.AnnounceRecording,
    browser.PauseTurn,
    browser.ResumeTurn,
    browser.EndTurn,
    browser.CloseSession,
)


def decide(state: State, seat_id: SeatId, seat: Seat, request: RoomRequest, now: float) -> list[Effect]:
    """Raises `Refusal`. Emptying the seat (`Leave`) and the room (`CloseSession`) is the room's own part."""
    if isinstance(request, CONDUCTING):
        if not seat.conducts:
            raise Refusal(Code.NOT_ALLOWED)
        if state.phase is not Phase.OPEN:
            raise Refusal(Code.SESSION_NOT_OPEN)
    match request:
        case browser.SetDevices():
            return _set_devices(seat, request)
        case browser.RaiseHand():
            return _raise_hand(state, seat, request, now)
        case browser.Leave():
            return []
        case browser.Admit():
            return _admit(state, seat_id, request)
        case browser.SendBack():
            return _send_back(state, seat_id, request)
        case browser.MuteSeat():
            return _mute(state, seat_id, seat, request)
        case browser.GiveFloor():
            return _give_floor(state, seat_id, request, now)
        case browser.StartTurn():
            return _start_turn(state, seat_id, request, now)
        case browser.AnnounceRecording():
            return _announce(state, seat_id)
        case browser.PauseTurn():
            return _pause(state, seat_id, request)
        case browser.ResumeTurn():
            return _resume(state, seat_id)
        case browser.EndTurn():
            return end_turn(state, seat_id)
        case browser.CloseSession():
            return end_turn(state, seat_id) if state.running is not None else []
        case browser.WithdrawConsent():
            return _withdraw(state, seat_id, seat, request)
        case _:
            assert_never(request)


def _target(state: State, seat_id: str) -> tuple[SeatId, Seat]:
    seat = state.seats.get(SeatId(seat_id))
    if seat is None:
        raise Refusal(Code.SEAT_UNKNOWN)
    return SeatId(seat_id), seat


def _inside(state: State, seat_id: str) -> tuple[SeatId, Seat]:
    target, seat = _target(state, seat_id)
    if seat.presence is None or place_of(state, seat) is not Place.ROOM:
        raise Refusal(Code.NOT_ADMITTED)
    return target, seat


def _running(state: State) -> Turn:
    if state.turn is None:
        raise Refusal(Code.TURN_NOT_RUNNING)
    return state.turn


def _set_devices(seat: Seat, request: browser.SetDevices) -> list[Effect]:
    assert seat.presence is not None
    if request.microphone:
        seat.muted_by = None
    seat.presence.microphone = request.microphone
    seat.presence.camera = request.camera
    return []


def _raise_hand(state: State, seat: Seat, request: browser.RaiseHand, now: float) -> list[Effect]:
    assert seat.presence is not None
    if place_of(state, seat) is not Place.ROOM:
        raise Refusal(Code.NOT_ADMITTED)
    if not request.raised:
        seat.presence.hand_raised_at = None
    elif seat.presence.hand_raised_at is None:
        seat.presence.hand_raised_at = now
    return []


def _admit(state: State, by: SeatId, request: browser.Admit) -> list[Effect]:
    target, seat = _target(state, request.seat)
    if seat.admitted:
        return []
    seat.admitted = True
    return [Report(hub_link.SeatAdmitted(seat=target, by=by))]


def _send_back(state: State, by: SeatId, request: browser.SendBack) -> list[Effect]:
    target, seat = _target(state, request.seat)
    if seat.conducts:
        raise Refusal(Code.NOT_ALLOWED)
    if not seat.admitted:
        return []
    seat.admitted = False
    if seat.presence is not None:
        seat.presence.hand_raised_at = None
    return [Report(hub_link.SeatSentBack(seat=target, by=by))]


def _mute(state: State, by: SeatId, conductor: Seat, request: browser.MuteSeat) -> list[Effect]:
    target, seat = _inside(state, request.seat)
    assert seat.presence is not None
    seat.muted_by = conductor.desired.name
    seat.presence.microphone = False
    effects: list[Effect] = [Report(hub_link.SeatMuted(seat=target, by=by))]
    if seat.presence.socket is not None:
        effects.append(Send(seat.presence.socket, browser.MuteOrdered(by=conductor.desired.name)))
    return effects


def _give_floor(state: State, by: SeatId, request: browser.GiveFloor, now: float) -> list[Effect]:
    turn = _running(state)
    target = None if request.seat is None else _inside(state, request.seat)
    holder = None if target is None else target[0]
    if holder == state.floor:
        return []
    state.floor = holder
    state.floor_since = None if holder is None else now
    if target is not None and target[1].presence is not None:
        target[1].presence.hand_raised_at = None
    return [Report(hub_link.FloorGiven(turn=turn.desired.turn, seat=holder, by=by))]


def _start_turn(state: State, by: SeatId, request: browser.StartTurn, now: float) -> list[Effect]:
    turn = state.turns.get(TurnId(request.turn))
    if turn is None:
        raise Refusal(Code.TURN_UNKNOWN)
    if state.running is not None:
        raise Refusal(Code.TURN_ALREADY_RUNNING)
    turn.state = advance(turn.state, TurnEvent.START)
    turn.announced = False
    state.running = turn.desired.turn
    state.turn_since = now
    state.paused_reason = ""
    state.floor = state.floor_since = None
    return [Report(hub_link.TurnStarted(turn=turn.desired.turn, by=by))]


def _announce(state: State, by: SeatId) -> list[Effect]:
    turn = _running(state)
    if state.policy is RecordingPolicy.NEVER or not turn.desired.recordable:
        raise Refusal(Code.RECORDING_NEVER)
    if turn.state is not TurnState.RUNNING:
        raise Refusal(Code.TURN_NOT_RUNNING)
    if any(state.consent(person) is Consent.UNDECIDED for person in turn.desired.people):
        raise Refusal(Code.CONSENT_MISSING)
    if turn.announced:
        return []
    turn.announced = True
    return [Report(hub_link.RecordingAnnounced(turn=turn.desired.turn, by=by))]


def _pause(state: State, by: SeatId, request: browser.PauseTurn) -> list[Effect]:
    turn = _running(state)
    after = advance(turn.state, TurnEvent.PAUSE)
    if after is turn.state:
        return []
    turn.state = after
    state.paused_reason = request.reason
    return [Report(hub_link.TurnPaused(turn=turn.desired.turn, by=by, reason=request.reason))]


def _resume(state: State, by: SeatId) -> list[Effect]:
    turn = _running(state)
    after = advance(turn.state, TurnEvent.RESUME)
    if after is turn.state:
        return []
    turn.state = after
    state.paused_reason = ""
    return [Report(hub_link.TurnResumed(turn=turn.desired.turn, by=by))]


def end_turn(state: State, by: SeatId) -> list[Effect]:
    turn = _running(state)
    turn.state = advance(turn.state, TurnEvent.END)
    state.running = state.turn_since = state.floor = state.floor_since = None
    state.paused_reason = ""
    for _, _, presence in state.present():
        presence.hand_raised_at = None
    return [Report(hub_link.TurnEnded(turn=turn.desired.turn, by=by))]


def _attendance(state: State, attendance: AttendanceId) -> tuple[TurnId, DesiredAttendance]:
    for turn in state.turns.values():
        for person in turn.desired.people:
            if person.attendance == attendance:
                return turn.desired.turn, person
    raise Refusal(Code.ATTENDANCE_UNKNOWN)


def _withdraw(state: State, by: SeatId, seat: Seat, request: browser.WithdrawConsent) -> list[Effect]:
    turn, person = _attendance(state, AttendanceId(request.attendance))
    if not seat.conducts and person.seat != by:
        raise Refusal(Code.NOT_ALLOWED)
    if person.attendance in state.withdrawn:
        return []
    state.withdrawn.add(person.attendance)
    return [Report(hub_link.ConsentWithdrawn(turn=turn, attendance=person.attendance, by=by))]
