"""Cases (vụ việc), who they concern, which units work on them, and the named readers of closed ones."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub.db.base import ID_LENGTH, Base, EnumText, UtcDateTime


class CaseKind(StrEnum):
    """Domain dossier, section 1. `PETITION` is kiến nghị, `FEEDBACK` phản ánh."""

    COMPLAINT = "complaint"
    DENUNCIATION = "denunciation"
    PETITION = "petition"
    FEEDBACK = "feedback"


class CaseClass(StrEnum):
    """Who may know that a case exists. Denunciations are sealed."""

    NORMAL = "normal"
    RESTRICTED = "restricted"
    SEALED = "sealed"


class CaseLabelKind(StrEnum):
    MASS = "mass"  # đông người
    COMPLEX = "complex"  # phức tạp
    PROLONGED = "prolonged"  # kéo dài
    OVER_LEVEL = "over_level"  # vượt cấp
    HOTSPOT = "hotspot"  # điểm nóng


class Case(Base):
    """`pseudonym` ("Công dân 06") stands for the people of a sealed case wherever a name would be shown."""

    __tablename__ = "cases"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    kind: Mapped[CaseKind] = mapped_column(EnumText(CaseKind))
    case_class: Mapped[CaseClass] = mapped_column(EnumText(CaseClass), index=True)
    field: Mapped[str] = mapped_column(String(120))
    instance: Mapped[int | None]
    subject: Mapped[str] = mapped_column(String(300))
    summary: Mapped[str] = mapped_column(Text)
    search_folded: Mapped[str] = mapped_column(Text)
    unit_id: Mapped[str | None] = mapped_column(ForeignKey("units.id"), index=True)
    people_count: Mapped[int] = mapped_column(default=1)
    stage: Mapped[str] = mapped_column(String(120))
    next_deadline: Mapped[date | None]
    pseudonym: Mapped[str] = mapped_column(String(60), default="")
    created_by: Mapped[str] = mapped_column(String(ID_LENGTH))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)


class CaseParty(Base):
    """A person of a case. `capacity`: "Người khiếu nại", "Đại diện", "Người bị khiếu nại"."""

    __tablename__ = "case_parties"
    __table_args__ = (UniqueConstraint("case_id", "person_id"),)

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    capacity: Mapped[str] = mapped_column(String(120))
    position: Mapped[int] = mapped_column(default=0)


class CaseUnit(Base):
    """A unit that works on a case besides the commune it comes from; its people may read normal cases."""

    __tablename__ = "case_units"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    unit_id: Mapped[str] = mapped_column(ForeignKey("units.id"), primary_key=True)


class CaseReader(Base):
    """A named reader of a restricted or sealed case."""

    __tablename__ = "case_readers"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(String(300))
    granted_by: Mapped[str] = mapped_column(String(ID_LENGTH))
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CaseLabel(Base):
    """Labels sit on cases, never on people, with criterion, author, reason and a day to look again."""

    __tablename__ = "case_labels"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    label: Mapped[CaseLabelKind] = mapped_column(EnumText(CaseLabelKind))
    reason: Mapped[str] = mapped_column(String(300))
    author: Mapped[str] = mapped_column(String(ID_LENGTH))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    review_on: Mapped[date | None]
