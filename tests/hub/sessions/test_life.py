"""Opening, placing, what the node is told, and what its facts do."""

import pytest
from sqlalchemy import select

from hub.audit.models import AuditEntry
from hub.db.engine import Change, Subject
from hub.errors import AnyCode, Code, LiveCode, Refused
from hub.sessions import call_log
from hub.sessions.desired import bump_desired, desired_session
from hub.sessions.models import CallFact, SessionState, Transition
from hub.sessions.service import open_session, place_session, session_by_code
from signaling.protocol.hub_link import (
    DesiredSession,
    Fact,
    FactRecord,
    FloorGiven,
    RecordingAnnounced,
    SeatAdmitted,
    SeatLeft,
    SeatMuted,
    SeatSentBack,
    SeatTaken,
    SessionClosed,
    TurnEnded,
    TurnPaused,
    TurnResumed,
    TurnStarted,
)
from signaling.protocol.ids import SeatId, SessionId, TurnId
from signaling.protocol.vocabulary import Consent, LeftReason, RecordingPolicy, Role, TurnState
from tests.support.office import JOINABLE, START, Office, fact_record

BY = SeatId("chair")


async def _open(office: Office, username: str = "thuky", code: str = JOINABLE) -> None:
    async with office.work() as work:
        await open_session(work, await office.reader(username), (await office.session(code)).id)


async def _refusal(office: Office, username: str, code: str = JOINABLE) -> AnyCode:
    with pytest.raises(Refused) as refused:
        await _open(office, username, code)
    return refused.value.code


async def _desired(office: Office, generation: int = 1) -> DesiredSession:
    session = await office.session()
    async with office.work() as work:
        await place_session(work, session.id)
        return await desired_session(work, session.id, generation)


async def _apply(office: Office, *facts: Fact, generation: int = 1, at: float = 60.0, start: int = 1) -> None:
    """As the node link does: each fact into the call log first."""
    session = await office.session()
    for number, fact in enumerate(facts, start=start):
        record = fact_record(session.id, number, fact, at=at + number, generation=generation)
        async with office.work() as work:
            work.session.add(_row(record))
            await work.session.flush()
            await call_log.apply(work, record)


def _row(record: FactRecord) -> CallFact:
    return CallFact(
        node_id="node-1",
        boot=record.boot,
        number=record.number,
        session_id=record.session,
        generation=record.generation,
        kind=type(record.fact).__name__,
        at=record.at,
        wall=START,
        received_at=START,
        body="{}",
    )


async def test_the_secretary_opens_once(office: Office) -> None:
    heard: list[tuple[Change, ...]] = []
    office.database.on_change(heard.append)
    await _open(office)
    session = await office.session()
    assert (session.state, session.start_actual) == (SessionState.OPEN, office.clock.now)
    assert {change.subject for change in heard[0]} == {Subject.SESSION, Subject.DESIRED}
    assert await _refusal(office, "thuky") is Code.SESSION_ALREADY_OPEN
    async with office.database.reading() as work:
        query = select(AuditEntry).where(AuditEntry.action == "session.opened")
        assert (await work.session.scalars(query)).one().object_id == session.id


@pytest.mark.parametrize("username", ["lanhdao", "dieuphoi"])
async def test_the_chair_and_the_dispatcher_open_too(office: Office, username: str) -> None:
    await _open(office, username)
    assert (await office.session()).state is SessionState.OPEN


async def test_others_do_not_open_and_a_closed_session_stays_closed(office: Office) -> None:
    for username in ("naduong", "trunguong", "chutich", "rasoat"):
        assert await _refusal(office, username) is Code.PERMISSION_MISSING
    assert await _refusal(office, "chilang") is Code.NOT_FOUND
    assert await _refusal(office, "thuky", "PH-2026-012") is LiveCode.SESSION_CLOSED


async def test_placing_fixes_session_time_once(office: Office) -> None:
    session = await office.session()
    async with office.work() as work:
        placed = await place_session(work, session.id)
        zero = placed.clock_zero
        assert (placed.state, zero) == (SessionState.LOBBY, work.now)
    office.clock.advance(100)
    async with office.work() as work:
        assert (await place_session(work, session.id)).clock_zero == zero


async def test_a_session_of_tomorrow_is_not_joinable_yet(office: Office) -> None:
    session = await office.session("PH-2026-018")
    before = (session.start_plan - START).total_seconds() - 3600
    office.clock.advance(before - 1)
    with pytest.raises(Refused) as refused:
        async with office.work() as work:
            await place_session(work, session.id)
    assert refused.value.code is Code.SESSION_NOT_JOINABLE
    office.clock.advance(2)
    async with office.work() as work:
        assert (await place_session(work, session.id)).state is SessionState.LOBBY


