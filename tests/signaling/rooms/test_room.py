"""Situations of a session, as commands and what came of them."""

import pytest

from signaling.protocol import browser
from signaling.protocol.errors import Code
from signaling.protocol.hub_link import (
    ConsentWithdrawn,
    FloorGiven,
    RecordingFailed,
    RecordingStarted,
    RecordingStopped,
    SeatAdmitted,
    SeatLeft,
    SeatMedia,
    SeatMuted,
    SeatSentBack,
    SeatTaken,
    SessionClosed,
    TrackRecorded,
    TrackStopped,
    TurnEnded,
    TurnStarted,
)
from signaling.protocol.ids import RecordingId, SignInId
from signaling.protocol.slots import MediaKind
from signaling.protocol.vocabulary import (
    Connection,
    Consent,
    LeftReason,
    MediaState,
    Phase,
    Place,
    RecordingPolicy,
    RecordingState,
    Role,
    TurnState,
)
from signaling.rooms.commands import (
    DesiredChanged,
    Ending,
    LoudestChanged,
    MediaChanged,
    RecorderChanged,
    RoomEnded,
    SeatAsked,
    SeatLost,
)
from signaling.rooms.effects import AssignSlots, CloseRoom, DropMedia, MarkJournal, OfferMedia
from signaling.rooms.room import ABSENCE_TIMEOUT
from tests.signaling.desired import (
    CENTRAL,
    CHAIR,
    COMMUNE_1,
    COMMUNE_2,
    SECRETARY,
    TURN_1,
    TURN_2,
    a_seat,
    a_session,
    a_turn,
    person,
)
from tests.signaling.rooms.house import RoomHouse

A, V = MediaKind.AUDIO, MediaKind.VIDEO


def refused(answer: browser.Done | browser.Refused) -> Code:
    assert isinstance(answer, browser.Refused)
    return answer.code


def turn_running(consent: Consent = Consent.AUDIO_VIDEO) -> RoomHouse:
    """Chair, secretary and both communes are there and admitted; turn 1 runs; everybody publishes."""
    house = RoomHouse(a_session(consent=consent))
    for seat in (CHAIR, SECRETARY, COMMUNE_1, COMMUNE_2):
        house.join(seat)
        house.publish(seat)
    house.tell(CHAIR, browser.Admit, seat=COMMUNE_1)
    house.tell(CHAIR, browser.Admit, seat=COMMUNE_2)
    house.tell(CHAIR, browser.StartTurn, turn=TURN_1)
    return house


# --- lobby and admission ------------------------------------------------------------------------------------------


def test_before_the_session_is_open_everybody_is_in_the_lobby_and_nobody_is_admitted() -> None:
    house = RoomHouse(a_session(is_open=False))
    house.join(CHAIR)
    house.join(COMMUNE_1)
    assert house.place(CHAIR) is Place.LOBBY and house.page(CHAIR).slots == {}
    assert refused(house.ask(CHAIR, browser.Admit, seat=COMMUNE_1)) is Code.SESSION_NOT_OPEN


def test_conductors_are_in_the_room_as_soon_as_the_hub_opens_the_session() -> None:
    house = RoomHouse(a_session(is_open=False))
    house.join(CHAIR)
    house.join(SECRETARY)
    house.join(COMMUNE_1)
    house.do(DesiredChanged(a_session()))
    assert house.place(CHAIR) is Place.ROOM and house.place(COMMUNE_1) is Place.LOBBY
    assert house.page(SECRETARY).slots == {"chair-audio": CHAIR, "chair-video": CHAIR}
    assert not house.facts(SeatAdmitted)


def test_the_lobby_learns_no_names_no_titles_and_no_seats() -> None:
    house = RoomHouse()
    house.join(CHAIR)
    house.tell(CHAIR, browser.StartTurn, turn=TURN_1)
    page = house.join(COMMUNE_1)
    assert list(page.seats) == [COMMUNE_1] and page.seats[COMMUNE_1].people == []
    assert page.stage is not None and page.stage.floor is None
    assert [(turn.title, turn.seats) for turn in page.stage.turns] == [("", []), ("", [])]
    assert house.slots.get(COMMUNE_1, {}) == {}


