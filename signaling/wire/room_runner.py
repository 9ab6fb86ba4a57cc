"""Carries a room's decisions out: sockets, engine, journal, outbox. What happens there comes back as commands."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

import structlog

from signaling.protocol.browser import (
    Done,
    NodeMessage,
    PublishAnswer,
    PublishOffer,
    Refused,
    RestartSubscribe,
    SubscribeAnswer,
    SubscribeOffer,
)
from signaling.protocol.codec import encode
from signaling.protocol.errors import SENTENCES, Code, Refusal
from signaling.protocol.hub_link import DesiredSession, Fact
from signaling.protocol.ids import RecordingId, SeatId, SessionId
from signaling.rooms.closing import closed
from signaling.rooms.commands import Command, Ending, RecorderChanged, RoomEnded, SeatConnected, SeatLost
from signaling.rooms.effects import (
    AssignSlots,
    CloseJournal,
    CloseRoom,
    CloseTap,
    Disconnect,
    DropMedia,
    Effect,
    MarkJournal,
    OfferMedia,
    OpenJournal,
    OpenTap,
    Report,
    Send,
    SetOpen,
)
from signaling.rooms.room import Room
from signaling.wire.clock import RoomClock
from signaling.wire.engine import MediaEngine
from signaling.wire.outbox import Outbox
from signaling.wire.outgoing import Outgoing
from signaling.wire.recorder import Recorder

log = structlog.get_logger()

MediaRequest = PublishOffer | SubscribeAnswer | RestartSubscribe


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every room of a node shares."""

    engine: MediaEngine
    recorder: Recorder
    outbox: Outbox


