"""Makes a session out of a plan: its turns, seats, and who is on the roll of each turn.

`lay_out` checks nothing about time and asks no permission: the service does that, and demo data may lie in the past.
"""

from dataclasses import dataclass

from hub.accounts.models import Account
from hub.accounts.reader import Reader, addressed
from hub.accounts.repository import AccountRepository
from hub.cases.models import Case, CaseClass
from hub.cases.repository import CaseRepository
from hub.cases.service import put_units_to_work
from hub.clock import in_vietnam
from hub.db.engine import Work
from hub.errors import Code, Refused
from hub.ids import new_id
from hub.people.service import add_attendance, clean_name
from hub.sessions import rules
from hub.sessions.models import Seat, Session, SessionSite, SessionState, Turn, TurnSeat
from hub.sessions.schemas import PlanSession, PlanTurn
from hub.units.repository import SiteView, UnitRepository
from signaling.protocol.vocabulary import Role, TurnState

#: The words on the roll for what a seat does; others appear with the office they hold.
CAPACITIES = {Role.CHAIR: "Chủ trì", Role.SECRETARY: "Thư ký", Role.DISPATCHER: "Điều phối điểm cầu"}
#: The citizen's own seat at the host site, where no other site takes part.
CITIZEN_ROOM = "Phòng tiếp công dân"


@dataclass(frozen=True)
class _Official:
    """`site_id`: where the person sits: chair and secretary at the host site, others at their own unit's."""

    account: Account
    role: Role
    site_id: str


@dataclass(frozen=True)
class _Plan:
    """A plan with everything it names looked up."""

    plan: PlanSession
    officials: tuple[_Official, ...]
    sites: dict[str, SiteView]
    cases: dict[str, Case]


async def check(work: Work, reader: Reader, plan: PlanSession) -> None:
    """Whether the plan can be laid out at all. Raises `Refused`; see `hub.sessions.rules` for the codes."""
    await _looked_up(work, reader, plan)


async def lay_out(work: Work, reader: Reader, plan: PlanSession, code: str) -> Session:
    """Writes the session's rows. The reader must be able to read every case (`CASE_UNKNOWN`)."""
    known = await _looked_up(work, reader, plan)
    session = Session(
        id=new_id(),
        code=code,
        kind=plan.kind,
        title=clean_name(plan.title),
        state=SessionState.PLANNED,
        recording_policy=rules.policy_of(plan.kind, in_vietnam(plan.start_plan).date()),
        start_plan=plan.start_plan,
        end_plan=plan.end_plan,
        host_site_id=plan.host_site_id,
        chair_account_id=plan.chair_account_id,
        secretary_account_id=plan.secretary_account_id,
        reviewer_account_id=plan.reviewer_account_id,
        event_tag=plan.event_tag,
        created_by=reader.account_id,
        created_at=work.now,
    )
    work.session.add(session)
    await work.session.flush()
    for site_id in plan.sites:
        work.session.add(SessionSite(session_id=session.id, site_id=site_id))
    turns = [
        Turn(id=new_id(), session_id=session.id, number=number, case_id=planned.case_id, state=TurnState.WAITING)
        for number, planned in enumerate(plan.turns, start=1)
    ]
    work.session.add_all(turns)
    officials = [_official_seat(session, official) for official in known.officials]
    shared = {site_id: _site_seat(session, known.sites[site_id]) for site_id in plan.sites}
    if any(plan.host_site_id in (planned.site_ids or (plan.host_site_id,)) for planned in plan.turns):
        shared[plan.host_site_id] = _citizen_seat(session, known.sites[plan.host_site_id])
    work.session.add_all([*officials, *shared.values()])
    await work.session.flush()
    for turn, planned in zip(turns, plan.turns, strict=True):
        for site_id in planned.site_ids or (plan.host_site_id,):
            work.session.add(TurnSeat(turn_id=turn.id, seat_id=shared[site_id].id))
        for official, seat in zip(known.officials, officials, strict=True):
            put_on_duty(work, reader, turn, seat, official.account, CAPACITIES.get(official.role))
        await _seat_citizens(work, reader, turn, known, planned, shared)
    await _put_units_to_work(work, known)
    await work.session.flush()
    return session


def put_on_duty(
    work: Work, reader: Reader, turn: Turn, seat: Seat, account: Account | Reader, capacity: str | None = None
) -> None:
    """An official on the roll of a turn: recorded by notice, with the office held where no other word fits."""
    add_attendance(
        work,
        reader,
        turn_id=turn.id,
        seat_id=seat.id,
        name=addressed(account.honorific, account.full_name),
        capacity=capacity or account.title,
        on_duty=True,
        account_id=account.account_id if isinstance(account, Reader) else account.id,
    )


