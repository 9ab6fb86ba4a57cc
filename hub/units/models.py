"""Units (organisations) and sites (điểm cầu)."""

from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from hub.db.base import ID_LENGTH, Base, EnumText


class UnitKind(StrEnum):
    PROVINCE = "province"  # UBND tỉnh, with its reception office
    COMMUNE = "commune"
    WARD = "ward"
    DEPARTMENT = "department"
    INSPECTORATE = "inspectorate"
    CENTRAL = "central"  # Trụ sở Tiếp công dân Trung ương


class Unit(Base):
    """`code`: GSO five-digit code for communes and wards, a short word for others. `name` in full: "Xã Na Dương"."""

    __tablename__ = "units"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    name_folded: Mapped[str] = mapped_column(String(200), index=True)
    kind: Mapped[UnitKind] = mapped_column(EnumText(UnitKind))
    former_district: Mapped[str] = mapped_column(String(100), default="")


class Site(Base):
    """A connected place of a unit. `code` equals the unit's unless a unit has several."""

    __tablename__ = "sites"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    unit_id: Mapped[str] = mapped_column(ForeignKey("units.id"), index=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(300), default="")
