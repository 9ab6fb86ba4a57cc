"""The real hub on a loopback port, with demo data, once per test run; clients that are browsers or programs."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from hub.db.engine import Database
from hub.db.migrate import upgrade
from hub.demo.seed import PASSWORD, seed
from hub.settings import HubSettings
from web import fonts
from web.app import create_app


@dataclass
class Served:
    """A running hub. `address` has no slash at its end."""

    address: str
    settings: HubSettings
    app: FastAPI

    def browser(self, username: str = "") -> "Browser":
        browser = Browser(self.address)
        if username:
            browser.sign_in(username)
        return browser

    def program(self, username: str) -> httpx.Client:
        """Signed in by bearer token, without cookies."""
        with self.bare() as client:
            answer = client.post("/api/v1/sign-in", json={"username": username, "password": PASSWORD})
            answer.raise_for_status()
        return Bare(self.address, {"Authorization": f"Bearer {answer.json()['token']}"})

    def bare(self) -> httpx.Client:
        """Neither cookie nor origin nor token of its own."""
        return Bare(self.address, {})


class Bare(httpx.Client):
    """A program that keeps no cookies."""

    def __init__(self, address: str, headers: dict[str, str]) -> None:
        super().__init__(base_url=address, verify=False, headers=headers)

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        self.cookies.clear()
        return super().send(request, **options)


class Browser(httpx.Client):
    """Keeps cookies, says where it comes from, accepts pages; sends the token of its sign-in with every change."""

    def __init__(self, address: str) -> None:
        # plain http: making a TLS context would cost more than all requests of a test
        super().__init__(base_url=address, verify=False, headers={"Accept": "text/html", "Origin": address})
        self.csrf = ""

    def sign_in(self, username: str, password: str = PASSWORD) -> httpx.Response:
        csrf = self.get("/api/v1/sign-in").json()["csrf"]
        form = {"username": username, "password": password, "csrf": csrf}
        answer = self.post("/sign-in", data=form)
        if answer.status_code == 303:
            self.csrf = self.get("/api/v1/me").json()["csrf"]
            self.headers["X-CSRF-Token"] = self.csrf
        return answer


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("hub")) as one:
        yield one


class serving:
    """A hub in a thread of its own; `demo` data, bound to a free loopback port."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        port = self.listener.getsockname()[1]
        self.settings = HubSettings(data_dir=folder, http_port=port, demo=True, **settings)  # type: ignore[arg-type]
        self.server: uvicorn.Server | None = None
        self.started = threading.Event()
        self.app: FastAPI | None = None
        self.thread = threading.Thread(target=self._run)

    def __enter__(self) -> Served:
        if not fonts.FOLDER.exists():
            fonts.build()
        asyncio.run(_seeded(self.settings))
        self.thread.start()
        assert self.started.wait(30) and self.app is not None
        return Served(f"http://127.0.0.1:{self.settings.http_port}", self.settings, self.app)

    def __exit__(self, *_: object) -> None:
        assert self.server is not None
        self.server.should_exit = True
        self.thread.join(20)
        assert not self.thread.is_alive()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self.app = create_app(self.settings)
        config = uvicorn.Config(self.app, log_config=None, proxy_headers=False, timeout_graceful_shutdown=2)
        self.server = _Announcing(config, self.started)
        await self.server.serve(sockets=[self.listener])


class _Announcing(uvicorn.Server):
    """Says when it takes connections."""

    def __init__(self, config: uvicorn.Config, started: threading.Event) -> None:
        super().__init__(config)
        self._started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._started.set()


async def _seeded(settings: HubSettings) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database)
    await upgrade(database)
    await seed(database, datetime.now(UTC))
    await database.dispose()


@pytest.fixture
def anonymous(served: Served) -> Iterator[Browser]:
    with served.browser() as browser:
        yield browser


@pytest.fixture(scope="session")
def bare(served: Served) -> Iterator[httpx.Client]:
    with served.bare() as client:
        yield client


@pytest.fixture(scope="session")
def browsers(served: Served) -> Iterator[Callable[[str], Browser]]:
    """`browsers("thuky")`: a signed-in browser, one per person and test run."""
    known: dict[str, Browser] = {}

    def of(username: str) -> Browser:
        if username not in known:
            known[username] = served.browser(username)
        return known[username]

    yield of
    for browser in known.values():
        browser.close()
