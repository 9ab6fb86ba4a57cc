"""The units of Lạng Sơn since 1 July 2025 and the offices they meet with, each with one site.

The 65 communes and wards come from the list beside this file (Resolution 1672/NQ-UBTVQH15; codes of the General
Statistics Office). These are real organisations: a new installation has them, with or without demo data.
"""

import csv
import unicodedata
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import select

from hub.db.engine import Work
from hub.units.models import Unit, UnitKind
from hub.units.service import add_site, add_unit

COMMUNES = Path(__file__).with_name("langson_communes.csv")

#: Codes of the offices, for set-up and demo data.
PROVINCE, INSPECTORATE, ENVIRONMENT, CENTRAL = "TINH", "THANHTRA", "SNNMT", "TRUNGUONG"

#: code, unit, kind, site, address
OFFICES = (
    (PROVINCE, "UBND tỉnh Lạng Sơn", UnitKind.PROVINCE, "Trụ sở Tiếp công dân tỉnh", "Phường Lương Văn Tri, Lạng Sơn"),
    (INSPECTORATE, "Thanh tra tỉnh", UnitKind.INSPECTORATE, "Thanh tra tỉnh", "Phường Lương Văn Tri, Lạng Sơn"),
    (ENVIRONMENT, "Sở Nông nghiệp và Môi trường", UnitKind.DEPARTMENT, "Sở Nông nghiệp và Môi trường", "Lạng Sơn"),
    (
        CENTRAL,
        "Ban Tiếp công dân Trung ương",
        UnitKind.CENTRAL,
        "Trụ sở Tiếp công dân Trung ương",
        "Số 1 Ngô Thì Nhậm, Hà Đông, Hà Nội",
    ),
)

_KINDS = {"xa": UnitKind.COMMUNE, "phuong": UnitKind.WARD}


async def ensure_province(work: Work) -> Mapping[str, Unit]:
    """All units by code; those that are missing are made, with their site."""
    known = {unit.code: unit for unit in await work.session.scalars(select(Unit))}
    sites: list[tuple[Unit, str, str]] = []
    for code, name, kind, site, address in OFFICES:
        if code not in known:
            known[code] = add_unit(work, code, name, kind)
            sites.append((known[code], site, address))
    with COMMUNES.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["code"] in known:
                continue
            name = unicodedata.normalize("NFC", row["name"])
            unit = add_unit(work, row["code"], name, _KINDS[row["type"]], row["former_district"])
            known[row["code"]] = unit
            sites.append((unit, f"UBND {name[0].lower()}{name[1:]}", ""))
    await work.session.flush()
    for unit, site, address in sites:
        add_site(work, unit, site, address)
    await work.session.flush()
    return known
