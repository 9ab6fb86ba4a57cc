"""Writing, checking and signing off the minutes of a turn.

A line's id is made in the browser, so that sending it again writes it once; a version stops two writers from
overwriting each other; every earlier form is kept. Source: quality cases K1, K2, K9.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.accounts.reader import Reader
from hub.audit import service as audit
from hub.db.engine import Subject, Work
from hub.errors import Code, Refused
from hub.ids import new_id
from hub.minutes import rules
from hub.minutes.models import Line, LineChange, LineCheck, LineKind, Minutes, MinutesState
from hub.minutes.repository import MinutesRepository
from hub.people.repository import PeopleRepository
from hub.people.service import clean_name
from hub.sessions.schemas import TurnView
from hub.sessions.service import turn_for

#: Ids made in a browser are UUIDs; anything longer than the column is refused.
_MAX_ID = 40
_MAX_NOTE = 500


@dataclass(frozen=True)
class LineInput:
    """What a browser sends. `session_time`: seconds at the first keystroke or the mark key, null when it never heard a
    node; `typed_at`: its wall clock at that same moment. `version`: the one that was edited, null for a new line.
    `position` only where somebody moved the line."""

    session_time: float | None
    kind: LineKind
    text: str
    typed_at: datetime
    speaker: str = ""
    speaker_attendance: str | None = None
    through_interpreter: bool = False
    position: float | None = None
    version: int | None = None


@dataclass(frozen=True)
class LinesView:
    state: MinutesState
    lines: Sequence[Line]
    reviewed_by: str | None
    reviewed_at: datetime | None
    may_write: bool
    may_review: bool


async def list_lines(work: Work, reader: Reader, turn_id: str) -> LinesView:
    """The lines of a turn in order, and whether they are signed off. Raises `NOT_FOUND`."""
    turn = await turn_for(work, reader, turn_id)
    repository = MinutesRepository(work.session)
    minutes = await repository.minutes(turn_id)
    return LinesView(
        state=minutes.state if minutes else MinutesState.DRAFT,
        lines=await repository.lines(turn_id),
        reviewed_by=minutes.reviewed_by if minutes else None,
        reviewed_at=minutes.reviewed_at if minutes else None,
        may_write=rules.may_write(reader, turn.secretary_account_id),
        may_review=rules.may_review(reader, turn.secretary_account_id, turn.reviewer_account_id),
    )


async def save_line(work: Work, reader: Reader, turn_id: str, line_id: str, line: LineInput) -> Line:
    """Writes a new line or a new version of one; the same content again changes nothing, whatever its version.

    Raises `NOT_FOUND`, `PERMISSION_MISSING`, `INPUT_INVALID`, `LINE_REMOVED`, `MINUTES_SIGNED_OFF`, and
    `LINE_CHANGED_ELSEWHERE` with `version`, `theirs` and `yours` in its details.
    """
    work.must_write()
    turn = await turn_for(work, reader, turn_id)
    if not rules.may_write(reader, turn.secretary_account_id):
        raise Refused(Code.PERMISSION_MISSING)
    clean = await _checked(work, turn, line_id, line)
    repository = MinutesRepository(work.session)
    known = await repository.line(line_id)
    if known is None:
        return await _add(work, reader, turn, line_id, clean)
    if known.turn_id != turn_id:
        raise Refused(Code.NOT_FOUND)
    if known.removed_at is not None:
        raise Refused(Code.LINE_REMOVED)
    if _content(known) == _content_of(clean) and clean.position in (None, known.position):
        return known
    if clean.version is None and await _was_written_so(work, known, clean):
        return known
    await _check_open(work, turn_id)
    if clean.version != known.version:
        raise Refused(
            Code.LINE_CHANGED_ELSEWHERE,
            line=known.id,
            version=known.version,
            theirs=_content(known),
            yours=_content_of(clean),
        )
    before = _content(known)
    _write(known, clean)
    # What was heard was another text.
    known.check = LineCheck.UNHEARD
    _note_change(work, reader, known, "text", before, _content(known))
    await _saved(work, turn, known)
    return known


async def move_anchor(work: Work, reader: Reader, line_id: str, anchor: float, version: int) -> Line:
    """The reviewer moves where playback of the line is; `anchor` is session time in seconds. Raises as `check_line`."""
    if not math.isfinite(anchor) or anchor < 0:
        raise Refused(Code.INPUT_INVALID, field="anchor")
    turn, line = await _for_review(work, reader, line_id, version, unless=lambda line: line.anchor == anchor)
    if line.anchor == anchor:
        return line
    before, line.anchor = line.anchor, anchor
    _note_change(work, reader, line, "anchor", {"anchor": before}, {"anchor": anchor})
    await _saved(work, turn, line)
    return line


async def check_line(work: Work, reader: Reader, line_id: str, check: LineCheck, note: str, version: int) -> Line:
    """The reviewer's mark on a line, with a note.

    Raises `NOT_FOUND`, `PERMISSION_MISSING`, `LINE_REMOVED`, `MINUTES_SIGNED_OFF`, `LINE_CHANGED_ELSEWHERE`.
    """
    note = rules.clean_text(note)[:_MAX_NOTE]
    turn, line = await _for_review(
        work, reader, line_id, version, unless=lambda line: line.check is check and line.check_note == note
    )
    if line.check is check and line.check_note == note:
        return line
    before = {"check": line.check.value, "note": line.check_note}
    line.check, line.check_note = check, note
    _note_change(work, reader, line, "check", before, {"check": check.value, "note": note})
    await _saved(work, turn, line)
    return line


async def remove_line(work: Work, reader: Reader, turn_id: str, line_id: str, version: int) -> Line:
    """Takes a line out of the minutes; its content stays in the table. Removing it again changes nothing.

    Raises `NOT_FOUND`, `PERMISSION_MISSING`, `MINUTES_SIGNED_OFF`, `LINE_CHANGED_ELSEWHERE`.
    """
    work.must_write()
    turn = await turn_for(work, reader, turn_id)
    if not rules.may_write(reader, turn.secretary_account_id):
        raise Refused(Code.PERMISSION_MISSING)
    line = await MinutesRepository(work.session).line(line_id)
    if line is None or line.turn_id != turn_id:
        raise Refused(Code.NOT_FOUND)
    if line.removed_at is not None:
        return line
    await _check_open(work, turn_id)
    _check_version(line, version)
    line.removed_at = work.now
    _note_change(work, reader, line, "removal", _content(line), {})
    await audit.record(work, reader, "line.removed", "line", line.id, detail={"turn": turn_id})
    await _saved(work, turn, line)
    return line


async def sign_off(work: Work, reader: Reader, turn_id: str) -> Minutes:
    """The review is finished; from now on nothing is edited.

    Raises `NOT_FOUND`, `PERMISSION_MISSING`, `MINUTES_SIGNED_OFF`, and `LINES_UNHEARD` with `count`.
    """
    work.must_write()
    turn = await turn_for(work, reader, turn_id)
    if not rules.may_review(reader, turn.secretary_account_id, turn.reviewer_account_id):
        raise Refused(Code.PERMISSION_MISSING)
    minutes = await _check_open(work, turn_id)
    lines = await MinutesRepository(work.session).lines(turn_id)
    unheard = rules.count_unheard(line.check for line in lines)
    if unheard:
        raise Refused(Code.LINES_UNHEARD, count=unheard)
    minutes.state = MinutesState.REVIEWED
    minutes.reviewed_by = reader.account_id
    minutes.reviewed_at = work.now
    await audit.record(work, reader, "minutes.signed_off", "turn", turn_id, detail={"lines": len(lines)})
    work.announce(Subject.TURN, turn_id, turn.session_id)
    await work.session.flush()
    return minutes


async def _checked(work: Work, turn: TurnView, line_id: str, line: LineInput) -> LineInput:
    """The input with its text cleaned. Raises `INPUT_INVALID` with the field's name."""
    text = rules.clean_text(line.text)
    if not text or len(text) > rules.MAX_TEXT:
        raise Refused(Code.INPUT_INVALID, field="text")
    if not 8 <= len(line_id) <= _MAX_ID or not line_id.isascii():
        raise Refused(Code.INPUT_INVALID, field="id")
    for number in (line.session_time, line.position):
        if number is not None and not math.isfinite(number):
            raise Refused(Code.INPUT_INVALID, field="session_time")
    speaker = clean_name(line.speaker)[:200]
    if line.speaker_attendance is not None:
        present = (await PeopleRepository(work.session).present([turn.id])).get(turn.id, [])
        person = next((p for p in present if p.attendance.id == line.speaker_attendance), None)
        if person is None:
            raise Refused(Code.INPUT_INVALID, field="speaker_attendance")
        speaker = speaker or person.attendance.name
    return LineInput(
        session_time=line.session_time,
        kind=line.kind,
        text=text,
        typed_at=line.typed_at,
        speaker=speaker,
        speaker_attendance=line.speaker_attendance,
        through_interpreter=line.through_interpreter,
        position=line.position,
        version=line.version,
    )


