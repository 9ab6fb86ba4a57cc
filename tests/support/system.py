"""The whole system as people start it: real processes on free ports in a folder of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CHILDREN = ("hub", "writer", "node", "worker")
#: The first start of a busy two-core machine.
START_PATIENCE = 90.0


def until(what: Callable[[], Any], patience: float = 30.0) -> Any:
    """Ask again and again until the answer is true, and give it back. Other processes tell us nothing."""
    deadline = time.monotonic() + patience
    while True:
        answer = what()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {patience} s: {what}")
        time.sleep(0.05)


def free_ports(count: int) -> list[int]:
    """Ports free for TCP and UDP on loopback at this moment."""
    ports: list[int] = []
    with ExitStack() as held:
        while len(ports) < count:
            stream = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            stream.bind(("127.0.0.1", 0))
            datagram = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            try:
                datagram.bind(stream.getsockname())
            except OSError:
                continue
            ports.append(stream.getsockname()[1])
    return ports


class System:
    """`start` runs `hub serve` and waits until it says that it is ready. `stop` in every case, at the end."""

    def __init__(self, folder: Path, *, demo: bool = True, **environment: str) -> None:
        self.folder = folder
        self.http_port, self.signaling_port, self.media_port = free_ports(3)
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
        self.environment |= {
            "HUB_DATA_DIR": str(folder),
            "HUB_HTTP_PORT": str(self.http_port),
            "HUB_SIGNALING_PORT": str(self.signaling_port),
            "HUB_MEDIA_PORT": str(self.media_port),
            "HUB_DEMO": "1" if demo else "0",
            "NO_COLOR": "1",
            **environment,
        }
        self.parent: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    def command(self, *arguments: str, **changed: str) -> "subprocess.CompletedProcess[str]":
        """Run `hub ARGUMENTS` to its end."""
        return subprocess.run(
            [sys.executable, "-m", "hub.cli", *arguments],
            env=self.environment | changed,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=START_PATIENCE,
            check=False,
        )

    def start(self, *arguments: str) -> str:
        """Returns everything it said until its last word about the accounts, or about readiness without demo data."""
        self.parent = subprocess.Popen(
            [sys.executable, "-m", "hub.cli", "serve", *arguments],
            env=self.environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert self.parent.stdout is not None
        last = "Mật khẩu chung" if self.environment["HUB_DEMO"] == "1" else "Dữ liệu:"
        said = ""
        while last not in said:
            line = self.parent.stdout.readline()
            if not line:
                raise AssertionError(f"it ended with {self.parent.wait()}:\n{said}\n{self.logs()}")
            said += line
        return said

    def pids(self) -> dict[str, int]:
        """Pids of the children that live."""
        listed = json.loads(self.command("status", "--json").stdout)
        return {child["name"]: child["pid"] for child in listed if child["pid"] and child["name"] != "supervisor"}

    def ready(self) -> bool:
        """Whether hub and node both answer that they are ready."""
        return self.answer(f"{self.url}/readyz") and self.answer(f"http://127.0.0.1:{self.signaling_port}/readyz")

    @staticmethod
    def answer(url: str) -> bool:
        try:
            with urllib.request.urlopen(url, timeout=2.0) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def kill_parent(self) -> None:
        """kill -9, as the kernel does when memory is short."""
        assert self.parent is not None
        self.parent.kill()
        self.parent.wait(10)
        assert self.parent.stdout is not None
        self.parent.stdout.close()

    def kill_child(self, name: str) -> int:
        pid = self.pids()[name]
        os.kill(pid, signal.SIGKILL)
        return pid

    def stop(self) -> "subprocess.CompletedProcess[str]":
        done = self.command("stop")
        if self.parent is not None:
            self.parent.wait(60)
            if self.parent.stdout is not None:
                self.parent.stdout.close()
        return done

    def logs(self) -> str:
        """The last lines of every log, for a test that failed."""
        logs = sorted((self.folder / "log").glob("*.log"))
        return "\n".join(f"== {log.name}\n" + "\n".join(log.read_text().splitlines()[-8:]) for log in logs)
