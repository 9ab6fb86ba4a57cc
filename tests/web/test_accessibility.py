"""axe-core on each page in a real Chromium, at a desk's, a tablet's and a telephone's width (quality case P13)."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from hub.demo.seed import PASSWORD
from tests.web.conftest import Served

pytestmark = pytest.mark.browser

#: axe's own words for what keeps people out.
BARRIERS = {"serious", "critical"}
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
SIZES = {"desk": (1440, 900), "tablet": (1024, 768), "telephone": (390, 844)}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


class Looking:
    """A signed-in page that notes what a console would show."""

    def __init__(self, chromium: Browser, served: Served, username: str) -> None:
        self.served = served
        self.context = chromium.new_context(locale="vi-VN")
        self.page: Page = self.context.new_page()
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", lambda m: self.problems.append(m.text) if "Content Security Policy" in m.text else None)
        self.open("/sign-in")
        self.page.fill("#username", username)
        self.page.fill("#password", PASSWORD)
        self.page.click("button[type=submit]")
        self.page.wait_for_url(f"{served.address}/")

    def open(self, path: str) -> None:
        self.page.goto(self.served.address + path)

    def link(self, selector: str) -> str:
        return self.page.get_attribute(selector, "href") or ""


def check(looking: Looking, path: str, sizes: tuple[str, ...] = ("desk", "tablet", "telephone")) -> None:
    """No barrier, nothing wider than the window, no script error, nothing the content policy refused."""
    for size in sizes:
        width, height = SIZES[size]
        looking.page.set_viewport_size({"width": width, "height": height})
        looking.open(path)
        looking.page.wait_for_function("document.fonts.status === 'loaded'")
        found = Axe().run(looking.page).response["violations"]
        barriers = [
            (violation["id"], [node["html"][:200] for node in violation["nodes"]][:3])
            for violation in found
            if violation["impact"] in BARRIERS
        ]
        assert barriers == [], (path, size)
        wider = looking.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wider <= 0, (path, size, wider)
    assert looking.problems == [], path


def test_the_sign_in_page(chromium: Browser, served: Served) -> None:
    looking = Looking(chromium, served, "lanhdao")
    looking.context.clear_cookies()
    check(looking, "/sign-in")
    looking.context.close()


def test_the_secretarys_pages(chromium: Browser, served: Served) -> None:
    looking = Looking(chromium, served, "thuky")
    looking.open("/calendar")
    session = looking.link("main .row-main a")
    looking.open("/cases?q=LS-2026-0001")
    case = looking.link("main a.code")
    looking.open(case)
    minutes = looking.link("main a[href$='/minutes']")
    for path in ("/", "/calendar", "/cases", "/cases/new", case, "/sessions/new", session, f"{session}/check-in"):
        check(looking, path)
    check(looking, minutes.replace("/minutes", "/brief"))
    for path in (minutes, minutes.replace("/minutes", "/review"), f"{session}/lobby", "/cases/nothing"):
        check(looking, path, ("desk", "tablet"))
    looking.context.close()


@pytest.mark.parametrize("username", ["lanhdao", "naduong", "kiemtoan", "quantri"])
def test_todays_page_of_the_others(chromium: Browser, served: Served, username: str) -> None:
    looking = Looking(chromium, served, username)
    check(looking, "/")
    if username == "kiemtoan":
        check(looking, "/audit")
    looking.context.close()


def test_the_plan_is_made_with_the_keyboard_alone(chromium: Browser, served: Served) -> None:
    looking = Looking(chromium, served, "thuky")
    page = looking.page
    page.set_viewport_size({"width": 1440, "height": 900})
    looking.open("/sessions/new")
    page.focus("#title")
    page.keyboard.type("Buổi lập bằng bàn phím")
    page.focus("#chair")
    while "Đỗ Quang Thử" not in page.evaluate("document.activeElement.selectedOptions[0].textContent"):
        page.keyboard.press("ArrowDown")
    page.focus("#turn-0-case")
    page.keyboard.type("LS-2026-0002")
    assert page.locator("[data-count]").first.inner_text() == "· đã chọn 1"
    page.focus("#turn-0-filter")
    page.keyboard.type("na duong")
    page.keyboard.press("Enter")
    assert page.locator("[data-count]").first.inner_text() == "· đã chọn 2"
    page.focus("#title")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/sessions/[a-z2-7]{26}$"))
    assert "Buổi lập bằng bàn phím" in page.inner_text("h1")
    assert "Xã Na Dương" in page.inner_text("main").replace("\u00a0", " ")
    looking.context.close()
