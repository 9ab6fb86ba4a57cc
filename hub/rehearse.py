"""`hub rehearse`: simulated sites take the free seats of a session through the same door as browsers.

The passes are issued here, in the name of the system, and fed to `python -m signaling.rehearsal`; a site that needs a new
pass (its node was restarted) says so in its status line and gets one.
"""

import asyncio
import json
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from hub.accounts.reader import Reader
from hub.commands import CommandRefused
from hub.db.engine import Database
from hub.errors import Code, Refused
from hub.nodes.keys import NodeKeys, load_or_create
from hub.nodes.service import JoinTicket, issue_join_pass
from hub.sessions.models import Seat, Session
from hub.settings import HubSettings
from signaling.protocol.vocabulary import Role

#: Seats that a simulated site may take: places, not persons.
_ROLES = (Role.SITE, Role.GUEST)
#: A node that is just starting greets within this.
_NODE_TIMEOUT = 10.0
_RETRY_INTERVAL = 0.5
#: How often the person at the keyboard is told how it goes.
_TELL_INTERVAL = 5.0


@dataclass(frozen=True, slots=True)
class _FreeSeat:
    id: str
    session_id: str
    name: str


READER = Reader.for_system("rehearsal")


async def run_rehearsal(
    settings: HubSettings, code: str, sites: int, seconds: float | None, say: Callable[[str], None]
) -> int:
    """Run until `seconds` are over, the session ends, or Ctrl-C. Returns the exit code of the simulation.

    Raises `CommandRefused` and `Refused`."""
    keys = load_or_create(settings.keys_dir, settings.link_key_file)
    database = Database(settings.database)
    try:
        seats = await _free_seats(database, code)
        if not seats:
            raise CommandRefused(f"NO_FREE_SEAT: Buổi {code} không có điểm cầu nào còn trống.")
        if len(seats) < sites:
            say(f"Buổi {code} chỉ còn {len(seats)} điểm cầu trống; chạy thử {len(seats)} điểm cầu.")
        rehearsal = _Rehearsal(database, keys, settings.origins[0], say)
        return await rehearsal.run(seats[:sites], seconds)
    finally:
        await database.dispose()


async def _free_seats(database: Database, code: str) -> list[_FreeSeat]:
    async with database.reading() as work:
        session_id = await work.session.scalar(select(Session.id).where(Session.code == code))
        if session_id is None:
            raise CommandRefused(f"NOT_FOUND: Không có buổi tiếp {code}.")
        free = (Seat.session_id == session_id, Seat.role.in_(_ROLES), Seat.removed_at.is_(None), ~Seat.connected)
        rows = await work.session.execute(select(Seat.id, Seat.session_id, Seat.name).where(*free).order_by(Seat.name))
        return [_FreeSeat(*row) for row in rows]


class _Rehearsal:
    def __init__(self, database: Database, keys: NodeKeys, origin: str, say: Callable[[str], None]) -> None:
        self._database = database
        self._keys = keys
        self._origin = origin
        self._say = say
        self._seats: dict[str, _FreeSeat] = {}
        self._told_at = 0.0

    async def run(self, seats: list[_FreeSeat], seconds: float | None) -> int:
        arguments = ["-m", "signaling.rehearsal", *(["--seconds", str(seconds)] if seconds else [])]
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        for number in (signal.SIGINT, signal.SIGTERM):
            # The simulation gets Ctrl-C itself (same terminal); we wait for its summary.
            asyncio.get_running_loop().add_signal_handler(number, self._end, process)
        try:
            for seat in seats:
                self._seats[seat.name] = seat
                await self._order(process, seat)
            await self._listen(process)
            return await process.wait()
        finally:
            self._end(process)

    @staticmethod
    def _end(process: asyncio.subprocess.Process) -> None:
        if process.returncode is None:
            process.terminate()

    async def _order(self, process: asyncio.subprocess.Process, seat: _FreeSeat) -> None:
        ticket = await self._ticket(seat)
        line = {"url": ticket.signaling_url, "origin": self._origin, "pass": ticket.pass_text, "name": seat.name}
        if process.stdin is not None:
            process.stdin.write(json.dumps(line).encode() + b"\n")
            await process.stdin.drain()

    async def _ticket(self, seat: _FreeSeat) -> JoinTicket:
        give_up_at = time.monotonic() + _NODE_TIMEOUT
        while True:
            try:
                async with self._database.unit_of_work() as work:
                    return await issue_join_pass(work, READER, self._keys, seat.session_id, seat.id)
            except Refused as refused:
                if refused.code is not Code.NODE_UNAVAILABLE or time.monotonic() > give_up_at:
                    raise
            await asyncio.sleep(_RETRY_INTERVAL)

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        if process.stdout is None:
            return
        while line := await process.stdout.readline():
            status: dict[str, Any] = json.loads(line)
            if status.get("summary"):
                self._tell_summary(status)
                continue
            seat = self._seats.get(str(status.get("name", "")))
            if seat is not None and status.get("needs_pass"):
                await self._order(process, seat)
            if time.monotonic() - self._told_at >= _TELL_INTERVAL:
                self._told_at = time.monotonic()
                self._say(_sentence(status))

    def _tell_summary(self, summary: dict[str, Any]) -> None:
        sites = summary.get("sites", [])
        self._say(f"Đã chạy {len(sites)} điểm cầu giả lập trong {summary.get('seconds')} giây.")
        for site in sites:
            self._say(_sentence(site))


_PLACES = {"lobby": "đang chờ", "waiting": "chờ đến lượt", "room": "trong phòng", None: "chưa vào"}


def _sentence(status: dict[str, Any]) -> str:
    place = _PLACES.get(status.get("place"), str(status.get("place")))
    error = f" Lỗi gần nhất: {status['last_error']}" if status.get("last_error") else ""
    return f"{status.get('name', '?')}: {place}.{error}"