def test_conductors_see_who_is_in_the_lobby_and_others_do_not() -> None:
    house = turn_running()
    central = house.join(CENTRAL)
    assert CENTRAL in house.page(CHAIR).seats and CENTRAL not in house.page(COMMUNE_1).seats
    assert house.page(CHAIR).seats[CENTRAL].place is Place.LOBBY
    house.tell(CHAIR, browser.Admit, seat=CENTRAL)
    assert CENTRAL in house.page(COMMUNE_1).seats and CHAIR in central.seats


def test_a_commune_whose_turn_has_not_come_waits_without_packets_names_or_titles() -> None:
    house = turn_running()
    page = house.page(COMMUNE_2)
    assert house.place(COMMUNE_2) is Place.WAITING
    assert list(page.seats) == [COMMUNE_2] and house.slots.get(COMMUNE_2, {}) == {}
    assert page.stage is not None and page.stage.paused_reason == "" and page.stage.floor is None
    assert [(turn.number, turn.title, turn.seats) for turn in page.stage.turns] == [(1, "", []), (2, "", [COMMUNE_2])]
    assert not any(COMMUNE_2 in slots.values() for slots in house.slots.values())


def test_in_the_room_a_commune_reads_the_title_of_its_own_turn_only() -> None:
    house = turn_running()
    stage = house.page(COMMUNE_1).stage
    assert stage is not None
    assert [turn.title for turn in stage.turns] == ["vụ việc 1", ""]
    chairs = house.page(CHAIR).stage
    assert chairs is not None and [turn.title for turn in chairs.turns] == ["vụ việc 1", "vụ việc 2"]


def test_between_turns_officials_stay_together_and_communes_wait() -> None:
    house = turn_running()
    house.tell(CHAIR, browser.EndTurn)
    assert house.place(COMMUNE_1) is Place.WAITING and house.place(SECRETARY) is Place.ROOM
    assert house.page(SECRETARY).slots == {"chair-audio": CHAIR, "chair-video": CHAIR}
    house.tell(SECRETARY, browser.StartTurn, turn=TURN_2)
    assert house.place(COMMUNE_2) is Place.ROOM and house.place(COMMUNE_1) is Place.WAITING
    assert house.slots[COMMUNE_1] == {}


def test_who_is_sent_back_is_in_the_lobby_and_loses_floor_slots_and_names() -> None:
    house = turn_running()
    house.tell(CHAIR, browser.GiveFloor, seat=COMMUNE_1)
    house.tell(SECRETARY, browser.SendBack, seat=COMMUNE_1)
    assert house.place(COMMUNE_1) is Place.LOBBY and list(house.page(COMMUNE_1).seats) == [COMMUNE_1]
    assert house.slots[COMMUNE_1] == {}
    assert not any(COMMUNE_1 in slots.values() for slots in house.slots.values())
    assert house.facts(FloorGiven)[-1].seat is None
    assert house.facts(SeatSentBack) == [SeatSentBack(seat=COMMUNE_1, by=SECRETARY)]
    assert refused(house.ask(SECRETARY, browser.SendBack, seat=CHAIR)) is Code.NOT_ALLOWED


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (browser.Admit, {"seat": COMMUNE_2}),
        (browser.SendBack, {"seat": COMMUNE_2}),
        (browser.MuteSeat, {"seat": CHAIR}),
        (browser.GiveFloor, {"seat": COMMUNE_1}),
        (browser.StartTurn, {"turn": TURN_2}),
        (browser.AnnounceRecording, {}),
        (browser.PauseTurn, {"reason": ""}),
        (browser.ResumeTurn, {}),
        (browser.EndTurn, {}),
        (browser.CloseSession, {}),
    ],
)
def test_only_conductors_conduct_and_a_refusal_changes_nothing(kind: type, fields: dict[str, object]) -> None:
    house = turn_running()
    before = house.room.desired_now()
    assert refused(house.ask(COMMUNE_1, kind, **fields)) is Code.NOT_ALLOWED
    assert len(house.effects) == 1
    assert house.room.desired_now() == before


