"""Takes facts of a node into the rows of sessions, turns and seats.

Facts are never refused: they may come late, twice, or about things that are gone. The rows of an older generation are
history as soon as a newer one has spoken: its late facts fill what is still empty and move nothing.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import assert_never

from sqlalchemy import update

from hub.db.engine import Subject, Work
from hub.sessions.models import Seat, Session, Turn
from hub.sessions.repository import SessionRepository
from hub.sessions.service import note_transition
from hub.sessions.state import SessionEvent, TurnEvent, advance_session, advance_turn
from signaling.protocol.hub_link import (
    ChainHead,
    ConsentWithdrawn,
    FactRecord,
    FloorGiven,
    RecordingAnnounced,
    RecordingFailed,
    RecordingStarted,
    RecordingStopped,
    SeatAdmitted,
    SeatLeft,
    SeatMedia,
    SeatMuted,
    SeatSentBack,
    SeatTaken,
    SegmentClosed,
    SessionClosed,
    TrackRecorded,
    TrackStopped,
    TurnEnded,
    TurnPaused,
    TurnResumed,
    TurnStarted,
)
from signaling.protocol.vocabulary import LeftReason, TurnState


@dataclass(frozen=True)
class _Moment:
    """When it happened: session time in seconds, and the node's wall clock."""

    at: float
    wall: datetime
    late: bool


async def apply(work: Work, record: FactRecord) -> None:
    """Applies one fact about a session, a turn, a seat or the floor; those about recordings are for
    `hub.archive.facts` and are left alone here. The same fact a second time changes nothing."""
    repository = SessionRepository(work.session)
    session = await repository.session_unnarrowed(record.session)
    if session is None:
        return
    late = record.generation < await repository.newest_generation(session.id)
    moment = _Moment(record.at, wall_time(record), late)
    fact = record.fact
    match fact:
        case SeatTaken():
            await _seat(work, session, fact.seat, late, connected=True)
        case SeatLeft():
            # Taken over means that another device of the same seat is there.
            if fact.reason is not LeftReason.TAKEN_OVER:
                await _seat(work, session, fact.seat, late, connected=False)
        case SeatAdmitted():
            await _seat(work, session, fact.seat, late, admitted=True)
        case SeatSentBack():
            await _seat(work, session, fact.seat, late, admitted=False)
        case FloorGiven():
            await _floor(work, session, fact, late)
        case TurnStarted():
            await _turn(work, session, fact.turn, TurnEvent.STARTED, fact.by, moment)
        case TurnPaused():
            await _turn(work, session, fact.turn, TurnEvent.PAUSED, fact.by, moment, fact.reason)
        case TurnResumed():
            await _turn(work, session, fact.turn, TurnEvent.RESUMED, fact.by, moment)
        case TurnEnded():
            await _turn(work, session, fact.turn, TurnEvent.ENDED, fact.by, moment)
        case RecordingAnnounced():
            await _announced(work, session, fact.turn, moment)
        case SessionClosed():
            await _closed(work, session, fact.by, moment)
        case SeatMuted() | SeatMedia():
            pass  # kept in the call log, no row of ours changes
        case (
            ConsentWithdrawn()
            | RecordingStarted()
            | TrackRecorded()
            | TrackStopped()
            | RecordingStopped()
            | RecordingFailed()
            | ChainHead()
            | SegmentClosed()
        ):
            pass  # hub.archive.facts
        case _:
            assert_never(fact)
    await work.session.flush()


async def node_gone(work: Work, session_id: str) -> None:
    """The process with the session's room has exited: nobody is connected until seats come back to a new room."""
    await work.session.execute(update(Seat).where(Seat.session_id == session_id).values(connected=False))
    work.announce(Subject.SESSION, session_id, session_id)


def wall_time(record: FactRecord) -> datetime:
    """The node's wall clock at the fact, UTC."""
    return datetime.fromtimestamp(record.wall, UTC)


async def _seat(
    work: Work,
    session: Session,
    seat_id: str,
    late: bool,
    *,
    connected: bool | None = None,
    admitted: bool | None = None,
) -> None:
    seat = await work.session.get(Seat, seat_id)
    if seat is None or seat.session_id != session.id or late:
        return
    if connected is not None:
        seat.connected = connected
    if admitted is not None:
        seat.admitted = admitted
    work.announce(Subject.SESSION, session.id, session.id)


async def _turn_of(work: Work, session: Session, turn_id: str) -> Turn | None:
    turn = await work.session.get(Turn, turn_id)
    return turn if turn is not None and turn.session_id == session.id else None


async def _floor(work: Work, session: Session, fact: FloorGiven, late: bool) -> None:
    turn = await _turn_of(work, session, fact.turn)
    if turn is None or late:
        return
    turn.floor_seat_id = fact.seat
    work.announce(Subject.TURN, turn.id, session.id)


async def _turn(
    work: Work, session: Session, turn_id: str, event: TurnEvent, by: str, moment: _Moment, reason: str = ""
) -> None:
    turn = await _turn_of(work, session, turn_id)
    if turn is None:
        return
    if event is TurnEvent.STARTED and (turn.started_time is None or moment.at < turn.started_time):
        turn.started_at, turn.started_time = moment.wall, moment.at
    before = turn.state
    # A late end is still an end: the conductor ended the turn before the old node went away.
    after = before if moment.late and event is not TurnEvent.ENDED else advance_turn(before, event)
    if event is TurnEvent.ENDED and turn.ended_time is None:
        turn.ended_at, turn.ended_time = moment.wall, moment.at
        turn.floor_seat_id = None
    if after is before:
        return
    turn.state = after
    note_transition(work, session, event, before, after, by, moment.wall, turn_id=turn.id, reason=reason)
    work.announce(Subject.TURN, turn.id, session.id)


async def _announced(work: Work, session: Session, turn_id: str, moment: _Moment) -> None:
    turn = await _turn_of(work, session, turn_id)
    if turn is None or turn.announced_at is not None:
        return
    turn.announced_at = moment.wall
    work.announce(Subject.TURN, turn.id, session.id)


async def _closed(work: Work, session: Session, by: str, moment: _Moment) -> None:
    before = session.state
    after = advance_session(before, SessionEvent.CLOSED)
    if after is before:
        return
    turns = (await SessionRepository(work.session).turns([session.id])).get(session.id, [])
    for turn in turns:
        if turn.state in (TurnState.RUNNING, TurnState.PAUSED):
            await _turn(work, session, turn.id, TurnEvent.ENDED, by, moment)
    session.state = after
    session.end_actual = moment.wall
    session.version += 1
    await work.session.execute(update(Seat).where(Seat.session_id == session.id).values(connected=False))
    note_transition(work, session, SessionEvent.CLOSED, before, after, by, moment.wall)
    work.announce(Subject.SESSION, session.id, session.id)
