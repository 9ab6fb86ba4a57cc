"""The 65 communes and wards, and the offices they meet with."""

from sqlalchemy import func, select

from hub.accounts.reader import Reader
from hub.db.engine import Database
from hub.units.models import Site, Unit, UnitKind
from hub.units.province import ensure_province
from hub.units.service import list_sites, list_units
from tests.support.office import Office

_ANYBODY = Reader.for_system("test")


async def test_a_new_database_gets_all_units_once(database: Database) -> None:
    for _ in range(2):
        async with database.unit_of_work() as work:
            units = await ensure_province(work)
        async with database.reading() as work:
            assert len(units) == 69
            assert await work.session.scalar(select(func.count(Unit.id))) == 69
            assert await work.session.scalar(select(func.count(Site.id))) == 69
    kinds = [unit.kind for unit in units.values()]
    assert (kinds.count(UnitKind.COMMUNE), kinds.count(UnitKind.WARD)) == (61, 4)
    assert units["06172"].name == "Xã Hoàng Văn Thụ"


async def test_the_list_begins_with_the_province_and_sorts_without_marks(office: Office) -> None:
    async with office.database.reading() as work:
        names = [unit.name for unit in await list_units(work, _ANYBODY)]
    assert names[:4] == [
        "UBND tỉnh Lạng Sơn",
        "Thanh tra tỉnh",
        "Sở Nông nghiệp và Môi trường",
        "Ban Tiếp công dân Trung ương",
    ]
    assert names[4:9] == ["Phường Đông Kinh", "Phường Kỳ Lừa", "Phường Lương Văn Tri", "Phường Tam Thanh", "Xã Ba Sơn"]


async def test_a_site_is_found_by_words_without_marks(office: Office) -> None:
    async with office.database.reading() as work:
        assert [site.name for site in await list_sites(work, _ANYBODY, "na duong")] == ["UBND xã Na Dương"]
        assert [site.unit_name for site in await list_sites(work, _ANYBODY, "Quý Hoà")] == ["Xã Quý Hòa"]
        assert len(await list_sites(work, _ANYBODY)) == 69
        assert await list_sites(work, _ANYBODY, "khong co") == []
