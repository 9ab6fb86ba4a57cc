"""Roles, units and permissions as tables."""

import pytest

from hub.accounts.models import AccountRole
from hub.accounts.reader import Reader, addressed
from hub.accounts.roles import CENTRAL, COMMUNAL, PROVINCIAL, ROLE_PERMISSIONS, Permission, may
from hub.accounts.rules import fits, is_username, normal_username
from hub.units.models import UnitKind

R, K = AccountRole, UnitKind


def reader_with(*roles: AccountRole) -> Reader:
    nobody = Reader.for_system("x")
    return Reader(
        account_id="a",
        full_name="Lê Thị Minh Họa",
        honorific="bà",
        title="",
        roles=frozenset(roles),
        unit_ids=nobody.unit_ids,
        site_ids=nobody.site_ids,
        sign_in="",
        address="",
        demo=False,
    )


def test_every_role_has_its_row() -> None:
    assert set(ROLE_PERMISSIONS) == set(AccountRole)


def test_every_permission_is_held_by_somebody() -> None:
    assert set(Permission) == set().union(*ROLE_PERMISSIONS.values())


@pytest.mark.parametrize("role", [R.AUDITOR, R.ADMIN])
def test_auditor_and_administrator_touch_no_contents(role: AccountRole) -> None:
    contents = {P for P in Permission if P.value.startswith(("case", "session", "minutes", "recording", "consent"))}
    assert contents.isdisjoint(ROLE_PERMISSIONS[role])


def test_only_the_auditor_reads_the_audit_log() -> None:
    assert [role for role in AccountRole if Permission.AUDIT_READ in ROLE_PERMISSIONS[role]] == [R.AUDITOR]


def test_several_roles_add_up_and_none_allow_nothing() -> None:
    assert may(reader_with(R.AUDITOR, R.SECRETARY), Permission.AUDIT_READ)
    assert may(reader_with(R.AUDITOR, R.SECRETARY), Permission.MINUTES_WRITE)
    assert not any(may(reader_with(), permission) for permission in Permission)


@pytest.mark.parametrize("role", AccountRole)
@pytest.mark.parametrize("kind", UnitKind)
def test_roles_that_see_the_province_are_never_held_at_a_commune(role: AccountRole, kind: UnitKind) -> None:
    commune = kind in (K.COMMUNE, K.WARD)
    if role in COMMUNAL:
        assert fits(role, kind) is commune
    elif role in PROVINCIAL:
        assert fits(role, kind) is (not commune and kind is not K.CENTRAL)
    elif role is R.CENTRAL_OFFICER:
        assert fits(role, kind) is (kind is K.CENTRAL)
    elif role in CENTRAL:
        assert fits(role, kind) is (kind in (K.CENTRAL, K.PROVINCE))


@pytest.mark.parametrize(
    ("typed", "good"), [("thuky", True), ("naduong-ct", True), ("ab", False), ("Thư ký", False), ("a b c", False)]
)
def test_user_names_are_short_and_plain(typed: str, good: bool) -> None:
    assert is_username(normal_username(typed)) is good


def test_people_are_addressed_with_a_capital() -> None:
    assert addressed("bà", "Lê Thị Minh Họa") == "Bà Lê Thị Minh Họa"
