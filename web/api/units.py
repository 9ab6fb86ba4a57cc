"""Organisations and their sites."""

from typing import Annotated

from fastapi import APIRouter, Query

from hub.units import service as units
from hub.units.models import UnitKind
from web.access import API
from web.api.model import Out
from web.desk import Reading

router = APIRouter(prefix=API, tags=["units"])


class UnitOut(Out):
    id: str
    code: str
    name: str
    kind: UnitKind
    former_district: str


class SiteOut(Out):
    id: str
    code: str
    name: str
    unit_id: str
    unit_name: str
    kind: UnitKind


@router.get("/units")
async def list_units(desk: Reading) -> list[UnitOut]:
    return [UnitOut.model_validate(unit) for unit in await units.list_units(desk.work, desk.reader)]


@router.get("/sites")
async def list_sites(desk: Reading, query: Annotated[str, Query(max_length=200)] = "") -> list[SiteOut]:
    """Sites whose unit's name holds every word of the query; marks may be left out."""
    return [SiteOut.model_validate(site) for site in await units.list_sites(desk.work, desk.reader, query)]
