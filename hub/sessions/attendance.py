"""Who is at which seat in a turn, and what they chose about being recorded."""

from dataclasses import dataclass

from hub.accounts.reader import Reader
from hub.accounts.roles import PROVINCIAL, Permission, may
from hub.audit import service as audit
from hub.cases.models import CaseClass
from hub.db.engine import Subject, Work
from hub.errors import Code, Refused
from hub.people import service as people
from hub.people.models import Attendance
from hub.people.repository import PeopleRepository
from hub.people.rules import consent_in_force
from hub.sessions.desired import bump_desired
from hub.sessions.schemas import PersonRow, TurnView
from hub.sessions.service import turn_for
from signaling.protocol.vocabulary import Consent, TurnState


@dataclass(frozen=True)
class NewAttendance:
    """Somebody added at the desk. `capacity` in words ("Người làm chứng", "Phiên dịch tiếng Nùng")."""

    seat_id: str
    name: str
    capacity: str
    interpreter: bool = False


async def people_of(work: Work, reader: Reader, turn_id: str) -> list[PersonRow]:
    """Everybody on the roll of a turn, with the consent in force. Raises `NOT_FOUND`."""
    await turn_for(work, reader, turn_id)
    present = (await PeopleRepository(work.session).present([turn_id])).get(turn_id, [])
    return [_row(person.attendance, person.consent) for person in present]


async def add_attendance(work: Work, reader: Reader, turn_id: str, new: NewAttendance) -> PersonRow:
    """Adds a person at a seat of the turn; not asked for consent yet.

    Raises `NOT_FOUND`, `PERMISSION_MISSING`, `SEAT_OUTSIDE_TURN`, `TURN_OVER`, `INPUT_INVALID`.
    """
    if not may(reader, Permission.ATTENDANCE_WRITE):
        raise Refused(Code.PERMISSION_MISSING)
    turn = await turn_for(work, reader, turn_id)
    if turn.state is TurnState.ENDED:
        raise Refused(Code.TURN_OVER)
    _check_desk(reader, turn, new.seat_id)
    if not people.clean_name(new.name) or not people.clean_name(new.capacity):
        raise Refused(Code.INPUT_INVALID, field="name")
    sealed = turn.case.case_class is CaseClass.SEALED
    attendance = people.add_attendance(
        work,
        reader,
        turn_id=turn_id,
        seat_id=new.seat_id,
        name=turn.case.pseudonym if sealed and not new.interpreter else new.name,
        capacity=new.capacity,
        interpreter=new.interpreter,
    )
    await work.session.flush()
    await audit.record(work, reader, "attendance.added", "attendance", attendance.id, detail={"turn": turn_id})
    await _tell(work, turn)
    return _row(attendance, Consent.UNDECIDED)


async def record_consent(work: Work, reader: Reader, attendance_id: str, choice: Consent) -> PersonRow:
    """Appends what a person chose; the newest choice counts, also during the turn.

    Raises `NOT_FOUND`, `PERMISSION_MISSING`, `CONSENT_BY_DUTY`, `INPUT_INVALID` (undecided is not a choice).
    """
    if not may(reader, Permission.CONSENT_TAKE):
        raise Refused(Code.PERMISSION_MISSING)
    attendance = await PeopleRepository(work.session).attendance(attendance_id)
    if attendance is None:
        raise Refused(Code.NOT_FOUND)
    turn = await turn_for(work, reader, attendance.turn_id)
    _check_desk(reader, turn, attendance.seat_id)
    if attendance.on_duty:
        raise Refused(Code.CONSENT_BY_DUTY)
    if choice is Consent.UNDECIDED:
        raise Refused(Code.INPUT_INVALID, field="choice")
    await people.append_consent(work, reader, attendance, choice, work.now)
    await _tell(work, turn)
    return _row(attendance, choice)


async def consent_of(work: Work, attendance: Attendance) -> Consent:
    """The consent in force: the newest choice, or the notice for officials on duty."""
    newest = await PeopleRepository(work.session).newest_consents([attendance.id])
    return consent_in_force(attendance.on_duty, newest.get(attendance.id))


def _check_desk(reader: Reader, turn: TurnView, seat_id: str) -> None:
    """Communes and the Central office speak for the seats of their own site; the province for all of the turn."""
    seat = next((seat for seat in turn.seats if seat.id == seat_id), None)
    if seat is None:
        raise Refused(Code.SEAT_OUTSIDE_TURN)
    provincial = reader.is_system or reader.has(*PROVINCIAL)
    if not provincial and seat.site_id not in reader.site_ids:
        raise Refused(Code.PERMISSION_MISSING)


async def _tell(work: Work, turn: TurnView) -> None:
    await bump_desired(work, turn.session_id)
    work.announce(Subject.PEOPLE, turn.id, turn.session_id)


def _row(attendance: Attendance, consent: Consent) -> PersonRow:
    return PersonRow(
        attendance=attendance.id,
        turn=attendance.turn_id,
        seat=attendance.seat_id,
        name=attendance.name,
        capacity=attendance.capacity,
        interpreter=attendance.interpreter,
        on_duty=attendance.on_duty,
        consent=consent,
    )
