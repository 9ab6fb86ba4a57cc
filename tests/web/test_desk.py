"""One unit of work a request, committed before the answer leaves (architecture, decision 12)."""

import pytest
from fastapi import APIRouter
from sqlalchemy import text

from hub.errors import Code, Refused
from tests.web.conftest import Served
from web.access import ACCESS, Open
from web.desk import Writing

router = APIRouter(prefix="/api/v1/trial")


@router.post("/late")
async def fails_at_its_commit(desk: Writing) -> dict[str, str]:
    """A row whose unit does not exist; SQLite is told to look only at the end."""
    await desk.work.session.execute(text("PRAGMA defer_foreign_keys=ON"))
    await desk.work.session.execute(
        text("INSERT INTO sites (id, unit_id, code, name, address) VALUES ('late', 'nowhere', 'late', 'late', '')")
    )
    return {"status": "saved"}


@router.post("/refused")
async def refuses_after_writing(desk: Writing) -> None:
    await desk.work.session.execute(text("UPDATE sites SET address = 'changed'"))
    raise Refused(Code.SESSION_NOT_JOINABLE)


@router.post("/broken")
async def breaks(desk: Writing) -> None:
    await desk.work.session.execute(text("UPDATE sites SET address = 'changed'"))
    raise ZeroDivisionError("a mistake of ours")


@pytest.fixture
def trial(served: Served, monkeypatch: pytest.MonkeyPatch) -> Served:
    if not any(getattr(route, "path", "").startswith("/api/v1/trial") for route in served.app.routes):
        served.app.include_router(router)
    for name in ("late", "refused", "broken"):
        monkeypatch.setitem(ACCESS, ("POST", f"/api/v1/trial/{name}"), Open.SIGNED_IN)
    return served


def test_a_commit_that_fails_is_never_told_as_saved(trial: Served) -> None:
    with trial.program("thuky") as client:
        answer = client.post("/api/v1/trial/late")
        assert (answer.status_code, answer.json()["code"]) == (503, "DATABASE_BUSY")
        assert "late" not in client.get("/api/v1/sites").text


@pytest.mark.parametrize(
    ("name", "code", "status"), [("refused", "SESSION_NOT_JOINABLE", 409), ("broken", "INTERNAL", 500)]
)
def test_what_was_written_before_a_refusal_or_a_fault_is_taken_back(
    trial: Served, name: str, code: str, status: int
) -> None:
    with trial.program("thuky") as client:
        answer = client.post(f"/api/v1/trial/{name}")
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers["content-security-policy"]
        assert "ZeroDivision" not in answer.text
        assert client.get("/healthz").status_code == 200
        assert (
            client.post("/api/v1/cases", json={"kind": "petition", "field": "Khác", "subject": "Sau lỗi"}).status_code
            == 201
        )


def test_a_route_without_a_row_answers_nobody(trial: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(ACCESS, ("POST", "/api/v1/trial/late"))
    with trial.program("quantri") as client:
        assert client.post("/api/v1/trial/late").status_code == 500