@pytest.mark.parametrize("kind", [browser.Admit, browser.SendBack, browser.MuteSeat, browser.GiveFloor])
def test_a_seat_nobody_knows_is_refused(kind: type) -> None:
    assert refused(turn_running().ask(CHAIR, kind, seat="nobody")) is Code.SEAT_UNKNOWN


# --- floor, hand, mute --------------------------------------------------------------------------------------------


def test_the_floor_holder_is_large_for_all_others() -> None:
    house = turn_running()
    house.tell(COMMUNE_1, browser.RaiseHand, raised=True)
    assert house.page(CHAIR).seats[COMMUNE_1].hand_raised_at is not None
    house.tell(CHAIR, browser.GiveFloor, seat=COMMUNE_1)
    assert house.page(CHAIR).slots["floor-video"] == house.page(SECRETARY).slots["floor-audio"] == COMMUNE_1
    assert house.page(CHAIR).seats[COMMUNE_1].hand_raised_at is None
    assert "floor-video" not in house.page(COMMUNE_1).slots
    stage = house.page(SECRETARY).stage
    assert stage is not None and stage.floor == COMMUNE_1 and stage.floor_since is not None
    house.tell(CHAIR, browser.GiveFloor, seat=None)
    assert "floor-video" not in house.page(CHAIR).slots


def test_the_floor_needs_a_running_turn_and_a_seat_in_the_room() -> None:
    house = turn_running()
    assert refused(house.ask(CHAIR, browser.GiveFloor, seat=COMMUNE_2)) is Code.NOT_ADMITTED
    house.tell(CHAIR, browser.EndTurn)
    assert refused(house.ask(CHAIR, browser.GiveFloor, seat=SECRETARY)) is Code.TURN_NOT_RUNNING


def test_a_muted_microphone_opens_again_only_from_the_seat_itself() -> None:
    house = turn_running()
    house.tell(CHAIR, browser.MuteSeat, seat=COMMUNE_1)
    assert house.open[COMMUNE_1] == (False, True)
    assert house.page(COMMUNE_1).last(browser.MuteOrdered).by == "tên chair"
    assert house.page(SECRETARY).seats[COMMUNE_1].microphone is False
    assert house.facts(SeatMuted) == [SeatMuted(seat=COMMUNE_1, by=CHAIR)]
    house.tell(COMMUNE_1, browser.SetDevices, microphone=True, camera=False)
    assert house.open[COMMUNE_1] == (True, False)
    assert refused(house.ask(CHAIR, browser.MuteSeat, seat=COMMUNE_2)) is Code.NOT_ADMITTED


@pytest.mark.parametrize("resumed", [True, False])
def test_who_was_muted_before_the_line_dropped_comes_back_muted(resumed: bool) -> None:
    house = turn_running()
    house.tell(CHAIR, browser.MuteSeat, seat=COMMUNE_1)
    house.lose(COMMUNE_1)
    page = house.join(COMMUNE_1, resumed=resumed, microphone=True)
    assert house.open[COMMUNE_1] == (False, True)
    assert page.has(browser.MuteOrdered) and page.seats[COMMUNE_1].microphone is False
    house.tell(COMMUNE_1, browser.SetDevices, microphone=True, camera=True)
    house.lose(COMMUNE_1)
    house.join(COMMUNE_1, resumed=resumed, microphone=True)
    assert house.open[COMMUNE_1] == (True, True)


def test_hands_are_raised_in_the_room_only() -> None:
    house = turn_running()
    assert refused(house.ask(COMMUNE_2, browser.RaiseHand, raised=True)) is Code.NOT_ADMITTED


# --- lines that break ---------------------------------------------------------------------------------------------


