"""Lịch: coming and past sessions by day."""

from datetime import date, timedelta
from itertools import groupby

from fastapi import APIRouter
from starlette.responses import Response

from hub.clock import VIETNAM, in_vietnam
from hub.sessions import service as sessions
from web.desk import Reading
from web.pages.today import start_of_day

router = APIRouter(include_in_schema=False)

#: How far one page of the calendar reaches.
PAGE = timedelta(days=28)


@router.get("/calendar")
async def calendar(desk: Reading, start: date | None = None) -> Response:
    """From `start` (a day, default today) four weeks on."""
    today = start_of_day(desk.work.now)
    # dates are whole days in Vietnam
    begin = today if start is None else today.replace(year=start.year, month=start.month, day=start.day)
    rows = await sessions.list_sessions(desk.work, desk.reader, begin, begin + PAGE)
    days = [(day, list(group)) for day, group in groupby(rows, lambda row: in_vietnam(row.start_plan).date())]
    return desk.page(
        "calendar.html",
        days=days,
        today=today.astimezone(VIETNAM).date(),
        begin=begin.date(),
        last=(begin + PAGE - timedelta(days=1)).date(),
        earlier=(begin - PAGE).date(),
        following=(begin + PAGE).date(),
    )