async def test_the_node_is_told_seats_turns_people_and_consent(office: Office) -> None:
    desired = await _desired(office, generation=3)
    assert (desired.code, desired.generation, desired.open) == (JOINABLE, 3, False)
    assert desired.policy is RecordingPolicy.AFTER_ANNOUNCEMENT
    assert desired.clock_zero == pytest.approx(START.timestamp() + 0.001)
    seats = {seat.name: seat for seat in desired.seats}
    first, second = desired.turns
    assert (seats["Ông Đỗ Quang Thử"].role, seats["Ông Đỗ Quang Thử"].turns) == (Role.CHAIR, [])
    assert seats["Xã Hữu Lũng"].turns == [second.turn]
    assert seats["Ban Tiếp công dân Trung ương"].turns == [first.turn, second.turn]
    assert seats["Xã Na Dương"].site == "UBND xã Na Dương"
    assert first.title == "LS-2026-0001 · Đơn giá bồi thường đất trồng rừng"
    assert first.recordable
    consents = {person.name: person.consent for person in first.people}
    assert consents["Ông Đỗ Quang Thử"] is Consent.AUDIO_VIDEO
    assert consents["Ông Hoàng Văn Slình"] is Consent.UNDECIDED
    assert [person.name for person in first.people if person.interpreter] == ["Bà Hoàng Thị Ví Dụ"]


async def test_the_node_never_hears_the_name_of_a_sealed_case(office: Office) -> None:
    session = await office.session("PH-2026-014")
    async with office.work() as work:
        desired = await desired_session(work, session.id, 1)
    (turn,) = desired.turns
    assert turn.title == "LS-2026-0006 · Công dân 06"
    assert not turn.recordable
    assert desired.policy is RecordingPolicy.NEVER
    assert "Ẩn" not in str(desired)
    assert "khai khống" not in str(desired)


async def test_a_session_that_was_never_placed_has_no_desired_state(office: Office) -> None:
    for session_id in ((await office.session()).id, "none"):
        with pytest.raises(Refused) as refused:
            async with office.work() as work:
                await desired_session(work, session_id, 1)
        assert refused.value.code is Code.NOT_FOUND


async def test_a_bump_counts_up_and_is_heard_after_the_commit(office: Office) -> None:
    session = await office.session()
    heard: list[tuple[Change, ...]] = []
    office.database.on_change(heard.append)
    async with office.work() as work:
        await bump_desired(work, session.id)
        assert heard == []
    assert heard == [(Change(Subject.DESIRED, session.id, session.id),)]
    assert (await office.session()).desired_revision == session.desired_revision + 1


async def test_a_turn_runs_pauses_and_ends_as_the_node_says(office: Office) -> None:
    await _open(office)
    turn = TurnId((await office.turns())[0].id)
    await _apply(office, TurnStarted(turn=turn, by=BY), TurnPaused(turn=turn, by=BY, reason="mất điện"))
    assert (await office.turns())[0].state is TurnState.PAUSED
    await _apply(office, TurnResumed(turn=turn, by=BY), TurnEnded(turn=turn, by=BY), start=3)
    row = (await office.turns())[0]
    assert (row.state, row.started_time, row.ended_time) == (TurnState.ENDED, 61.0, 64.0)
    async with office.database.reading() as work:
        query = select(Transition).where(Transition.turn_id == turn).order_by(Transition.at)
        steps = (await work.session.scalars(query)).all()
    assert [(step.event, step.before, step.after, step.reason) for step in steps] == [
        ("started", "waiting", "running", ""),
        ("paused", "running", "paused", "mất điện"),
        ("resumed", "paused", "running", ""),
        ("ended", "running", "ended", ""),
    ]


async def test_the_same_fact_twice_changes_nothing_more(office: Office) -> None:
    turn = TurnId((await office.turns())[0].id)
    record = fact_record((await office.session()).id, 1, TurnStarted(turn=turn, by=BY))
    for _ in range(2):
        async with office.work() as work:
            await call_log.apply(work, record)
    async with office.database.reading() as work:
        query = select(Transition.id).where(Transition.turn_id == turn)
        assert len((await work.session.scalars(query)).all()) == 1


