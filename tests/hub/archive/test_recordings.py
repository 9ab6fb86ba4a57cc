"""Recordings for people: found by those who may read the turn, and each playing in the audit log."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select

from hub.accounts.reader import Reader
from hub.archive import facts
from hub.archive.models import Journal, MediaFile, Recording, RecordingRowState, Segment
from hub.archive.service import media_failed, media_file, media_made, recording_of
from hub.audit.models import AuditEntry
from hub.errors import Code, Refused
from hub.ids import new_id
from signaling.protocol.hub_link import SegmentClosed
from signaling.protocol.ids import RecordingId
from tests.support.office import Office, fact_record


def _manifest(seat: str) -> Mapping[str, Any]:
    return {
        "start_session_time": 61.5,
        "duration": 300.25,
        "files": [
            {
                "seat": seat,
                "path": "s/t/seat.webm",
                "has_audio": True,
                "has_video": True,
                "intervals": [[0.0, 300.25]],
                "sha256": "ef" * 32,
                "size": 1234,
            }
        ],
        "gaps": [{"begin": 10.0, "end": 12.0, "kind": "pause", "text": "mất điện"}],
    }


@pytest.fixture
async def recording(office: Office) -> Recording:
    """A recording of the first turn of the joinable session whose journal is closed."""
    turn = (await office.turns())[0]
    row = Recording(
        id=new_id(),
        turn_id=turn.id,
        state=RecordingRowState.COMPLETE,
        started_at=office.clock.now,
        problem="",
        manifest="",
    )
    async with office.work() as work:
        work.session.add(row)
    return row


async def _make(office: Office, recording: Recording) -> str:
    """Lets the worker report its files; answers the id of the only one."""
    seat = await office.seat("Xã Na Dương")
    async with office.work() as work:
        await media_made(work, recording.id, _manifest(seat.id))
    async with office.database.reading() as work:
        return (await work.session.scalars(select(MediaFile))).one().id


async def _played(office: Office) -> int:
    async with office.database.reading() as work:
        query = select(AuditEntry).where(AuditEntry.action == "recording.played")
        return len((await work.session.scalars(query)).all())


async def _play(office: Office, reader: Reader, recording: Recording, file: str) -> MediaFile:
    async with office.work() as work:
        return await media_file(work, reader, recording.id, file)


async def test_until_media_is_made_there_are_no_files(office: Office, recording: Recording) -> None:
    async with office.work() as work:
        view = await recording_of(work, await office.reader("rasoat"), recording.turn_id)
    assert (view.state, view.files, view.duration) == (RecordingRowState.COMPLETE, (), None)


async def test_a_made_recording_names_seats_times_and_gaps(office: Office, recording: Recording) -> None:
    file = await _make(office, recording)
    async with office.work() as work:
        view = await recording_of(work, await office.reader("rasoat"), recording.turn_id)
    assert (view.state, view.start_session_time, view.duration) == (RecordingRowState.READY, 61.5, 300.25)
    assert [(one.id, one.name, one.site, one.size) for one in view.files] == [
        (file, "Xã Na Dương", "UBND xã Na Dương", 1234)
    ]
    assert view.files[0].intervals == [[0.0, 300.25]]
    assert view.gaps[0]["text"] == "mất điện"


async def test_media_made_twice_takes_the_place_of_the_first(office: Office, recording: Recording) -> None:
    first = await _make(office, recording)
    second = await _make(office, recording)
    assert first != second


def _with_source(seat: str, size: int) -> Mapping[str, Any]:
    return {**_manifest(seat), "sources": [{"recording": "j1", "segment": 1, "size": size, "head": ""}]}


async def test_media_made_of_less_than_was_written_is_made_again_until_nothing_more_comes_out(
    office: Office, recording: Recording
) -> None:
    """The worker began before the last segment was closed; or the rest of it is damaged for good."""
    seat = await office.seat("Xã Na Dương")
    async with office.work() as work:
        work.session.add(Journal(id="j1", recording_id=recording.id, generation=1, started_time=1.0))
        await work.session.flush()
        work.session.add(
            Segment(journal_id="j1", number=1, path="p", size=100, head="0" * 64, closed_at=office.clock.now)
        )
    states = []
    for size in (60, 80, 80, 100):
        async with office.work() as work:
            await media_made(work, recording.id, _with_source(seat.id, size))
            states.append((await recording_of(work, await office.reader("rasoat"), recording.turn_id)).state)
    state = RecordingRowState
    assert states == [state.COMPLETE, state.COMPLETE, state.READY, state.READY]


async def test_a_segment_that_is_reported_after_the_media_was_made_asks_for_it_again(
    office: Office, recording: Recording
) -> None:
    await _make(office, recording)
    journal = RecordingId(f"{recording.turn_id}-g1")
    late = SegmentClosed(recording=journal, segment=1, path="p", size=10, head="0" * 64)
    async with office.work() as work:
        await facts.apply(work, fact_record((await office.session()).id, 1, late))
        view = await recording_of(work, await office.reader("rasoat"), recording.turn_id)
    assert view.state is RecordingRowState.COMPLETE


async def test_each_playing_is_in_the_log_once_per_sign_in(office: Office, recording: Recording) -> None:
    file = await _make(office, recording)
    reviewer, commune = await office.reader("rasoat"), await office.reader("naduong")
    for _ in range(3):
        assert (await _play(office, reviewer, recording, file)).path == "s/t/seat.webm"
    assert await _played(office) == 1
    await _play(office, commune, recording, file)
    assert await _played(office) == 2


@pytest.mark.parametrize(
    ("username", "code"),
    [
        ("huulung", Code.NOT_FOUND),
        ("chilang", Code.NOT_FOUND),
        ("kiemtoan", Code.PERMISSION_MISSING),
        ("quantri", Code.PERMISSION_MISSING),
        ("vanthu", Code.PERMISSION_MISSING),
    ],
)
async def test_who_may_not_read_the_turn_gets_neither_list_nor_file(
    office: Office, recording: Recording, username: str, code: Code
) -> None:
    file, reader = await _make(office, recording), await office.reader(username)
    with pytest.raises(Refused) as refused:
        await _play(office, reader, recording, file)
    assert refused.value.code is code
    with pytest.raises(Refused) as refused:
        async with office.work() as work:
            await recording_of(work, reader, recording.turn_id)
    assert refused.value.code is code
    assert await _played(office) == 0


async def test_ids_that_do_not_belong_together_are_not_found(office: Office, recording: Recording) -> None:
    file, reader = await _make(office, recording), await office.reader("rasoat")
    for recording_id, file_id in ((recording.id, "none"), ("none", file)):
        with pytest.raises(Refused) as refused:
            async with office.work() as work:
                await media_file(work, reader, recording_id, file_id)
        assert refused.value.code is Code.NOT_FOUND


async def test_a_failed_recording_says_so_and_offers_no_file(office: Office, recording: Recording) -> None:
    file = await _make(office, recording)
    async with office.work() as work:
        await media_failed(work, recording.id, "Không dựng được bản xem lại. Bản ghi gốc vẫn còn.")
        view = await recording_of(work, await office.reader("rasoat"), recording.turn_id)
    assert (view.state, view.files) == (RecordingRowState.FAILED, ())
    assert view.problem.startswith("Không dựng được")
    with pytest.raises(Refused):
        await _play(office, await office.reader("rasoat"), recording, file)


async def test_a_turn_without_recording_has_none(office: Office) -> None:
    (turn,) = await office.turns("PH-2026-012")
    with pytest.raises(Refused) as refused:
        async with office.work() as work:
            await recording_of(work, await office.reader("rasoat"), turn.id)
    assert refused.value.code is Code.NOT_FOUND


async def test_reporting_on_a_recording_that_does_not_exist_is_refused(office: Office) -> None:
    for report in (lambda work: media_made(work, "none", {}), lambda work: media_failed(work, "none", "x")):
        with pytest.raises(Refused) as refused:
            async with office.work() as work:
                await report(work)
        assert refused.value.code is Code.NOT_FOUND
