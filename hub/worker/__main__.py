"""`python -m hub.worker`: runs until SIGTERM."""

import asyncio
import signal

import structlog

from hub import logging
from hub.db.engine import Database
from hub.settings import HubSettings
from hub.worker.loop import Worker

_log = structlog.get_logger(__name__)


async def run(settings: HubSettings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    database = Database(settings.database)
    worker = Worker(database, settings)
    _log.info("worker.started", owner=worker.owner)
    try:
        await worker.run(stop)
    finally:
        await database.dispose()
    _log.info("worker.stopped")


def main() -> None:
    settings = HubSettings()
    logging.configure("worker", settings.log_level)
    asyncio.run(run(settings))


if __name__ == "__main__":
    main()