def test_a_seat_that_resumes_in_time_keeps_everything_and_nothing_is_renegotiated() -> None:
    house = turn_running()
    house.tell(CHAIR, browser.GiveFloor, seat=COMMUNE_1)
    house.lose(COMMUNE_1)
    assert house.page(CHAIR).seats[COMMUNE_1].connected is False
    house.wait(ABSENCE_TIMEOUT - 1)
    before = len(house.all_effects)
    page = house.join(COMMUNE_1, resumed=True)
    since = house.all_effects[before:]
    assert page.last(browser.Welcome).fresh is False
    assert not any(isinstance(effect, OfferMedia | DropMedia | AssignSlots) for effect in since)
    assert house.page(CHAIR).slots["floor-video"] == COMMUNE_1
    assert house.page(CHAIR).seats[COMMUNE_1].connected is True
    assert house.facts(SeatTaken)[-1] == SeatTaken(seat=COMMUNE_1, resumed=True)
    house.wait(ABSENCE_TIMEOUT + 5)
    assert COMMUNE_1 in house.page(CHAIR).seats


def test_a_ghost_is_gone_after_the_absence_and_comes_back_admitted() -> None:
    house = turn_running()
    house.tell(CHAIR, browser.GiveFloor, seat=COMMUNE_1)
    house.lose(COMMUNE_1)
    house.wait(ABSENCE_TIMEOUT)
    assert COMMUNE_1 not in house.page(CHAIR).seats
    assert house.facts(SeatLeft) == [SeatLeft(seat=COMMUNE_1, reason=LeftReason.LOST)]
    assert house.facts(FloorGiven)[-1].seat is None
    assert DropMedia(COMMUNE_1) in house.effects
    page = house.join(COMMUNE_1, resumed=True)
    assert page.last(browser.Welcome).fresh is True
    assert page.seats[COMMUNE_1].place is Place.ROOM and CHAIR in page.seats


def test_the_absence_counts_from_the_last_sign_of_life() -> None:
    house = turn_running()

    house.do(SeatLost(COMMUNE_1, house.sockets[COMMUNE_1], since=house.now - 9))
    house.wait(ABSENCE_TIMEOUT - 9)
    assert COMMUNE_1 not in house.page(CHAIR).seats


def test_a_second_device_takes_the_seat_and_the_first_is_told() -> None:
    house = turn_running()
    first = house.page(COMMUNE_1)
    second = house.join(COMMUNE_1)
    assert first.closed is not None and first.closed.code is Code.SEAT_TAKEN_OVER and not first.closed.retry
    assert list(second.seats).count(COMMUNE_1) == 1
    assert house.facts(SeatLeft) == [SeatLeft(seat=COMMUNE_1, reason=LeftReason.TAKEN_OVER)]
    assert OfferMedia(COMMUNE_1, house.sockets[COMMUNE_1]) in house.effects
    # The engine forgot the seat with its media: the others are given it again.
    assert COMMUNE_1 in house.slots[CHAIR].values()


def test_a_seat_joined_anew_that_nobody_else_is_shown_gets_its_slots_again() -> None:
    house = RoomHouse()
    house.join(CHAIR)
    for seat in (SECRETARY, SECRETARY):
        page = house.join(seat)
    assert page.slots == house.slots[SECRETARY] == {"chair-audio": CHAIR, "chair-video": CHAIR}


def test_the_lost_socket_of_a_seat_taken_over_empties_nothing() -> None:
    house = turn_running()

    old = house.sockets[COMMUNE_1]
    house.join(COMMUNE_1)
    house.do(SeatLost(COMMUNE_1, old, since=house.now))
    assert house.do(SeatAsked(COMMUNE_1, old, browser.Leave(id=1))) == []
    assert house.page(CHAIR).seats[COMMUNE_1].connected is True


def test_who_leaves_on_purpose_is_gone_at_once_without_a_last_word() -> None:
    house = turn_running()
    page = house.page(COMMUNE_1)
    house.tell(COMMUNE_1, browser.Leave)
    assert page.gone and page.closed is None
    assert COMMUNE_1 not in house.page(CHAIR).seats
    assert house.facts(SeatLeft) == [SeatLeft(seat=COMMUNE_1, reason=LeftReason.LEFT)]


@pytest.mark.parametrize(
    ("seat", "claims", "code"),
    [
        ("stranger", {"role": Role.SITE}, Code.SEAT_UNKNOWN),
        (COMMUNE_1, {"role": Role.CHAIR}, Code.PASS_INVALID),
        (COMMUNE_1, {"sign_in": "revoked"}, Code.REVOKED),
    ],
)
def test_who_may_not_sit_is_told_why(seat: str, claims: dict[str, object], code: Code) -> None:
    house = RoomHouse()
    house.do(DesiredChanged(house.desired, frozenset({SignInId("revoked")})))
    page = house.join(seat, **claims)  # type: ignore[arg-type]
    assert page.closed is not None and page.closed.code is code and not page.closed.retry
    assert not house.facts(SeatTaken)


