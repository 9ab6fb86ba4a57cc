"""`hub serve` with all its real processes: what dies comes back, what lives goes on, what cannot start says why."""

import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.system import CHILDREN, System, until


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    made = System(tmp_path / "var", demo=False)
    yield made
    made.stop()


def test_what_dies_comes_back_and_what_lives_survives_its_parent(system: System) -> None:
    assert system.url in system.start()
    first = system.pids()
    assert set(first) == set(CHILDREN)

    # Each child dies in turn, as by kill -9: it is back, the others were not touched.
    for name in CHILDREN:
        before = system.pids()
        system.kill_child(name)
        until(lambda name=name, before=before: system.pids().get(name, before[name]) != before[name])
        after = system.pids()
        assert {other: after[other] for other in CHILDREN if other != name} == {
            other: before[other] for other in CHILDREN if other != name
        }
    until(system.ready)

    # A second parent is refused and disturbs nothing.
    children = system.pids()
    refused = system.command("serve")
    assert refused.returncode == 2
    assert "ALREADY_RUNNING" in refused.stderr
    assert system.pids() == children

    # The parent dies: nothing stops. The next one adopts what it finds.
    system.kill_parent()
    assert system.ready()
    assert system.pids() == children
    system.start()
    assert system.pids() == children
    system.kill_child("worker")
    until(lambda: system.pids().get("worker", children["worker"]) != children["worker"])
    node = children["node"]
    os.kill(node, signal.SIGKILL)
    until(lambda: system.pids().get("node", node) != node and system.ready())

    stopped = system.stop()
    assert stopped.returncode == 0, stopped.stderr
    assert system.pids() == {}
    assert system.command("status").returncode == 1


def test_children_without_a_parent_are_stopped_by_the_command_too(system: System) -> None:
    system.start()
    system.kill_parent()
    children = system.pids()
    assert set(children) == set(CHILDREN)
    assert system.command("stop").returncode == 0
    assert system.pids() == {}
    nothing = system.command("stop")
    assert nothing.returncode == 1
    assert "NOT_RUNNING" in nothing.stderr


def test_sigterm_stops_everything_in_order_within_seconds(system: System) -> None:
    system.start()
    assert system.parent is not None
    began = time.monotonic()
    system.parent.send_signal(signal.SIGTERM)
    assert system.parent.wait(60) == 0
    assert time.monotonic() - began < 20
    assert system.pids() == {}
    log = [json.loads(line) for line in (system.folder / "log" / "supervisor.log").read_text().splitlines()]
    assert log[-1]["event"] == "stopped"


def test_port_in_use_is_said_before_anything_is_started(system: System) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", system.http_port))
        taken.listen()
        refused = system.command("serve")
    assert refused.returncode == 2
    assert "PORT_IN_USE" in refused.stderr
    assert str(system.http_port) in refused.stderr
    assert system.pids() == {}
    assert not (system.folder / "hub.sqlite3").exists()


def test_data_folder_that_cannot_be_written_is_said(system: System) -> None:
    system.folder.write_text("a file stands where the folder should be")
    refused = system.command("serve")
    assert refused.returncode == 2
    assert "DATA_FOLDER_UNWRITABLE" in refused.stderr
    system.folder.unlink()


def test_impossible_setting_is_said(system: System) -> None:
    refused = system.command("serve", HUB_HTTP_PORT="eight")
    assert refused.returncode == 2
    assert "SETTINGS_INVALID" in refused.stderr
    assert "HUB_HTTP_PORT" in refused.stderr or "http_port" in refused.stderr


def test_spoilt_key_is_said_and_kept(system: System) -> None:
    keys = system.folder / "keys"
    keys.mkdir(parents=True)
    (keys / "join-pass.key").write_text("spoilt")
    refused = system.command("serve")
    assert refused.returncode == 2
    assert "KEY_UNUSABLE" in refused.stderr
    assert (keys / "join-pass.key").read_text() == "spoilt"


def test_https_with_a_certificate_of_the_local_authority(tmp_path: Path) -> None:
    import ssl
    import urllib.request

    system = System(tmp_path / "var", demo=False)
    try:
        said = system.start("--tls")
        assert f"https://127.0.0.1:{system.http_port}" in said
        trusting = ssl.create_default_context(cafile=str(system.folder / "keys" / "tls" / "authority.pem"))
        for port in (system.http_port, system.signaling_port):
            address = f"https://127.0.0.1:{port}/readyz"
            until(lambda address=address: urllib.request.urlopen(address, context=trusting, timeout=3).status == 200)

        def node_is_linked() -> bool:
            address = f"https://127.0.0.1:{system.http_port}/readyz"
            with urllib.request.urlopen(address, context=trusting, timeout=3) as answer:
                return bool(json.load(answer)["node"])

        until(node_is_linked)
    finally:
        system.stop()
