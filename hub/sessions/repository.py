"""All queries of sessions, turns and seats. Those of people stand on `visible`; those of the node link take ids of the
session the link was placed with."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, false, func, not_, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from hub.accounts.reader import Reader
from hub.cases.models import Case, CaseClass
from hub.cases.repository import visible as visible_case
from hub.cases.rules import Scope, scope_of
from hub.sessions.models import CallFact, Seat, Session, SessionSite, Turn, TurnSeat
from hub.units.models import Site


def visible(reader: Reader) -> ColumnElement[bool]:
    """The clause on `Session` that narrows to what the reader may know of.

    Everybody: sessions with a seat or an office of theirs, and those with a turn whose case they may read. Communes,
    the Central office and departments also: sessions with a site of theirs, unless sealed. Parts of the system: all.
    """
    if reader.is_system:
        return true()
    scope = scope_of(reader)
    if scope is Scope.NOTHING:
        return false()
    me = reader.account_id
    mine = or_(
        Session.chair_account_id == me,
        Session.secretary_account_id == me,
        Session.reviewer_account_id == me,
        Session.id.in_(select(Seat.session_id).where(Seat.account_id == me, Seat.removed_at.is_(None))),
    )
    readable = Session.id.in_(select(Turn.session_id).join(Case, Case.id == Turn.case_id).where(visible_case(reader)))
    if scope is not Scope.OWN_UNITS:
        return or_(mine, readable)
    sealed = Session.id.in_(
        select(Turn.session_id).join(Case, Case.id == Turn.case_id).where(Case.case_class == CaseClass.SEALED)
    )
    my_sites = select(Site.id).where(Site.unit_id.in_(reader.unit_ids))
    invited = or_(
        Session.host_site_id.in_(my_sites),
        Session.id.in_(select(SessionSite.session_id).where(SessionSite.site_id.in_(my_sites))),
    )
    return or_(mine, readable, and_(invited, not_(sealed)))


class SessionRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, reader: Reader, session_id: str) -> Session | None:
        return await self._session.scalar(select(Session).where(Session.id == session_id, visible(reader)))

    async def by_code(self, reader: Reader, code: str) -> Session | None:
        return await self._session.scalar(select(Session).where(Session.code == code, visible(reader)))

    async def between(self, reader: Reader, start: datetime, end: datetime) -> Sequence[Session]:
        """Sessions planned to start in [start, end), in order."""
        query = (
            select(Session)
            .where(Session.start_plan >= start, Session.start_plan < end, visible(reader))
            .order_by(Session.start_plan, Session.code)
        )
        return (await self._session.scalars(query)).all()

    async def turn(self, reader: Reader, turn_id: str) -> tuple[Turn, Session] | None:
        """A turn whose session and case the reader may both read."""
        query = (
            select(Turn, Session)
            .join(Session, Session.id == Turn.session_id)
            .join(Case, Case.id == Turn.case_id)
            .where(Turn.id == turn_id, visible(reader), visible_case(reader))
        )
        row = (await self._session.execute(query)).one_or_none()
        return (row[0], row[1]) if row else None

    async def turns_of_case(self, reader: Reader, case_id: str) -> Sequence[tuple[Turn, Session]]:
        """Turns of a case the reader may read, newest session first."""
        query = (
            select(Turn, Session)
            .join(Session, Session.id == Turn.session_id)
            .join(Case, Case.id == Turn.case_id)
            .where(Turn.case_id == case_id, visible(reader), visible_case(reader))
            .order_by(Session.start_plan.desc(), Turn.number)
        )
        return [(turn, session) for turn, session in await self._session.execute(query)]

    async def last_code(self, prefix: str) -> str | None:
        """The highest session code that begins so, whoever may read it: codes are counted, not read."""
        query = select(Session.code).where(Session.code.startswith(prefix))
        # A longer number is a higher one: 1000 comes after 999.
        ordered = query.order_by(func.length(Session.code).desc(), Session.code.desc())
        return await self._session.scalar(ordered.limit(1))

    # Below: parts of sessions that were narrowed before, by id.

    async def turns(self, session_ids: Collection[str]) -> dict[str, list[Turn]]:
        rows = await self._session.scalars(select(Turn).where(Turn.session_id.in_(session_ids)).order_by(Turn.number))
        turns: dict[str, list[Turn]] = {}
        for turn in rows:
            turns.setdefault(turn.session_id, []).append(turn)
        return turns

    async def seats(self, session_ids: Collection[str]) -> dict[str, list[Seat]]:
        """Seats that were not removed: officials first, then sites, by name."""
        rows = await self._session.scalars(
            select(Seat)
            .where(Seat.session_id.in_(session_ids), Seat.removed_at.is_(None))
            .order_by(Seat.all_turns.desc(), Seat.account_id.is_(None), Seat.name, Seat.id)
        )
        seats: dict[str, list[Seat]] = {}
        for seat in rows:
            seats.setdefault(seat.session_id, []).append(seat)
        return seats

    async def seat(self, seat_id: str) -> Seat | None:
        return await self._session.get(Seat, seat_id)

    async def seat_ids_by_turn(self, turn_ids: Collection[str]) -> dict[str, list[str]]:
        """Turn id → seats named for it; seats of all turns are not among them."""
        rows = await self._session.execute(
            select(TurnSeat.turn_id, TurnSeat.seat_id)
            .where(TurnSeat.turn_id.in_(turn_ids))
            .order_by(TurnSeat.turn_id, TurnSeat.seat_id)
        )
        by_turn: dict[str, list[str]] = {}
        for turn_id, seat_id in rows:
            by_turn.setdefault(turn_id, []).append(seat_id)
        return by_turn

    async def site_ids(self, session_ids: Collection[str]) -> dict[str, list[str]]:
        rows = await self._session.execute(
            select(SessionSite.session_id, SessionSite.site_id).where(SessionSite.session_id.in_(session_ids))
        )
        by_session: dict[str, list[str]] = {}
        for session_id, site_id in rows:
            by_session.setdefault(session_id, []).append(site_id)
        return by_session

    async def cases_of(self, turns: Collection[Turn]) -> dict[str, Case]:
        """Cases of turns, unnarrowed: only for what a node must know (`hub.sessions.desired`)."""
        rows = await self._session.scalars(select(Case).where(Case.id.in_({turn.case_id for turn in turns})))
        return {case.id: case for case in rows}

    async def session_unnarrowed(self, session_id: str) -> Session | None:
        """For the node link, which has no reader and knows the session's id from its placement."""
        return await self._session.get(Session, session_id)

    async def turn_unnarrowed(self, turn_id: str) -> Turn | None:
        """For facts, which are never refused."""
        return await self._session.get(Turn, turn_id)

    async def newest_generation(self, session_id: str) -> int:
        """The highest generation a fact came from, 0 without any."""
        query = select(func.max(CallFact.generation)).where(CallFact.session_id == session_id)
        return await self._session.scalar(query) or 0