def test_a_revoked_sign_in_is_cut_at_once() -> None:
    house = turn_running()
    page = house.page(COMMUNE_1)
    house.do(DesiredChanged(house.desired, frozenset({SignInId("sign-in-commune1")})))
    assert page.closed is not None and page.closed.code is Code.REVOKED
    assert COMMUNE_1 not in house.page(CHAIR).seats and COMMUNE_1 not in house.slots[CHAIR].values()


def test_a_seat_the_hub_no_longer_wants_is_emptied() -> None:
    house = turn_running()
    page = house.page(COMMUNE_1)
    house.do(DesiredChanged(a_session(seats=[a_seat(CHAIR), a_seat(SECRETARY)])))
    assert page.closed is not None and page.closed.code is Code.REVOKED
    assert list(house.page(CHAIR).seats) == [CHAIR, SECRETARY]


# --- turns --------------------------------------------------------------------------------------------------------


def test_one_turn_at_a_time_and_none_twice() -> None:
    house = turn_running()
    assert refused(house.ask(CHAIR, browser.StartTurn, turn=TURN_2)) is Code.TURN_ALREADY_RUNNING
    assert refused(house.ask(CHAIR, browser.StartTurn, turn="no such turn")) is Code.TURN_UNKNOWN
    house.tell(CHAIR, browser.EndTurn)
    assert refused(house.ask(CHAIR, browser.StartTurn, turn=TURN_1)) is Code.TURN_ENDED
    assert refused(house.ask(CHAIR, browser.EndTurn)) is Code.TURN_NOT_RUNNING
    assert house.facts(TurnEnded) == [TurnEnded(turn=TURN_1, by=CHAIR)]


def test_a_paused_turn_keeps_its_people_and_the_floor_and_says_why() -> None:
    house = turn_running()
    house.tell(CHAIR, browser.GiveFloor, seat=COMMUNE_1)
    house.tell(CHAIR, browser.PauseTurn, reason="nghỉ năm phút")
    stage = house.page(COMMUNE_1).stage
    assert stage is not None and stage.turn_state is TurnState.PAUSED and stage.paused_reason == "nghỉ năm phút"
    assert stage.floor == COMMUNE_1 and house.page(COMMUNE_1).slots
    waiting = house.page(COMMUNE_2).stage
    assert waiting is not None and waiting.paused_reason == ""
    house.tell(CHAIR, browser.PauseTurn, reason="again")
    house.tell(CHAIR, browser.ResumeTurn)
    house.tell(CHAIR, browser.ResumeTurn)
    assert house.page(COMMUNE_1).stage.turn_state is TurnState.RUNNING  # type: ignore[union-attr]


def test_the_hub_never_rewinds_a_running_room() -> None:
    house = turn_running()
    house.do(DesiredChanged(a_session(is_open=False)))
    assert house.room.state.phase is Phase.OPEN and house.place(COMMUNE_1) is Place.ROOM
    house.tell(CHAIR, browser.EndTurn)
    stale = a_session(turns=[a_turn(TURN_1, 1, state=TurnState.RUNNING), a_turn(TURN_2, 2, state=TurnState.RUNNING)])
    house.do(DesiredChanged(stale))
    assert house.room.state.running is None
    house.tell(CHAIR, browser.StartTurn, turn=TURN_2)


def test_a_turn_added_while_the_session_runs_can_be_held() -> None:
    house = RoomHouse(a_session(turns=[]))
    house.join(CHAIR)
    house.do(DesiredChanged(a_session()))
    house.tell(CHAIR, browser.StartTurn, turn=TURN_2)
    house.do(DesiredChanged(a_session(turns=[])))
    house.tell(CHAIR, browser.EndTurn)


