"""Queries of units and sites. Which organisations exist is public, so nothing is narrowed; the reader is taken all the
same, since every query has one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.accounts.reader import Reader
from hub.db.folding import like_patterns
from hub.units.models import Site, Unit, UnitKind


@dataclass(frozen=True)
class SiteView:
    """A site with what a list shows of its unit."""

    id: str
    code: str
    name: str
    unit_id: str
    unit_name: str
    kind: UnitKind


class UnitRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def units(self, reader: Reader) -> Sequence[Unit]:
        """All units: the province's first, then communes by name without marks."""
        units = (await self._session.scalars(select(Unit))).all()
        return sorted(units, key=lambda unit: (_ORDER[unit.kind], unit.name_folded, unit.code))

    async def unit(self, reader: Reader, unit_id: str) -> Unit | None:
        return await self._session.get(Unit, unit_id)

    async def sites(self, reader: Reader, query: str = "") -> list[SiteView]:
        """Sites whose unit's name holds every word of the query, in the order of `units`."""
        statement = select(Site, Unit).join(Unit, Unit.id == Site.unit_id)
        for pattern in like_patterns(query):
            statement = statement.where(literal(" ").concat(Unit.name_folded).like(pattern))
        rows = (await self._session.execute(statement)).all()
        ordered = sorted(rows, key=lambda row: (_ORDER[row[1].kind], row[1].name_folded, row[0].code))
        return [SiteView(s.id, s.code, s.name, u.id, u.name, u.kind) for s, u in ordered]

    async def sites_by_id(self, reader: Reader, site_ids: Collection[str]) -> dict[str, SiteView]:
        statement = select(Site, Unit).join(Unit, Unit.id == Site.unit_id).where(Site.id.in_(site_ids))
        rows = (await self._session.execute(statement)).all()
        return {s.id: SiteView(s.id, s.code, s.name, u.id, u.name, u.kind) for s, u in rows}

    async def site_of_unit(self, reader: Reader, unit_id: str) -> SiteView | None:
        """The unit's first site, by code."""
        statement = (
            select(Site, Unit)
            .join(Unit, Unit.id == Site.unit_id)
            .where(Site.unit_id == unit_id)
            .order_by(Site.code)
            .limit(1)
        )
        row = (await self._session.execute(statement)).one_or_none()
        return SiteView(row[0].id, row[0].code, row[0].name, row[1].id, row[1].name, row[1].kind) if row else None


_ORDER = {
    UnitKind.PROVINCE: 0,
    UnitKind.INSPECTORATE: 1,
    UnitKind.DEPARTMENT: 2,
    UnitKind.CENTRAL: 3,
    UnitKind.WARD: 4,
    UnitKind.COMMUNE: 5,
}