async def test_seats_connect_are_admitted_and_leave(office: Office) -> None:
    seat = SeatId((await office.seat("Xã Na Dương")).id)
    await _apply(
        office, SeatTaken(seat=seat, resumed=False), SeatAdmitted(seat=seat, by=BY), SeatMuted(seat=seat, by=BY)
    )
    row = await office.seat("Xã Na Dương")
    assert (row.connected, row.admitted) == (True, True)
    await _apply(office, SeatLeft(seat=seat, reason=LeftReason.TAKEN_OVER), start=4)
    assert (await office.seat("Xã Na Dương")).connected
    await _apply(office, SeatLeft(seat=seat, reason=LeftReason.LOST), SeatSentBack(seat=seat, by=BY), start=5)
    row = await office.seat("Xã Na Dương")
    assert (row.connected, row.admitted) == (False, False)


async def test_the_floor_and_the_announcement_survive_a_new_generation(office: Office) -> None:
    turn, seat = TurnId((await office.turns())[0].id), SeatId((await office.seat("Xã Na Dương")).id)
    await _apply(
        office,
        TurnStarted(turn=turn, by=BY),
        SeatAdmitted(seat=seat, by=BY),
        RecordingAnnounced(turn=turn, by=BY),
        FloorGiven(turn=turn, seat=seat, by=BY),
    )
    desired = await _desired(office, generation=2)
    first = desired.turns[0]
    assert (first.state, first.announced, first.floor) == (TurnState.RUNNING, True, seat)
    assert [one.seat for one in desired.seats if one.admitted] == [seat]


async def test_a_late_fact_of_an_older_generation_moves_nothing_but_an_end(office: Office) -> None:
    turn, seat = TurnId((await office.turns())[0].id), SeatId((await office.seat("Xã Na Dương")).id)
    await _apply(office, TurnStarted(turn=turn, by=BY), SeatTaken(seat=seat, resumed=False))
    await _apply(office, SeatTaken(seat=seat, resumed=False), generation=2, at=100)
    await _apply(
        office,
        TurnPaused(turn=turn, by=BY, reason=""),
        SeatLeft(seat=seat, reason=LeftReason.LOST),
        FloorGiven(turn=turn, seat=seat, by=BY),
        start=3,
    )
    row = (await office.turns())[0]
    assert (row.state, row.floor_seat_id) == (TurnState.RUNNING, None)
    assert (await office.seat("Xã Na Dương")).connected
    await _apply(office, TurnEnded(turn=turn, by=BY), start=6)
    assert (await office.turns())[0].state is TurnState.ENDED


async def test_closing_ends_the_running_turn_and_empties_the_seats(office: Office) -> None:
    await _open(office)
    first, second = await office.turns()
    seat = SeatId((await office.seat("Xã Na Dương")).id)
    await _apply(
        office,
        SeatTaken(seat=seat, resumed=False),
        TurnStarted(turn=TurnId(first.id), by=BY),
        SessionClosed(by=BY),
        SessionClosed(by=BY),
    )
    session = await office.session()
    assert session.state is SessionState.CLOSED
    assert session.end_actual is not None
    first, second = await office.turns()
    assert (first.state, second.state) == (TurnState.ENDED, TurnState.WAITING)
    assert not (await office.seat("Xã Na Dương")).connected
    assert await _refusal(office, "thuky") is LiveCode.SESSION_CLOSED


async def test_facts_about_things_that_are_not_there_are_taken_in_silence(office: Office) -> None:
    other = (await office.turns("PH-2026-016"))[0]
    await _apply(
        office,
        SeatTaken(seat=SeatId("none"), resumed=False),
        TurnStarted(turn=TurnId("none"), by=BY),
        TurnStarted(turn=TurnId(other.id), by=BY),
        FloorGiven(turn=TurnId("none"), seat=None, by=BY),
        RecordingAnnounced(turn=TurnId("none"), by=BY),
    )
    async with office.work() as work:
        await call_log.apply(work, fact_record(SessionId("none"), 1, SessionClosed(by=BY)))
    assert (await office.turns("PH-2026-016"))[0].state is TurnState.WAITING


async def test_when_a_nodes_process_is_gone_nobody_is_connected(office: Office) -> None:
    session, seat = await office.session(), SeatId((await office.seat("Xã Na Dương")).id)
    await _apply(office, SeatTaken(seat=seat, resumed=False), SeatAdmitted(seat=seat, by=BY))
    async with office.work() as work:
        await call_log.node_gone(work, session.id)
    row = await office.seat("Xã Na Dương")
    assert (row.connected, row.admitted) == (False, True)


async def test_a_session_is_found_by_its_code_by_those_who_may_see_it(office: Office) -> None:
    async with office.database.reading() as work:
        assert (await session_by_code(work, await office.reader("thuky"), JOINABLE)).code == JOINABLE
        with pytest.raises(Refused):
            await session_by_code(work, await office.reader("thuky"), "PH-2026-014")
