"""The event stream of a session: told after the commit, to those who may hear it."""

import contextlib
import json
import queue
import threading
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from hub.db.engine import Change, Subject
from tests.web.api.test_office import JSON, line, planned
from tests.web.conftest import Served
from web.events import QUEUE_LIMIT, Broker


class Listening:
    """Reads a stream in a thread; `next()` gives the next event as (name, data)."""

    def __init__(self, client: httpx.Client, session: str) -> None:
        self._events: queue.Queue[tuple[str, dict[str, Any]]] = queue.Queue()
        self._client = client
        self._address = f"/api/v1/sessions/{session}/events"
        self._thread = threading.Thread(target=self._read)
        self._stop = threading.Event()

    def __enter__(self) -> "Listening":
        self._thread.start()
        assert self.next() == ("snapshot", {})
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()

    def next(self) -> tuple[str, dict[str, Any]]:
        return self._events.get(timeout=15)

    def _read(self) -> None:
        # The test closes its client while the stream is still open.
        with contextlib.suppress(httpx.HTTPError, httpx.StreamError):
            self._read_events()

    def _read_events(self) -> None:
        name = ""
        with self._client.stream("GET", self._address, headers=JSON, timeout=30) as answer:
            for text in answer.iter_lines():
                if text.startswith("event: "):
                    name = text.removeprefix("event: ")
                elif text.startswith("data: "):
                    self._events.put((name, json.loads(text.removeprefix("data: "))))
                if self._stop.is_set():
                    return


@pytest.fixture
def secretary(served: Served) -> Iterator[httpx.Client]:
    with served.program("thuky") as client:
        yield client


def test_a_saved_line_and_its_removal_are_told_with_the_line_itself(served: Served, secretary: httpx.Client) -> None:
    session = secretary.post("/api/v1/sessions", json=planned(secretary)).json()
    turn = session["turns"][0]["id"]
    address = f"/api/v1/turns/{turn}/lines/{uuid.uuid4()}"
    with served.program("lanhdao") as leader, Listening(leader, session["id"]) as stream:
        saved = secretary.put(address, json=line()).json()
        assert stream.next() == ("changed", {"what": "line", "id": saved["id"], "turn": turn, "line": saved})
        secretary.delete(f"{address}?version=1")
        assert stream.next()[1]["line"] is None
        secretary.post(f"/api/v1/sessions/{session['id']}/open")
        assert stream.next()[1] == {"what": "session", "id": session["id"]}


def test_a_commune_hears_no_line_of_anothers_turn(served: Served, secretary: httpx.Client) -> None:
    plan = planned(secretary)
    sites = {site["unit_name"]: site["id"] for site in secretary.get("/api/v1/sites").json()}
    other = next(
        case
        for case in secretary.get("/api/v1/cases?query=LS-2026-0002").json()["cases"]
        if case["code"] == "LS-2026-0002"
    )
    plan["sites"].append(sites["Xã Hữu Lũng"])
    plan["turns"].append({"case": other["id"], "sites": [sites["Xã Hữu Lũng"]]})
    session = secretary.post("/api/v1/sessions", json=plan).json()
    first, second = (turn["id"] for turn in session["turns"])
    with served.program("huulung") as commune, Listening(commune, session["id"]) as stream:
        secretary.put(f"/api/v1/turns/{first}/lines/{uuid.uuid4()}", json=line())
        own = secretary.put(f"/api/v1/turns/{second}/lines/{uuid.uuid4()}", json=line(text="Của xã mình.")).json()
        assert stream.next()[1]["line"] == own


def test_a_session_one_may_not_see_has_no_stream(served: Served, secretary: httpx.Client) -> None:
    session = secretary.post("/api/v1/sessions", json=planned(secretary)).json()
    with served.program("chilang") as stranger:
        assert stranger.get(f"/api/v1/sessions/{session['id']}/events").status_code == 404


async def test_a_page_that_does_not_keep_up_is_told_to_look_again() -> None:
    broker = Broker()
    slow = broker.watch("s")
    broker.on_change(Change(Subject.TURN, str(number), "s") for number in range(QUEUE_LIMIT + 1))
    assert slow.overrun
    assert await slow.next() is None
    slow.overrun = False
    broker.on_change([Change(Subject.TURN, "later", "s"), Change(Subject.TURN, "other", "another session")])
    assert await slow.next() == Change(Subject.TURN, "later", "s")
    broker.forget(slow)
    assert broker.watched() == ()
