"""K1 in short: a hub's writer is killed again and again; no confirmed line is lost, none is there twice."""

import asyncio
import random
import signal
import sys

from sqlalchemy import select

from hub.minutes.models import Line
from tests.hub.minutes.writer_process import id_of
from tests.support.office import Office

KILLS = 5
#: Lines confirmed before each kill, at random in this range.
CONFIRMED = (5, 40)


async def _write_until_killed(office: Office, turn_id: str, first: int, count: int) -> int:
    """Starts a writer, kills it after `count` confirmations; answers the last confirmed number."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.hub.minutes.writer_process",
        office.database.url,
        turn_id,
        str(first),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    for _ in range(count):
        assert await process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    left = (await process.stdout.read()).split()
    await process.wait()
    return int(left[-1]) if left else first + count - 1


async def test_a_writer_killed_at_any_moment_loses_no_confirmed_line(office: Office) -> None:
    chance, turn_id = random.Random(2026), (await office.turns())[0].id
    confirmed: list[int] = []
    first = 1
    for _ in range(KILLS):
        last = await _write_until_killed(office, turn_id, first, chance.randint(*CONFIRMED))
        confirmed += range(first, last + 1)
        # The next one sends the last confirmed line again, as a browser does whose answer was lost.
        first = last
    async with office.database.reading() as work:
        rows = await work.session.scalars(select(Line).where(Line.turn_id == turn_id).order_by(Line.position))
        lines = [(line.id, line.version) for line in rows]
    found = {line_id for line_id, _ in lines}
    assert {id_of(number) for number in confirmed} <= found
    # One line may have been committed in the moment between commit and confirmation.
    assert len(found) == len(lines) <= len(set(confirmed)) + KILLS
    assert {version for _, version in lines} == {1}
    assert [line_id for line_id, _ in lines] == [
        id_of(number) for number in sorted(int(i.replace("-", ""), 16) for i, _ in lines)
    ]
