"""What the node says about recordings becomes rows, audit entries and withdrawn consent."""

import json

import pytest
from sqlalchemy import func, select

from hub.archive import facts
from hub.archive.models import Journal, RecordedTrack, Recording, RecordingRowState, Segment
from hub.archive.service import recording_complete
from hub.audit.models import AuditEntry
from hub.people.models import Attendance, ConsentRecord
from hub.sessions import call_log
from hub.sessions.attendance import people_of, record_consent
from signaling.protocol.hub_link import (
    ChainHead,
    ConsentWithdrawn,
    Fact,
    RecordingFailed,
    RecordingStarted,
    RecordingStopped,
    SegmentClosed,
    TrackRecorded,
    TrackStopped,
    TurnEnded,
    TurnStarted,
)
from signaling.protocol.ids import AttendanceId, RecordingId, SeatId, TurnId
from signaling.protocol.slots import MediaKind
from signaling.protocol.vocabulary import Consent
from tests.support.office import Office, fact_record

BY = SeatId("chair")


class Node:
    """Sends facts of the first turn of the joinable session, one after the other."""

    def __init__(self, office: Office, session: str, turn: str) -> None:
        self.office = office
        self.session = session
        self.turn = TurnId(turn)
        self.number = 0

    def journal(self, generation: int = 1) -> RecordingId:
        return RecordingId(f"{self.turn}-g{generation}")

    async def tell(self, *told: Fact, generation: int = 1) -> str | None:
        """Answers the recording that became complete, as the node link asks after each fact."""
        complete = None
        for fact in told:
            self.number += 1
            record = fact_record(self.session, self.number, fact, at=60.0 + self.number, generation=generation)
            async with self.office.work() as work:
                await call_log.apply(work, record)
                await facts.apply(work, record)
                complete = await recording_complete(work, self.turn) or complete
        return complete

    async def recording(self) -> Recording | None:
        async with self.office.database.reading() as work:
            return await work.session.scalar(select(Recording).where(Recording.turn_id == self.turn))


@pytest.fixture
async def node(office: Office) -> Node:
    return Node(office, (await office.session()).id, (await office.turns())[0].id)


async def _count(office: Office, table: type[Journal] | type[RecordedTrack] | type[Segment]) -> int:
    async with office.database.reading() as work:
        return await work.session.scalar(select(func.count()).select_from(table)) or 0


async def test_a_recording_grows_from_its_facts_and_is_complete_once(office: Office, node: Node) -> None:
    journal = node.journal()
    assert (
        await node.tell(
            TurnStarted(turn=node.turn, by=BY),
            RecordingStarted(turn=node.turn, recording=journal),
            TrackRecorded(recording=journal, track=1, seat=BY, kind=MediaKind.AUDIO),
            TrackRecorded(recording=journal, track=2, seat=BY, kind=MediaKind.VIDEO),
            TrackStopped(recording=journal, track=1, reason="end"),
            SegmentClosed(recording=journal, segment=1, path="s/t/000001.dcj", size=1000, head="ab" * 32),
            RecordingStopped(turn=node.turn, recording=journal),
        )
        is None
    )
    recording = await node.recording()
    assert recording is not None
    assert recording.state is RecordingRowState.WRITING
    assert await node.tell(TurnEnded(turn=node.turn, by=BY)) == recording.id
    assert await node.tell(TurnEnded(turn=node.turn, by=BY)) is None
    recording = await node.recording()
    assert recording is not None
    assert recording.state is RecordingRowState.COMPLETE
    async with office.database.reading() as work:
        tracks = (await work.session.scalars(select(RecordedTrack).order_by(RecordedTrack.track))).all()
        segment = (await work.session.scalars(select(Segment))).one()
    assert [(track.kind, track.started_time, track.stopped_time, track.stop_reason) for track in tracks] == [
        ("audio", 63.0, 65.0, "end"),
        ("video", 64.0, None, ""),
    ]
    assert (segment.path, segment.size) == ("s/t/000001.dcj", 1000)


async def test_the_journal_may_stop_after_the_turn_ended(node: Node) -> None:
    await node.tell(TurnStarted(turn=node.turn, by=BY), RecordingStarted(turn=node.turn, recording=node.journal()))
    assert await node.tell(TurnEnded(turn=node.turn, by=BY)) is None
    assert await node.tell(RecordingStopped(turn=node.turn, recording=node.journal())) is not None


async def test_facts_that_come_twice_make_no_second_row(office: Office, node: Node) -> None:
    journal = node.journal()
    for _ in range(2):
        await node.tell(
            RecordingStarted(turn=node.turn, recording=journal),
            TrackRecorded(recording=journal, track=1, seat=BY, kind=MediaKind.AUDIO),
            SegmentClosed(recording=journal, segment=1, path="p", size=1, head="0" * 64),
        )
    assert [await _count(office, table) for table in (Journal, RecordedTrack, Segment)] == [1, 1, 1]


