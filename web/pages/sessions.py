"""Buổi tiếp: the plan's form, and the page of one session."""

from collections.abc import Iterable
from datetime import timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from hub.accounts import service as accounts
from hub.accounts.models import AccountRole as R
from hub.cases import service as cases
from hub.clock import in_vietnam
from hub.errors import Code, Refused
from hub.sessions import attendance as attendances
from hub.sessions import service as sessions
from hub.sessions.models import SessionKind
from hub.sessions.schemas import PersonRow, SeatRow, SessionView
from hub.units import service as units
from hub.units.models import UnitKind
from signaling.protocol.vocabulary import Consent, Role
from web.desk import Desk, Reading, Writing
from web.pages.plan_form import FIELD_OF, MAX_TURNS, PlanForm, TurnFields
from web.presentation import words

router = APIRouter(include_in_schema=False)

#: A select longer than this is no choice any more; the rest is found by searching.
CASES_OFFERED = 300
#: Ranks of seats that are not a site's; sites come after them.
_RANK = {
    Role.CHAIR: 0,
    Role.SECRETARY: 1,
    Role.DISPATCHER: 2,
    Role.INSPECTOR: 3,
    Role.DEPARTMENT: 4,
    Role.CENTRAL_OFFICER: 5,
}
#: A form opened now proposes a start soon, at a full quarter of an hour.
_SOON = timedelta(minutes=30)


@router.get("/sessions/new")
async def new_page(desk: Reading, case: str = "") -> Response:
    soon = in_vietnam(desk.work.now + _SOON)
    soon = soon.replace(minute=soon.minute // 15 * 15)
    values = {"kind": SessionKind.PERIODIC.value, "day": soon.strftime("%d/%m/%Y"), "hour": soon.strftime("%H:%M")}
    if desk.reader.has(R.SECRETARY):
        values["secretary"] = desk.reader.account_id
    return await _form(desk, PlanForm(values, [TurnFields(case)]))


@router.post("/sessions/new")
async def create(request: Request, desk: Writing) -> Response:
    form = PlanForm.read(await request.form(max_fields=4000))
    if form.rearrange():
        return await _form(desk, form)
    plan = form.plan()
    if plan is None:
        return await _form(desk, form, 422)
    try:
        session = await sessions.create_session(desk.work, desk.reader, plan)
    except Refused as refused:
        if refused.code is Code.PERMISSION_MISSING:
            raise
        form.errors[FIELD_OF.get(refused.code.value, "")] = refused.entry.sentence
        return await _form(desk, form, refused.entry.status)
    return RedirectResponse(f"/sessions/{session.id}", 303)


@router.get("/sessions/{session_id}")
async def session_page(session_id: str, desk: Reading) -> Response:
    view = await sessions.get_session(desk.work, desk.reader, session_id)
    people = await people_by_turn(desk, view)
    undecided = sum(person.consent is Consent.UNDECIDED for group in people.values() for person in group)
    return desk.page(
        "session.html",
        session=view.row,
        view=view,
        people=people,
        undecided=undecided,
        seats={seat.id: seat for seat in view.seats},
        in_order=in_order(view.seats),
    )


@router.post("/sessions/{session_id}/open")
async def open_session(session_id: str, desk: Writing) -> Response:
    """Opened a moment ago by somebody else is what was wanted too."""
    try:
        await sessions.open_session(desk.work, desk.reader, session_id)
    except Refused as refused:
        if refused.code is not Code.SESSION_ALREADY_OPEN:
            raise
    return RedirectResponse(f"/sessions/{session_id}", 303)


async def people_by_turn(desk: Desk, view: SessionView) -> dict[str, list[PersonRow]]:
    """Who is on the roll in the order of their seats, of those turns whose case the reader may read."""
    place = {seat.id: number for number, seat in enumerate(in_order(view.seats))}
    return {
        turn.id: sorted(
            await attendances.people_of(desk.work, desk.reader, turn.id), key=lambda person: place.get(person.seat, 0)
        )
        for turn in view.row.turns
        if turn.case
    }


def in_order(seats: Iterable[SeatRow]) -> list[SeatRow]:
    """Seats as an office lists people: the chair first, then who writes, officials, and the sites."""
    return sorted(seats, key=lambda seat: (_RANK.get(seat.role, len(_RANK)), seat.name))


async def _form(desk: Desk, form: PlanForm, status: int = 200) -> Response:
    work, reader = desk.work, desk.reader
    sites = await units.list_sites(work, reader)
    form.values.setdefault("host_site", next((s.id for s in sites if s.kind is UnitKind.PROVINCE), ""))
    return desk.page(
        "session_new.html",
        status=status,
        values=form.values,
        turns=form.turns,
        errors=form.errors,
        may_add=len(form.turns) < MAX_TURNS,
        kinds=[(kind.value, words.SESSION_KIND[kind]) for kind in SessionKind],
        sites=sites,
        hosts=[(site.id, site.name) for site in sites],
        cases=await cases.list_cases(work, reader, limit=CASES_OFFERED),
        chairs=await accounts.list_officials(work, reader, R.LEADER, R.INSPECTOR, R.SITE_HEAD),
        secretaries=await accounts.list_officials(work, reader, R.SECRETARY, R.RECEIVING_OFFICER),
        reviewers=await accounts.list_officials(work, reader, R.REVIEWER, R.SECRETARY),
    )
