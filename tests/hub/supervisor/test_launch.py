"""Real processes: the lock lives as long as the process, the pid file names it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hub.supervisor.children import find, is_locked, open_running
from hub.supervisor.launch import ALREADY_RUNNING, pid_path, start_time_of, take_lock


def launch(run_dir: Path, name: str, *program: str) -> "subprocess.Popen[str]":
    """A program that says a line once it runs and ends when its standard input is closed."""
    code = "import sys; print('runs', flush=True); sys.stdin.read()"
    command = [
        sys.executable,
        "-m",
        "hub.supervisor.launch",
        name,
        str(run_dir),
        "--",
        *(program or (sys.executable, "-c", code)),
    ]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    return process


def wait_until_it_runs(process: "subprocess.Popen[str]") -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "runs\n"


def end(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.close()
    process.wait(10)


def test_child_is_found_by_its_pid_file_while_it_lives_and_not_after(tmp_path: Path) -> None:
    child = launch(tmp_path, "hub")
    wait_until_it_runs(child)
    running = find(tmp_path, "hub")
    assert running is not None and running.pid == child.pid
    assert not running.ended()
    end(child)
    assert running.ended(5.0)
    running.close()
    assert find(tmp_path, "hub") is None
    assert not is_locked(tmp_path, "hub")


def test_second_process_of_the_same_name_is_refused(tmp_path: Path) -> None:
    first = launch(tmp_path, "node")
    wait_until_it_runs(first)
    second = launch(tmp_path, "node")
    assert second.wait(10) == ALREADY_RUNNING
    found = find(tmp_path, "node")
    assert found is not None and found.pid == first.pid
    found.close()
    end(first)


def test_killed_child_frees_its_name_at_once(tmp_path: Path) -> None:
    child = launch(tmp_path, "writer")
    wait_until_it_runs(child)
    os.kill(child.pid, signal.SIGKILL)
    child.wait(10)
    assert not is_locked(tmp_path, "writer")


def test_children_of_a_child_do_not_keep_its_name(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', 'import sys; sys.stdin.read()'], "
        "stdin=subprocess.PIPE); print('runs', flush=True); sys.stdin.read(); print(p.pid)"
    )
    child = launch(tmp_path, "worker", sys.executable, "-c", code)
    wait_until_it_runs(child)
    os.kill(child.pid, signal.SIGKILL)
    child.wait(10)
    assert not is_locked(tmp_path, "worker")


def test_pid_file_of_another_process_with_the_same_pid_is_not_believed(tmp_path: Path) -> None:
    start = start_time_of(os.getpid())
    assert start is not None
    pid_path(tmp_path, "hub").write_text(json.dumps({"name": "hub", "pid": os.getpid(), "start": start - 1}))
    assert find(tmp_path, "hub") is None


def test_pid_file_without_a_held_lock_is_not_believed(tmp_path: Path) -> None:
    """After the machine's reboot a pid and its start ticks may both come again."""
    pid_path(tmp_path, "hub").write_text(
        json.dumps({"name": "hub", "pid": os.getpid(), "start": start_time_of(os.getpid())})
    )
    assert find(tmp_path, "hub") is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": "x", "start": 1}', "null"])
def test_spoilt_pid_file_counts_as_none(tmp_path: Path, content: str) -> None:
    pid_path(tmp_path, "hub").write_text(content)
    assert find(tmp_path, "hub") is None


def test_process_is_named_by_pid_and_start(tmp_path: Path) -> None:
    start = start_time_of(os.getpid())
    assert start is not None
    mine = open_running("test", os.getpid(), start)
    assert mine is not None and not mine.ended()
    mine.close()


def test_lock_is_given_back_when_its_descriptor_is_closed(tmp_path: Path) -> None:
    descriptor = take_lock(tmp_path, "hub")
    assert descriptor is not None
    assert take_lock(tmp_path, "hub") is None
    os.close(descriptor)
    again = take_lock(tmp_path, "hub")
    assert again is not None
    os.close(again)
