"""A process of its own that writes lines until it is killed, telling each commit on standard output.

`python -m tests.hub.minutes.writer_process DATABASE_URL TURN FIRST_NUMBER`
"""

import asyncio
import sys
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select

from hub.accounts.models import Account
from hub.accounts.reader import Reader
from hub.accounts.repository import AccountRepository
from hub.db.engine import Database
from hub.minutes.models import LineKind
from hub.minutes.service import LineInput, save_line


def id_of(number: int) -> str:
    return str(UUID(int=number))


async def write(url: str, turn_id: str, number: int) -> None:
    database = Database(url)
    # A system reader has no account; the line's author must be one.
    async with database.reading() as work:
        account = (await work.session.scalars(select(Account).where(Account.username == "thuky"))).one()
        reader: Reader = await AccountRepository(work.session).reader_for(account, work.now, None, "")
    while True:
        line = LineInput(float(number), LineKind.STATEMENT, f"Dòng {number}", datetime.now(UTC))
        async with database.unit_of_work() as work:
            await save_line(work, reader, turn_id, id_of(number), line)
        print(number, flush=True)
        number += 1


if __name__ == "__main__":
    asyncio.run(write(sys.argv[1], sys.argv[2], int(sys.argv[3])))