async def _add(work: Work, reader: Reader, turn: TurnView, line_id: str, clean: LineInput) -> Line:
    await _check_open(work, turn.id)
    position = clean.position
    if position is None:
        last = await MinutesRepository(work.session).last_position(turn.id)
        position = rules.position_after(last, clean.session_time)
    line = Line(
        id=line_id,
        turn_id=turn.id,
        position=position,
        session_time=clean.session_time,
        anchor=clean.session_time,
        author_id=reader.account_id,
        typed_at=clean.typed_at,
        received_at=work.now,
        clock_differs=rules.clock_differs(clean.typed_at, work.now, clean.session_time, turn.clock_zero),
        check=LineCheck.UNHEARD,
        check_note="",
        version=1,
    )
    _write(line, clean)
    line.version = 1
    line.position = position
    work.session.add(line)
    await _saved(work, turn, line)
    return line


def _write(line: Line, clean: LineInput) -> None:
    line.kind = clean.kind
    line.text = clean.text
    line.speaker = clean.speaker
    line.speaker_attendance_id = clean.speaker_attendance
    line.through_interpreter = clean.through_interpreter
    if clean.position is not None:
        line.position = clean.position


def _content(line: Line) -> dict[str, object]:
    return {
        "kind": line.kind.value,
        "text": line.text,
        "speaker": line.speaker,
        "speaker_attendance": line.speaker_attendance_id,
        "through_interpreter": line.through_interpreter,
    }


