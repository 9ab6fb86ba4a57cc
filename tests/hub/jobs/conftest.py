from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.db import migrate
from hub.db.engine import Database


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(f"sqlite+aiosqlite:///{tmp_path}/hub.sqlite3")
    await migrate.upgrade(made)
    yield made
    await made.dispose()