async def _looked_up(work: Work, reader: Reader, plan: PlanSession) -> _Plan:
    if not plan.title.strip():
        raise Refused(Code.INPUT_INVALID, field="title")
    cases: dict[str, Case] = {}
    for planned in plan.turns:
        case = await CaseRepository(work.session).get(reader, planned.case_id)
        if case is None:
            raise Refused(Code.CASE_UNKNOWN)
        cases[case.id] = case
    rules.check_turns(
        plan.kind,
        plan.host_site_id,
        plan.sites,
        [rules.PlannedTurn(t.case_id, cases[t.case_id].case_class, t.site_ids) for t in plan.turns],
    )
    wanted = {plan.host_site_id, *plan.sites}
    sites = await UnitRepository(work.session).sites_by_id(reader, wanted)
    if set(sites) != wanted or any(t.citizens_at is not None and t.citizens_at not in sites for t in plan.turns):
        raise Refused(Code.SITE_UNKNOWN)
    return _Plan(plan, await _officials(work, reader, plan), sites, cases)


async def _officials(work: Work, reader: Reader, plan: PlanSession) -> tuple[_Official, ...]:
    """Chair, secretary and the others. Each must be able to read every case of the session."""
    repository = AccountRepository(work.session)
    roles = {plan.chair_account_id: Role.CHAIR, plan.secretary_account_id: Role.SECRETARY}
    seated = [plan.chair_account_id, plan.secretary_account_id, *(o.account_id for o in plan.officials)]
    if len(set(seated)) < len(seated):
        raise Refused(Code.SEAT_DUPLICATE)
    roles.update({official.account_id: official.role for official in plan.officials})
    officials: list[_Official] = []
    for account_id in {*seated, *([plan.reviewer_account_id] if plan.reviewer_account_id else [])}:
        account = await repository.get(account_id)
        if account is None or account.disabled_at is not None:
            raise Refused(Code.ACCOUNT_UNKNOWN)
        person = await repository.reader_for(account, work.now, None, "")
        if account_id == plan.chair_account_id and not rules.may_preside(person):
            raise Refused(Code.CHAIR_UNFIT)
        if account_id in (plan.chair_account_id, plan.secretary_account_id, plan.reviewer_account_id):
            await _check_reads(work, person, plan)
        if account_id in roles:
            site_id = await _site_of(work, reader, plan, account, roles[account_id])
            officials.append(_Official(account, roles[account_id], site_id))
    officials.sort(key=lambda official: seated.index(official.account.id))
    return tuple(officials)


async def _site_of(work: Work, reader: Reader, plan: PlanSession, account: Account, role: Role) -> str:
    if role in (Role.CHAIR, Role.SECRETARY):
        return plan.host_site_id
    site = await UnitRepository(work.session).site_of_unit(reader, account.unit_id)
    return site.id if site else plan.host_site_id


async def _check_reads(work: Work, person: Reader, plan: PlanSession) -> None:
    wanted = {turn.case_id for turn in plan.turns}
    if set(await CaseRepository(work.session).readable(person, wanted)) != wanted:
        raise Refused(Code.OFFICIAL_CANNOT_READ)


def _official_seat(session: Session, official: _Official) -> Seat:
    account = official.account
    return Seat(
        id=new_id(),
        session_id=session.id,
        site_id=official.site_id,
        account_id=account.id,
        role=official.role,
        name=addressed(account.honorific, account.full_name),
        all_turns=True,
    )


def _site_seat(session: Session, site: SiteView) -> Seat:
    role = rules.role_of_site(site.kind)
    return Seat(id=new_id(), session_id=session.id, site_id=site.id, role=role, name=site.unit_name)


def _citizen_seat(session: Session, host: SiteView) -> Seat:
    return Seat(id=new_id(), session_id=session.id, site_id=host.id, role=Role.SITE, name=CITIZEN_ROOM)


async def _seat_citizens(
    work: Work, reader: Reader, turn: Turn, known: _Plan, planned: PlanTurn, shared: dict[str, Seat]
) -> None:
    """The people of the case, not asked for consent yet. Those of a sealed case under their pseudonym."""
    case = known.cases[planned.case_id]
    site_ids = planned.site_ids or (known.plan.host_site_id,)
    home = next((site for site in site_ids if known.sites[site].unit_id == case.unit_id), site_ids[0])
    seat = shared[planned.citizens_at or home]
    for party in await CaseRepository(work.session).parties(reader, case):
        sealed = case.case_class is CaseClass.SEALED
        add_attendance(
            work,
            reader,
            turn_id=turn.id,
            seat_id=seat.id,
            name=case.pseudonym if sealed else addressed(party.honorific, party.name),
            capacity=party.capacity,
            person_id=party.person_id,
        )


async def _put_units_to_work(work: Work, known: _Plan) -> None:
    """The sites' units work on the cases of their turns, and so do the units of the officials beside the chair."""
    pairs = {(t.case_id, known.sites[site].unit_id) for t in known.plan.turns for site in t.site_ids}
    await put_units_to_work(work, pairs)
