"""The browser's modules, run where they live: in a real Chromium, from the files themselves, without a server."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest_asyncio
from playwright.async_api import Browser, Page, Route, async_playwright

ROOT = Path(__file__).resolve().parents[3] / "web"
#: A secure context for the browser; no request to it leaves the page, every one is answered from the files.
ORIGIN = "http://localhost"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

Run = Callable[..., Awaitable[Any]]


async def _answer(route: Route) -> None:
    path = route.request.url.removeprefix(ORIGIN)
    if path == "/":
        await route.fulfill(content_type="text/html; charset=utf-8", body="<!doctype html><title>modules</title><body>")
    elif path.startswith("/static/js/") and path.endswith(".js"):
        await route.fulfill(content_type="text/javascript; charset=utf-8", body=(ROOT / path[1:]).read_text("utf-8"))
    else:
        await route.fulfill(status=404)


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def window(browser: Browser) -> Page:
    context = await browser.new_context(locale="vi-VN", timezone_id="America/New_York")
    await context.route("**/*", _answer)
    return await context.new_page()


_FORGET = """async () => {
  localStorage.clear();
  for (const { name } of await indexedDB.databases()) {
    await new Promise((done) => { const asked = indexedDB.deleteDatabase(name); asked.onsuccess = asked.onerror = asked.onblocked = done; });
  }
}"""


@pytest_asyncio.fixture(loop_scope="package")
async def page(window: Page) -> Page:
    """A fresh page of a browser that remembers nothing."""
    await window.goto(f"{ORIGIN}/")
    await window.evaluate(_FORGET)
    await window.reload()
    return window


@pytest_asyncio.fixture(loop_scope="package")
async def run(page: Page) -> Run:
    """`await run("module", "return module.f(a)", a=1)`: the body of an async function that gets the module and arguments."""

    async def run_in_page(module: str, body: str, **arguments: Any) -> Any:
        names = ", ".join(arguments)
        script = f"""async (values) => {{
          const module = await import("/static/js/{module}.js");
          const {{ {names} }} = values;
          {body}
        }}"""
        return await page.evaluate(script, arguments)

    return run_in_page
