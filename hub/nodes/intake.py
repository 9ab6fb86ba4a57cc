"""Taking facts in: each once, in the order they come, never refused.

A fact that our own code cannot apply is kept in the call log all the same and its error is logged: the node must not be
stopped by it, and what happened in the room must not be lost.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import assert_never

import structlog
from sqlalchemy.exc import DBAPIError, OperationalError

from hub.archive import facts as archive_facts
from hub.archive import service as archive
from hub.db.engine import Work
from hub.jobs import service as jobs
from hub.jobs.models import JobKind
from hub.nodes.repository import NodeRepository
from hub.sessions import call_log
from hub.sessions.models import CallFact
from signaling.protocol import hub_link
from signaling.protocol.base import kind_of
from signaling.protocol.codec import encode
from signaling.protocol.hub_link import Fact, FactRecord

_log = structlog.get_logger(__name__)


async def take_facts(work: Work, node_id: str, records: Sequence[FactRecord]) -> None:
    """Put facts into the call log and into the tables they concern. Facts that are known already are passed over.

    Part of the caller's unit of work; once it is committed the facts may be confirmed. Raises only what the database
    raises when it cannot work at all: then the whole batch comes again.
    """
    repository = NodeRepository(work.session)
    known_sessions = await repository.known_sessions(list({record.session for record in records}))
    turns: dict[str, None] = {}
    for boot in dict.fromkeys(record.boot for record in records):
        of_boot = [record for record in records if record.boot == boot]
        known = await repository.known_facts(node_id, boot, [record.number for record in of_boot])
        for record in of_boot:
            if record.number in known:
                continue
            known.add(record.number)
            await repository.add_fact(_row(node_id, record, work.now))
            if record.session in known_sessions:
                await _apply_or_report(work, node_id, record)
                turns |= dict.fromkeys(turn_of(record.fact))
            else:
                _log.error("fact.session_unknown", node=node_id, boot=boot, number=record.number)
    for turn in turns:
        await complete_recording(work, turn)
    await repository.end_placements_of_ended_sessions(sorted(known_sessions), work.now)


async def complete_recording(work: Work, turn_id: str, *, writer_gone: bool = False) -> bool:
    """Ask for playable media once everything of a turn is written. True when the recording became complete now.

    `writer_gone`: what is on disk is all there will be, though no node said so."""
    recording_id = await archive.recording_complete(work, turn_id, writer_gone=writer_gone)
    if recording_id is None:
        return False
    await enqueue_media(work, recording_id)
    return True


async def enqueue_media(work: Work, recording_id: str) -> bool:
    return await jobs.enqueue(work, JobKind.MAKE_MEDIA, media_key(recording_id), {"recording": recording_id})


def media_key(recording_id: str) -> str:
    """What makes the job of a recording unique."""
    return f"{JobKind.MAKE_MEDIA}:{recording_id}"


def _row(node_id: str, record: FactRecord, now: datetime) -> CallFact:
    return CallFact(
        node_id=node_id,
        boot=record.boot,
        number=record.number,
        session_id=record.session,
        generation=record.generation,
        kind=kind_of(type(record.fact).__name__),
        at=record.at,
        wall=datetime.fromtimestamp(record.wall, UTC),
        received_at=now,
        body=encode(record.fact).decode(),
    )


async def _apply_or_report(work: Work, node_id: str, record: FactRecord) -> None:
    try:
        async with work.session.begin_nested():
            await _apply(work, record)
    except (OperationalError, OSError):
        # The database itself cannot work (disk full, locked, gone): nothing is confirmed, the batch comes again.
        raise
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        _report(node_id, record)
    except Exception:
        _report(node_id, record)


def _report(node_id: str, record: FactRecord) -> None:
    _log.exception("fact.not_applied", node=node_id, boot=record.boot, number=record.number, session=record.session)


async def _apply(work: Work, record: FactRecord) -> None:
    match record.fact:
        case (
            hub_link.SeatTaken()
            | hub_link.SeatLeft()
            | hub_link.SeatAdmitted()
            | hub_link.SeatSentBack()
            | hub_link.SeatMuted()
            | hub_link.SeatMedia()
            | hub_link.FloorGiven()
            | hub_link.TurnStarted()
            | hub_link.TurnPaused()
            | hub_link.TurnResumed()
            | hub_link.TurnEnded()
            | hub_link.RecordingAnnounced()
            | hub_link.SessionClosed()
        ):
            await call_log.apply(work, record)
        case (
            hub_link.ConsentWithdrawn()
            | hub_link.RecordingStarted()
            | hub_link.TrackRecorded()
            | hub_link.TrackStopped()
            | hub_link.RecordingStopped()
            | hub_link.RecordingFailed()
            | hub_link.ChainHead()
            | hub_link.SegmentClosed()
        ):
            await archive_facts.apply(work, record)
        case _ as unreachable:
            assert_never(unreachable)


def turn_of(fact: Fact) -> tuple[str, ...]:
    """The turn whose recording may have become complete by this fact."""
    match fact:
        case hub_link.TurnEnded(turn=turn) | hub_link.RecordingStopped(turn=turn):
            return (turn,)
        case hub_link.SegmentClosed(recording=recording):
            return (recording.rpartition("-g")[0],)
        case _:
            return ()
