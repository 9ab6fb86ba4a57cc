"""A turn that was recorded: rows as the node's facts made them, and a real journal of VP8 and Opus on disk."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from hub.db.engine import Database
from hub.nodes.intake import take_facts
from hub.settings import HubSettings
from recordings.journal import format as journal
from recordings.journal.client import OpenJournal
from signaling.protocol.hub_link import Fact, RecordingStarted, RecordingStopped, SegmentClosed, TurnEnded, TurnStarted
from signaling.protocol.ids import RecordingId, SeatId, TurnId
from tests.hub.conftest import Templates
from tests.recordings.making import JournalMaker, ns, opened
from tests.support.media import OpusPacketizer, Vp8Packetizer, beeps, encode_opus, encode_vp8, flashes
from tests.support.office import Office, fact_record
from tests.support.system import ROOT

SECONDS = 6.0


def media_records() -> list[journal.Record]:
    """A camera and a microphone, six seconds long."""
    frames, sound = encode_vp8(flashes([1.0, 3.0], length=0.5), SECONDS), encode_opus(beeps([1.0, 3.0]), SECONDS)
    camera, microphone = Vp8Packetizer(), OpusPacketizer()
    timed: list[tuple[float, journal.Record]] = []
    for index, frame in enumerate(frames):
        at = index / 15
        timed += [(at, journal.Packet(1, ns(at), packet)) for packet in camera.packets(frame, index * 6_000)]
    for index, opus in enumerate(sound):
        timed.append((index / 50, journal.Packet(2, ns(index / 50), microphone.packet(opus, index * 960))))
    return [opened(1), opened(2, kind="audio"), *[record for _, record in sorted(timed, key=lambda item: item[0])]]


@pytest.fixture(scope="session")
def records() -> list[journal.Record]:
    return media_records()


@dataclass
class RecordedTurn:
    """`folder` is the journal's; `journal_id` its name."""

    office: Office
    settings: HubSettings
    session: str
    turn: str
    journal_id: str
    folder: Path
    segment: Path
    numbers: Iterator[int]

    @property
    def database(self) -> Database:
        return self.office.database

    async def report(self, *facts: Fact, at: float = 60.0) -> None:
        """As the node would."""
        async with self.office.work() as work:
            rows = [fact_record(self.session, next(self.numbers), fact, at=at) for fact in facts]
            await take_facts(work, "node-1", rows)

    async def begin(self) -> None:
        turn, by = TurnId(self.turn), SeatId("chair")
        await self.report(
            TurnStarted(turn=turn, by=by), RecordingStarted(turn=turn, recording=RecordingId(self.journal_id))
        )

    async def end(self) -> None:
        """The turn is over and its journal closed: the job is asked for."""
        turn, recording = TurnId(self.turn), RecordingId(self.journal_id)
        path = str(self.segment.relative_to(self.settings.recordings_dir))
        await self.report(
            TurnEnded(turn=turn, by=SeatId("chair")),
            SegmentClosed(recording=recording, segment=1, path=path, size=self.segment.stat().st_size, head="00" * 32),
            RecordingStopped(turn=turn, recording=recording),
            at=70.0,
        )


@pytest.fixture
async def recorded(
    tmp_path: Path, templates: Templates, clock: object, records: list[journal.Record], office: Office
) -> AsyncIterator[RecordedTurn]:
    """The demo session's first turn, with its journal on disk; nothing has been reported of it yet."""
    settings = HubSettings(data_dir=tmp_path)
    for folder in (settings.recordings_dir, settings.media_dir, settings.run_dir):
        folder.mkdir(parents=True)
    turn = (await office.turns())[0]
    journal_id = f"{turn.id}-g1"
    folder = settings.recordings_dir / turn.session_id / journal_id
    order = OpenJournal(journal_id, turn.session_id, turn.id, 1, "b1", -1000.0)
    segment = JournalMaker(folder, order).segment(records, last=True, reason="closed")
    numbers = iter(range(1, 10_000))
    yield RecordedTurn(office, settings, turn.session_id, turn.id, journal_id, folder, segment, numbers)


_numbers = count(1)


class WorkerProcess:
    """A real `python -m hub.worker` on the data folder."""

    def __init__(self, data_dir: Path) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
        self._path = data_dir / f"worker-{next(_numbers)}.log"
        self._log = self._path.open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hub.worker"],
            env=environment | {"HUB_DATA_DIR": str(data_dir)},
            cwd=ROOT,
            stdout=self._log,
            stderr=self._log,
        )

    def said_it_started(self) -> bool:
        return "worker.started" in self._path.read_text()

    def kill(self) -> None:
        self.process.kill()
        self._end()

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self._end()

    def _end(self) -> int:
        code = self.process.wait(30)
        self._log.close()
        return code


async def until(condition, patience: float = 60.0):
    """Ask again and again: another process tells us nothing. `condition` may be a coroutine function."""
    async with asyncio.timeout(patience):
        while True:
            answer = condition()
            if asyncio.iscoroutine(answer):
                answer = await answer
            if answer:
                return answer
            await asyncio.sleep(0.002)
