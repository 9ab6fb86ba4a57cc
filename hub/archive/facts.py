"""Takes facts about recordings into rows, chain heads into the audit log, withdrawn consent to the people.

Facts are never refused; one that speaks of a journal we never heard of makes its row.
"""

from datetime import datetime
from typing import assert_never

from hub.accounts.reader import Reader
from hub.archive.models import Journal, RecordedTrack, Recording, RecordingRowState, Segment
from hub.archive.repository import ArchiveRepository
from hub.archive.service import is_behind
from hub.audit import service as audit
from hub.db.engine import Subject, Work
from hub.ids import new_id
from hub.people.repository import PeopleRepository
from hub.people.service import append_consent
from hub.sessions.call_log import wall_time
from hub.sessions.desired import bump_desired
from hub.sessions.repository import SessionRepository
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
from signaling.protocol.vocabulary import Consent, TurnState

_LINK = Reader.for_system("node-link")

#: What a person reads about a recording that stopped; the node's words are for programs.
PROBLEMS = {
    "disk-full": "Ổ đĩa đã đầy nên việc ghi tạm dừng. Phần đã ghi vẫn còn.",
    "disk-slow": "Ổ đĩa ghi chậm. Phần đã ghi vẫn còn.",
    "writer-gone": "Chương trình ghi bị gián đoạn. Phần đã ghi vẫn còn.",
}
_OTHER_PROBLEM = "Việc ghi bị gián đoạn. Phần đã ghi vẫn còn."


async def apply(work: Work, record: FactRecord) -> None:
    """Applies one fact about a recording; all others are for `hub.sessions.call_log` and are left alone here.

    The same fact a second time changes nothing, except that a chain head is anchored again."""
    fact = record.fact
    match fact:
        case RecordingStarted():
            await _started(work, record, fact.turn, fact.recording)
        case TrackRecorded():
            await _track(work, record, fact)
        case TrackStopped():
            await _track_stopped(work, record, fact)
        case RecordingStopped():
            journal = await _journal(work, record, fact.recording)
            if journal is not None:
                journal.stopped_time = record.at
        case RecordingFailed():
            await _failed(work, record, fact)
        case SegmentClosed():
            await _segment(work, record, fact, wall_time(record))
        case ChainHead():
            detail = {"segment": fact.segment, "offset": fact.offset, "head": fact.head}
            await audit.record(work, _LINK, "recording.chain_head", "recording", fact.recording, detail=detail)
        case ConsentWithdrawn():
            await _withdrawn(work, record, fact)
        case (
            SeatTaken()
            | SeatLeft()
            | SeatAdmitted()
            | SeatSentBack()
            | SeatMuted()
            | SeatMedia()
            | FloorGiven()
            | TurnStarted()
            | TurnPaused()
            | TurnResumed()
            | TurnEnded()
            | RecordingAnnounced()
            | SessionClosed()
        ):
            return
        case _:
            assert_never(fact)
    await work.session.flush()


async def _started(work: Work, record: FactRecord, turn_id: str, journal_id: str) -> None:
    journal = await _journal(work, record, journal_id, turn_id)
    if journal is None:
        return
    recording = await ArchiveRepository(work.session).unnarrowed(journal.recording_id)
    turn = await SessionRepository(work.session).turn_unnarrowed(turn_id)
    if recording is None or turn is None:
        return
    recording.problem = ""
    if turn.state is not TurnState.ENDED:
        # Begun again, after the writer came back or in a new generation.
        recording.state = RecordingRowState.WRITING
    work.announce(Subject.RECORDING, recording.id, turn.session_id)


async def _journal(work: Work, record: FactRecord, journal_id: str, turn_id: str = "") -> Journal | None:
    """The journal's row, made with its recording's when it is missing. The id is "<turn>-g<generation>"."""
    repository = ArchiveRepository(work.session)
    journal = await repository.journal(journal_id)
    if journal is not None:
        return journal
    turn = await SessionRepository(work.session).turn_unnarrowed(turn_id or journal_id.rsplit("-g", 1)[0])
    if turn is None or turn.session_id != record.session:
        return None
    recording = await repository.of_turn_unnarrowed(turn.id)
    if recording is None:
        recording = Recording(
            id=new_id(), turn_id=turn.id, state=RecordingRowState.WRITING, started_at=wall_time(record), problem=""
        )
        recording.manifest = ""
        work.session.add(recording)
        await work.session.flush()
        work.announce(Subject.RECORDING, recording.id, turn.session_id)
    journal = Journal(id=journal_id, recording_id=recording.id, generation=record.generation, started_time=record.at)
    work.session.add(journal)
    await work.session.flush()
    return journal


async def _track(work: Work, record: FactRecord, fact: TrackRecorded) -> None:
    journal = await _journal(work, record, fact.recording)
    if journal is None or await ArchiveRepository(work.session).track(journal.id, fact.track):
        return
    work.session.add(
        RecordedTrack(
            journal_id=journal.id,
            track=fact.track,
            seat_id=fact.seat,
            kind=fact.kind.value,
            started_time=record.at,
            stop_reason="",
        )
    )


async def _track_stopped(work: Work, record: FactRecord, fact: TrackStopped) -> None:
    track = await ArchiveRepository(work.session).track(fact.recording, fact.track)
    if track is not None and track.stopped_time is None:
        track.stopped_time = record.at
        track.stop_reason = fact.reason[:40]


async def _failed(work: Work, record: FactRecord, fact: RecordingFailed) -> None:
    journal = await _journal(work, record, fact.recording, fact.turn)
    recording = await ArchiveRepository(work.session).unnarrowed(journal.recording_id) if journal else None
    if recording is not None:
        recording.problem = PROBLEMS.get(fact.problem, _OTHER_PROBLEM)
        work.announce(Subject.RECORDING, recording.id, record.session)


async def _segment(work: Work, record: FactRecord, fact: SegmentClosed, closed_at: datetime) -> None:
    journal = await _journal(work, record, fact.recording)
    if journal is None or await ArchiveRepository(work.session).segment(journal.id, fact.segment):
        return
    work.session.add(
        Segment(
            journal_id=journal.id,
            number=fact.segment,
            path=fact.path,
            size=fact.size,
            head=fact.head,
            closed_at=closed_at,
        )
    )
    await work.session.flush()
    recording = await ArchiveRepository(work.session).unnarrowed(journal.recording_id)
    if recording is not None and recording.state is RecordingRowState.READY and await is_behind(work, recording):
        # The media was made before this piece was there: the worker makes it again.
        recording.state = RecordingRowState.COMPLETE
        work.announce(Subject.RECORDING, recording.id, record.session)


async def _withdrawn(work: Work, record: FactRecord, fact: ConsentWithdrawn) -> None:
    attendance = await PeopleRepository(work.session).attendance(fact.attendance)
    if attendance is None or attendance.turn_id != fact.turn:
        return
    taken_at = wall_time(record)
    if await PeopleRepository(work.session).has_choice(attendance.id, Consent.NONE, taken_at):
        return
    await append_consent(work, _LINK, attendance, Consent.NONE, taken_at, taken_by=fact.by)
    await bump_desired(work, record.session)
    work.announce(Subject.PEOPLE, fact.turn, record.session)
