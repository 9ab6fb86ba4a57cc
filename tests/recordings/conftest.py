from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.recordings.making import WriterProcess


@pytest.fixture
def start_writer(tmp_path: Path) -> Iterator[Callable[..., WriterProcess]]:
    """Starts writer processes on `tmp_path`; whatever is left is stopped at the end."""
    started: list[WriterProcess] = []

    def start(**options: object) -> WriterProcess:
        started.append(WriterProcess(tmp_path, **options))  # type: ignore[arg-type]
        return started[-1]

    yield start
    for writer in started:
        if writer.process.poll() is None:
            writer.kill()
