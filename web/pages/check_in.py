"""Ghi tên: who sits where in each turn, and what each person chose about being recorded."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from hub.accounts.roles import PROVINCIAL
from hub.errors import Refused
from hub.sessions import attendance as attendances
from hub.sessions import service as sessions
from hub.sessions.attendance import NewAttendance
from hub.sessions.schemas import SeatRow, SessionView
from signaling.protocol.vocabulary import Consent, RecordingPolicy
from web.desk import Desk, Reading, Writing
from web.forms import fields_of
from web.pages.sessions import people_by_turn
from web.presentation import words

router = APIRouter(include_in_schema=False)

#: The three answers, in the order they are asked.
CHOICES = (Consent.AUDIO_VIDEO, Consent.VOICE, Consent.NONE)


@router.get("/sessions/{session_id}/check-in")
async def check_in_page(session_id: str, desk: Reading) -> Response:
    return await _page(desk, session_id)


@router.post("/sessions/{session_id}/check-in/people")
async def add_person(session_id: str, request: Request, desk: Writing) -> Response:
    values = fields_of(await request.form())
    turn = values.get("turn", "")
    new = NewAttendance(
        seat_id=values.get("seat", ""),
        name=values.get("name", "")[:200],
        capacity=(values.get("capacity") or "Người dự")[:120],
        interpreter=values.get("interpreter") == "on",
    )
    try:
        await attendances.add_attendance(desk.work, desk.reader, turn, new)
    except Refused as refused:
        if refused.entry.status not in {409, 422}:
            raise
        return await _page(desk, session_id, {f"name-{turn}": refused.entry.sentence}, values, refused.entry.status)
    return RedirectResponse(f"/sessions/{session_id}/check-in#turn-{turn}", 303)


@router.post("/sessions/{session_id}/check-in/consents")
async def record_consent(session_id: str, request: Request, desk: Writing) -> Response:
    values = fields_of(await request.form())
    choice = next((choice for choice in CHOICES if choice.value == values.get("choice")), Consent.UNDECIDED)
    person = await attendances.record_consent(desk.work, desk.reader, values.get("attendance", ""), choice)
    return RedirectResponse(f"/sessions/{session_id}/check-in#person-{person.attendance}", 303)


async def _page(
    desk: Desk,
    session_id: str,
    errors: dict[str, str] | None = None,
    values: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    view = await sessions.get_session(desk.work, desk.reader, session_id)
    return desk.page(
        "check_in.html",
        status=status,
        session=view.row,
        view=view,
        people=await people_by_turn(desk, view),
        desks=_desks(desk, view),
        choices=[(choice.value, words.CONSENT[choice]) for choice in CHOICES],
        never=view.row.recording_policy is RecordingPolicy.NEVER,
        errors=errors or {},
        values=values or {},
    )


def _desks(desk: Desk, view: SessionView) -> dict[str, list[SeatRow]]:
    """Turn → seats this reader writes for: communes their own site's, the province all of the turn."""
    everywhere = desk.reader.has(*PROVINCIAL)
    seats = {seat.id: seat for seat in view.seats}
    return {
        turn.id: [
            seats[id]
            for id in turn.seat_ids
            if id in seats and (everywhere or seats[id].site_id in desk.reader.site_ids)
        ]
        for turn in view.row.turns
        if turn.case
    }
