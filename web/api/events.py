"""What changes in a session, told as it happens (text/event-stream). No transaction is held while the stream is open."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import StreamingResponse

from hub.accounts.reader import Reader
from hub.accounts.roles import Permission, may
from hub.accounts.service import reader_of
from hub.db.engine import Change, Subject, Work
from hub.errors import Refused
from hub.minutes.models import Line
from hub.minutes.repository import MinutesRepository
from hub.sessions import service as sessions
from web.access import API
from web.api.minutes import line_out
from web.desk import SignedIn, address_of, secret_of
from web.events import Broker, Watcher
from web.office import Office, office_of

router = APIRouter(prefix=API, tags=["sessions"])

#: Below the idle limits of proxies, and how soon a revoked sign-in stops hearing.
KEEP_ALIVE_INTERVAL = 10.0
#: A browser whose stream broke asks again after this many milliseconds.
RETRY = 1000


@router.get("/sessions/{session_id}/events", response_class=StreamingResponse)
async def events(session_id: str, request: Request, reader: SignedIn) -> StreamingResponse:
    """`snapshot` first and whenever something was missed: look at everything again. Then `changed` with
    `{what: session|turn|line|recording|people, id}`; for a line also `turn` and the line itself, null when removed."""
    office = office_of(request)
    async with office.database.reading() as work:
        await sessions.get_session(work, reader, session_id)
    stream = _Stream(office, session_id, secret_of(request), address_of(request))
    return StreamingResponse(
        stream.messages(),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


class _Stream:
    def __init__(self, office: Office, session_id: str, secret: str, address: str) -> None:
        self.office = office
        self.session_id = session_id
        self.secret = secret
        self.address = address

    async def messages(self) -> AsyncIterator[str]:
        broker: Broker = self.office.broker
        watcher = broker.watch(self.session_id)
        try:
            yield f"retry: {RETRY}\n\n"
            yield _message("snapshot", {})
            while not broker.closed:
                change = await _next_change(watcher)
                if watcher.overrun:
                    watcher.overrun = False
                    yield _message("snapshot", {})
                    continue
                async with self.office.database.reading() as work:
                    reader = await reader_of(work, self.secret, self.address)
                    if reader is None:
                        return
                    told = await self._told(work, reader, change) if change else ": still here\n\n"
                if told:
                    yield told
        finally:
            broker.forget(watcher)

    async def _told(self, work: Work, reader: Reader, change: Change) -> str:
        """The change as this reader may hear of it, "" where it may not."""
        if change.subject is Subject.DESIRED:
            return ""
        data: dict[str, Any] = {"what": change.subject.value, "id": change.id}
        if change.subject is Subject.LINE:
            found = await _line(work, reader, change.id)
            if found is None:
                return ""
            data["turn"] = found.turn_id
            data["line"] = None if found.removed_at else line_out(found).model_dump(mode="json")
        return _message("changed", data)


async def _line(work: Work, reader: Reader, line_id: str) -> Line | None:
    """The line, for those who may read the minutes of its turn."""
    line = await MinutesRepository(work.session).line(line_id)
    if line is None or not may(reader, Permission.MINUTES_READ):
        return None
    try:
        await sessions.turn_for(work, reader, line.turn_id)
    except Refused:
        return None
    return line


async def _next_change(watcher: Watcher) -> Change | None:
    """The next change, or none for a sign of life."""
    try:
        async with asyncio.timeout(KEEP_ALIVE_INTERVAL):
            return await watcher.next()
    except TimeoutError:
        return None


def _message(event: str, data: dict[str, Any]) -> str:
    return f"event: {event}\ndata: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n"
