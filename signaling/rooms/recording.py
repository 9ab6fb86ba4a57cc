"""Recording is closed by default. After every command the taps that may be open are compared with those that are."""

from signaling.protocol.hub_link import (
    RecordingStarted,
    RecordingStopped,
    TrackRecorded,
    TrackStopped,
)
from signaling.protocol.ids import RecordingId, SeatId
from signaling.protocol.slots import MediaKind
from signaling.protocol.vocabulary import (
    Consent,
    MediaState,
    Phase,
    Place,
    RecordingPolicy,
    RecordingState,
    TurnState,
)
from signaling.rooms import consent
from signaling.rooms.effects import CloseJournal, CloseTap, Effect, MarkJournal, OpenJournal, OpenTap, Report
from signaling.rooms.state import Recording, State

#: What everybody in the room reads when nothing is being written.
PROBLEMS = {
    "disk-full": "Ổ đĩa đã đầy nên tạm ngừng ghi. Cuộc gọi vẫn tiếp tục, những gì đã ghi vẫn còn.",
    "disk-slow": "Ổ đĩa ghi quá chậm nên tạm ngừng ghi. Cuộc gọi vẫn tiếp tục, những gì đã ghi vẫn còn.",
    "writer-gone": "Bộ phận ghi đang khởi động lại. Cuộc gọi vẫn tiếp tục, những gì đã ghi vẫn còn.",
}
_OTHER_PROBLEM = "Tạm thời không ghi được. Cuộc gọi vẫn tiếp tục, những gì đã ghi vẫn còn."


def recording_of(turn: str, generation: int) -> RecordingId:
    return RecordingId(f"{turn}-g{generation}")


def permitted(state: State) -> bool:
    """The running turn may be recorded and its announcement was spoken."""
    turn = state.turn
    return (
        state.phase is Phase.OPEN
        and state.policy is RecordingPolicy.AFTER_ANNOUNCEMENT
        and turn is not None
        and turn.desired.recordable
        and turn.announced
    )


def kept_by_seat(state: State) -> dict[SeatId, Consent]:
    """What is kept of each seat while its turn is recorded; of a seat not named here nothing is."""
    turn = state.turn
    if turn is None or state.policy is RecordingPolicy.NEVER or not turn.desired.recordable:
        return {}
    return {
        seat: consent.of_seat(state.consent(person) for person in people)
        for seat, people in state.people_by_seat().items()
    }


def recording_state(state: State) -> RecordingState:
    recording = state.recording
    if recording is None:
        return RecordingState.OFF
    if recording.paused:
        return RecordingState.PAUSED
    return RecordingState.FAILED if recording.problem is not None else RecordingState.RECORDING


def problem_sentence(state: State) -> str:
    recording = state.recording
    if recording is None or recording.problem is None:
        return ""
    return PROBLEMS.get(recording.problem, _OTHER_PROBLEM)


def _why_not(state: State, place: Place | None, kept: Consent, seat_id: SeatId, kind: MediaKind) -> str | None:
    """None if this tap may be open in the running, announced turn; otherwise the reason it may not."""
    turn = state.turn
    if turn is None or turn.state is not TurnState.RUNNING:
        return "pause"
    presence = state.seats[seat_id].presence if place is Place.ROOM else None
    if presence is None:
        return "left"
    if kind not in consent.KINDS[kept]:
        return "consent"
    # Before its first packet could come a seat has no track; after a lost path the same stream goes on.
    if presence.publish not in (MediaState.CONNECTED, MediaState.LOST):
        return "left"
    return None


def cut(state: State, seat_id: SeatId, reason: str) -> list[Effect]:
    """Closes the taps of one seat at once."""
    recording = state.recording
    if recording is None:
        return []
    effects: list[Effect] = []
    for kind in MediaKind:
        if (seat_id, kind) in recording.taps:
            effects += _close(recording, seat_id, kind, reason)
    return effects


def stop(state: State, reason: str) -> list[Effect]:
    """Closes all taps and the journal."""
    recording = state.recording
    if recording is None:
        return []
    effects: list[Effect] = []
    for seat_id in list(dict.fromkeys(seat_id for seat_id, _ in recording.taps)):
        effects += cut(state, seat_id, reason)
    effects.append(CloseJournal(recording.recording))
    effects.append(Report(RecordingStopped(turn=recording.turn, recording=recording.recording)))
    state.recording = None
    return effects


def _open_and_pause(state: State, now: float) -> list[Effect]:
    effects: list[Effect] = []
    turn = state.turn
    assert turn is not None
    paused = turn.state is TurnState.PAUSED
    recording = state.recording
    if recording is None:
        name = recording_of(turn.desired.turn, state.generation)
        recording = state.recording = Recording(name, turn.desired.turn, since=now)
        effects.append(OpenJournal(name, recording.turn))
        effects.append(Report(RecordingStarted(turn=recording.turn, recording=name)))
    if paused != recording.paused:
        recording.paused = paused
        recording.since = now
        effects.append(MarkJournal(recording.recording, "pause" if paused else "resume", state.paused_reason))
    return effects


def settle(state: State, places: dict[SeatId, Place], now: float) -> list[Effect]:
    """Makes journal and taps what they should be. Closing comes before opening. `places`: `admission.places`."""
    effects: list[Effect] = []
    may_record = permitted(state)
    if state.recording is not None and (not may_record or state.recording.turn != state.running):
        effects += stop(state, "end")
    if not may_record:
        return effects
    kept = kept_by_seat(state)
    if state.recording is not None:
        for seat_id, kind in list(state.recording.taps):
            reason = _why_not(state, places.get(seat_id), kept.get(seat_id, Consent.NONE), seat_id, kind)
            if reason is not None:
                effects += _close(state.recording, seat_id, kind, reason)
    effects += _open_and_pause(state, now)
    assert state.recording is not None
    for seat_id, place in places.items():
        for kind in MediaKind:
            if (seat_id, kind) in state.recording.taps:
                continue
            if _why_not(state, place, kept.get(seat_id, Consent.NONE), seat_id, kind) is None:
                effects += _open(state, state.recording, seat_id, kind)
    return effects


def _open(state: State, recording: Recording, seat_id: SeatId, kind: MediaKind) -> list[Effect]:
    track = recording.taps[seat_id, kind] = state.next_track
    state.next_track += 1
    fact = TrackRecorded(recording=recording.recording, track=track, seat=seat_id, kind=kind)
    return [OpenTap(recording.recording, seat_id, kind, track), Report(fact)]


def _close(recording: Recording, seat_id: SeatId, kind: MediaKind, reason: str) -> list[Effect]:
    track = recording.taps.pop((seat_id, kind))
    fact = TrackStopped(recording=recording.recording, track=track, reason=reason)
    return [CloseTap(recording.recording, seat_id, kind, track, reason), Report(fact)]
