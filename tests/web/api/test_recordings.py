"""Playing a recording: one range at a time, only for those who may, once in the log (quality cases A2, A5, B10)."""

import asyncio
import hashlib
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from hub.accounts.models import Account
from hub.archive import service as archive
from hub.archive.models import Recording, RecordingRowState
from hub.audit.models import AuditEntry
from hub.db.engine import Database
from hub.ids import new_id
from tests.web.api.test_office import found, session_of
from tests.web.conftest import Browser, Served

BYTES = bytes(range(256)) * 40


@pytest.fixture(scope="module")
def turn(served: Served) -> str:
    with served.program("thuky") as client:
        return str(session_of(client, "PH-2026-013")["turns"][0]["id"])


@pytest.fixture(scope="module")
def recording(served: Served, turn: str) -> dict[str, Any]:
    """A recording as the worker leaves it, and one whose path leads out of the media folder."""
    with served.program("thuky") as client:
        seat = found(client, f"/api/v1/turns/{turn}")["seats"][0]["id"]
    asyncio.run(_made(served, turn, seat))
    with served.program("thuky") as client:
        return dict(found(client, f"/api/v1/turns/{turn}/recording"))


async def _made(served: Served, turn: str, seat: str) -> None:
    folder = served.settings.media_dir
    (folder / turn).mkdir(parents=True)
    (folder / turn / "a.webm").write_bytes(BYTES)
    files = [
        {
            "seat": seat,
            "path": path,
            "size": len(BYTES),
            "has_audio": True,
            "has_video": True,
            "intervals": [[0, 5.5]],
            "sha256": hashlib.sha256(BYTES).hexdigest(),
        }
        for path in (f"{turn}/a.webm", "../hub.sqlite3")
    ]
    manifest = {"start_session_time": 60.0, "duration": 5.5, "gaps": [], "files": files}
    database = Database(served.settings.database)
    async with database.unit_of_work() as work:
        row = Recording(id=new_id(), turn_id=turn, state=RecordingRowState.COMPLETE, started_at=work.now)
        work.session.add(row)
        await work.session.flush()
        await archive.media_made(work, row.id, manifest)
    await database.dispose()


def good(recording: dict[str, Any], served: Served, client: httpx.Client) -> str:
    """The address of the file that is really there."""
    return next(str(file["url"]) for file in recording["files"] if client.get(file["url"]).status_code == 200)


def test_a_recording_says_where_it_begins_and_what_can_be_played(recording: dict[str, Any]) -> None:
    assert recording["state"] == "ready" and recording["start_session_time"] == 60.0
    assert recording["files"][0]["intervals"] == [[0, 5.5]]


def test_a_player_gets_one_range_and_a_list_of_ranges_is_refused(served: Served, recording: dict[str, Any]) -> None:
    with served.program("thuky") as client:
        address = good(recording, served, client)
        part = client.get(address, headers={"Range": "bytes=100-199"})
        assert (part.status_code, part.content) == (206, BYTES[100:200])
        assert part.headers["content-range"] == f"bytes 100-199/{len(BYTES)}"
        assert client.get(address, headers={"Range": "bytes=-10"}).content == BYTES[-10:]
        for many in ("bytes=0-1,3-4", "bytes=" + ",".join(f"{n}-{n}" for n in range(1000)), "lines=1-2", "bytes=x-"):
            refused = client.get(address, headers={"Range": many})
            assert refused.status_code == 416
        assert client.get(address, headers={"Range": f"bytes={len(BYTES)}-"}).status_code == 416


def test_a_path_that_leads_outside_is_never_served(served: Served, recording: dict[str, Any]) -> None:
    with served.program("thuky") as client:
        answers = [client.get(file["url"]) for file in recording["files"]]
        assert sorted(answer.status_code for answer in answers) == [200, 404]
        assert not any(b"SQLite" in answer.content for answer in answers)


def test_only_those_who_may_hear_the_turn_play_it(
    served: Served, recording: dict[str, Any], bare: httpx.Client
) -> None:
    address = recording["files"][0]["url"]
    assert bare.get(address).status_code == 401
    for username in ("naduong", "huulung", "kiemtoan", "quantri", "vanthu"):
        with served.program(username) as stranger:
            assert stranger.get(address).status_code in {403, 404}
    with served.program("thuky") as client:
        other = address.replace(recording["id"], "b" * 26)
        assert client.get(other).status_code == 404


def test_playing_is_in_the_log_once_per_sign_in_and_file(
    served: Served, recording: dict[str, Any], browsers: Callable[[str], Browser]
) -> None:
    with served.program("rasoat") as client:
        address = good(recording, served, client)
        for start in range(0, 1000, 100):
            client.get(address, headers={"Range": f"bytes={start}-"})
        name = address.rpartition("/")[2]
    page = browsers("kiemtoan").get(f"/audit?object={name}&action=recording.played").text
    assert page.count("Mở bản ghi") >= 1
    asyncio.run(_once(served.settings.database, name, "rasoat"))


async def _once(url: str, file: str, username: str) -> None:
    database = Database(url)
    async with database.reading() as work:
        account = await work.session.scalar(select(Account.id).where(Account.username == username))
        query = select(func.count()).where(AuditEntry.object_id == file, AuditEntry.actor == account)
        assert await work.session.scalar(query) == 1
    await database.dispose()
