"""Sessions: list, plan, read, open, and the pass that lets one in."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request

from hub.sessions import service as sessions
from hub.sessions.models import SessionKind, SessionState
from hub.sessions.schemas import PlanOfficial, PlanSession, PlanTurn, SessionRow
from signaling.protocol.vocabulary import RecordingPolicy, Role, TurnState
from web.access import API
from web.api.model import Id, In, Moment, Out
from web.desk import Reading, SignedIn, Writing
from web.office import office_of

router = APIRouter(prefix=API, tags=["sessions"])

#: A list without bounds covers the last and the next month.
_USUAL_SPAN = timedelta(days=31)


class CaseRefOut(Out):
    id: str
    code: str
    subject: str


class TurnRowOut(Out):
    """`case` is null where the reader may know only the turn's number."""

    id: str
    number: int
    state: TurnState
    case: CaseRefOut | None
    seat_ids: list[str]
    started_at: datetime | None
    ended_at: datetime | None
    started_time: float | None
    ended_time: float | None
    announced: bool


class SiteRowOut(Out):
    id: str
    name: str
    unit_name: str


class SeatOut(Out):
    id: str
    name: str
    site: str
    role: Role
    all_turns: bool
    admitted: bool
    connected: bool


class SessionRowOut(Out):
    """`my_seat`: the seat the caller would take, null without one."""

    id: str
    code: str
    kind: SessionKind
    title: str
    state: SessionState
    recording_policy: RecordingPolicy
    start_plan: datetime
    end_plan: datetime | None
    start_actual: datetime | None
    end_actual: datetime | None
    host: SiteRowOut
    sites: list[SiteRowOut]
    chair_name: str
    secretary_name: str
    turns: list[TurnRowOut]
    my_seat: str | None


class SessionOut(SessionRowOut):
    """`clock_zero`: session time 0, null before the session was placed."""

    seats: list[SeatOut]
    may_open: bool
    joinable: bool
    clock_zero: datetime | None
    version: int


class TurnIn(In):
    case: Id
    sites: Annotated[list[Id], Field(max_length=70, default_factory=list)]
    citizens_at: Id | None = None


class OfficialIn(In):
    account: Id
    role: Role


class SessionIn(In):
    """One case per turn; a turn names the sites that take part in it, out of those invited."""

    kind: SessionKind
    title: Annotated[str, Field(min_length=1, max_length=300)]
    start_plan: Moment
    end_plan: Moment | None = None
    host_site: Id
    chair: Id
    secretary: Id
    reviewer: Id | None = None
    sites: Annotated[list[Id], Field(max_length=70, default_factory=list)]
    turns: Annotated[list[TurnIn], Field(min_length=1, max_length=60)]
    officials: Annotated[list[OfficialIn], Field(max_length=20, default_factory=list)]

    def order(self) -> PlanSession:
        """What the sessions service takes."""
        return PlanSession(
            kind=self.kind,
            title=self.title,
            start_plan=self.start_plan,
            end_plan=self.end_plan,
            host_site_id=self.host_site,
            chair_account_id=self.chair,
            secretary_account_id=self.secretary,
            reviewer_account_id=self.reviewer,
            sites=tuple(self.sites),
            turns=tuple(PlanTurn(turn.case, tuple(turn.sites), turn.citizens_at) for turn in self.turns),
            officials=tuple(PlanOfficial(official.account, official.role) for official in self.officials),
        )


class JoinIn(In):
    """`seat`: which one, where the caller may take several."""

    seat: Id | None = None


class JoinOut(Out):
    """`pass` goes into the first message of the websocket at `signaling_url`, before `expires`."""

    pass_text: Annotated[str, Field(serialization_alias="pass")]
    signaling_url: str
    session: str
    seat: str
    role: Role
    name: str
    site: str
    generation: int
    expires: datetime


@router.get("/sessions")
async def list_sessions(
    desk: Reading,
    start: Annotated[Moment | None, Query(alias="from")] = None,
    end: Annotated[Moment | None, Query(alias="to")] = None,
) -> list[SessionRowOut]:
    """Sessions planned to start in [from, to); a month back and ahead by default."""
    now = desk.work.now
    rows = await sessions.list_sessions(desk.work, desk.reader, start or now - _USUAL_SPAN, end or now + _USUAL_SPAN)
    return [_row_out(row) for row in rows]


@router.post("/sessions", status_code=201)
async def plan_session(body: SessionIn, desk: Writing) -> SessionOut:
    session = await sessions.create_session(desk.work, desk.reader, body.order())
    return await _session_out(desk, session.id)


@router.get("/sessions/{session_id}")
async def get_session(session_id: str, desk: Reading) -> SessionOut:
    return await _session_out(desk, session_id)


@router.post("/sessions/{session_id}/open")
async def open_session(session_id: str, desk: Writing) -> SessionOut:
    """Khai mạc: from now on people can be admitted."""
    await sessions.open_session(desk.work, desk.reader, session_id)
    return await _session_out(desk, session_id)


@router.post("/sessions/{session_id}/join-pass")
async def join_pass(session_id: str, request: Request, reader: SignedIn, body: JoinIn | None = None) -> JoinOut:
    """A signed right to one seat, good for minutes and once. The node knows of it when the answer is here."""
    ticket = await office_of(request).nodes.join(reader, session_id, body.seat if body else None)
    return JoinOut.model_validate(ticket)


def _row_out(row: SessionRow) -> SessionRowOut:
    return SessionRowOut.model_validate(row)


async def _session_out(desk: Reading, session_id: str) -> SessionOut:
    view = await sessions.get_session(desk.work, desk.reader, session_id)
    return SessionOut(
        **SessionRowOut.model_validate(view.row).model_dump(),
        seats=[SeatOut.model_validate(seat) for seat in view.seats],
        may_open=view.may_open,
        joinable=view.joinable,
        clock_zero=view.clock_zero,
        version=view.version,
    )
