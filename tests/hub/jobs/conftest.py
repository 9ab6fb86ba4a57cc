"""Jobs run on both engines: each test here twice."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.db.engine import Database
from tests.hub.conftest import Postgres, Templates, _copied
from tests.support.office import ManualClock


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        templates: Templates = request.getfixturevalue("templates")
        return _copied(templates.empty, tmp_path)
    postgres: Postgres = request.getfixturevalue("postgres")
    return postgres.copy(demo=False)


@pytest.fixture
async def database(url: str, clock: ManualClock) -> AsyncIterator[Database]:
    """An empty, migrated database on each engine in turn, with a clock that stands still."""
    database = Database(url, clock)
    yield database
    await database.dispose()
