"""Who may read which case: the pure rule, and the SQL clause held against it."""

import itertools

import pytest
from sqlalchemy import select

from hub.accounts.models import AccountRole
from hub.accounts.reader import Reader
from hub.cases import rules
from hub.cases.models import Case, CaseClass, CaseKind, CaseReader, CaseUnit
from hub.cases.repository import CaseRepository, visible
from tests.support.office import Office

R, C = AccountRole, CaseClass
HOME, WORKING, ELSEWHERE = "home", "working", "elsewhere"


def reader(*roles: AccountRole, unit: str = ELSEWHERE, account: str = "somebody") -> Reader:
    return Reader(
        account_id=account,
        full_name="",
        honorific="",
        title="",
        roles=frozenset(roles),
        unit_ids=frozenset({unit}),
        site_ids=frozenset(),
        sign_in="",
        address="",
        demo=False,
    )


def _case(case_class: CaseClass, *readers: str) -> rules.CaseFacts:
    return rules.CaseFacts(case_class, frozenset({HOME, WORKING}), frozenset(readers))


#: role → (normal elsewhere, normal of own unit, restricted, sealed), none of them named
MATRIX: dict[AccountRole, tuple[bool, bool, bool, bool]] = {
    R.LEADER: (True, True, True, False),
    R.SECRETARY: (True, True, False, False),
    R.REVIEWER: (True, True, False, False),
    R.RECORDS_CLERK: (True, True, False, False),
    R.DISPATCHER: (True, True, False, False),
    R.RECEIVING_OFFICER: (True, True, True, False),
    R.COMMUNE_OFFICER: (False, True, False, False),
    R.SITE_HEAD: (False, True, False, False),
    R.DEPARTMENT: (False, True, False, False),
    R.INSPECTOR: (True, True, True, False),
    R.CENTRAL_OFFICER: (False, True, False, False),
    R.TASK_GROUP_MEMBER: (False, True, False, False),
    R.AUDITOR: (False, False, False, False),
    R.ADMIN: (False, False, False, False),
}


def test_the_matrix_has_a_row_for_every_role() -> None:
    assert set(MATRIX) == set(AccountRole)


@pytest.mark.parametrize("role", AccountRole)
def test_what_a_role_reads_without_being_named(role: AccountRole) -> None:
    assert (
        rules.may_read(reader(role), _case(C.NORMAL)),
        rules.may_read(reader(role, unit=HOME), _case(C.NORMAL)),
        rules.may_read(reader(role, unit=HOME), _case(C.RESTRICTED)),
        rules.may_read(reader(role, unit=HOME), _case(C.SEALED)),
    ) == MATRIX[role]


@pytest.mark.parametrize("case_class", CaseClass)
@pytest.mark.parametrize("role", AccountRole)
def test_named_readers_read_whatever_the_class_except_auditors_and_administrators(
    role: AccountRole, case_class: CaseClass
) -> None:
    named = rules.may_read(reader(role), _case(case_class, "somebody"))
    assert named is (role not in (R.AUDITOR, R.ADMIN))


def test_a_person_without_roles_reads_nothing() -> None:
    assert not rules.may_read(reader(), _case(C.NORMAL, "somebody"))


async def test_the_sql_clause_says_the_same_as_the_rule_for_every_case_and_reader(each_office: Office) -> None:
    """Every class, with and without a unit at work and a named reader, against every role in every place."""
    office = each_office
    template, home, working = await office.case(1), await office.site("06526"), await office.site("06385")
    named = await office.account("thuky")
    facts: dict[str, rules.CaseFacts] = {}
    async with office.work() as work:
        options = itertools.product(CaseClass, (False, True), (False, True))
        for number, (case_class, at_work, is_named) in enumerate(options, start=900):
            values = {column.name: getattr(template, column.name) for column in Case.__table__.columns}
            values |= {"id": f"c{number}", "code": f"LS-2026-{number:04d}", "case_class": case_class}
            work.session.add(Case(**values | {"unit_id": home.unit_id}))
            await work.session.flush()
            units = {home.unit_id}
            if at_work:
                units.add(working.unit_id)
                work.session.add(CaseUnit(case_id=f"c{number}", unit_id=working.unit_id))
            if is_named:
                work.session.add(
                    CaseReader(case_id=f"c{number}", account_id=named, reason="", granted_by="", granted_at=work.now)
                )
            readers = frozenset({named}) if is_named else frozenset()
            facts[f"c{number}"] = rules.CaseFacts(case_class, frozenset(units), readers)
    places = (home.unit_id, working.unit_id, (await office.site("06463")).unit_id)
    pairs = [(first, second) for first in (R.AUDITOR, R.COMMUNE_OFFICER, R.LEADER) for second in AccountRole]
    everybody = [
        reader(*roles, unit=unit, account=account)
        for roles in [(), *pairs]
        for unit in places
        for account in (named, "somebody")
    ]
    async with office.database.reading() as work:
        for one in [*everybody, Reader.for_system("test")]:
            found = set(await work.session.scalars(select(Case.id).where(Case.id.in_(facts), visible(one))))
            assert found == {case_id for case_id, case in facts.items() if rules.may_read(one, case)}, one
        assert set(await CaseRepository(work.session).readable(everybody[0], facts.keys())) == set()


def test_denunciations_are_sealed_whatever_was_asked_for() -> None:
    assert rules.class_of(CaseKind.DENUNCIATION, C.NORMAL) is C.SEALED
    assert rules.class_of(CaseKind.COMPLAINT, None) is C.NORMAL
    assert rules.class_of(CaseKind.COMPLAINT, C.RESTRICTED) is C.RESTRICTED


def test_codes_are_counted_by_year() -> None:
    assert rules.next_code("LS", 2026, None, 4) == "LS-2026-0001"
    assert rules.next_code("LS", 2026, "LS-2026-0012", 4) == "LS-2026-0013"
    assert rules.next_code("PH", 2026, "PH-2026-999", 3) == "PH-2026-1000"


def test_the_name_on_a_screen_is_a_pseudonym_where_the_case_is_sealed() -> None:
    assert rules.display_name(C.SEALED, "Công dân 06", ["Ông Mạc Văn Ẩn"], 1) == "Công dân 06"
    assert rules.display_name(C.NORMAL, "", ["Ông A"], 1) == "Ông A"
    assert rules.display_name(C.NORMAL, "", ["Ông A", "Bà B"], 9) == "Ông A và 8 người"
    assert rules.display_name(C.NORMAL, "", [], 1) == ""
    assert rules.pseudonym_for("LS-2026-0006") == "Công dân 06"
