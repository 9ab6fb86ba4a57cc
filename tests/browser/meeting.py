"""A meeting that is under way: the secretary and the chair of the demo's joinable session in the room, turn 1 running."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.people import Someone, chromium
from tests.support.link import link_init_script
from tests.support.system import ROOT, System

IN_ROOM = "() => window.__call.step === 'room' && window.__call.media.publish === 'connected'"


class Meeting:
    def __init__(self, system: System, browser: Browser) -> None:
        self.system = system
        self.browser = browser
        self.secretary = Someone(browser, system.url, "thuky")
        self.chair = Someone(browser, system.url, "lanhdao", pitch=190.0)
        self.session: str = self.secretary.page.evaluate(
            """async () => {
              const found = await (await fetch("/api/v1/sessions")).json();
              return (Array.isArray(found) ? found : found.sessions).find((one) => one.my_seat).id;
            }"""
        )

        self.link = self._put_chair_behind_a_link()

    def _put_chair_behind_a_link(self) -> "subprocess.Popen[str]":
        """The chair's media goes through a process of its own, so that a test can let nothing through."""
        media = f"127.0.0.1:{self.system.media_port}"
        command = [
            "-m",
            "tests.support.link",
            "--listen",
            "127.0.0.1:0",
            "--to",
            media,
            "--profile",
            "N0",
            "--seed",
            "7",
        ]
        link = subprocess.Popen([sys.executable, *command], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert link.stdout is not None
        told = json.loads(link.stdout.readline())
        self.chair.context.add_init_script(link_init_script({media: told["address"]}))
        return link

    def begin(self) -> None:
        self.secretary.enter(self.session)
        self.chair.enter(self.session)
        self.secretary.act("open")
        for someone in (self.secretary, self.chair):
            someone.wait_for(IN_ROOM)
        self.secretary.act("start-turn")
        self.secretary.wait_for("() => window.__call.state.stage.turn_state === 'running'")

    @property
    def turn(self) -> str:
        return str(self.secretary.page.evaluate("window.__call.state.stage.turn"))

    def saved_lines(self) -> list[str]:
        """What the hub has, in order."""
        found: list[str] = self.secretary.page.evaluate(
            """async (turn) => (await (await fetch(`/api/v1/turns/${turn}/lines`)).json()).lines.map((one) => one.text)""",
            self.turn,
        )
        return found


@contextmanager
def meeting(folder: Path) -> Iterator[Meeting]:
    system = System(folder)
    try:
        system.start()
        with chromium() as browser:
            held = Meeting(system, browser)
            try:
                held.begin()
                yield held
            finally:
                held.link.kill()
                held.link.communicate()
    finally:
        system.stop()
