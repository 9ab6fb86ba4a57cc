"""People of a case, their attendance at a seat in a turn, and their consent. No identity numbers are kept yet."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from hub.db.base import ID_LENGTH, Base, EnumText, UtcDateTime
from signaling.protocol.vocabulary import Consent


class Person(Base):
    """A citizen. `language` is what the person speaks best ("Nùng"), empty for Vietnamese."""

    __tablename__ = "people"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    full_name: Mapped[str] = mapped_column(String(200))
    name_folded: Mapped[str] = mapped_column(String(200), index=True)
    honorific: Mapped[str] = mapped_column(String(10))
    birth_year: Mapped[int | None]
    unit_id: Mapped[str | None] = mapped_column(ForeignKey("units.id"))
    language: Mapped[str] = mapped_column(String(40), default="")


class Attendance(Base):
    """A person at a seat in a turn: a citizen (`person_id`), or an official (`account_id`), or a name typed in.

    `capacity` in words ("Người khiếu nại", "Phiên dịch tiếng Nùng", "Chủ trì"). Officials on duty are recorded by
    notice (`on_duty`), everybody else by consent.
    """

    __tablename__ = "attendances"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    turn_id: Mapped[str] = mapped_column(ForeignKey("turns.id"), index=True)
    seat_id: Mapped[str] = mapped_column(ForeignKey("seats.id"), index=True)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    name: Mapped[str] = mapped_column(String(200))
    capacity: Mapped[str] = mapped_column(String(120))
    interpreter: Mapped[bool] = mapped_column(default=False)
    on_duty: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(ID_LENGTH))


class ConsentRecord(Base):
    """What a person chose about being recorded. Never changed: the newest row counts. `taken_by`: account, or seat
    when withdrawn in the room; `text_version`: which notice was read to the person."""

    __tablename__ = "consents"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    attendance_id: Mapped[str] = mapped_column(ForeignKey("attendances.id"), index=True)
    choice: Mapped[Consent] = mapped_column(EnumText(Consent))
    text_version: Mapped[str] = mapped_column(String(40))
    taken_by: Mapped[str] = mapped_column(String(ID_LENGTH))
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)
