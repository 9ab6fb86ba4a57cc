"""A turn's papers: brief, minutes, review."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from hub.accounts.roles import Permission, may
from hub.cases import service as cases
from hub.minutes import service as minutes
from hub.minutes.history import case_history
from hub.sessions import attendance as attendances
from hub.sessions import service as sessions
from hub.sessions.schemas import TurnView
from web.desk import Reading, Writing
from web.pages.call import session_data

router = APIRouter(include_in_schema=False)


@router.get("/turns/{turn_id}/brief")
async def brief(turn_id: str, desk: Writing) -> Response:
    """One page to read before the turn. Opening a closed case is audited, hence a unit of work."""
    turn = await sessions.turn_for(desk.work, desk.reader, turn_id)
    view = await sessions.get_session(desk.work, desk.reader, turn.session_id)
    case = await cases.get_case(desk.work, desk.reader, turn.case.id)
    history = await case_history(desk.work, desk.reader, turn.case.id)
    earlier = [row for row in history if row.turn_id != turn_id and row.start_plan < turn.start_plan]
    people = await attendances.people_of(desk.work, desk.reader, turn_id)
    return desk.page("brief.html", turn=turn, session=view.row, case=case, earlier=earlier, people=people)


@router.get("/turns/{turn_id}/minutes")
async def minutes_page(turn_id: str, desk: Reading) -> Response:
    turn = await sessions.turn_for(desk.work, desk.reader, turn_id)
    lines = await minutes.list_lines(desk.work, desk.reader, turn_id)
    data = {**await _turn_data(desk, turn), "page": "minutes", "may_write": lines.may_write}
    return desk.page("minutes.html", turn=turn, lines=lines, page_data=data)


@router.get("/turns/{turn_id}/review")
async def review_page(turn_id: str, desk: Reading) -> Response:
    turn = await sessions.turn_for(desk.work, desk.reader, turn_id)
    lines = await minutes.list_lines(desk.work, desk.reader, turn_id)
    data = {**await _turn_data(desk, turn), "page": "review", "may_review": lines.may_review}
    return desk.page("review.html", turn=turn, lines=lines, page_data=data)


async def _turn_data(desk: Reading, turn: TurnView) -> dict[str, Any]:
    view = await sessions.get_session(desk.work, desk.reader, turn.session_id)
    return {
        "session": {
            **session_data(view.row),
            "clock_zero": turn.clock_zero.isoformat() if turn.clock_zero else None,
        },
        "turn": {
            "id": turn.id,
            "number": turn.number,
            "state": turn.state.value,
            "case": {"id": turn.case.id, "code": turn.case.code, "subject": turn.case.subject},
        },
        "urls": {
            "home": "/",
            "session": f"/sessions/{turn.session_id}",
            "case": f"/cases/{turn.case.id}",
            "minutes": f"/turns/{turn.id}/minutes" if may(desk.reader, Permission.MINUTES_READ) else "",
            "review": f"/turns/{turn.id}/review" if may(desk.reader, Permission.RECORDING_PLAY) else "",
        },
    }
