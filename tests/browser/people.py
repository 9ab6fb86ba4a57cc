"""People at their browsers: each with a context, a camera and a voice of their own in one real Chromium."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.capture import CAPTURE_ARGS, capture_init_script

PASSWORD = "diemcau-2026"
#: Four pages that encode and decode on two cores answer late.
PATIENCE = 30_000


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium with cameras that show the wall clock."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CAPTURE_ARGS)
        try:
            yield browser
        finally:
            browser.close()


class Someone:
    """A signed-in person at a page. `failures` collects what the page complained of."""

    def __init__(self, browser: Browser, url: str, username: str, *, pitch: float = 140.0) -> None:
        self.url, self.username = url, username
        self.context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="vi-VN")
        self.context.set_default_timeout(PATIENCE)
        self.context.add_init_script(capture_init_script(label=username, pitch=pitch))
        self.failures: list[str] = []
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.failures.append(str(error)))
        self.page.goto(f"{url}/sign-in")
        self.page.fill("input[name=username]", username)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.click("button[type=submit]")
        self.page.wait_for_url(f"{url}/")

    def enter(self, session: str) -> None:
        """One click from the session's page, through the device check, to the lobby or the room."""
        self.page.goto(f"{self.url}/sessions/{session}")
        self.page.get_by_role("link", name="Vào phiên").click()
        self.page.get_by_test_id("enter").click()
        self.page.wait_for_function("() => ['lobby', 'room'].includes(window.__call.step)")

    def act(self, name: str) -> None:
        """A conductor's button, and the question that may follow."""
        self.page.get_by_test_id(f"act-{name}").click()
        if name in ("announce", "end-turn", "close-session"):
            self.page.get_by_test_id("confirm").click()

    def received(self) -> dict[str, tuple[int, float]]:
        """Seat → decoded frames and audio energy received so far, over all slots the seat fills now."""
        return {seat: (int(frames), float(energy)) for seat, frames, energy in self.page.evaluate(_RECEIVED)}

    def wait_for(self, what: str, argument: Any = None) -> None:
        self.page.wait_for_function(what, arg=argument, polling=200)

    def type_line(self, text: str) -> None:
        self.page.get_by_test_id("typing-text").click()
        self.page.keyboard.type(text, delay=15)
        self.page.keyboard.press("Enter")


#: Only what arrives for a slot that a seat fills now; muted receivers keep their last counters.
_RECEIVED = """async () => {
  const { bySlot } = await window.__call.stats();
  const slots = window.__call.state.slots;
  const seats = {};
  for (const [slot, seat] of Object.entries(slots)) {
    const one = bySlot[slot] ?? {};
    seats[seat] ??= [seat, 0, 0];
    seats[seat][1] += one.framesDecoded ?? 0;
    seats[seat][2] += one.totalAudioEnergy ?? 0;
  }
  return Object.values(seats);
}"""
