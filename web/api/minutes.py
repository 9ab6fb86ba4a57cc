"""Lines of minutes: written one by one, retried until confirmed, compared with the recording, signed off."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from hub.errors import Code, Refused
from hub.minutes import service as minutes
from hub.minutes.models import Line, LineCheck, LineKind, MinutesState
from hub.minutes.service import LineInput
from web.access import API
from web.api.model import Id, In, Moment, Out
from web.desk import Desk, Reading, Writing

router = APIRouter(prefix=API, tags=["minutes"])

#: Session time in seconds; JSON's Infinity and NaN are refused.
SessionTime = Annotated[float, Field(allow_inf_nan=False)]
Version = Annotated[int, Field(ge=1)]


class LineOut(Out):
    """`session_time`: when typing began; `anchor`: where playback is, moved by the reviewer. Seconds of session time."""

    id: str
    turn: Annotated[str, Field(validation_alias="turn_id")]
    position: float
    session_time: float | None
    anchor: float | None
    kind: LineKind
    speaker: str
    speaker_attendance: Annotated[str | None, Field(validation_alias="speaker_attendance_id")]
    through_interpreter: bool
    text: str
    author: Annotated[str, Field(validation_alias="author_id")]
    typed_at: datetime
    received_at: datetime
    clock_differs: bool
    check: LineCheck
    check_note: str
    version: int


class LinesOut(Out):
    state: MinutesState
    lines: list[LineOut]
    reviewed_at: datetime | None
    may_write: bool
    may_review: bool


class LineIn(In):
    """`version`: the one that was edited, null for a new line. `typed_at`: the browser's clock at the first keystroke."""

    session_time: SessionTime | None = None
    kind: LineKind
    speaker: Annotated[str, Field(max_length=200)] = ""
    speaker_attendance: Id | None = None
    through_interpreter: bool = False
    text: Annotated[str, Field(min_length=1, max_length=10_000)]
    typed_at: Moment
    position: SessionTime | None = None
    version: Version | None = None


class AnchorIn(In):
    anchor: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    version: Version


class CheckIn(In):
    check: LineCheck
    note: Annotated[str, Field(max_length=500)] = ""
    version: Version


class SignedOffOut(Out):
    state: MinutesState
    reviewed_at: datetime | None


def line_out(line: Line) -> LineOut:
    return LineOut.model_validate(line)


@router.get("/turns/{turn_id}/lines")
async def list_lines(turn_id: str, desk: Reading) -> LinesOut:
    view = await minutes.list_lines(desk.work, desk.reader, turn_id)
    return LinesOut(
        state=view.state,
        lines=[line_out(line) for line in view.lines],
        reviewed_at=view.reviewed_at,
        may_write=view.may_write,
        may_review=view.may_review,
    )


@router.put("/turns/{turn_id}/lines/{line_id}")
async def save_line(turn_id: str, line_id: Id, body: LineIn, desk: Writing) -> LineOut:
    """Idempotent by the line's id: sending the same content again changes nothing.

    `LINE_CHANGED_ELSEWHERE` carries the line as it stands here in `details.line`."""
    line = LineInput(
        session_time=body.session_time,
        kind=body.kind,
        text=body.text,
        typed_at=body.typed_at,
        speaker=body.speaker,
        speaker_attendance=body.speaker_attendance,
        through_interpreter=body.through_interpreter,
        position=body.position,
        version=body.version,
    )
    try:
        return line_out(await minutes.save_line(desk.work, desk.reader, turn_id, line_id, line))
    except Refused as refused:
        raise await _with_line(desk, turn_id, line_id, refused) from refused


@router.delete("/turns/{turn_id}/lines/{line_id}", status_code=204)
async def remove_line(turn_id: str, line_id: Id, version: Annotated[int, Query(ge=1)], desk: Writing) -> None:
    """Takes the line out of the minutes; what it was stays in the office's tables."""
    await minutes.remove_line(desk.work, desk.reader, turn_id, line_id, version)


@router.post("/lines/{line_id}/anchor")
async def move_anchor(line_id: Id, body: AnchorIn, desk: Writing) -> LineOut:
    return line_out(await minutes.move_anchor(desk.work, desk.reader, line_id, body.anchor, body.version))


@router.post("/lines/{line_id}/check")
async def check_line(line_id: Id, body: CheckIn, desk: Writing) -> LineOut:
    return line_out(await minutes.check_line(desk.work, desk.reader, line_id, body.check, body.note, body.version))


@router.post("/turns/{turn_id}/sign-off")
async def sign_off(turn_id: str, desk: Writing) -> SignedOffOut:
    """The review is finished. `LINES_UNHEARD` says how many lines nobody has compared yet."""
    return SignedOffOut.model_validate(await minutes.sign_off(desk.work, desk.reader, turn_id))


async def _with_line(desk: Desk, turn_id: str, line_id: str, refused: Refused) -> Refused:
    """The same refusal with the whole line, so that a browser can show both forms."""
    if refused.code is not Code.LINE_CHANGED_ELSEWHERE:
        return refused
    view = await minutes.list_lines(desk.work, desk.reader, turn_id)
    present = next((line_out(line).model_dump(mode="json") for line in view.lines if line.id == line_id), None)
    return Refused(refused.code, **{**refused.details, "line": present})
