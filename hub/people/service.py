"""Rows of people, attendances and consent. The use cases that know turns and sessions are in `hub.sessions.attendance`."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime

from hub.accounts.reader import Reader
from hub.audit import service as audit
from hub.db.engine import Work
from hub.db.folding import fold
from hub.ids import new_id
from hub.people.models import Attendance, ConsentRecord, Person
from hub.people.rules import NOTICE_VERSION
from signaling.protocol.vocabulary import Consent


@dataclass(frozen=True)
class NewPerson:
    """`language` is what the person speaks best, empty for Vietnamese."""

    full_name: str
    honorific: str = "ông/bà"
    birth_year: int | None = None
    language: str = ""
    unit_id: str | None = None


def add_person(work: Work, new: NewPerson) -> Person:
    name = clean_name(new.full_name)
    person = Person(
        id=new_id(),
        full_name=name,
        name_folded=fold(name),
        honorific=new.honorific,
        birth_year=new.birth_year,
        unit_id=new.unit_id,
        language=new.language,
    )
    work.session.add(person)
    return person


def add_attendance(
    work: Work,
    reader: Reader,
    *,
    turn_id: str,
    seat_id: str,
    name: str,
    capacity: str,
    interpreter: bool = False,
    on_duty: bool = False,
    person_id: str | None = None,
    account_id: str | None = None,
) -> Attendance:
    attendance = Attendance(
        id=new_id(),
        turn_id=turn_id,
        seat_id=seat_id,
        person_id=person_id,
        account_id=account_id,
        name=clean_name(name),
        capacity=clean_name(capacity),
        interpreter=interpreter,
        on_duty=on_duty,
        created_at=work.now,
        created_by=reader.account_id,
    )
    work.session.add(attendance)
    return attendance


async def append_consent(
    work: Work, reader: Reader, attendance: Attendance, choice: Consent, taken_at: datetime, taken_by: str = ""
) -> ConsentRecord:
    """Appends a choice; earlier ones stay. `taken_by`: the seat when it was withdrawn in the room, else the reader."""
    row = ConsentRecord(
        id=new_id(),
        attendance_id=attendance.id,
        choice=choice,
        text_version=NOTICE_VERSION,
        taken_by=taken_by or reader.account_id,
        taken_at=taken_at,
    )
    work.session.add(row)
    detail = {"choice": choice.value, "notice": NOTICE_VERSION, "turn": attendance.turn_id}
    await audit.record(work, reader, "consent.recorded", "attendance", attendance.id, detail=detail)
    return row


def clean_name(text: str) -> str:
    """NFC, spaces collapsed, control and direction-changing characters out."""
    kept = "".join(
        c if unicodedata.category(c) not in ("Cc", "Cf") else " " for c in unicodedata.normalize("NFC", text)
    )
    return " ".join(kept.split())
