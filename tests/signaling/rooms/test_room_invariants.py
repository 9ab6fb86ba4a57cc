"""Whatever happens in whatever order, some things never do."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from signaling.protocol import browser
from signaling.protocol.base import Message
from signaling.protocol.codec import encode
from signaling.protocol.hub_link import TrackRecorded
from signaling.protocol.ids import SeatId, SignInId
from signaling.protocol.slots import SLOTS
from signaling.protocol.vocabulary import Connection, Consent, MediaState, Place, RecordingPolicy, TurnState
from signaling.rooms.commands import DesiredChanged, LoudestChanged, MediaChanged, RecorderChanged
from signaling.rooms.consent import KINDS
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

SEATS = [CHAIR, SECRETARY, CENTRAL, COMMUNE_1, COMMUNE_2]
seats = st.sampled_from(SEATS)
PEOPLE = {COMMUNE_1: ("mai", "Nông Thị Mai"), COMMUNE_2: ("lan", "Lý Thị Lan")}


class RoomMachine(RuleBasedStateMachine):
    """Follows consent and places by its own simple rules and compares."""

    @initialize(opened=st.booleans(), warm=st.integers(0, 4))
    def begin(self, opened: bool, warm: int) -> None:
        """Half of the runs start in the middle of a reception: random steps alone seldom get there."""
        self.consent = {COMMUNE_1: Consent.AUDIO_VIDEO, COMMUNE_2: Consent.UNDECIDED}
        self.withdrawn: set[SeatId] = set()
        self.opened = opened or warm > 0
        self.tracks: set[int] = set()
        self.checked = 0
        self.house = RoomHouse(self._desired())  # type: ignore[arg-type]
        if warm:
            for seat in SEATS:
                self.house.join(seat)
                self.house.do(MediaChanged(seat, Connection.PUBLISH, MediaState.CONNECTED))
                self.house.tell(CHAIR, browser.Admit, seat=seat)
            self.house.tell(CHAIR, browser.StartTurn, turn=TURN_1)
        if warm > 1:
            self.house.tell(CHAIR, browser.AnnounceRecording)

    def _desired(self) -> object:
        return a_session(
            is_open=self.opened,
            policy=RecordingPolicy.AFTER_ANNOUNCEMENT,
            seats=[
                a_seat(CHAIR),
                a_seat(SECRETARY),
                a_seat(CENTRAL),
                a_seat(COMMUNE_1, TURN_1),
                a_seat(COMMUNE_2, TURN_2),
            ],
            turns=[
                a_turn(turn, n, person(PEOPLE[seat][0], seat, self.consent[seat], PEOPLE[seat][1]))
                for n, (turn, seat) in enumerate([(TURN_1, COMMUNE_1), (TURN_2, COMMUNE_2)], 1)
            ],
        )

    # --- what people and lines do ---

    @rule(seat=seats, resumed=st.booleans(), microphone=st.booleans())
    def sit_down(self, seat: SeatId, resumed: bool, microphone: bool) -> None:
        self.house.join(seat, resumed=resumed, microphone=microphone)

    def _seated(self, seat: SeatId) -> bool:
        presence = self.house.room.state.seats[seat].presence
        return presence is not None and presence.socket is not None and not self.house.room._ended

    @rule(seat=seats)
    def lose(self, seat: SeatId) -> None:
        if self._seated(seat):
            self.house.lose(seat)

    @rule(seconds=st.sampled_from([0.5, 5.0, 25.0]))
    def wait(self, seconds: float) -> None:
        self.house.wait(seconds)

    @rule(seat=seats, connection=st.sampled_from(Connection), state=st.sampled_from(MediaState))
    def media(self, seat: SeatId, connection: Connection, state: MediaState) -> None:
        self.house.do(MediaChanged(seat, connection, state))

    @rule(seat=seats)
    def publish(self, seat: SeatId) -> None:
        self.house.do(MediaChanged(seat, Connection.PUBLISH, MediaState.CONNECTED))

    @rule(loudest=st.lists(seats, unique=True))
    def speak(self, loudest: list[SeatId]) -> None:
        self.house.do(LoudestChanged(tuple(loudest)))

    @rule(
        by=seats,
        whom=seats,
        kind=st.sampled_from([browser.Admit, browser.Admit, browser.SendBack, browser.MuteSeat, browser.GiveFloor]),
    )
    def conduct(self, by: SeatId, whom: SeatId, kind: type) -> None:
        if self._seated(by):
            self.house.ask(by, kind, seat=whom)

    @rule(by=st.sampled_from([CHAIR, SECRETARY, COMMUNE_1]), turn=st.sampled_from([TURN_1, TURN_2]))
    def start(self, by: SeatId, turn: str) -> None:
        if self._seated(by):
            self.house.ask(by, browser.StartTurn, turn=turn)

    @rule(by=st.sampled_from([CHAIR, SECRETARY]), kind=st.sampled_from([browser.AnnounceRecording, browser.ResumeTurn]))
    def announce(self, by: SeatId, kind: type) -> None:
        if self._seated(by):
            self.house.ask(by, kind)

    @rule(by=st.sampled_from([CHAIR, SECRETARY]))
    def pause(self, by: SeatId) -> None:
        if self._seated(by):
            self.house.ask(by, browser.PauseTurn, reason="nghỉ")

    @rule(by=st.sampled_from([CHAIR, COMMUNE_1]))
    def end(self, by: SeatId) -> None:
        if self._seated(by):
            self.house.ask(by, browser.EndTurn)

    @rule(seat=seats, microphone=st.booleans(), camera=st.booleans())
    def devices(self, seat: SeatId, microphone: bool, camera: bool) -> None:
        if self._seated(seat):
            self.house.tell(seat, browser.SetDevices, microphone=microphone, camera=camera)

    @rule(seat=seats, raised=st.booleans())
    def hand(self, seat: SeatId, raised: bool) -> None:
        if self._seated(seat):
            self.house.ask(seat, browser.RaiseHand, raised=raised)

    @rule(seat=seats)
    def leave(self, seat: SeatId) -> None:
        if self._seated(seat):
            self.house.tell(seat, browser.Leave)

    @rule(by=seats, whose=st.sampled_from([COMMUNE_1, COMMUNE_2]))
    def withdraw(self, by: SeatId, whose: SeatId) -> None:
        if self._seated(by):
            answer = self.house.ask(by, browser.WithdrawConsent, attendance=PEOPLE[whose][0])
            if isinstance(answer, browser.Done):
                self.withdrawn.add(whose)

    @precondition(lambda self: self.house.room.state.recording is not None)
    @rule(problem=st.none() | st.just("disk-full"))
    def disk(self, problem: str | None) -> None:
        recording = self.house.room.state.recording
        assert recording is not None
        self.house.do(RecorderChanged(recording.recording, problem))

    # --- what the hub does ---

    @rule(whose=st.sampled_from([COMMUNE_1, COMMUNE_2]), consent=st.sampled_from(Consent))
    def ask_consent(self, whose: SeatId, consent: Consent) -> None:
        self.consent[whose] = consent
        if consent is Consent.NONE:
            self.withdrawn.discard(whose)
        self.wish()

    @rule()
    def wish(self) -> None:
        for whose, consent in self.consent.items():
            if consent is Consent.NONE:
                self.withdrawn.discard(whose)
        self.house.do(DesiredChanged(self._desired()))  # type: ignore[arg-type]

    @rule()
    def open_session(self) -> None:
        self.opened = True
        self.wish()

    @rule(seat=seats)
    def revoke(self, seat: SeatId) -> None:
        self.house.do(DesiredChanged(self._desired(), frozenset({SignInId(f"sign-in-{seat}")})))  # type: ignore[arg-type]
        assert not self._seated(seat)

    @precondition(lambda self: self.house.now > 150)
    @rule()
    def close(self) -> None:
        if self._seated(CHAIR):
            self.house.ask(CHAIR, browser.CloseSession)

    # --- what never happens ---

    def _place(self, seat: SeatId) -> Place | None:
        """By the rules as written, not by the code under test."""
        state = self.house.room.state
        held = state.seats[seat]
        if held.presence is None:
            return None
        official = seat in (CHAIR, SECRETARY)
        if not self.opened or not (official or held.admitted):
            return Place.LOBBY
        if official or seat == CENTRAL:
            return Place.ROOM
        own = TURN_1 if seat == COMMUNE_1 else TURN_2
        return Place.ROOM if state.running == own else Place.WAITING

    @invariant()
    def no_packet_from_or_to_a_seat_outside_the_room(self) -> None:
        for viewer, slots in self.house.slots.items():
            assert set(slots) <= set(SLOTS)
            for source in slots.values():
                assert source != viewer
                assert self._place(viewer) is Place.ROOM and self._place(source) is Place.ROOM

    @invariant()
    def no_tap_without_consent_announcement_and_running_turn(self) -> None:
        state = self.house.room.state
        turn = state.turn
        for seat, kind in self.house.taps:
            assert turn is not None and turn.state is TurnState.RUNNING and turn.announced
            assert self._place(seat) is Place.ROOM
            if seat in self.consent:
                consent = Consent.NONE if seat in self.withdrawn else self.consent[seat]
                assert kind in KINDS[consent]

    @invariant()
    def no_track_number_twice_in_a_recording(self) -> None:
        recorded = [fact.track for fact in self.house.facts(TrackRecorded)]
        assert len(recorded) == len(set(recorded))

    @invariant()
    def a_closed_device_is_closed_in_the_engine(self) -> None:
        for seat, held in self.house.room.state.seats.items():
            if held.presence is not None:
                assert self.house.open[seat] == (held.presence.microphone, held.presence.camera)
                assert not (held.muted_by is not None and held.presence.microphone)

    @invariant()
    def pages_are_up_to_date_and_learn_no_names_outside(self) -> None:
        """New messages only: what was right when it was sent stays right."""
        sockets = {socket: seat for seat, socket in self.house.sockets.items()}
        for socket, page in self.house.pages.items():
            if page.gone or socket not in sockets:
                continue
            seat = sockets[socket]
            if not self._seated(seat):
                continue
            place = self._place(seat)
            assert page.seats[seat].place is place
            assert page.slots == self.house.slots.get(seat, {})
            if place is not Place.ROOM:
                assert list(page.seats) == [seat]
                assert page.stage is not None and page.stage.floor is None
                assert all(turn.title == "" and set(turn.seats) <= {seat} for turn in page.stage.turns)
                assert not names_of_others(page.messages[-1], seat)
            else:
                for other, view in page.seats.items():
                    assert view.place is self._place(other)


def names_of_others(message: Message, seat: SeatId) -> list[str]:
    text = encode(message).decode()
    names = [f"tên {other}" for other in SEATS if other != seat] + [name for _, name in PEOPLE.values()]
    return [name for name in names if name in text and not isinstance(message, browser.MuteOrdered)]


RoomMachine.TestCase.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
TestRoomInvariants = RoomMachine.TestCase
