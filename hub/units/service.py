"""Units and sites for lists and forms."""

from collections.abc import Sequence

from hub.accounts.reader import Reader
from hub.db.engine import Work
from hub.db.folding import fold
from hub.ids import new_id
from hub.units.models import Site, Unit, UnitKind
from hub.units.repository import SiteView, UnitRepository


async def list_units(work: Work, reader: Reader) -> Sequence[Unit]:
    return await UnitRepository(work.session).units(reader)


async def list_sites(work: Work, reader: Reader, query: str = "") -> list[SiteView]:
    return await UnitRepository(work.session).sites(reader, query)


def add_unit(work: Work, code: str, name: str, kind: UnitKind, former_district: str = "") -> Unit:
    """A unit for set-up and demo data; its site is added with `add_site`."""
    unit = Unit(id=new_id(), code=code, name=name, name_folded=fold(name), kind=kind, former_district=former_district)
    work.session.add(unit)
    return unit


def add_site(work: Work, unit: Unit, name: str, address: str = "") -> Site:
    """The first site of a unit; it shares the unit's code."""
    site = Site(id=new_id(), unit_id=unit.id, code=unit.code, name=name, address=address)
    work.session.add(site)
    return site
