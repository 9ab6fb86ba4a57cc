"""Making accounts."""

import pytest

from hub.accounts import passwords
from hub.accounts.models import AccountRole
from hub.accounts.reader import Reader
from hub.accounts.service import NewAccount, create_account, list_officials
from hub.errors import Code, Refused
from hub.units.province import PROVINCE
from tests.support.office import Office


async def _new(office: Office, username: str, role: AccountRole, site: str = "06526") -> NewAccount:
    unit = (await office.site(site)).unit_id
    return NewAccount(username, "Hoàng Văn Mới", "ông", "Công chức", unit, "hash", [(role, unit)])


async def test_an_administrator_makes_an_account_with_its_role(office: Office) -> None:
    new = await _new(office, "moi.na-duong", AccountRole.COMMUNE_OFFICER)
    async with office.work() as work:
        await create_account(work, await office.reader("quantri"), new)
    reader = await office.reader("moi.na-duong")
    assert reader.roles == {AccountRole.COMMUNE_OFFICER}
    assert reader.site_ids == {(await office.site("06526")).id}


@pytest.mark.parametrize(
    ("username", "role", "site", "code"),
    [
        ("thuky", AccountRole.COMMUNE_OFFICER, "06526", Code.ACCOUNT_EXISTS),
        ("có dấu", AccountRole.COMMUNE_OFFICER, "06526", Code.INPUT_INVALID),
        ("secretary", AccountRole.SECRETARY, "06526", Code.ROLE_UNFIT),
        ("head", AccountRole.SITE_HEAD, PROVINCE, Code.ROLE_UNFIT),
    ],
)
async def test_names_that_are_taken_and_roles_that_do_not_fit_are_refused(
    office: Office, username: str, role: AccountRole, site: str, code: Code
) -> None:
    new = await _new(office, username, role, site)
    with pytest.raises(Refused) as refused:
        async with office.work() as work:
            await create_account(work, Reader.for_system("cli"), new)
    assert refused.value.code is code


async def test_a_unit_that_does_not_exist_is_refused(office: Office) -> None:
    new = NewAccount("moi", "Hoàng Văn Mới", "ông", "", "nowhere", "hash", [])
    with pytest.raises(Refused) as refused:
        async with office.work() as work:
            await create_account(work, Reader.for_system("cli"), new)
    assert refused.value.code is Code.UNIT_UNKNOWN


async def test_nobody_else_makes_accounts(office: Office) -> None:
    new = await _new(office, "moi", AccountRole.COMMUNE_OFFICER)
    with pytest.raises(Refused) as refused:
        async with office.work() as work:
            await create_account(work, await office.reader("thuky"), new)
    assert refused.value.code is Code.PERMISSION_MISSING


async def test_planners_see_who_can_preside(office: Office) -> None:
    async with office.database.reading() as work:
        chairs = await list_officials(work, await office.reader("thuky"), AccountRole.LEADER, AccountRole.SITE_HEAD)
        assert [one.full_name for one in chairs][:2] == ["Hà Văn Giả Sử", "Nông Văn Mẫu"]
        with pytest.raises(Refused):
            await list_officials(work, await office.reader("naduong"))


async def test_a_password_fits_its_own_hash_only() -> None:
    made = await passwords.hash_password("đường-lên-núi-2026")
    assert made.startswith("$argon2id$")
    assert await passwords.verify(made, "đường-lên-núi-2026")
    assert not await passwords.verify(made, "đường-lên-núi-2027")
    assert not await passwords.verify(None, "đường-lên-núi-2026")
    assert not await passwords.verify("not a hash", "x")
