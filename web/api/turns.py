"""A turn, the people on its roll, and their consent to being recorded."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from hub.sessions import attendance as attendances
from hub.sessions import service as sessions
from hub.sessions.attendance import NewAttendance
from hub.sessions.schemas import PersonRow
from signaling.protocol.vocabulary import Consent, Role, TurnState
from web.access import API
from web.api.model import Id, In, Name, Out
from web.api.sessions import CaseRefOut
from web.desk import Reading, Writing

router = APIRouter(prefix=API, tags=["turns"])


class TurnSeatOut(Out):
    id: str
    name: str
    site: str
    role: Role


class PersonOut(Out):
    """`consent` of officials on duty is given by notice."""

    attendance: str
    seat: str
    name: str
    capacity: str
    interpreter: bool
    on_duty: bool
    consent: Consent


class TurnOut(Out):
    """`recordable`: whether the turn may be recorded at all. Times in seconds of session time."""

    id: str
    session: str
    number: int
    state: TurnState
    case: CaseRefOut
    announced: bool
    recordable: bool
    started_time: float | None
    ended_time: float | None
    seats: list[TurnSeatOut]
    people: list[PersonOut]


class AttendanceIn(In):
    seat: Id
    name: Name
    capacity: Annotated[str, Field(min_length=1, max_length=120)]
    interpreter: bool = False


class ConsentIn(In):
    choice: Consent


@router.get("/turns/{turn_id}")
async def get_turn(turn_id: str, desk: Reading) -> TurnOut:
    turn = await sessions.turn_for(desk.work, desk.reader, turn_id)
    people = await attendances.people_of(desk.work, desk.reader, turn_id)
    return TurnOut(
        id=turn.id,
        session=turn.session_id,
        number=turn.number,
        state=turn.state,
        case=CaseRefOut.model_validate(turn.case),
        announced=turn.announced,
        recordable=turn.recordable,
        started_time=turn.started_time,
        ended_time=turn.ended_time,
        seats=[TurnSeatOut.model_validate(seat) for seat in turn.seats],
        people=[_person_out(person) for person in people],
    )


@router.post("/turns/{turn_id}/attendances", status_code=201)
async def add_attendance(turn_id: str, body: AttendanceIn, desk: Writing) -> PersonOut:
    """Adds a person at a seat of the turn; not asked for consent yet."""
    new = NewAttendance(body.seat, body.name, body.capacity, body.interpreter)
    return _person_out(await attendances.add_attendance(desk.work, desk.reader, turn_id, new))


@router.post("/attendances/{attendance_id}/consents", status_code=201)
async def record_consent(attendance_id: str, body: ConsentIn, desk: Writing) -> PersonOut:
    """What the person chose; the newest choice counts, also during the turn."""
    return _person_out(await attendances.record_consent(desk.work, desk.reader, attendance_id, body.choice))


def _person_out(person: PersonRow) -> PersonOut:
    return PersonOut.model_validate(person)
