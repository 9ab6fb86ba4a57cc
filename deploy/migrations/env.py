"""Alembic's entry: runs on the connection `hub.db.migrate` hands over, or connects to HUB_DATABASE_URL by itself."""

import asyncio
import os

from alembic import context
from sqlalchemy import Connection

from hub.db.base import EnumText, UtcDateTime
from hub.db.engine import Database
from hub.db.models import Base


def _render(kind: str, item: object, _: object) -> str | bool:
    """Migrations name plain column types, so that they stay what they were when the models move on."""
    if kind == "type" and isinstance(item, EnumText):
        return "sa.String(length=32)"
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        render_item=_render,
        compare_type=False,
    )
    with context.begin_transaction():
        context.run_migrations()


async def _run_alone() -> None:
    database = Database(os.environ["HUB_DATABASE_URL"])
    async with database.engine.begin() as connection:
        await connection.run_sync(run)
    await database.dispose()


handed_over = context.config.attributes.get("connection")
if handed_over is not None:
    run(handed_over)
else:
    asyncio.run(_run_alone())
