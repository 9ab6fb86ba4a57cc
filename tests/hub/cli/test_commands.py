"""The command `hub` as an administrator types it: real processes, real answers, exit codes."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from recordings.journal import format as journal
from tests.hub.conftest import Templates
from tests.recordings.making import JournalMaker, ns, numbered_packet, opened
from tests.support.system import System


@pytest.fixture
def folder(tmp_path: Path, templates: Templates) -> Path:
    """A data folder with the demo data."""
    var = tmp_path / "var"
    var.mkdir()
    (var / "hub.sqlite3").write_bytes(templates.demo.read_bytes())
    return var


@pytest.fixture
def hub(folder: Path) -> Iterator[System]:
    yield System(folder)


def test_migrate_and_seed_fill_an_empty_database_and_leave_a_full_one_alone(tmp_path: Path) -> None:
    hub = System(tmp_path / "var")
    (tmp_path / "var").mkdir()
    assert hub.command("migrate").returncode == 0
    assert "Đã nạp dữ liệu mẫu" in hub.command("seed").stdout
    assert hub.command("migrate").returncode == 0
    assert "giữ nguyên" in hub.command("seed").stdout


def test_demo_accounts_are_listed_with_their_roles(hub: System) -> None:
    listed = json.loads(hub.command("accounts", "--demo", "--json").stdout)
    roles = {role for account in listed["accounts"] for role in account["roles"]}
    assert {"leader", "secretary", "reviewer", "commune_officer", "central_officer", "auditor", "admin"} <= roles
    assert listed["password"]


def test_first_administrator_is_made_with_a_password_from_a_file(hub: System, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("một mật khẩu đủ dài\n")
    arguments = ("create-admin", "--username", "quantri2", "--full-name", "Trần Thị Thử", "--password-file")
    made = hub.command(*arguments, str(tmp_path / "password"))
    assert made.returncode == 0, made.stderr
    again = hub.command(*arguments, str(tmp_path / "password"))
    assert again.returncode == 2
    assert "ACCOUNT_EXISTS" in again.stderr
    with sqlite3.connect(hub.folder / "hub.sqlite3") as database:
        (kept,) = database.execute("SELECT password_hash FROM accounts WHERE username = 'quantri2'").fetchone()
    assert kept.startswith("$argon2")


def test_short_password_is_refused(hub: System, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("ngắn")
    arguments = ("create-admin", "--username", "x2", "--full-name", "X", "--password-file", str(tmp_path / "password"))
    refused = hub.command(*arguments)
    assert refused.returncode == 2
    assert "PASSWORD_SHORT" in refused.stderr


def test_whole_recording_is_called_whole_and_a_changed_byte_is_named(hub: System) -> None:
    maker = JournalMaker(hub.folder / "recordings" / "s" / "turn1-g1")
    packets = [journal.Packet(1, ns(n / 100), numbered_packet(n)) for n in range(50)]
    segment = maker.segment([opened(1), *packets], last=True, reason="closed")
    whole = hub.command("verify", str(maker.folder))
    assert (whole.returncode, "toàn vẹn" in whole.stdout) == (0, True)
    data = bytearray(segment.read_bytes())
    data[5000] ^= 1
    segment.chmod(0o644)
    segment.write_bytes(data)
    segment.chmod(0o444)
    changed = hub.command("verify", str(maker.folder), "--json")
    assert changed.returncode == 1
    assert json.loads(changed.stdout)["good"] is False
    assert segment.name in json.loads(changed.stdout)["sentence"]


def test_recording_recomputed_as_a_whole_is_found_by_the_audit_log(hub: System, tmp_path: Path) -> None:
    def make(place: Path, first: int) -> Path:
        maker = JournalMaker(place / "turn1-g1")
        packets = [journal.Packet(1, ns(n / 100), numbered_packet(n + first)) for n in range(50)]
        return maker.segment([opened(1), *packets], last=True, reason="closed")

    genuine, forged = make(tmp_path / "genuine", 0), make(tmp_path / "forged", 7)
    from recordings.verification import verify

    (checked,) = verify(genuine).segments
    with sqlite3.connect(hub.folder / "hub.sqlite3") as database:
        number, previous = database.execute(
            "SELECT number, hash FROM audit_entries ORDER BY number DESC LIMIT 1"
        ).fetchone()
        detail = json.dumps({"segment": 1, "offset": checked.size, "head": checked.head})
        database.execute(
            "INSERT INTO audit_entries (number, at, actor, sign_in, address, action, object_kind, object_id, reason, "
            "detail, previous_hash, hash) VALUES (?, '2026-11-22 00:00:00', 'system:node-link', '', '', "
            "'recording.chain_head', 'recording', 'turn1-g1', '', ?, ?, 'h')",
            (number + 1, detail, previous),
        )
    assert hub.command("verify", str(genuine.parent)).returncode == 0
    refused = hub.command("verify", str(forged.parent))
    assert refused.returncode == 1
    assert "không phải bản gốc" in refused.stdout


def test_recording_that_is_not_there_is_said(hub: System) -> None:
    refused = hub.command("verify", "/nowhere")
    assert refused.returncode == 2
    assert "NOT_FOUND" in refused.stderr


def test_doctor_looks_and_changes_nothing(hub: System) -> None:
    before = sorted(path.name for path in hub.folder.iterdir())
    findings = {found["code"]: found["verdict"] for found in json.loads(hub.command("doctor", "--json").stdout)}
    assert findings["DATABASE"] == "good"
    assert findings["PORTS"] == "good"
    assert findings["DEMO"] == "good"
    assert [name for name in sorted(path.name for path in hub.folder.iterdir()) if "sqlite3-" not in name] == before


def test_doctor_finds_an_open_key(hub: System) -> None:
    (hub.folder / "keys").mkdir()
    (hub.folder / "keys" / "node-1.key").write_text("k")
    (hub.folder / "keys" / "node-1.key").chmod(0o644)
    looked = hub.command("doctor", "--json")
    assert looked.returncode == 1
    assert {f["code"]: f["verdict"] for f in json.loads(looked.stdout)}["KEYS"] == "bad"


@pytest.mark.parametrize(("code", "expected"), [("PH-1999-001", "NOT_FOUND"), ("PH-2026-012", "SESSION_CLOSED")])
def test_rehearsal_of_an_impossible_session_is_refused(hub: System, code: str, expected: str) -> None:
    refused = hub.command("rehearse", "--session", code, "--sites", "1")
    assert refused.returncode == 2
    assert expected in refused.stderr


def test_help_names_every_command(hub: System) -> None:
    said = hub.command("--help").stdout
    for name in ("serve", "stop", "status", "migrate", "seed", "create-admin", "rehearse", "verify", "doctor"):
        assert name in said
