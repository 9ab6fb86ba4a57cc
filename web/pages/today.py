"""Hôm nay: what waits for this person, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from hub.accounts.models import AccountRole as R
from hub.accounts.roles import Permission, may
from hub.archive.models import RecordingRowState
from hub.archive.repository import ArchiveRepository
from hub.cases import service as cases
from hub.cases.schemas import CaseRow
from hub.clock import in_vietnam
from hub.minutes.models import MinutesState
from hub.minutes.repository import MinutesRepository
from hub.sessions import service as sessions
from hub.sessions.models import SessionState
from hub.sessions.schemas import SessionRow, TurnRow
from signaling.protocol.vocabulary import TurnState
from web.desk import Desk, Reading
from web.presentation.dates import deadline, until

router = APIRouter(include_in_schema=False)

#: A session that began this long ago may still go on, or wait to be closed.
LATE = timedelta(hours=12)
AHEAD = timedelta(days=14)
#: Minutes are owed before the case is answered; nine months covers the longest cases. Older ones stand at the case.
REVIEW_SPAN = timedelta(days=270)
#: As many rows as a tablet shows without scrolling.
CASE_ROWS = 6
#: Enough to find the nearest deadlines among the cases of a province's year.
CASES_LOOKED_AT = 200

_ALIVE = (SessionState.PLANNED, SessionState.LOBBY, SessionState.OPEN)


@dataclass(frozen=True)
class NextSession:
    """The session that comes first, as the large card shows it."""

    row: SessionRow
    until: str
    joinable: bool
    late: bool


@dataclass(frozen=True)
class DueCase:
    row: CaseRow
    due: str
    soon: bool


@dataclass(frozen=True)
class Unreviewed:
    """Minutes that wait to be compared. `recording` is null where the turn was not recorded."""

    row: SessionRow
    turn: TurnRow
    lines: int
    recording: RecordingRowState | None


@router.get("/")
async def today(desk: Reading) -> Response:
    reader = desk.reader
    values: dict[str, Any] = {
        "next": None,
        "later": [],
        "due": [],
        "to_review": [],
        "commune": reader.has(R.COMMUNE_OFFICER, R.SITE_HEAD),
        "node_connected": desk.office.nodes.connected,
        "reviews": may(reader, Permission.MINUTES_REVIEW),
    }
    if may(reader, Permission.SESSION_LIST):
        rows = await sessions.list_sessions(desk.work, reader, desk.work.now - REVIEW_SPAN, desk.work.now + AHEAD)
        alive = [row for row in rows if row.state in _ALIVE and row.start_plan > desk.work.now - LATE]
        first = next((row for row in alive if row.my_seat), None)
        values["next"] = await _next(desk, first) if first else None
        values["later"] = [row for row in alive if row is not first]
        if may(reader, Permission.MINUTES_REVIEW):
            values["to_review"] = await _to_review(desk, rows)
    if may(reader, Permission.CASE_LIST):
        values["due"] = await _due(desk)
    return desk.page("today.html", **values)


async def _next(desk: Desk, row: SessionRow) -> NextSession:
    view = await sessions.get_session(desk.work, desk.reader, row.id)
    return NextSession(row, until(row.start_plan, desk.work.now), view.joinable, row.start_plan < desk.work.now)


async def _to_review(desk: Desk, rows: Sequence[SessionRow]) -> list[Unreviewed]:
    """Ended turns with a recording or lines whose minutes nobody signed off yet, the newest first."""
    ended = [(row, turn) for row in reversed(rows) for turn in row.turns if turn.case and turn.state is TurnState.ENDED]
    ids = [turn.id for _, turn in ended]
    states = await MinutesRepository(desk.work.session).states(ids)
    lines = await MinutesRepository(desk.work.session).counts(ids)
    recordings = await ArchiveRepository(desk.work.session).of_turns(desk.reader, ids)
    return [
        Unreviewed(row, turn, lines.get(turn.id, 0), recordings[turn.id].state if turn.id in recordings else None)
        for row, turn in ended
        if (turn.id in recordings or lines.get(turn.id))
        and (turn.id not in states or states[turn.id].state is MinutesState.DRAFT)
    ][:CASE_ROWS]


async def _due(desk: Desk) -> list[DueCase]:
    """Cases with a deadline, the nearest first."""
    rows = await cases.list_cases(desk.work, desk.reader, limit=CASES_LOOKED_AT)
    day = in_vietnam(desk.work.now).date()
    dated = sorted((row for row in rows if row.next_deadline), key=lambda row: (row.next_deadline or day, row.code))
    return [
        DueCase(row, deadline(row.next_deadline, day), (row.next_deadline - day).days <= 3)
        for row in dated[:CASE_ROWS]
        if row.next_deadline
    ]


def start_of_day(moment: datetime) -> datetime:
    """Midnight in Vietnam before the moment."""
    return in_vietnam(moment).replace(hour=0, minute=0, second=0, microsecond=0)
