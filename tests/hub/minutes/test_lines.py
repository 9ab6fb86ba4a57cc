"""Lines of minutes: written once, never silently overwritten, every earlier form kept."""

import json
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from hub.errors import AnyCode, Code, Refused
from hub.minutes.models import Line, LineChange, LineCheck, LineKind, MinutesState
from hub.minutes.service import (
    LineInput,
    check_line,
    list_lines,
    move_anchor,
    remove_line,
    save_line,
    sign_off,
)
from hub.sessions.attendance import people_of
from hub.sessions.service import place_session
from tests.support.office import START, Office

PLAIN = LineInput(session_time=12.5, kind=LineKind.STATEMENT, text="Đề nghị đo lại", typed_at=START)


def new_id() -> str:
    return str(uuid4())


async def turn_id(office: Office, number: int = 1) -> str:
    return (await office.turns())[number - 1].id


async def save(office: Office, line_id: str, line: LineInput = PLAIN, username: str = "thuky", turn: int = 1) -> Line:
    target = await turn_id(office, turn)
    async with office.work() as work:
        return await save_line(work, await office.reader(username), target, line_id, line)


async def refusal(
    office: Office, line_id: str, line: LineInput = PLAIN, username: str = "thuky", turn: int = 1
) -> Refused:
    with pytest.raises(Refused) as refused:
        await save(office, line_id, line, username, turn)
    return refused.value


async def texts(office: Office) -> list[str]:
    target = await turn_id(office)
    async with office.database.reading() as work:
        return [line.text for line in (await list_lines(work, await office.reader("thuky"), target)).lines]


async def test_a_line_sent_again_is_written_once(each_office: Office) -> None:
    line_id = new_id()
    first = await save(each_office, line_id)
    again = await save(each_office, line_id)
    assert (again.id, again.version, again.received_at) == (first.id, 1, first.received_at)
    assert await texts(each_office) == ["Đề nghị đo lại"]


async def test_an_edit_with_the_right_version_keeps_what_was_before(office: Office) -> None:
    line_id = new_id()
    await save(office, line_id)
    edited = await save(office, line_id, replace(PLAIN, text="Đề nghị đo lại 310 m2", version=1))
    assert (edited.text, edited.version) == ("Đề nghị đo lại 310 m2", 2)
    async with office.database.reading() as work:
        change = (await work.session.scalars(select(LineChange))).one()
    assert (change.version, change.what) == (1, "text")
    assert json.loads(change.before)["text"] == "Đề nghị đo lại"
    assert json.loads(change.after)["text"] == "Đề nghị đo lại 310 m2"


async def test_the_answer_to_an_edit_was_lost_and_it_comes_again(office: Office) -> None:
    line_id = new_id()
    await save(office, line_id)
    edit = replace(PLAIN, text="Sửa", version=1)
    await save(office, line_id, edit)
    assert (await save(office, line_id, edit)).version == 2


async def test_two_writers_are_both_shown_what_the_other_wrote(office: Office) -> None:
    line_id = new_id()
    await save(office, line_id)
    await save(office, line_id, replace(PLAIN, text="Bản của thư ký", version=1))
    refused = await refusal(office, line_id, replace(PLAIN, text="Bản của tiếp dân", version=1), "tiepdan")
    assert refused.code is Code.LINE_CHANGED_ELSEWHERE
    assert refused.details["version"] == 2
    assert isinstance(refused.details["theirs"], dict)
    assert isinstance(refused.details["yours"], dict)
    assert refused.details["theirs"]["text"] == "Bản của thư ký"
    assert refused.details["yours"]["text"] == "Bản của tiếp dân"
    assert await texts(office) == ["Bản của thư ký"]


async def test_the_first_sending_that_comes_once_more_after_an_edit_changes_nothing(office: Office) -> None:
    line_id = new_id()
    await save(office, line_id)
    await save(office, line_id, replace(PLAIN, text="Đã sửa", version=1))
    assert (await save(office, line_id)).text == "Đã sửa"
    other = replace(PLAIN, text="Nội dung khác")
    assert (await refusal(office, line_id, other)).code is Code.LINE_CHANGED_ELSEWHERE


async def test_lines_stand_in_the_order_of_session_time_not_of_arrival(office: Office) -> None:
    for seconds, text in ((30.0, "ba"), (10.0, "một"), (20.0, "hai"), (None, "chưa nối")):
        await save(office, new_id(), replace(PLAIN, session_time=seconds, text=text))
    assert await texts(office) == ["một", "hai", "ba", "chưa nối"]
    await save(office, new_id(), replace(PLAIN, session_time=99.0, text="chen", position=15.0))
    assert await texts(office) == ["một", "chen", "hai", "ba", "chưa nối"]


