"""What happened to a case so far: its turns with their recordings and minutes, for the case page."""

from dataclasses import dataclass
from datetime import datetime

from hub.accounts.reader import Reader
from hub.archive.models import RecordingRowState
from hub.archive.repository import ArchiveRepository
from hub.cases.repository import CaseRepository
from hub.db.engine import Work
from hub.errors import Code, Refused
from hub.minutes.models import MinutesState
from hub.minutes.repository import MinutesRepository
from hub.sessions.models import SessionKind, SessionState
from hub.sessions.repository import SessionRepository
from signaling.protocol.vocabulary import TurnState


@dataclass(frozen=True)
class HistoryRow:
    """One turn of a case. `recording` and `minutes` are null where there are none."""

    turn_id: str
    turn_number: int
    turn_state: TurnState
    started_at: datetime | None
    ended_at: datetime | None
    session_id: str
    session_code: str
    session_kind: SessionKind
    session_title: str
    session_state: SessionState
    start_plan: datetime
    recording: RecordingRowState | None
    minutes: MinutesState | None
    lines: int


async def case_history(work: Work, reader: Reader, case_id: str) -> list[HistoryRow]:
    """Turns of a case the reader may read, newest first. Raises `NOT_FOUND`."""
    if await CaseRepository(work.session).get(reader, case_id) is None:
        raise Refused(Code.NOT_FOUND)
    turns = await SessionRepository(work.session).turns_of_case(reader, case_id)
    ids = [turn.id for turn, _ in turns]
    recordings = await ArchiveRepository(work.session).of_turns(reader, ids)
    counts = await MinutesRepository(work.session).counts(ids)
    states = await MinutesRepository(work.session).states(ids)
    return [
        HistoryRow(
            turn_id=turn.id,
            turn_number=turn.number,
            turn_state=turn.state,
            started_at=turn.started_at,
            ended_at=turn.ended_at,
            session_id=session.id,
            session_code=session.code,
            session_kind=session.kind,
            session_title=session.title,
            session_state=session.state,
            start_plan=session.start_plan,
            recording=recordings[turn.id].state if turn.id in recordings else None,
            minutes=states[turn.id].state if turn.id in states else None,
            lines=counts.get(turn.id, 0),
        )
        for turn, session in turns
    ]
