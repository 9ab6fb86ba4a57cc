"""The loop of the parent: start, watch, restart, stop. It never kills anything by its own death."""

import json
import os
import select
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hub.settings import HubSettings
from hub.supervisor.backoff import delay_before_start, failures_after
from hub.supervisor.children import CHILDREN, STOP_ORDER, Child, Running, find, open_running, start
from hub.supervisor.launch import ALREADY_RUNNING, start_time_of, take_lock, write_pid_file
from hub.supervisor.refusals import StartCode, StartRefused

#: The first start of a slow office machine compiles all Python files; more than this is an error.
READY_TIMEOUT = 90.0
#: Before the system was ever ready, a process that dies this often has a cause that waiting does not cure.
FAILURES_AT_START = 4
#: A readiness question is answered from memory; a slow answer is no answer.
PROBE_TIMEOUT = 1.0
#: How soon a readiness question is asked again.
PROBE_INTERVAL = 0.25


@dataclass(slots=True)
class Slot:
    """A child's place: the process that fills it, or when the next one is started. Times: monotonic seconds."""

    child: Child
    running: Running | None = None
    process: "subprocess.Popen[bytes] | None" = None
    adopted: bool = False
    filled_at: float = 0.0
    failures: int = 0
    start_at: float = 0.0


class Supervisor:
    """`say` tells the person at the keyboard; `report` gets a line for the log of the supervisor."""

    def __init__(self, settings: HubSettings, say: Callable[[str], None], report: Callable[..., None]) -> None:
        self._settings = settings
        self._say = say
        self._report = report
        self._slots = {child.name: Slot(child) for child in CHILDREN}
        self._wake_reader, self._wake_writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._stopping = False
        self._lock: int | None = None

    # --- life ---

    def take_place(self) -> None:
        """Become the only parent on this data folder. Raises `StartRefused(ALREADY_RUNNING)`."""
        self._lock = take_lock(self._settings.run_dir, "supervisor")
        if self._lock is None:
            other = find(self._settings.run_dir, "supervisor")
            raise StartRefused(StartCode.ALREADY_RUNNING, path=self._settings.data_dir, pid=other.pid if other else "?")
        write_pid_file(self._settings.run_dir, "supervisor")

    def run(self, when_ready: Callable[[], None]) -> None:
        """Keep everything running until SIGTERM or Ctrl-C, then stop all in order.

        Raises `StartRefused(NOT_READY)` after stopping what was started here, when the system does not come up."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask_to_stop)
        signal.set_wakeup_fd(self._wake_writer, warn_on_full_buffer=False)
        self._adopt()
        deadline = time.monotonic() + READY_TIMEOUT
        waiting = [("hub", self._settings.http_port), ("node", self._settings.signaling_port)]
        while not self._stopping:
            self._fill(time.monotonic())
            if waiting:
                waiting = [(name, port) for name, port in waiting if not self._answers(port)]
                if not waiting:
                    self._report("ready")
                    when_ready()
                else:
                    self._refuse_failed_start(waiting[0][0], time.monotonic() > deadline)
            self._wait(PROBE_INTERVAL if waiting else None)
            self._collect(time.monotonic())
        self.stop_all()

    def _ask_to_stop(self, _number: int, _frame: object) -> None:
        self._stopping = True

    def _adopt(self) -> None:
        for slot in self._slots.values():
            running = find(self._settings.run_dir, slot.child.name)
            if running is not None:
                self._put(slot, running, None)

    def _put(self, slot: Slot, running: Running, process: "subprocess.Popen[bytes] | None") -> None:
        slot.running, slot.process = running, process
        slot.adopted = process is None
        slot.filled_at = time.monotonic()
        self._report("adopted" if process is None else "started", child=slot.child.name, pid=running.pid)

    def _fill(self, now: float) -> None:
        """Start what is missing and due."""
        for slot in self._slots.values():
            if slot.running is not None or now < slot.start_at or self._stopping:
                continue
            survivor = find(self._settings.run_dir, slot.child.name)
            if survivor is not None:
                self._put(slot, survivor, None)
                continue
            try:
                process = start(slot.child, self._settings)
            except OSError as error:
                # No memory or no disk for a moment: what runs must not suffer from it.
                self._report("not_started", child=slot.child.name, error=str(error))
                self._note_death(slot, now, 0.0, None)
                continue
            running = open_running(slot.child.name, process.pid, start_time_of(process.pid) or -1)
            if running is None:
                self._note_death(slot, now, 0.0, process.wait())
            else:
                self._put(slot, running, process)

    def _wait(self, longest: float | None) -> None:
        """Until a process ends, a signal comes, a start is due or `longest` seconds are over."""
        poll = select.poll()
        poll.register(self._wake_reader, select.POLLIN)
        now = time.monotonic()
        timeouts = [] if longest is None else [longest]
        for slot in self._slots.values():
            if slot.running is not None:
                poll.register(slot.running.descriptor, select.POLLIN)
            else:
                timeouts.append(max(0.0, slot.start_at - now))
        poll.poll(min(timeouts) * 1000 if timeouts else None)
        try:
            os.read(self._wake_reader, 512)
        except BlockingIOError:
            return

    def _collect(self, now: float) -> None:
        """Note which processes have ended and when they are started again."""
        for slot in self._slots.values():
            if slot.running is None or not slot.running.ended():
                continue
            slot.running.close()
            code = slot.process.wait() if slot.process else None
            lived, slot.running, slot.process = now - slot.filled_at, None, None
            self._note_death(slot, now, lived, code)

    def _note_death(self, slot: Slot, now: float, lived: float, code: int | None) -> None:
        slot.failures = 0 if code == ALREADY_RUNNING else failures_after(slot.failures, lived)
        slot.start_at = now + delay_before_start(slot.failures)
        self._report("ended", child=slot.child.name, code=code, lived=round(lived, 3), failures=slot.failures)

    # --- readiness ---

    def _answers(self, port: int) -> bool:
        scheme = "https" if self._settings.https else "http"
        return answers(f"{scheme}://{self._settings.local_host}:{port}/readyz")

    def _refuse_failed_start(self, waiting_for: str, late: bool) -> None:
        failing = [slot.child.name for slot in self._slots.values() if slot.failures >= FAILURES_AT_START]
        if not failing and not late:
            return
        name = failing[0] if failing else waiting_for
        self._stop([slot for slot in self._in_stop_order() if not slot.adopted])
        raise StartRefused(StartCode.NOT_READY, name=name, path=self._settings.log_dir / f"{name}.log")

    # --- the end ---

    def _in_stop_order(self) -> list[Slot]:
        return [self._slots[name] for name in STOP_ORDER]

    def stop_all(self) -> None:
        self._stop(self._in_stop_order())
        self._report("stopped")

    def _stop(self, slots: list[Slot]) -> None:
        for slot in slots:
            if slot.running is None:
                continue
            stop_running(slot.running, slot.child.stop_timeout, self._say)
            if slot.process is not None:
                slot.process.wait()
            slot.running.close()
            slot.running = None


def answers(url: str) -> bool:
    """True when a readiness address answers 200."""
    # The certificate is of our own authority and this is loopback or our own address: only the answer counts.
    context = ssl._create_unverified_context() if url.startswith("https") else None  # noqa: S323
    try:
        with urllib.request.urlopen(url, timeout=PROBE_TIMEOUT, context=context) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False


def stop_running(running: Running, timeout: float, say: Callable[[str], None]) -> None:
    """SIGTERM, and after `timeout` seconds SIGKILL, which is said."""
    running.signal(signal.SIGTERM)
    if not running.ended(timeout):
        running.signal(signal.SIGKILL)
        running.ended(timeout)
        say(str(StartRefused(StartCode.STOP_TIMED_OUT, name=running.name)))


def stop_orphans(settings: HubSettings, say: Callable[[str], None]) -> list[str]:
    """Stop children that live without a parent, in order. Returns their names."""
    timeouts = {child.name: child.stop_timeout for child in CHILDREN}
    stopped = []
    for name in STOP_ORDER:
        running = find(settings.run_dir, name)
        if running is not None:
            stop_running(running, timeouts[name], say)
            running.close()
            stopped.append(name)
    return stopped


@dataclass(frozen=True, slots=True)
class ChildStatus:
    name: str
    pid: int | None
    #: Seconds since its start, None when it does not run.
    age: float | None


def status(settings: HubSettings) -> list[ChildStatus]:
    """The parent first, then each child."""
    found = []
    for name in ("supervisor", *(child.name for child in CHILDREN)):
        running = find(settings.run_dir, name)
        if running is None:
            found.append(ChildStatus(name, None, None))
            continue
        found.append(ChildStatus(name, running.pid, _age(running.start)))
        running.close()
    return found


def _age(start_ticks: int) -> float:
    uptime = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
    return uptime - start_ticks / os.sysconf("SC_CLK_TCK")


def file_reporter(path: Path) -> Callable[..., None]:
    """Lines for log/supervisor.log: JSON like the other processes' logs, without their libraries."""

    def report(event: str, **fields: object) -> None:
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        line = json.dumps({"event": event, **fields, "process": "supervisor", "timestamp": moment}, ensure_ascii=False)
        try:
            with path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        except OSError:
            print(line, file=sys.stderr)

    return report


def stop_system(settings: HubSettings, say: Callable[[str], None]) -> bool:
    """Stop the parent, which stops its children; or the children themselves where no parent lives. False: nothing ran."""
    parent = find(settings.run_dir, "supervisor")
    if parent is None:
        return bool(stop_orphans(settings, say))
    patience = sum(child.stop_timeout for child in CHILDREN) + PROBE_TIMEOUT + 1.0
    stop_running(parent, patience, say)
    parent.close()
    stop_orphans(settings, say)
    return True