def test_a_room_made_anew_goes_on_where_the_hub_last_heard() -> None:
    turns = [
        a_turn(
            TURN_1,
            1,
            person("mai", COMMUNE_1, Consent.AUDIO_VIDEO),
            state=TurnState.RUNNING,
            announced=True,
            floor=COMMUNE_1,
        ),
        a_turn(TURN_2, 2),
    ]
    seats = [a_seat(CHAIR), a_seat(COMMUNE_1, TURN_1, admitted=True)]
    house = RoomHouse(a_session(generation=2, turns=turns, seats=seats))
    assert house.journal == "turn1-g2"
    house.join(CHAIR)
    assert house.page(CHAIR).stage.recording is RecordingState.RECORDING  # type: ignore[union-attr]
    house.join(COMMUNE_1)
    house.publish(COMMUNE_1)
    assert house.place(COMMUNE_1) is Place.ROOM and house.page(CHAIR).slots["floor-video"] == COMMUNE_1
    assert set(house.taps) == {(COMMUNE_1, A), (COMMUNE_1, V)}


# --- recording ----------------------------------------------------------------------------------------------------


def test_nothing_is_recorded_before_the_announcement() -> None:
    house = turn_running()
    assert house.taps == {} and house.journal is None
    house.tell(CHAIR, browser.AnnounceRecording)
    assert house.journal == "turn1-g1"
    assert set(house.taps) == {(seat, kind) for seat in (CHAIR, SECRETARY, COMMUNE_1) for kind in (A, V)}
    assert len(set(house.taps.values())) == 6
    assert house.facts(RecordingStarted) == [RecordingStarted(turn=TURN_1, recording=RecordingId("turn1-g1"))]
    assert house.page(COMMUNE_1).stage.recording is RecordingState.RECORDING  # type: ignore[union-attr]
    assert house.page(COMMUNE_2).stage.recording is RecordingState.OFF  # type: ignore[union-attr]


def test_a_seat_is_recorded_as_its_most_restrictive_person_allows() -> None:
    people = [person("mai", COMMUNE_1, Consent.AUDIO_VIDEO), person("lan", COMMUNE_1, Consent.VOICE)]
    house = RoomHouse(a_session(turns=[a_turn(TURN_1, 1, *people)]))
    for seat in (CHAIR, COMMUNE_1):
        house.join(seat)
        house.publish(seat)
    house.tell(CHAIR, browser.Admit, seat=COMMUNE_1)
    house.tell(CHAIR, browser.StartTurn, turn=TURN_1)
    house.tell(CHAIR, browser.AnnounceRecording)
    assert set(house.taps) == {(CHAIR, A), (CHAIR, V), (COMMUNE_1, A)}
    assert house.page(CHAIR).seats[COMMUNE_1].recorded is Consent.VOICE


def test_a_seat_with_nobody_listed_is_not_recorded() -> None:
    house = RoomHouse(a_session(turns=[a_turn(TURN_1, 1)]))
    house.join(CHAIR)
    house.join(COMMUNE_1)
    house.publish(COMMUNE_1)
    house.tell(CHAIR, browser.Admit, seat=COMMUNE_1)
    house.tell(CHAIR, browser.StartTurn, turn=TURN_1)
    house.tell(CHAIR, browser.AnnounceRecording)
    assert house.taps == {}


def test_recording_is_refused_while_somebody_was_not_asked() -> None:
    house = turn_running(Consent.UNDECIDED)
    assert refused(house.ask(CHAIR, browser.AnnounceRecording)) is Code.CONSENT_MISSING
    house.do(DesiredChanged(a_session(consent=Consent.NONE)))
    house.tell(CHAIR, browser.AnnounceRecording)
    assert {seat for seat, _ in house.taps} == {CHAIR, SECRETARY}


def test_recording_is_refused_where_the_kind_of_session_forbids_it() -> None:
    house = RoomHouse(a_session(policy=RecordingPolicy.NEVER))
    house.join(CHAIR)
    house.tell(CHAIR, browser.StartTurn, turn=TURN_1)
    assert refused(house.ask(CHAIR, browser.AnnounceRecording)) is Code.RECORDING_NEVER
    house = RoomHouse(a_session(turns=[a_turn(TURN_1, 1, recordable=False)]))
    house.join(CHAIR)
    assert refused(house.ask(CHAIR, browser.AnnounceRecording)) is Code.TURN_NOT_RUNNING
    house.tell(CHAIR, browser.StartTurn, turn=TURN_1)
    assert refused(house.ask(CHAIR, browser.AnnounceRecording)) is Code.RECORDING_NEVER


