"""Bringing a database to the schema of this version. The steps are in deploy/migrations."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from hub.db.engine import Database

#: Beside the packages: the system is run from its source tree (deploy/start).
CONFIG = Path(__file__).parents[2] / "deploy" / "alembic.ini"


async def upgrade(database: Database, revision: str = "head") -> None:
    """Runs the missing steps in one transaction; on a database that is up to date nothing happens."""
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(_config(sync), revision))


async def downgrade(database: Database, revision: str) -> None:
    """Takes steps back, to a revision or "base"."""
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.downgrade(_config(sync), revision))


async def is_current(database: Database) -> bool:
    """Whether the database has this version's schema, for /readyz."""
    async with database.engine.connect() as connection:
        return await connection.run_sync(_revision) == _head()


async def differences(database: Database) -> list[object]:
    """What the models have and the schema has not, or the other way round; empty when migrations are complete."""
    from alembic.autogenerate import compare_metadata

    from hub.db.models import Base

    def compare(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))

    async with database.engine.connect() as connection:
        return await connection.run_sync(compare)


def _config(connection: Connection | None = None) -> Config:
    config = Config(CONFIG)
    config.attributes["connection"] = connection
    return config


def _head() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