async def test_facts_that_speak_of_an_unknown_journal_make_its_row(office: Office, node: Node) -> None:
    await node.tell(SegmentClosed(recording=node.journal(), segment=1, path="p", size=1, head="0" * 64))
    recording = await node.recording()
    assert recording is not None
    assert recording.state is RecordingRowState.WRITING
    await node.tell(SegmentClosed(recording=RecordingId("nothing-g1"), segment=1, path="p", size=1, head="0" * 64))
    assert await _count(office, Segment) == 1


async def test_two_generations_are_one_recording_and_the_dead_one_holds_nothing_up(office: Office, node: Node) -> None:
    await node.tell(TurnStarted(turn=node.turn, by=BY), RecordingStarted(turn=node.turn, recording=node.journal()))
    complete = await node.tell(
        RecordingStarted(turn=node.turn, recording=node.journal(2)),
        RecordingStopped(turn=node.turn, recording=node.journal(2)),
        TurnEnded(turn=node.turn, by=BY),
        generation=2,
    )
    recording = await node.recording()
    assert recording is not None
    assert complete == recording.id
    assert await _count(office, Journal) == 2


async def test_the_sweep_completes_what_no_node_will_finish(office: Office, node: Node) -> None:
    await node.tell(TurnStarted(turn=node.turn, by=BY), RecordingStarted(turn=node.turn, recording=node.journal()))
    async with office.work() as work:
        assert await recording_complete(work, node.turn, writer_gone=True) is None
    await node.tell(TurnEnded(turn=node.turn, by=BY))
    async with office.work() as work:
        assert await recording_complete(work, node.turn) is None
        assert await recording_complete(work, node.turn, writer_gone=True) is not None
        assert await recording_complete(work, "none") is None


async def test_a_failure_is_a_sentence_until_recording_starts_again(node: Node) -> None:
    journal = node.journal()
    await node.tell(
        RecordingStarted(turn=node.turn, recording=journal),
        RecordingFailed(turn=node.turn, recording=journal, problem="disk-full"),
    )
    recording = await node.recording()
    assert recording is not None
    assert recording.problem == "Ổ đĩa đã đầy nên việc ghi tạm dừng. Phần đã ghi vẫn còn."
    await node.tell(RecordingStarted(turn=node.turn, recording=journal))
    recording = await node.recording()
    assert recording is not None
    assert recording.problem == ""


async def test_chain_heads_are_anchored_in_the_audit_log(office: Office, node: Node) -> None:
    await node.tell(ChainHead(recording=node.journal(), segment=2, offset=4096, head="cd" * 32))
    async with office.database.reading() as work:
        query = select(AuditEntry).where(AuditEntry.action == "recording.chain_head")
        entry = (await work.session.scalars(query)).one()
    assert (entry.object_id, entry.actor) == (node.journal(), "system:node-link")
    assert json.loads(entry.detail) == {"segment": 2, "offset": 4096, "head": "cd" * 32}


async def test_consent_withdrawn_in_the_room_is_none_from_that_moment(office: Office, node: Node) -> None:
    async with office.work() as work:
        people = await people_of(work, await office.reader("naduong"), node.turn)
        slinh = next(person for person in people if person.name == "Ông Hoàng Văn Slình")
        await record_consent(work, await office.reader("naduong"), slinh.attendance, Consent.AUDIO_VIDEO)
    revision = (await office.session()).desired_revision
    fact = ConsentWithdrawn(turn=node.turn, attendance=AttendanceId(slinh.attendance), by=BY)
    record = fact_record(node.session, 1, fact)
    for _ in range(2):
        async with office.work() as work:
            await facts.apply(work, record)
    async with office.database.reading() as work:
        people = await people_of(work, await office.reader("naduong"), node.turn)
        rows = (await work.session.scalars(select(ConsentRecord).order_by(ConsentRecord.taken_at))).all()
    assert [person.consent for person in people if person.attendance == slinh.attendance] == [Consent.NONE]
    assert [(row.choice, row.taken_by) for row in rows][1:] == [(Consent.NONE, BY)]
    assert (await office.session()).desired_revision == revision + 1


async def test_consent_of_a_person_of_another_turn_is_not_touched(office: Office, node: Node) -> None:
    other = (await office.turns())[1].id
    async with office.database.reading() as work:
        person = (await work.session.scalars(select(Attendance).where(Attendance.turn_id == other).limit(1))).one()
    await node.tell(ConsentWithdrawn(turn=node.turn, attendance=AttendanceId(person.id), by=BY))
    async with office.database.reading() as work:
        assert (await work.session.scalars(select(ConsentRecord))).all() == []