def _content_of(clean: LineInput) -> dict[str, object]:
    return {
        "kind": clean.kind.value,
        "text": clean.text,
        "speaker": clean.speaker,
        "speaker_attendance": clean.speaker_attendance,
        "through_interpreter": clean.through_interpreter,
    }


async def _was_written_so(work: Work, line: Line, clean: LineInput) -> bool:
    """Whether this is the first sending of the line come once more, after somebody has edited it."""
    for change in await MinutesRepository(work.session).changes(line.id):
        if change.what == "text":
            return bool(json.loads(change.before) == _content_of(clean))
    return False


async def _for_review(
    work: Work, reader: Reader, line_id: str, version: int, *, unless: Callable[[Line], bool]
) -> tuple[TurnView, Line]:
    work.must_write()
    line = await MinutesRepository(work.session).line(line_id)
    if line is None:
        raise Refused(Code.NOT_FOUND)
    turn = await turn_for(work, reader, line.turn_id)
    if not rules.may_review(reader, turn.secretary_account_id, turn.reviewer_account_id):
        raise Refused(Code.PERMISSION_MISSING)
    if line.removed_at is not None:
        raise Refused(Code.LINE_REMOVED)
    if not unless(line):
        await _check_open(work, turn.id)
        _check_version(line, version)
    return turn, line


def _check_version(line: Line, version: int) -> None:
    if line.version != version:
        raise Refused(Code.LINE_CHANGED_ELSEWHERE, line=line.id, version=line.version, theirs=_content(line))


async def _check_open(work: Work, turn_id: str) -> Minutes:
    """The minutes of the turn, made when first needed. Raises `MINUTES_SIGNED_OFF`."""
    minutes = await MinutesRepository(work.session).minutes(turn_id)
    if minutes is None:
        minutes = Minutes(turn_id=turn_id, state=MinutesState.DRAFT)
        work.session.add(minutes)
    elif minutes.state is MinutesState.REVIEWED:
        raise Refused(Code.MINUTES_SIGNED_OFF)
    return minutes


def _note_change(
    work: Work, reader: Reader, line: Line, what: str, before: Mapping[str, object], after: Mapping[str, object]
) -> None:
    """Keeps what was before and counts the version up."""
    work.session.add(
        LineChange(
            id=new_id(),
            line_id=line.id,
            version=line.version,
            what=what,
            before=json.dumps(before, ensure_ascii=False),
            after=json.dumps(after, ensure_ascii=False),
            by=reader.account_id,
            at=work.now,
        )
    )
    line.version += 1


async def _saved(work: Work, turn: TurnView, line: Line) -> None:
    await work.session.flush()
    work.announce(Subject.LINE, line.id, turn.session_id)
