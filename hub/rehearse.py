"""`hub rehearse`: simulated sites take the free seats of a session through the same door as browsers.

The passes are issued here, in the name of the system, and fed to `python -m signaling.rehearsal`; a site that needs a new
pass (its node was restarted) says so in its status line and gets one.
"""

import asyncio
import json
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
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
        self._latest: dict[str, dict[str, Any]] = {}
        self._told_at = time.monotonic()

    async def run(self, seats: list[_FreeSeat], seconds: float | None) -> int:
        # Refusals come before anything is started.
        orders = [await self._order(seat) for seat in seats]
        self._seats = {seat.name: seat for seat in seats}
        arguments = ["-m", "signaling.rehearsal", *(["--seconds", str(seconds)] if seconds else [])]
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        for number in (signal.SIGINT, signal.SIGTERM):
            # The simulation gets Ctrl-C itself (same terminal); we wait for its summary.
            asyncio.get_running_loop().add_signal_handler(number, self._end, process)
        try:
            await self._feed(process, *orders)
            await self._listen(process)
        except BaseException:
            self._end(process)
            await process.wait()
            raise
        # Not ended by us here: signalling a process that is just ending takes its exit code away from asyncio.
        return await process.wait()

    @staticmethod
    def _end(process: asyncio.subprocess.Process) -> None:
        if process.returncode is None:
            process.terminate()

    @staticmethod
    async def _feed(process: asyncio.subprocess.Process, *orders: bytes) -> None:
        if process.stdin is not None:
            process.stdin.writelines(orders)
            await process.stdin.drain()

    async def _order(self, seat: _FreeSeat) -> bytes:
        ticket = await self._ticket(seat)
        line = {"url": ticket.signaling_url, "origin": self._origin, "pass": ticket.pass_text, "name": seat.name}
        return json.dumps(line).encode() + b"\n"

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
            name = str(status.get("name", ""))
            seat = self._seats.get(name)
            if seat is None:
                continue
            if status.get("needs_pass"):
                await self._feed(process, await self._order(seat))
            self._latest[name] = status
            if time.monotonic() - self._told_at >= _TELL_INTERVAL:
                self._told_at = time.monotonic()
                self._say(_tally(self._latest.values()))

    def _tell_summary(self, summary: dict[str, Any]) -> None:
        sites = summary.get("sites", [])
        self._say(f"Đã chạy {len(sites)} điểm cầu giả lập trong {summary.get('seconds')} giây.")
        for site in sites:
            error = f" Lỗi gần nhất: {site['last_error']}" if site.get("last_error") else ""
            self._say(f"{site.get('name', '?')}: {_place(site)}.{error}")


_PLACES = {"lobby": "đang chờ", "waiting": "chờ đến lượt", "room": "trong phòng", "None": "chưa vào"}


def _place(status: dict[str, Any]) -> str:
    place = str(status.get("place"))
    return _PLACES.get(place, place)


def _tally(statuses: Iterable[dict[str, Any]]) -> str:
    """ "Điểm cầu giả lập: 3 trong phòng, 1 đang chờ." """
    counts = Counter(_place(status) for status in statuses)
    return f"Điểm cầu giả lập: {', '.join(f'{count} {place}' for place, count in counts.most_common())}."
