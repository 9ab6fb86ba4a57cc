"""`hub rehearse` against the whole running system: the sites join by the same protocol as browsers."""

import sqlite3
from pathlib import Path

from tests.support.system import System


def test_simulated_sites_take_the_free_seats_of_the_demo_session(tmp_path: Path) -> None:
    system = System(tmp_path / "var")
    try:
        system.start()
        with sqlite3.connect(system.folder / "hub.sqlite3") as database:
            (code,) = database.execute(
                "SELECT code FROM sessions WHERE state = 'planned' AND start_plan <= datetime('now', '+30 minutes') "
                "ORDER BY start_plan DESC LIMIT 1"
            ).fetchone()
        done = system.command("rehearse", "--session", code, "--sites", "2", "--seconds", "6")
        assert done.returncode == 0, done.stderr + system.logs()
        assert "Đã chạy 2 điểm cầu giả lập" in done.stdout
        assert done.stdout.count("đang chờ.") >= 2, done.stdout
        with sqlite3.connect(system.folder / "hub.sqlite3") as database:
            taken = database.execute("SELECT count(*) FROM call_facts WHERE kind = 'seat-taken'").fetchone()
            connected = database.execute(
                "SELECT count(*) FROM call_facts WHERE kind = 'seat-media' AND body LIKE '%connected%'"
            ).fetchone()
        assert taken == (2,)
        assert connected >= (2,)
    finally:
        system.stop()