def test_a_pause_cuts_the_taps_and_a_resumption_opens_new_tracks() -> None:
    house = turn_running()
    house.tell(CHAIR, browser.AnnounceRecording)
    before = set(house.taps.values())
    house.tell(CHAIR, browser.PauseTurn, reason="nghỉ")
    assert house.taps == {} and house.journal == "turn1-g1"
    assert MarkJournal(RecordingId("turn1-g1"), "pause", "nghỉ") in house.effects
    assert {fact.reason for fact in house.facts(TrackStopped)} == {"pause"}
    assert house.page(COMMUNE_1).stage.recording is RecordingState.PAUSED  # type: ignore[union-attr]
    assert refused(house.ask(CHAIR, browser.AnnounceRecording)) is Code.TURN_NOT_RUNNING
    house.tell(CHAIR, browser.ResumeTurn)
    assert len(house.taps) == 6 and not before & set(house.taps.values())


def test_the_end_of_a_turn_closes_its_journal_and_the_next_starts_unannounced() -> None:
    house = turn_running()
    house.tell(CHAIR, browser.AnnounceRecording)
    house.tell(CHAIR, browser.EndTurn)
    assert house.taps == {} and house.journal is None
    assert house.facts(RecordingStopped) == [RecordingStopped(turn=TURN_1, recording=RecordingId("turn1-g1"))]
    house.tell(CHAIR, browser.StartTurn, turn=TURN_2)
    assert house.journal is None


def test_withdrawn_consent_cuts_in_the_same_command_and_a_late_wish_does_not_open_it_again() -> None:
    house = turn_running()
    house.tell(CHAIR, browser.AnnounceRecording)
    house.tell(COMMUNE_1, browser.WithdrawConsent, attendance="mai")
    assert not [key for key in house.taps if key[0] == COMMUNE_1]
    assert house.facts(ConsentWithdrawn) == [ConsentWithdrawn(turn=TURN_1, attendance="mai", by=COMMUNE_1)]  # type: ignore[arg-type]
    assert house.page(CHAIR).seats[COMMUNE_1].people[0].consent is Consent.NONE
    house.do(DesiredChanged(a_session()))
    assert not [key for key in house.taps if key[0] == COMMUNE_1]
    house.do(DesiredChanged(a_session(consent=Consent.NONE)))
    house.do(DesiredChanged(a_session(consent=Consent.VOICE)))
    assert [key for key in house.taps if key[0] == COMMUNE_1] == [(COMMUNE_1, A)]


def test_consent_that_becomes_stricter_at_the_hub_cuts_at_once() -> None:
    house = turn_running()
    house.tell(CHAIR, browser.AnnounceRecording)
    house.do(DesiredChanged(a_session(consent=Consent.VOICE)))
    assert (COMMUNE_1, V) not in house.taps and (COMMUNE_1, A) in house.taps
    assert house.facts(TrackStopped)[-1].reason == "consent"


def test_only_the_own_seat_and_conductors_withdraw() -> None:
    house = turn_running()
    assert refused(house.ask(COMMUNE_2, browser.WithdrawConsent, attendance="mai")) is Code.NOT_ALLOWED
    assert refused(house.ask(COMMUNE_2, browser.WithdrawConsent, attendance="x")) is Code.ATTENDANCE_UNKNOWN
    house.tell(SECRETARY, browser.WithdrawConsent, attendance="mai")


def test_a_seat_that_comes_late_is_recorded_from_its_first_picture() -> None:
    house = turn_running()
    house.tell(CHAIR, browser.AnnounceRecording)
    house.tell(CHAIR, browser.Admit, seat=CENTRAL)
    house.join(CENTRAL)
    assert not [key for key in house.taps if key[0] == CENTRAL]
    house.publish(CENTRAL)
    assert [key for key in house.taps if key[0] == CENTRAL] == [(CENTRAL, A), (CENTRAL, V)]
    recorded = [fact for fact in house.facts(TrackRecorded) if fact.seat == CENTRAL]
    assert {fact.track for fact in recorded} == {house.taps[CENTRAL, A], house.taps[CENTRAL, V]}