async def test_text_is_composed_and_cleaned_but_otherwise_kept(office: Office) -> None:
    line = await save(office, new_id(), replace(PLAIN, text=" Hòa\r\n<script>{{ 7*7 }}</script>\u202e\x07=cmd() "))
    assert line.text == "Hòa\n<script>{{ 7*7 }}</script>=cmd()"


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (replace(PLAIN, text="   "), "text"),
        (replace(PLAIN, text="x" * 10_001), "text"),
        (replace(PLAIN, session_time=float("nan")), "session_time"),
        (replace(PLAIN, position=float("inf")), "session_time"),
        (replace(PLAIN, speaker_attendance="none"), "speaker_attendance"),
    ],
)
async def test_input_that_makes_no_sense_is_refused_by_field(office: Office, line: LineInput, field: str) -> None:
    refused = await refusal(office, new_id(), line)
    assert (refused.code, refused.details) == (Code.INPUT_INVALID, {"field": field})


@pytest.mark.parametrize("line_id", ["", "short", "x" * 41, "đườngdài-không-dấu"])
async def test_an_id_that_is_no_id_is_refused(office: Office, line_id: str) -> None:
    assert (await refusal(office, line_id)).details == {"field": "id"}


async def test_a_speaker_is_somebody_of_this_turn(office: Office) -> None:
    async with office.database.reading() as work:
        first = await people_of(work, await office.reader("thuky"), await turn_id(office, 1))
        second = await people_of(work, await office.reader("thuky"), await turn_id(office, 2))
    slinh = next(person for person in first if person.name == "Ông Hoàng Văn Slình")
    pet = next(person for person in second if person.name == "Bà Nông Thị Pết")
    line = await save(office, new_id(), replace(PLAIN, speaker_attendance=slinh.attendance, through_interpreter=True))
    assert (line.speaker, line.through_interpreter) == ("Ông Hoàng Văn Slình", True)
    refused = await refusal(office, new_id(), replace(PLAIN, speaker_attendance=pet.attendance))
    assert refused.details == {"field": "speaker_attendance"}


async def test_a_line_belongs_to_its_turn_for_good(office: Office) -> None:
    line_id = new_id()
    await save(office, line_id)
    assert (await refusal(office, line_id, turn=2)).code is Code.NOT_FOUND


@pytest.mark.parametrize(
    ("username", "code"),
    [
        ("naduong", Code.PERMISSION_MISSING),
        ("lanhdao", Code.PERMISSION_MISSING),
        ("rasoat", Code.PERMISSION_MISSING),
        ("huulung", Code.NOT_FOUND),
        ("kiemtoan", Code.NOT_FOUND),
    ],
)
async def test_who_may_not_write_is_refused(office: Office, username: str, code: AnyCode) -> None:
    assert (await refusal(office, new_id(), username=username)).code is code


async def test_the_secretary_of_a_commune_day_writes_without_the_general_right(office: Office) -> None:
    (turn,) = await office.turns("PH-2026-015")
    async with office.work() as work:
        line = await save_line(work, await office.reader("trile"), turn.id, new_id(), PLAIN)
    assert line.author_id == await office.account("trile")


async def test_clocks_that_differ_are_marked(office: Office) -> None:
    async with office.work() as work:
        session = await place_session(work, (await office.session()).id)
        zero = session.clock_zero
    assert zero is not None
    office.clock.advance(3600)
    agreeing = replace(PLAIN, session_time=600.0, typed_at=zero + timedelta(seconds=601.5))
    assert not (await save(office, new_id(), agreeing)).clock_differs
    late = replace(PLAIN, session_time=600.0, typed_at=zero + timedelta(seconds=603))
    assert (await save(office, new_id(), late)).clock_differs
    future = replace(PLAIN, session_time=None, typed_at=office.clock.now + timedelta(seconds=10))
    assert (await save(office, new_id(), future)).clock_differs
    offline_for_an_hour = replace(PLAIN, session_time=None, typed_at=zero)
    assert not (await save(office, new_id(), offline_for_an_hour)).clock_differs


