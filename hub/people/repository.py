"""Queries of people, attendances and consent. Whoever calls has narrowed the turn or the case first; the reader is
taken so that the audit trail knows who asked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.people.models import Attendance, ConsentRecord, Person
from hub.people.rules import consent_in_force
from signaling.protocol.vocabulary import Consent


@dataclass(frozen=True)
class Present:
    """An attendance with the consent in force."""

    attendance: Attendance
    consent: Consent


class PeopleRepository:
    """Reached only through a turn or a case that was narrowed to the reader before."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def persons(self, person_ids: Collection[str]) -> dict[str, Person]:
        rows = await self._session.scalars(select(Person).where(Person.id.in_(person_ids)))
        return {person.id: person for person in rows}

    async def attendance(self, attendance_id: str) -> Attendance | None:
        return await self._session.get(Attendance, attendance_id)

    async def present(self, turn_ids: Collection[str]) -> dict[str, list[Present]]:
        """Turn id → its attendances in the order they were added, with consent. Turns without anybody are absent."""
        rows = await self._session.scalars(
            select(Attendance)
            .where(Attendance.turn_id.in_(turn_ids))
            .order_by(Attendance.created_at, Attendance.on_duty.desc(), Attendance.id)
        )
        attendances = rows.all()
        newest = await self.newest_consents([attendance.id for attendance in attendances])
        present: dict[str, list[Present]] = {}
        for attendance in attendances:
            consent = consent_in_force(attendance.on_duty, newest.get(attendance.id))
            present.setdefault(attendance.turn_id, []).append(Present(attendance, consent))
        return present

    async def has_choice(self, attendance_id: str, choice: Consent, taken_at: datetime) -> bool:
        """Whether exactly this choice is written already, for facts that come twice."""
        query = select(ConsentRecord.id).where(
            ConsentRecord.attendance_id == attendance_id,
            ConsentRecord.choice == choice,
            ConsentRecord.taken_at == taken_at,
        )
        return (await self._session.scalar(query.limit(1))) is not None

    async def newest_consents(self, attendance_ids: Sequence[str]) -> dict[str, Consent]:
        """Attendance id → what the person chose last; of two choices of one moment the one that allows less."""
        allows_less_first = case({Consent.NONE.value: 0, Consent.VOICE.value: 1}, value=ConsentRecord.choice, else_=2)
        numbered = (
            select(
                ConsentRecord.attendance_id,
                ConsentRecord.choice,
                func.row_number()
                .over(
                    partition_by=ConsentRecord.attendance_id,
                    order_by=(ConsentRecord.taken_at.desc(), allows_less_first),
                )
                .label("age"),
            )
            .where(ConsentRecord.attendance_id.in_(attendance_ids))
            .subquery()
        )
        rows = await self._session.execute(
            select(numbered.c.attendance_id, numbered.c.choice).where(numbered.c.age == 1)
        )
        return {row.attendance_id: row.choice for row in rows}
