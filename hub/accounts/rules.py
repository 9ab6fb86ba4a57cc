"""Pure rules of accounts: which role fits which kind of unit, how long a sign-in lasts, what a user name looks like."""

import re
from datetime import datetime, timedelta

from hub.accounts.models import AccountRole, SignIn
from hub.accounts.roles import CENTRAL, COMMUNAL, PROVINCIAL

#: A working day and its overtime; nobody stays signed in over night on a shared desk.
SIGN_IN_LIFETIME = timedelta(hours=12)
#: `last_seen_at` tells an administrator which sign-ins are in use; finer would make every page view a write.
SEEN_INTERVAL = timedelta(minutes=1)

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,62}[a-z0-9]")
_COMMUNE_KINDS = frozenset({"commune", "ward"})


def normal_username(typed: str) -> str:
    return typed.strip().lower()


def is_username(text: str) -> bool:
    """3 to 64 characters: letters without marks, digits, dot, dash, underscore."""
    return _USERNAME.fullmatch(text) is not None


def fits(role: AccountRole, unit_kind: str) -> bool:
    """Roles that see the whole province must not be held at a commune, nor a commune's roles elsewhere.

    `unit_kind` is a value of `hub.units.models.UnitKind`.
    """
    if role in COMMUNAL:
        return unit_kind in _COMMUNE_KINDS
    if role in CENTRAL:
        return unit_kind == "central" or (role is AccountRole.TASK_GROUP_MEMBER and unit_kind == "province")
    if role in PROVINCIAL:
        return unit_kind not in _COMMUNE_KINDS and unit_kind != "central"
    return True


def is_valid(sign_in: SignIn, now: datetime) -> bool:
    return sign_in.revoked_at is None and now < sign_in.expires_at