async def test_a_removed_line_is_gone_from_the_minutes_and_kept_in_the_table(office: Office) -> None:
    line_id = new_id()
    await save(office, line_id)
    reader, turn = await office.reader("thuky"), await turn_id(office)
    with pytest.raises(Refused) as refused:
        async with office.work() as work:
            await remove_line(work, reader, turn, line_id, 7)
    assert refused.value.code is Code.LINE_CHANGED_ELSEWHERE
    for _ in range(2):
        async with office.work() as work:
            await remove_line(work, reader, turn, line_id, 1)
    assert await texts(office) == []
    assert (await refusal(office, line_id, replace(PLAIN, text="Khác", version=2))).code is Code.LINE_REMOVED
    async with office.database.reading() as work:
        assert [change.what for change in await work.session.scalars(select(LineChange))] == ["removal"]


async def test_the_reviewer_checks_moves_and_signs_off(office: Office) -> None:
    first, second, turn = new_id(), new_id(), await turn_id(office)
    await save(office, first)
    await save(office, second, replace(PLAIN, session_time=40.0))
    reviewer = await office.reader("rasoat")
    async with office.work() as work:
        moved = await move_anchor(work, reader := reviewer, first, 9.75, 1)
        assert (moved.anchor, moved.session_time, moved.version) == (9.75, 12.5, 2)
        assert (await move_anchor(work, reader, first, 9.75, 1)).version == 2
        checked = await check_line(work, reader, first, LineCheck.CORRECT, "", 2)
        assert (checked.check, checked.version) == (LineCheck.CORRECT, 3)
    with pytest.raises(Refused) as refused:
        async with office.work() as work:
            await sign_off(work, reviewer, turn)
    assert (refused.value.code, refused.value.details) == (Code.LINES_UNHEARD, {"count": 1})
    async with office.work() as work:
        await check_line(work, reviewer, second, LineCheck.NEEDS_CORRECTION, "Nghe rõ “310”", 1)
        minutes = await sign_off(work, reviewer, turn)
    assert (minutes.state, minutes.reviewed_by) == (MinutesState.REVIEWED, reviewer.account_id)
    async with office.database.reading() as work:
        view = await list_lines(work, reviewer, turn)
    assert (view.state, view.may_write, view.may_review) == (MinutesState.REVIEWED, False, True)
    assert [line.check_note for line in view.lines] == ["", "Nghe rõ “310”"]


async def test_after_the_sign_off_nothing_is_edited_but_a_confirmed_line_may_be_asked_again(office: Office) -> None:
    line_id, turn = new_id(), await turn_id(office)
    await save(office, line_id)
    reader = await office.reader("thuky")
    async with office.work() as work:
        await check_line(work, reader, line_id, LineCheck.CORRECT, "", 1)
        await sign_off(work, reader, turn)
    assert (await save(office, line_id)).text == PLAIN.text
    assert (await refusal(office, new_id())).code is Code.MINUTES_SIGNED_OFF
    assert (await refusal(office, line_id, replace(PLAIN, text="Khác", version=2))).code is Code.MINUTES_SIGNED_OFF
    for change in (
        lambda work: move_anchor(work, reader, line_id, 1.0, 2),
        lambda work: check_line(work, reader, line_id, LineCheck.UNHEARD, "", 2),
        lambda work: remove_line(work, reader, turn, line_id, 2),
        lambda work: sign_off(work, reader, turn),
    ):
        with pytest.raises(Refused) as refused:
            async with office.work() as work:
                await change(work)
        assert refused.value.code is Code.MINUTES_SIGNED_OFF


async def test_what_was_heard_must_be_heard_again_when_its_text_changes(office: Office) -> None:
    line_id = new_id()
    await save(office, line_id)
    async with office.work() as work:
        await check_line(work, await office.reader("rasoat"), line_id, LineCheck.CORRECT, "", 1)
    edited = await save(office, line_id, replace(PLAIN, text="Khác", version=2))
    assert edited.check is LineCheck.UNHEARD


async def test_who_does_not_review_is_refused_and_strangers_find_nothing(office: Office) -> None:
    line_id = new_id()
    await save(office, line_id)
    for username, code in (
        ("naduong", Code.PERMISSION_MISSING),
        ("tiepdan", Code.PERMISSION_MISSING),
        ("huulung", Code.NOT_FOUND),
        ("kiemtoan", Code.NOT_FOUND),
    ):
        for change in (
            lambda work, who: check_line(work, who, line_id, LineCheck.CORRECT, "", 1),
            lambda work, who: move_anchor(work, who, line_id, 1.0, 1),
        ):
            with pytest.raises(Refused) as refused:
                async with office.work() as work:
                    await change(work, await office.reader(username))
            assert refused.value.code is code
    with pytest.raises(Refused) as refused:
        async with office.work() as work:
            await move_anchor(work, await office.reader("rasoat"), line_id, -1.0, 1)
    assert refused.value.code is Code.INPUT_INVALID
