"""Processes die in mid-call, with simulated sites in the room: what the people would notice."""

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.system import ROOT, System, until


@pytest.fixture
def call(tmp_path: Path) -> Iterator["Call"]:
    system = System(tmp_path / "var")
    system.start()
    call = Call(system)
    yield call
    call.end()
    system.stop()


class Call:
    """Two simulated sites in the demo session that can be joined now."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.database = sqlite3.connect(system.folder / "hub.sqlite3", timeout=20)
        (code,) = self.database.execute(
            "SELECT code FROM sessions WHERE state = 'planned' AND start_plan <= datetime('now', '+30 minutes') "
            "ORDER BY start_plan DESC LIMIT 1"
        ).fetchone()
        self.sites = subprocess.Popen(
            [sys.executable, "-m", "hub.cli", "rehearse", "--session", code, "--sites", "2", "--seconds", "120"],
            env=system.environment,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def seats_with_media(self, generation: int) -> int:
        query = (
            "SELECT count(DISTINCT json_extract(body, '$.seat')) FROM call_facts "
            "WHERE kind = 'seat-media' AND json_extract(body, '$.state') = 'connected' AND generation = ?"
        )
        return int(self.database.execute(query, (generation,)).fetchone()[0])

    def kinds(self) -> dict[str, int]:
        return dict(self.database.execute("SELECT kind, count(*) FROM call_facts GROUP BY kind").fetchall())

    def generation(self) -> int:
        return int(self.database.execute("SELECT max(generation) FROM placements").fetchone()[0])

    def end(self) -> None:
        self.sites.send_signal(signal.SIGTERM)
        self.sites.wait(60)
        self.database.close()


def test_call_survives_the_hub_and_seats_come_back_after_the_node(call: Call) -> None:
    until(lambda: call.seats_with_media(1) == 2, 60)
    before = call.kinds()

    # The hub dies: nobody leaves, nothing moves.
    call.system.kill_child("hub")
    until(call.system.ready, 60)
    assert call.kinds() == before
    assert call.generation() == 1

    # The writer and the worker die: the call does not notice.
    for name in ("writer", "worker"):
        pid = call.system.kill_child(name)
        until(lambda name=name, pid=pid: call.system.pids().get(name, pid) != pid)
    assert call.kinds() == before

    # The node dies: a new generation, and both seats are back by themselves.
    began = time.monotonic()
    call.system.kill_child("node")
    until(lambda: call.seats_with_media(2) == 2, 60)
    print(f"both seats have media again {time.monotonic() - began:.1f} s after the node was killed")
    assert call.generation() == 2
    assert call.sites.poll() is None
