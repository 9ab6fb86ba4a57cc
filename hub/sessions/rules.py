"""Pure rules of sessions: recording policy by kind and day, what a plan must hold to, who takes which seat."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hub.accounts.models import AccountRole as R
from hub.accounts.reader import Reader
from hub.accounts.roles import CENTRAL, COMMUNAL
from hub.cases.models import CaseClass
from hub.errors import Code, Refused
from hub.sessions.models import SessionKind, SessionState
from hub.units.models import UnitKind
from signaling.protocol.vocabulary import RecordingPolicy, Role

#: A form takes minutes to fill in: "now" is not the past.
START_GRACE = timedelta(minutes=10)
#: The lobby opens an hour ahead: line checks are planned for 30 minutes before the start (domain 4.1, step 6).
JOINABLE_BEFORE = timedelta(minutes=60)
#: Who may preside (domain section 2): leaders and inspectors of the province, chairs of communes.
CHAIR_ROLES = frozenset({R.LEADER, R.INSPECTOR, R.SITE_HEAD})
#: Turn titles go into small places of the call page.
TITLE_LENGTH = 80


@dataclass(frozen=True)
class PolicyRule:
    """From a day on, sessions of these kinds are recorded so. `source`: the text of law or the decision behind it."""

    valid_from: date
    kinds: frozenset[SessionKind]
    policy: RecordingPolicy
    source: str


#: Dated data, the newest rule that fits counts. The decree under Article 3a of the amended law may change it.
RECORDING_POLICIES: tuple[PolicyRule, ...] = (
    PolicyRule(
        date(2013, 1, 1),
        frozenset(SessionKind) - {SessionKind.SEALED},
        RecordingPolicy.AFTER_ANNOUNCEMENT,
        "TTCP letter 257/TTCP-PC (23/02/2021); Law 91/2025/QH15: notice and choice before recording",
    ),
    PolicyRule(
        date(2013, 1, 1),
        frozenset({SessionKind.SEALED}),
        RecordingPolicy.NEVER,
        "Law 25/2018 on denunciations: nothing may reveal the denouncer",
    ),
)


def policy_of(kind: SessionKind, day: date) -> RecordingPolicy:
    """Recording policy of a session of this kind held on that day; never where no rule is known."""
    fitting = [rule for rule in RECORDING_POLICIES if kind in rule.kinds and rule.valid_from <= day]
    return max(fitting, key=lambda rule: rule.valid_from).policy if fitting else RecordingPolicy.NEVER


@dataclass(frozen=True)
class PlannedTurn:
    """What the rules look at: the case, its class, and the sites that take part."""

    case_id: str
    case_class: CaseClass
    site_ids: Sequence[str]


def check_times(start: datetime, end: datetime | None, now: datetime) -> None:
    """Raises `START_IN_PAST`, `END_BEFORE_START`."""
    if start < now - START_GRACE:
        raise Refused(Code.START_IN_PAST)
    if end is not None and end <= start:
        raise Refused(Code.END_BEFORE_START)


def check_turns(kind: SessionKind, host_site_id: str, site_ids: Sequence[str], turns: Sequence[PlannedTurn]) -> None:
    """A plan's turns and sites fit together, and a sealed case is received alone.

    Raises `TURNS_MISSING`, `CASE_TWICE`, `SEAT_DUPLICATE`, `SITE_NOT_INVITED`, `SITE_WITHOUT_TURN`, `SEALED_ALONE`.
    """
    if not turns:
        raise Refused(Code.TURNS_MISSING)
    if len({turn.case_id for turn in turns}) < len(turns):
        raise Refused(Code.CASE_TWICE)
    invited = set(site_ids)
    if len(invited) < len(site_ids) or host_site_id in invited:
        raise Refused(Code.SEAT_DUPLICATE)
    seated = {site for turn in turns for site in turn.site_ids} - {host_site_id}
    if not seated <= invited:
        raise Refused(Code.SITE_NOT_INVITED)
    if seated != invited:
        raise Refused(Code.SITE_WITHOUT_TURN)
    sealed = [turn for turn in turns if turn.case_class is CaseClass.SEALED]
    if sealed and (kind is not SessionKind.SEALED or len(sealed) < len(turns) or len(turns) > 1 or len(invited) > 1):
        raise Refused(Code.SEALED_ALONE)


def may_preside(reader: Reader) -> bool:
    return reader.has(*CHAIR_ROLES)


def role_of_site(kind: UnitKind) -> Role:
    """The role of an invited site's shared seat."""
    return Role.CENTRAL_OFFICER if kind is UnitKind.CENTRAL else Role.SITE


def may_take_shared(reader: Reader, seat_role: Role, seat_site_id: str) -> bool:
    """A site's seat is for that site's own people: communes' officers and heads, or the Central office's."""
    if seat_site_id not in reader.site_ids:
        return False
    if seat_role is Role.CENTRAL_OFFICER:
        return reader.has(*CENTRAL)
    return reader.has(*COMMUNAL, R.RECEIVING_OFFICER)


def check_joinable(state: SessionState, start_plan: datetime, now: datetime) -> None:
    """Raises `SESSION_NOT_JOINABLE` more than an hour before the start of a session that is not open."""
    if state is not SessionState.OPEN and now < start_plan - JOINABLE_BEFORE:
        raise Refused(Code.SESSION_NOT_JOINABLE)


def turn_title(code: str, subject: str, case_class: CaseClass, pseudonym: str) -> str:
    """What those who sit in the turn see: code and short subject; for sealed cases the pseudonym alone."""
    shown = pseudonym if case_class is CaseClass.SEALED else subject
    title = f"{code} · {shown}"
    return title if len(title) <= TITLE_LENGTH else f"{title[: TITLE_LENGTH - 1].rstrip()}…"
