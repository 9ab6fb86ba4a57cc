"""Lobby and room: one document for both; what happens in it is the browser's."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from hub.accounts.models import AccountRole as R
from hub.accounts.roles import Permission, may
from hub.sessions import service as sessions
from hub.sessions.models import SessionState
from hub.sessions.schemas import SessionRow, SessionView
from web.desk import Desk, Reading
from web.presentation import words

router = APIRouter(include_in_schema=False)


@router.get("/sessions/{session_id}/lobby")
async def lobby(session_id: str, desk: Reading) -> Response:
    return await _call(desk, session_id)


@router.get("/sessions/{session_id}/room")
async def room(session_id: str, desk: Reading) -> Response:
    return await _call(desk, session_id)


async def _call(desk: Desk, session_id: str) -> Response:
    view = await sessions.get_session(desk.work, desk.reader, session_id)
    alive = view.row.state in (SessionState.PLANNED, SessionState.LOBBY, SessionState.OPEN)
    if not alive or (view.row.my_seat is None and not desk.reader.has(R.DISPATCHER)):
        # Over, or nothing to sit on: the session's page says so.
        return RedirectResponse(f"/sessions/{session_id}", 303)
    return desk.page("call.html", session=view.row, view=view, page_data=call_data(desk, view))


def call_data(desk: Desk, view: SessionView) -> dict[str, Any]:
    """What the call's scripts start from."""
    row = view.row
    return {
        "page": "call",
        "session": {**session_data(row), "clock_zero": view.clock_zero.isoformat() if view.clock_zero else None},
        "seats": [
            {"id": seat.id, "name": seat.name, "site": seat.site, "role": seat.role.value}
            for seat in view.seats
            if seat.id == row.my_seat
        ],
        "may_write_minutes": may(desk.reader, Permission.MINUTES_WRITE),
        "may_take_consent": may(desk.reader, Permission.CONSENT_TAKE),
        "may_open": view.may_open,
        "urls": {
            "home": "/",
            "session": f"/sessions/{row.id}",
            "lobby": f"/sessions/{row.id}/lobby",
            "room": f"/sessions/{row.id}/room",
            "check_in": f"/sessions/{row.id}/check-in",
        },
    }


def session_data(row: SessionRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "code": row.code,
        "title": row.title,
        "kind_name": words.SESSION_KIND[row.kind],
        "state": row.state.value,
        "recording_policy": row.recording_policy.value,
        "start_plan": row.start_plan.isoformat(),
        "turns": [
            {
                "id": turn.id,
                "number": turn.number,
                "state": turn.state.value,
                "case": {"id": turn.case.id, "code": turn.case.code, "subject": turn.case.subject}
                if turn.case
                else None,
            }
            for turn in row.turns
        ],
    }
