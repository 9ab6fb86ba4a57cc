"""The first thing a child does: take its lock, write its pid file, become its program.

`python -m hub.supervisor.launch NAME RUN_DIR -- PROGRAM ARG…`. The lock is held by the file descriptor that the program
inherits, so it lives exactly as long as the process: whoever finds it free knows that the process is gone, whoever finds it
taken may adopt. Two processes of one name can therefore never run on one data folder, not even when a parent dies between
starting a child and noting it.
"""

import contextlib
import fcntl
import json
import os
import sys
from pathlib import Path

#: Exit code when a process of that name already runs (sysexits EX_TEMPFAIL).
ALREADY_RUNNING = 75


def start_time_of(pid: int) -> int | None:
    """Start of a process in clock ticks since boot (proc(5), stat field 22): with the pid it names one process for ever.

    None when there is no such process or it is a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The second field is the program's name in brackets and may hold anything, brackets too.
    fields = stat[stat.rindex(")") + 2 :].split()
    return None if fields[0] in {"Z", "X"} else int(fields[19])


def lock_path(run_dir: Path, name: str) -> Path:
    return run_dir / f"{name}.alive"


def pid_path(run_dir: Path, name: str) -> Path:
    return run_dir / f"{name}.json"


def write_pid_file(run_dir: Path, name: str) -> None:
    """Whole or not at all: a reader never sees half a file."""
    pid = os.getpid()
    target = pid_path(run_dir, name)
    draft = target.with_name(f".{target.name}.{pid}")
    draft.write_text(json.dumps({"name": name, "pid": pid, "start": start_time_of(pid)}), encoding="ascii")
    draft.replace(target)


def take_lock(run_dir: Path, name: str) -> int | None:
    """Descriptor of the lock, None when somebody holds it."""
    descriptor = os.open(lock_path(run_dir, name), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def main(arguments: list[str]) -> None:
    name, run_dir, _dashes, *command = arguments
    descriptor = take_lock(Path(run_dir), name)
    if descriptor is None:
        raise SystemExit(ALREADY_RUNNING)
    os.set_inheritable(descriptor, True)
    write_pid_file(Path(run_dir), name)
    with contextlib.suppress(OSError):
        # The node and the writer must live when memory is short; the worker can be started again.
        Path("/proc/self/oom_score_adj").write_text({"worker": "500", "hub": "100"}.get(name, "0"), encoding="ascii")
    os.execv(command[0], command)  # noqa: S606 (the command is ours, from hub.supervisor.children)


if __name__ == "__main__":
    main(sys.argv[1:])
