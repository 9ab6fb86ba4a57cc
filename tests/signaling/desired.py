"""A session as the hub would describe it: a chair, a secretary, two communes with one turn each."""

import time

from signaling.protocol.hub_link import DesiredAttendance, DesiredSeat, DesiredSession, DesiredTurn
from signaling.protocol.ids import AttendanceId, SeatId, SessionId, TurnId
from signaling.protocol.vocabulary import Consent, RecordingPolicy, Role, TurnState

CHAIR, SECRETARY, CENTRAL = SeatId("chair"), SeatId("secretary"), SeatId("central")
COMMUNE_1, COMMUNE_2 = SeatId("commune1"), SeatId("commune2")
TURN_1, TURN_2 = TurnId("turn1"), TurnId("turn2")

ROLES = {
    CHAIR: Role.CHAIR,
    SECRETARY: Role.SECRETARY,
    CENTRAL: Role.CENTRAL_OFFICER,
    COMMUNE_1: Role.SITE,
    COMMUNE_2: Role.SITE,
}


def person(attendance: str, seat: SeatId, consent: Consent, name: str = "Nông Thị Mai") -> DesiredAttendance:
    return DesiredAttendance(
        attendance=AttendanceId(attendance),
        seat=seat,
        name=name,
        capacity="công dân",
        interpreter=False,
        consent=consent,
    )


def officials(turn: TurnId) -> list[DesiredAttendance]:
    return [
        person(f"{turn}-{seat}", seat, Consent.AUDIO_VIDEO, f"cán bộ {seat}") for seat in (CHAIR, SECRETARY, CENTRAL)
    ]


def a_seat(seat: SeatId, *turns: TurnId, admitted: bool = False) -> DesiredSeat:
    return DesiredSeat(
        seat=seat, name=f"tên {seat}", site=f"điểm {seat}", role=ROLES[seat], turns=list(turns), admitted=admitted
    )


def a_turn(
    turn: TurnId,
    number: int,
    *people: DesiredAttendance,
    state: TurnState = TurnState.WAITING,
    announced: bool = False,
    floor: SeatId | None = None,
    recordable: bool = True,
) -> DesiredTurn:
    return DesiredTurn(
        turn=turn,
        number=number,
        title=f"vụ việc {number}",
        state=state,
        announced=announced,
        floor=floor,
        recordable=recordable,
        people=[*officials(turn), *people],
    )


def a_session(
    *,
    generation: int = 1,
    is_open: bool = True,
    policy: RecordingPolicy = RecordingPolicy.AFTER_ANNOUNCEMENT,
    turns: list[DesiredTurn] | None = None,
    seats: list[DesiredSeat] | None = None,
    session: str = "session1",
    consent: Consent = Consent.AUDIO_VIDEO,
) -> DesiredSession:
    if seats is None:
        seats = [
            a_seat(CHAIR),
            a_seat(SECRETARY),
            a_seat(CENTRAL),
            a_seat(COMMUNE_1, TURN_1),
            a_seat(COMMUNE_2, TURN_2),
        ]
    if turns is None:
        turns = [
            a_turn(TURN_1, 1, person("mai", COMMUNE_1, consent)),
            a_turn(TURN_2, 2, person("lan", COMMUNE_2, consent)),
        ]
    return DesiredSession(
        session=SessionId(session),
        generation=generation,
        code="PH-2026-001",
        clock_zero=time.time(),
        open=is_open,
        policy=policy,
        seats=seats,
        turns=turns,
    )
