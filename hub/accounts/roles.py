"""One readable table: what each role may do. What a reader may see is narrowed further by case class and unit."""

from enum import StrEnum

from hub.accounts.models import AccountRole as R
from hub.accounts.reader import Reader


class Permission(StrEnum):
    HOME = "home"  # the page Hôm nay and one's own account
    UNIT_LIST = "unit_list"
    ACCOUNT_LIST = "account_list"  # names of officials, for planning
    CASE_LIST = "case_list"
    CASE_CREATE = "case_create"
    SESSION_LIST = "session_list"
    SESSION_PLAN = "session_plan"
    SESSION_OPEN = "session_open"
    SESSION_JOIN = "session_join"
    ATTENDANCE_WRITE = "attendance_write"
    CONSENT_TAKE = "consent_take"
    MINUTES_READ = "minutes_read"
    MINUTES_WRITE = "minutes_write"
    MINUTES_REVIEW = "minutes_review"
    RECORDING_PLAY = "recording_play"
    AUDIT_READ = "audit_read"
    ACCOUNT_ADMIN = "account_admin"


P = Permission

_ALL = frozenset({P.HOME, P.UNIT_LIST})
_READS = _ALL | {P.CASE_LIST, P.SESSION_LIST, P.MINUTES_READ}
_SITS = _READS | {P.SESSION_JOIN, P.RECORDING_PLAY}
_DESK = _SITS | {P.ATTENDANCE_WRITE, P.CONSENT_TAKE}
_PLANS = _DESK | {P.ACCOUNT_LIST, P.SESSION_PLAN, P.SESSION_OPEN}

ROLE_PERMISSIONS: dict[R, frozenset[Permission]] = {
    R.LEADER: _SITS | {P.SESSION_OPEN},
    R.SECRETARY: _PLANS | {P.CASE_CREATE, P.MINUTES_WRITE, P.MINUTES_REVIEW},
    R.REVIEWER: _READS | {P.MINUTES_REVIEW, P.RECORDING_PLAY},
    R.RECORDS_CLERK: _READS,
    R.DISPATCHER: _PLANS,
    R.RECEIVING_OFFICER: _PLANS | {P.CASE_CREATE, P.MINUTES_WRITE},
    R.COMMUNE_OFFICER: _DESK | {P.CASE_CREATE},
    R.SITE_HEAD: _DESK | {P.CASE_CREATE, P.SESSION_OPEN},
    R.DEPARTMENT: _SITS,
    R.INSPECTOR: _SITS | {P.ACCOUNT_LIST, P.SESSION_PLAN, P.SESSION_OPEN},
    R.CENTRAL_OFFICER: _DESK,
    R.TASK_GROUP_MEMBER: _SITS,
    R.AUDITOR: _ALL | {P.AUDIT_READ},
    R.ADMIN: _ALL | {P.ACCOUNT_LIST, P.ACCOUNT_ADMIN},
}

#: Roles whose holders know nothing of what cases contain, even when named as readers by mistake.
WITHOUT_CONTENTS = frozenset({R.AUDITOR, R.ADMIN})
#: Roles that see beyond their own unit; they can only be held at a provincial unit, never at a commune's.
PROVINCIAL = frozenset(
    {R.LEADER, R.SECRETARY, R.REVIEWER, R.RECORDS_CLERK, R.DISPATCHER, R.RECEIVING_OFFICER, R.INSPECTOR}
)
#: Roles of a commune's or ward's own people.
COMMUNAL = frozenset({R.COMMUNE_OFFICER, R.SITE_HEAD})
#: Roles at the Central reception office in Hanoi.
CENTRAL = frozenset({R.CENTRAL_OFFICER, R.TASK_GROUP_MEMBER})


def may(reader: Reader, permission: Permission) -> bool:
    """Whether one of the reader's roles grants the permission. Parts of the system ask no permission."""
    return reader.is_system or any(permission in ROLE_PERMISSIONS[role] for role in reader.roles)
