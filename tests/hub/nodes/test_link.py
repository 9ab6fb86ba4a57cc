"""The hub's end of the link, spoken to over a real websocket by the protocol's own messages."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update
from websockets.exceptions import ConnectionClosed

from hub.accounts.models import SignIn, SignInKind
from hub.accounts.reader import Reader
from hub.archive.models import Journal, Recording, RecordingRowState, Segment
from hub.audit.models import AuditEntry
from hub.errors import Code, Refused
from hub.ids import new_id
from hub.jobs.models import Job, JobKind
from hub.nodes.models import ClockAnchor, Node, Placement
from hub.sessions.models import CallFact, Seat, Session, SessionState, Turn
from signaling.protocol import join_pass
from signaling.protocol.errors import Code as LiveCode
from signaling.protocol.hub_link import (
    ChainHead,
    DesiredState,
    Facts,
    LinkPing,
    LinkPong,
    LinkWelcome,
    RecordingStarted,
    RecordingStopped,
    SeatAdmitted,
    SeatTaken,
    SegmentClosed,
    SessionClosed,
    TurnEnded,
    TurnStarted,
)
from signaling.protocol.ids import RecordingId, SeatId, TurnId
from signaling.protocol.vocabulary import Role, TurnState
from tests.hub.nodes.conftest import LiveOffice, Planned, on_both_engines, plan_session

SYSTEM = Reader.for_system("rehearsal")


async def join(office: LiveOffice, planned: Planned):
    return await office.nodes.join(SYSTEM, planned.session, planned.site_seat)


async def one(office: LiveOffice, query):
    async with office.database.reading() as work:
        return await work.session.scalar(query)


# --- greeting ------------------------------------------------------------------------------------------------------


async def test_node_is_welcomed_with_the_public_key_and_origins(office: LiveOffice) -> None:
    node = await office.dial("boot-a")
    welcome = await node.hear()
    assert welcome == LinkWelcome(pass_key=office.nodes.keys.pass_public_key, origins=office.settings.origins)
    assert (await node.hear_of(DesiredState)).sessions == []


@pytest.mark.parametrize("key", ["", "wrong", "Bearer"])
async def test_wrong_key_is_refused_before_anything_is_said(office: LiveOffice, key: str) -> None:
    node = await office.dial("boot-a", key=key)
    with pytest.raises(ConnectionClosed):
        await node.hear()
    assert [refused.code for refused in office.refusals] == [Code.NODE_KEY_REFUSED]
    assert not office.nodes.connected


@pytest.mark.parametrize("data", [b"{", b'{"type":"facts","facts":[]}', b'{"type":"node-hello"}', b"\xff\xfe"])
async def test_who_does_not_greet_is_refused(office: LiveOffice, data: bytes) -> None:
    node = await office.dial("boot-a", hello=False)
    await node.socket.send(data)
    with pytest.raises(ConnectionClosed):
        await node.hear()
    assert [refused.code for refused in office.refusals] == [Code.INPUT_INVALID]


async def test_newest_link_of_a_node_counts(office: LiveOffice) -> None:
    old, _ = await office.link("boot-a")
    new, _ = await office.link("boot-a")
    with pytest.raises(ConnectionClosed):
        while True:
            await old.hear()
    assert office.nodes.connected
    await new.report(new.record("nowhere", SeatTaken(seat=SeatId("s"), resumed=False)))


async def test_garbage_ends_the_link_and_the_node_may_dial_again(office: LiveOffice) -> None:
    node, _ = await office.link("boot-a")
    await node.socket.send(b"not json")
    with pytest.raises(ConnectionClosed):
        while True:
            await node.hear()
    await office.link("boot-a")


# --- passes and placement ------------------------------------------------------------------------------------------


async def test_first_pass_places_the_session_and_the_node_hears_of_it_before_the_pass_is_out(
    office: LiveOffice, planned: Planned
) -> None:
    node, empty = await office.link("boot-a")
    assert empty.sessions == []
    ticket = await join(office, planned)
    desired = await node.hear_of(DesiredState)
    (session,) = desired.sessions
    assert (session.session, session.generation, session.open) == (planned.session, 1, False)
    assert {seat.seat for seat in session.seats} == {planned.chair_seat, planned.site_seat}
    claims = join_pass.verify(ticket.pass_text, office.nodes.keys.pass_key.public_key(), time.time())
    assert (claims.session, claims.seat, claims.role, claims.generation) == (
        planned.session,
        planned.site_seat,
        Role.SITE,
        1,
    )
    assert claims.node == office.settings.node_id
    assert 0 < claims.expires - time.time() <= join_pass.PASS_LIFETIME
    assert await one(office, select(Session.state)) is SessionState.LOBBY
    assert abs(session.clock_zero - time.time()) < 60


async def test_second_pass_keeps_the_placement(office: LiveOffice, planned: Planned) -> None:
    await office.link("boot-a")
    first, second = await join(office, planned), await join(office, planned)
    assert (first.generation, second.generation) == (1, 1)
    assert first.pass_text != second.pass_text
    assert await one(office, select(func.count()).select_from(Placement)) == 1


@on_both_engines
async def test_passes_asked_for_at_once_place_the_session_once(office: LiveOffice, planned: Planned) -> None:
    await office.link("boot-a")
    tickets = await asyncio.gather(*[join(office, planned) for _ in range(6)])
    assert {ticket.generation for ticket in tickets} == {1}


async def test_issue_of_a_pass_is_in_the_audit_log(office: LiveOffice, planned: Planned) -> None:
    await office.link("boot-a")
    await join(office, planned)
    entry = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "session.join_pass")
    assert await one(office, entry) == 1


async def test_without_a_node_the_refusal_says_so_and_nothing_is_placed(
    office: LiveOffice, planned: Planned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.nodes.live.NODE_WAIT_TIMEOUT", 0.2)
    with pytest.raises(Refused) as refused:
        await join(office, planned)
    assert refused.value.code is Code.NODE_UNAVAILABLE
    assert await one(office, select(func.count()).select_from(Placement)) == 0
    assert await one(office, select(Session.state)) is SessionState.PLANNED


async def test_person_waits_for_a_node_that_is_just_starting(office: LiveOffice, planned: Planned) -> None:
    asking = asyncio.create_task(join(office, planned))
    await office.link("boot-a")
    assert (await asking).generation == 1


async def test_session_of_tomorrow_cannot_be_entered_yet(office: LiveOffice) -> None:
    await office.link("boot-a")
    planned = await plan_session(office.database, starts_in=timedelta(days=1))
    with pytest.raises(Refused) as refused:
        await join(office, planned)
    assert refused.value.code is Code.SESSION_NOT_JOINABLE


async def test_closed_session_gives_no_pass(office: LiveOffice, planned: Planned) -> None:
    node, _ = await office.link("boot-a")
    await join(office, planned)
    async with office.database.unit_of_work() as work:
        await work.session.execute(update(Session).values(state=SessionState.OPEN))
    await node.report(node.record(planned.session, SessionClosed(by=SeatId(planned.chair_seat))))
    with pytest.raises(Refused) as refused:
        await join(office, planned)
    assert refused.value.code is LiveCode.SESSION_CLOSED
    assert await one(office, select(Placement.ended_at)) is not None
    assert (await node.hear_of(DesiredState, lambda state: not state.sessions)).sessions == []


# --- a node that comes back ----------------------------------------------------------------------------------------


async def test_link_lost_and_made_again_by_the_same_process_moves_nothing(office: LiveOffice, planned: Planned) -> None:
    node, _ = await office.link("boot-a")
    await join(office, planned)
    await node.close()
    _, desired = await office.link("boot-a")
    assert [session.generation for session in desired.sessions] == [1]


async def test_new_process_gets_the_next_generation_at_once_when_it_brings_no_old_facts(
    office: LiveOffice, planned: Planned
) -> None:
    node, _ = await office.link("boot-a")
    await join(office, planned)
    await node.close()
    _, desired = await office.link("boot-b")
    assert [session.generation for session in desired.sessions] == [2]
    assert (await join(office, planned)).generation == 2


@on_both_engines
async def test_facts_of_the_process_that_died_are_in_before_the_session_moves(
    office: LiveOffice, planned: Planned
) -> None:
    first, _ = await office.link("boot-a")
    await join(office, planned)
    await first.report(first.record(planned.session, SeatTaken(seat=SeatId(planned.site_seat), resumed=False)))
    await first.close()
    second = await office.dial("boot-b", previous=["boot-a"])
    second.number = first.number
    admitted = SeatAdmitted(seat=SeatId(planned.site_seat), by=SeatId(planned.chair_seat))
    started = TurnStarted(turn=TurnId(planned.turn), by=SeatId(planned.chair_seat))
    await second.report(
        second.record(planned.session, admitted, boot="boot-a", at=2.0),
        second.record(planned.session, started, boot="boot-a", at=3.0),
    )
    await second.send(Facts(facts=[]))
    desired = await second.hear_of(DesiredState)
    (session,) = desired.sessions
    assert session.generation == 2
    assert {seat.seat: seat.admitted for seat in session.seats}[SeatId(planned.site_seat)]
    assert session.turns[0].state is TurnState.RUNNING
    assert not await one(office, select(Seat.connected).where(Seat.id == planned.site_seat))


async def test_silent_node_with_old_facts_announced_is_not_waited_for_for_ever(
    office: LiveOffice, planned: Planned
) -> None:
    node, _ = await office.link("boot-a")
    await join(office, planned)
    await node.close()
    _, desired = await office.link("boot-b", previous=["boot-a"])
    assert [session.generation for session in desired.sessions] == [2]


async def test_late_fact_of_a_superseded_generation_is_kept_and_moves_nothing(
    office: LiveOffice, planned: Planned
) -> None:
    first, _ = await office.link("boot-a")
    await join(office, planned)
    await first.close()
    second, _ = await office.link("boot-b")
    taken = SeatTaken(seat=SeatId(planned.site_seat), resumed=False)
    await second.report(second.record(planned.session, taken, generation=2))
    left = first.record(planned.session, SeatAdmitted(seat=SeatId(planned.site_seat), by=SeatId("x")))
    await second.report(left)
    assert await one(office, select(func.count()).select_from(CallFact)) == 2
    assert not await one(office, select(Seat.admitted).where(Seat.id == planned.site_seat))


async def test_hub_that_restarts_hears_again_only_what_it_had_not_confirmed(
    office: LiveOffice, planned: Planned
) -> None:
    node, _ = await office.link("boot-a")
    await join(office, planned)
    taken = node.record(planned.session, SeatTaken(seat=SeatId(planned.site_seat), resumed=False))
    await node.report(taken)
    await node.close()
    again, _ = await office.link("boot-a")
    admitted = SeatAdmitted(seat=SeatId(planned.site_seat), by=SeatId(planned.chair_seat))
    again.number = node.number
    await again.report(taken, again.record(planned.session, admitted))
    assert await one(office, select(func.count()).select_from(CallFact)) == 2
    assert await one(office, select(Seat.admitted).where(Seat.id == planned.site_seat))


# --- facts ---------------------------------------------------------------------------------------------------------


async def test_fact_of_an_unknown_session_is_kept_and_confirmed(office: LiveOffice) -> None:
    node, _ = await office.link("boot-a")
    await node.report(node.record("nowhere", SeatTaken(seat=SeatId("s"), resumed=True)))
    assert await one(office, select(CallFact.kind)) == "seat-taken"


@on_both_engines
async def test_fact_that_cannot_be_applied_is_kept_and_does_not_stop_the_next(
    office: LiveOffice, planned: Planned
) -> None:
    node, _ = await office.link("boot-a")
    await join(office, planned)
    # Larger than the segments' number column: the database refuses the row, not the fact.
    head = SegmentClosed(recording=RecordingId(f"{planned.turn}-g1"), segment=2**70, path="x", size=1, head="00")
    taken = SeatTaken(seat=SeatId(planned.site_seat), resumed=False)
    await node.report(node.record(planned.session, head), node.record(planned.session, taken))
    assert await one(office, select(func.count()).select_from(CallFact)) == 2
    assert await one(office, select(Seat.connected).where(Seat.id == planned.site_seat))


async def test_two_hundred_facts_in_one_batch_are_confirmed_by_the_last(office: LiveOffice, planned: Planned) -> None:
    node, _ = await office.link("boot-a")
    await join(office, planned)
    taken = SeatTaken(seat=SeatId(planned.site_seat), resumed=False)
    await node.report(*[node.record(planned.session, taken, at=float(n)) for n in range(200)])
    assert await one(office, select(func.count()).select_from(CallFact)) == 200


async def test_listeners_hear_which_sessions_facts_were_committed(office: LiveOffice, planned: Planned) -> None:
    heard: list[frozenset[str]] = []
    office.nodes.on_facts(heard.append)
    node, _ = await office.link("boot-a")
    await join(office, planned)
    await node.report(node.record(planned.session, SeatTaken(seat=SeatId(planned.site_seat), resumed=False)))
    assert heard == [frozenset({planned.session})]


@on_both_engines
async def test_recorded_turn_becomes_a_job_once_its_journal_is_closed(office: LiveOffice, planned: Planned) -> None:
    node, _ = await office.link("boot-a")
    await join(office, planned)
    turn, recording, chair = TurnId(planned.turn), RecordingId(f"{planned.turn}-g1"), SeatId(planned.chair_seat)
    await node.report(
        node.record(planned.session, TurnStarted(turn=turn, by=chair), at=1.0),
        node.record(planned.session, RecordingStarted(turn=turn, recording=recording), at=2.0),
        node.record(planned.session, ChainHead(recording=recording, segment=1, offset=10, head="ab" * 32), at=3.0),
        node.record(planned.session, TurnEnded(turn=turn, by=chair), at=9.0),
    )
    assert await one(office, select(func.count()).select_from(Job)) == 0
    segment = SegmentClosed(recording=recording, segment=1, path="a/b/000001.dcj", size=10, head="ab" * 32)
    await node.report(
        node.record(planned.session, segment, at=9.1),
        node.record(planned.session, RecordingStopped(turn=turn, recording=recording), at=9.2),
    )
    assert await one(office, select(Job.kind)) is JobKind.MAKE_MEDIA
    assert await one(office, select(Recording.state)) is RecordingRowState.COMPLETE
    assert await one(office, select(Turn.state)) is TurnState.ENDED
    assert await one(office, select(Journal.stopped_time)) == 9.2
    assert await one(office, select(Segment.path)) == "a/b/000001.dcj"
    anchors = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "recording.chain_head")
    assert await one(office, anchors) == 1


# --- desired state -------------------------------------------------------------------------------------------------


async def test_change_made_by_another_process_reaches_the_node(office: LiveOffice, planned: Planned) -> None:
    node, _ = await office.link("boot-a")
    await join(office, planned)
    await node.hear_of(DesiredState, lambda state: bool(state.sessions))
    async with office.database.unit_of_work() as work:
        # Another process's unit of work announces nothing here.
        await work.session.execute(
            update(Session).values(state=SessionState.OPEN, desired_revision=Session.desired_revision + 1)
        )
    desired = await node.hear_of(DesiredState)
    assert desired.sessions[0].open


async def test_revoked_sign_in_is_told(office: LiveOffice, planned: Planned) -> None:
    node, _ = await office.link("boot-a")
    await join(office, planned)
    await node.hear_of(DesiredState, lambda state: bool(state.sessions))
    now, sign_in = datetime.now(UTC), new_id()
    async with office.database.unit_of_work() as work:
        work.session.add(
            SignIn(
                id=sign_in,
                account_id=planned.chair,
                kind=SignInKind.COOKIE,
                secret_hash="h",
                csrf_token="c",
                created_at=now,
                last_seen_at=now,
                expires_at=now + timedelta(hours=12),
                revoked_at=now,
                device="",
            )
        )
    office.nodes.notify()
    assert (await node.hear_of(DesiredState)).revoked == [sign_in]


async def test_revisions_grow_over_links(office: LiveOffice, planned: Planned) -> None:
    node, first = await office.link("boot-a")
    await node.close()
    _, second = await office.link("boot-a")
    assert second.revision > first.revision


# --- clocks --------------------------------------------------------------------------------------------------------


async def test_fastest_ping_anchors_the_clock_of_a_process(office: LiveOffice) -> None:
    node = await office.dial("boot-a")
    ping = await node.hear_of(LinkPing)
    clock = 1000.0
    await node.send(LinkPong(sent=ping.sent, clock=clock))
    await node.report(node.record("nowhere", SeatTaken(seat=SeatId("s"), resumed=True)))
    async with office.database.reading() as work:
        anchor = await work.session.get(ClockAnchor, (office.settings.node_id, "boot-a"))
        assert anchor is not None
        assert abs(anchor.offset + clock - time.time()) < 5
        assert 0 <= anchor.round_trip < 5


async def test_node_row_tells_whether_it_is_linked(office: LiveOffice) -> None:
    node, _ = await office.link("boot-a")
    assert await one(office, select(Node.boot).where(Node.connected_at.is_not(None))) == "boot-a"
    await office.nodes.stop()
    assert await one(office, select(Node.connected_at)) is None
    with pytest.raises(ConnectionClosed):
        while True:
            await node.hear()