def test_a_taken_over_seat_gets_new_tracks() -> None:
    house = turn_running()
    house.tell(CHAIR, browser.AnnounceRecording)
    before = house.taps[COMMUNE_1, A]
    house.join(COMMUNE_1)
    assert (COMMUNE_1, A) not in house.taps
    house.publish(COMMUNE_1)
    assert house.taps[COMMUNE_1, A] > before


def test_everybody_in_the_room_reads_that_nothing_is_written_and_that_it_goes_on() -> None:
    house = turn_running()
    house.tell(CHAIR, browser.AnnounceRecording)
    name = RecordingId("turn1-g1")
    house.do(RecorderChanged(name, "disk-full"))
    house.do(RecorderChanged(name, "disk-full"))
    stage = house.page(COMMUNE_1).stage
    assert stage is not None and stage.recording is RecordingState.FAILED and "đầy" in stage.recording_problem
    assert house.facts(RecordingFailed) == [RecordingFailed(turn=TURN_1, recording=name, problem="disk-full")]
    assert len(house.taps) == 6
    house.do(RecorderChanged(name, None))
    stage = house.page(COMMUNE_1).stage
    assert stage is not None and stage.recording is RecordingState.RECORDING and stage.recording_problem == ""
    assert len(house.facts(RecordingStarted)) == 2


# --- the end ------------------------------------------------------------------------------------------------------


def test_closing_the_session_ends_the_turn_and_tells_everybody() -> None:
    house = turn_running()
    house.tell(CHAIR, browser.AnnounceRecording)
    pages = [house.page(seat) for seat in (CHAIR, SECRETARY, COMMUNE_1, COMMUNE_2)]
    house.tell(CHAIR, browser.CloseSession)
    assert all(page.closed is not None and page.closed.code is Code.SESSION_CLOSED for page in pages)
    assert all(not page.closed.retry for page in pages if page.closed is not None)
    assert house.facts(TurnEnded) and house.facts(SessionClosed) == [SessionClosed(by=CHAIR)]
    assert house.journal is None and house.effects[-1] == CloseRoom()
    late = house.join(SECRETARY)
    assert late.closed is not None and late.closed.code is Code.SESSION_CLOSED


@pytest.mark.parametrize(
    ("reason", "code", "left"),
    [
        (Ending.SUPERSEDED, Code.GENERATION_OLD, LeftReason.SUPERSEDED),
        (Ending.UNPLACED, Code.ROOM_UNKNOWN, LeftReason.CLOSED),
        (Ending.STOPPING, Code.NODE_STOPPING, LeftReason.CLOSED),
        (Ending.BROKEN, Code.NODE_BROKEN, LeftReason.CLOSED),
    ],
)
def test_a_room_given_up_asks_its_seats_to_come_again(reason: Ending, code: Code, left: LeftReason) -> None:
    house = turn_running()
    house.tell(CHAIR, browser.AnnounceRecording)
    page = house.page(COMMUNE_1)
    house.do(RoomEnded(reason))
    assert page.closed is not None and page.closed.code is code and page.closed.retry
    assert SeatLeft(seat=COMMUNE_1, reason=left) in house.facts(SeatLeft)
    assert house.journal is None and not house.facts(TurnEnded)
    assert house.facts(TurnStarted)


def test_media_that_was_lost_is_shown_and_reported() -> None:
    house = turn_running()

    house.do(MediaChanged(COMMUNE_1, Connection.SUBSCRIBE, MediaState.LOST))
    assert house.page(CHAIR).seats[COMMUNE_1].media is MediaState.LOST
    assert house.facts(SeatMedia)[-1].connection is Connection.SUBSCRIBE


def test_what_nobody_needs_to_know_is_not_sent() -> None:
    house = turn_running()
    assert house.do(LoudestChanged((COMMUNE_1,))) == []
