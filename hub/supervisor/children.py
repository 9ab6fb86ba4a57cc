"""Which processes there are, how each is started, how one is found again."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hub.settings import HubSettings
from hub.supervisor.launch import lock_path, pid_path, start_time_of, take_lock

#: A log that has grown beyond this is set aside when its process is started again; the one before that goes.
LOG_BYTES = 50_000_000


@dataclass(frozen=True, slots=True)
class Child:
    """A process we keep alive. `stop_timeout`: seconds between SIGTERM and SIGKILL."""

    name: str
    module: str
    stop_timeout: float


#: In the order of starting. The writer comes before the node so that a tap finds its journal at once.
#: In ten seconds the hub ends its requests, the node drains (five seconds by its own rule), the writer syncs.
CHILDREN = (
    Child("hub", "web", 10.0),
    Child("writer", "recordings.writer", 10.0),
    Child("node", "signaling.wire.node", 10.0),
    Child("worker", "hub.worker", 10.0),
)

#: In the order of stopping: no new calls, then the calls, then what they write, then what is made of it.
STOP_ORDER = ("hub", "node", "writer", "worker")


@dataclass(frozen=True, slots=True)
class Running:
    """One process, named for ever by pid and start time; `descriptor` is a pidfd, readable once it has ended."""

    name: str
    pid: int
    start: int
    descriptor: int

    def signal(self, number: int) -> None:
        """Through the pidfd: never reaches another process that got the same pid."""
        try:
            signal.pidfd_send_signal(self.descriptor, number)
        except ProcessLookupError:
            return

    def ended(self, timeout: float = 0.0) -> bool:
        """Wait up to `timeout` seconds for the end."""
        readable, _, _ = select.select([self.descriptor], [], [], timeout)
        return bool(readable)

    def close(self) -> None:
        os.close(self.descriptor)


def open_running(name: str, pid: int, start: int) -> Running | None:
    """The process if it still is the one meant."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return None
    # Checked after the descriptor is open: from here on the pid cannot change its owner unseen.
    if start_time_of(pid) != start:
        os.close(descriptor)
        return None
    return Running(name=name, pid=pid, start=start, descriptor=descriptor)


def is_locked(run_dir: Path, name: str) -> bool:
    """True while a process of that name lives."""
    if not lock_path(run_dir, name).exists():
        return False
    descriptor = take_lock(run_dir, name)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False


def find(run_dir: Path, name: str) -> Running | None:
    """The living process of that name, started by whomever."""
    try:
        noted = json.loads(pid_path(run_dir, name).read_text(encoding="ascii"))
        running = open_running(name, int(noted["pid"]), int(noted["start"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    if running is not None and not is_locked(run_dir, name):
        # Same pid and start ticks after a reboot of the machine: not ours.
        running.close()
        return None
    return running


def environment(settings: HubSettings, base: Mapping[str, str]) -> dict[str, str]:
    """What children are told: the parent's surroundings, with every address spelled out."""
    told = dict(base)
    told.update(
        HUB_DATA_DIR=str(settings.data_dir.absolute()),
        HUB_BIND=settings.bind,
        HUB_HTTP_PORT=str(settings.http_port),
        HUB_SIGNALING_PORT=str(settings.signaling_port),
        HUB_MEDIA_PORT=str(settings.media_port),
        HUB_ADVERTISE=settings.advertised,
        HUB_PUBLIC_URL=settings.address,
        HUB_SIGNALING_URL=settings.node_address,
        HUB_NODE_ID=settings.node_id,
        HUB_NODE_KEY_FILE=str(settings.link_key_file.absolute()),
        PYTHONUNBUFFERED="1",
    )
    told.setdefault("HUB_LINK_URL", settings.link_url)
    if settings.tls_cert and settings.tls_key:
        told.update(HUB_TLS_CERT=str(settings.tls_cert.absolute()), HUB_TLS_KEY=str(settings.tls_key.absolute()))
        authority = settings.keys_dir / "tls" / "authority.pem"
        if authority.exists():
            # The node's link to the hub trusts our own authority.
            told["HUB_LINK_CA"] = str(authority.absolute())
    return told


def start(child: Child, settings: HubSettings) -> "subprocess.Popen[bytes]":
    """Start a process in a session of its own, so that neither Ctrl-C nor our end reaches it."""
    settings.log_dir.mkdir(parents=True, exist_ok=True)
    log_file = settings.log_dir / f"{child.name}.log"
    if log_file.exists() and log_file.stat().st_size > LOG_BYTES:
        log_file.replace(log_file.with_suffix(".log.1"))
    program = [sys.executable, "-m", child.module]
    command = [
        sys.executable,
        "-m",
        "hub.supervisor.launch",
        child.name,
        str(settings.run_dir.absolute()),
        "--",
        *program,
    ]
    with log_file.open("ab") as log:
        return subprocess.Popen(  # noqa: S603 (our own programs)
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment(settings, os.environ),
            start_new_session=True,
        )