class RoomRunner:
    """One room at work. `on_broken` is called, once, when a rule inside it did not hold; the room is closed by then."""

    def __init__(
        self,
        desired: DesiredSession,
        around: Surroundings,
        on_broken: Callable[["RoomRunner"], None],
        first_track: int = 1,
    ) -> None:
        self.session: SessionId = desired.session
        self.generation = desired.generation
        self.clock = RoomClock.since(desired.clock_zero)
        self._room = Room(desired, first_track=first_track)
        self._around = around
        self._on_broken = on_broken
        self._sockets: dict[int, Outgoing] = {}
        self._commands: deque[Command] = deque()
        self._busy = False
        self._journals: set[RecordingId] = set()
        self._log = log.bind(session=desired.session, generation=desired.generation)
        self.over = False
        self.broken = False

    # --- commands in --------------------------------------------------------------------------------------------

    def handle(self, command: Command) -> None:
        """Never raises. What the engine reports while effects are carried out waits for its turn."""
        self._commands.append(command)
        if self._busy:
            return
        self._busy = True
        try:
            while self._commands:
                self._carry_out(self._room.handle(self._commands.popleft(), self.clock.now()))
        except Exception:
            self._log.exception("room broken", command=type(command).__name__)
            self._break()
        finally:
            self._busy = False

    def connect(self, outgoing: Outgoing, command: SeatConnected) -> bool:
        """True if the seat is taken; otherwise the socket was told why and is closing."""
        self._sockets[command.socket] = outgoing
        self.handle(command)
        return self.is_seated(command.seat, command.socket)

    def lost(self, seat: SeatId, outgoing: Outgoing) -> None:
        self._sockets.pop(outgoing.number, None)
        self.handle(SeatLost(seat, outgoing.number, since=outgoing.heard_at + self.clock.offset))

    def is_seated(self, seat: SeatId, socket: int) -> bool:
        known = self._room.state.seats.get(seat)
        return known is not None and known.presence is not None and known.presence.socket == socket

    def knows(self, seat: SeatId) -> bool:
        return seat in self._room.state.seats

    def count_seats(self) -> tuple[int, int]:
        """(seats whose line is up, seats whose line is gone and that are kept for a while)."""
        present = [presence.socket is not None for _, _, presence in self._room.state.present()]
        return sum(present), len(present) - sum(present)

    # --- media: past the room -----------------------------------------------------------------------------------

    async def negotiate(self, seat: SeatId, socket: int, request: MediaRequest) -> None:
        """Answers an offer or an answer of the browser."""
        if not self.is_seated(seat, socket):
            return
        try:
            answer = await self._negotiate(seat, request)
        except Refusal as refusal:
            answer = [Refused(id=request.id, code=refusal.code, message=refusal.sentence)]
        except Exception:
            # What a stranger put into an SDP must not close the room of the others.
            self._log.exception("negotiation failed", seat=seat, request=type(request).__name__)
            answer = [Refused(id=request.id, code=Code.SDP_INVALID, message=SENTENCES[Code.SDP_INVALID])]
        if self.is_seated(seat, socket):
            for message in answer:
                self._send(socket, encode(message))

    async def _negotiate(self, seat: SeatId, request: MediaRequest) -> list[NodeMessage]:
        engine = self._around.engine
        match request:
            case PublishOffer(id=number, sdp=sdp):
                return [PublishAnswer(id=number, sdp=await engine.publish_offer(self.session, seat, sdp))]
            case SubscribeAnswer(id=number, sdp=sdp):
                await engine.subscribe_answer(seat, sdp)
                return [Done(id=number)]
            case RestartSubscribe(id=number):
                return [SubscribeOffer(sdp=engine.subscribe_offer(self.session, seat)), Done(id=number)]
            case _:
                assert_never(request)

    # --- effects out --------------------------------------------------------------------------------------------

    def _send(self, socket: int, data: bytes) -> None:
        outgoing = self._sockets.get(socket)
        if outgoing is not None:
            outgoing.send(data)

    def report(self, fact: Fact) -> None:
        self._around.outbox.append(self.session, self.generation, self.clock.now(), time.time(), fact)

    def _recorder_problem(self, recording: RecordingId, problem: str | None) -> None:
        self.handle(RecorderChanged(recording, problem))

    def _carry_out(self, effects: list[Effect]) -> None:
        # One message often goes to all seats: it is encoded once.
        encoded: dict[int, bytes] = {}
        for effect in effects:
            if isinstance(effect, Send):
                data = encoded.get(id(effect.message))
                if data is None:
                    data = encoded[id(effect.message)] = encode(effect.message)
                self._send(effect.socket, data)
            else:
                self._carry_out_one(effect)

    def _carry_out_one(self, effect: Effect) -> None:
        engine = self._around.engine
        match effect:
            case Send(socket, message):
                self._send(socket, encode(message))
            case Report(fact):
                self.report(fact)
            case Disconnect(socket, last_word):
                outgoing = self._sockets.pop(socket, None)
                if outgoing is not None:
                    outgoing.finish(last_word)
            case OfferMedia(seat, socket):
                self._send(socket, encode(SubscribeOffer(sdp=engine.subscribe_offer(self.session, seat))))
            case DropMedia(seat):
                engine.drop_seat(seat)
            case AssignSlots(seat, slots):
                engine.assign_slots(seat, slots)
            case SetOpen(seat, microphone, camera):
                engine.set_open(seat, microphone=microphone, camera=camera)
            case OpenJournal() | CloseJournal() | MarkJournal() | OpenTap() | CloseTap():
                self._record(effect)
            case CloseRoom():
                self.over = True
                self._log.info("room closed")
            case _:
                assert_never(effect)

    def _record(self, effect: OpenJournal | CloseJournal | MarkJournal | OpenTap | CloseTap) -> None:
        engine, recorder = self._around.engine, self._around.recorder
        match effect:
            case OpenJournal(recording, turn):
                recorder.open(
                    recording,
                    self.session,
                    turn,
                    self.generation,
                    self.clock.offset,
                    self.report,
                    self._recorder_problem,
                )
                self._journals.add(recording)
            case CloseJournal(recording):
                recorder.close(recording)
                self._journals.discard(recording)
            case MarkJournal(recording, kind, text):
                recorder.mark(recording, kind, text)
            case OpenTap(recording, seat, media, track):
                engine.open_tap(seat, media, track, recorder.add_track(recording, track, seat, media))
            case CloseTap(recording, seat, media, track, reason):
                engine.close_tap(seat, media)
                recorder.stop_track(recording, track, reason)
            case _:
                assert_never(effect)

    # --- when a rule did not hold -------------------------------------------------------------------------------

    def _break(self) -> None:
        """Closes this room and nothing else; each step is tried, whatever happened to the one before."""
        self.over = self.broken = True
        self._commands.clear()
        for step in (self._end_by_the_rules, self._drop_everything):
            try:
                step()
            except Exception:
                self._log.exception("broken room did not close cleanly")
        self._on_broken(self)

    def _end_by_the_rules(self) -> None:
        for effect in self._room.handle(RoomEnded(Ending.BROKEN), self.clock.now()):
            try:
                self._carry_out_one(effect)
            except Exception:
                self._log.exception("effect of a broken room failed", effect=type(effect).__name__)

    def _drop_everything(self) -> None:
        for outgoing in self._sockets.values():
            outgoing.finish(closed(Code.NODE_BROKEN))
        self._sockets.clear()
        for recording in self._journals:
            self._around.recorder.close(recording)
        for seat in self._room.state.seats:
            self._around.engine.drop_seat(seat)

    def successor(self) -> tuple[DesiredSession, int]:
        """What a room made anew in this one's place starts from: (desired, first track number)."""
        return self._room.desired_now(), self._room.state.next_track
