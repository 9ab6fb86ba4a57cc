"""Cases, sessions, consent and minutes over the API, as a program or a page of ours uses them."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.web.conftest import Browser, Served

JSON = {"Accept": "application/json"}


@pytest.fixture(scope="module")
def secretary(served: Served) -> httpx.Client:
    return served.program("thuky")


def found(client: httpx.Client, path: str) -> Any:
    answer = client.get(path, headers=JSON)
    assert answer.status_code == 200, answer.text
    return answer.json()


def case_of(client: httpx.Client, code: str) -> dict[str, Any]:
    return next(case for case in found(client, f"/api/v1/cases?query={code}")["cases"] if case["code"] == code)


def session_of(client: httpx.Client, code: str) -> dict[str, Any]:
    everything = "/api/v1/sessions?from=2026-01-01T00:00:00Z&to=2100-01-01T00:00:00Z"
    return next(session for session in found(client, everything) if session["code"] == code)


def planned(client: httpx.Client, **changes: Any) -> dict[str, Any]:
    """A plan of a dialogue with Na Dương that starts soon."""
    sites = {site["unit_name"]: site["id"] for site in found(client, "/api/v1/sites")}
    me = found(client, "/api/v1/me")["account"]["id"]
    body = {
        "kind": "dialogue",
        "title": "Đối thoại thử",
        "start_plan": (datetime.now(UTC) + timedelta(minutes=5)).isoformat(),
        "host_site": next(site["id"] for site in found(client, "/api/v1/sites") if site["kind"] == "province"),
        "chair": account_id(client, "Ông Đỗ Quang Thử"),
        "secretary": me,
        "sites": [sites["Xã Na Dương"]],
        "turns": [{"case": case_of(client, "LS-2026-0001")["id"], "sites": [sites["Xã Na Dương"]]}],
    }
    return {**body, **changes}


def account_id(client: httpx.Client, name: str) -> str:
    """Found where planning offers it: the form of a new session."""
    page = client.get("/sessions/new", headers={"Accept": "text/html"}).text
    line = next(line for line in page.splitlines() if "<option" in line and f">{name}" in line)
    return line.split('value="')[1].split('"')[0]


def test_a_case_is_found_without_marks_and_read_with_its_people(secretary: httpx.Client) -> None:
    listed = found(secretary, "/api/v1/cases?query=dat%20trong%20rung")
    assert [case["code"] for case in listed["cases"]] == ["LS-2026-0001"]
    assert listed["count"] == 1
    case = found(secretary, f"/api/v1/cases/{listed['cases'][0]['id']}")
    assert case["parties"][0]["name"] == "Hoàng Văn Slình"


def test_the_sealed_case_exists_for_its_named_readers_alone(served: Served, secretary: httpx.Client) -> None:
    with served.program("chanhthanhtra") as inspector:
        sealed = case_of(inspector, "LS-2026-0006")
        assert sealed["display_name"] == "Công dân 06"
        assert found(inspector, "/api/v1/cases")["count"] == found(secretary, "/api/v1/cases")["count"] + 1
    for username in ("thuky", "lanhdao", "quantri", "naduong", "trunguong"):
        with served.program(username) as other:
            answer = other.get(f"/api/v1/cases/{sealed['id']}")
            assert answer.status_code in {403, 404}
            assert "LS-2026-0006" not in other.get("/api/v1/cases?limit=200").text
            assert "LS-2026-0006" not in other.get("/api/v1/sessions?from=2026-01-01T00:00:00Z").text


def test_a_session_is_planned_opened_once_and_refused_the_second_time(secretary: httpx.Client) -> None:
    made = secretary.post("/api/v1/sessions", json=planned(secretary))
    assert made.status_code == 201, made.text
    session = made.json()
    assert session["state"] == "planned" and len(session["turns"]) == 1 and session["my_seat"]
    opened = secretary.post(f"/api/v1/sessions/{session['id']}/open").json()
    assert opened["state"] == "open"
    again = secretary.post(f"/api/v1/sessions/{session['id']}/open")
    assert (again.status_code, again.json()["code"]) == (409, "SESSION_ALREADY_OPEN")


def test_a_plan_in_the_past_or_without_turns_is_refused_in_words(secretary: httpx.Client) -> None:
    past = secretary.post("/api/v1/sessions", json=planned(secretary, start_plan="2026-01-01T08:00:00+07:00"))
    assert (past.status_code, past.json()["code"]) == (422, "START_IN_PAST")
    none = secretary.post("/api/v1/sessions", json=planned(secretary, turns=[]))
    assert none.json()["code"] == "INPUT_INVALID"
    assert none.json()["details"]["fields"][0]["field"] == "turns"
    naive = secretary.post("/api/v1/sessions", json=planned(secretary, start_plan="2026-12-01T08:00:00"))
    assert naive.json()["details"]["fields"][0]["field"] == "start_plan"


def test_without_a_node_the_lobby_says_so_and_a_site_that_was_not_invited_sees_nothing(
    served: Served, secretary: httpx.Client
) -> None:
    session = secretary.post("/api/v1/sessions", json=planned(secretary)).json()
    waited = secretary.post(f"/api/v1/sessions/{session['id']}/join-pass")
    assert (waited.status_code, waited.json()["code"]) == (503, "NODE_UNAVAILABLE")
    with served.program("huulung") as uninvited:
        assert uninvited.post(f"/api/v1/sessions/{session['id']}/join-pass").status_code == 404
        assert uninvited.get(f"/api/v1/sessions/{session['id']}").status_code == 404


def test_consent_is_asked_at_the_persons_own_site_and_the_newest_choice_counts(
    served: Served, secretary: httpx.Client
) -> None:
    session = secretary.post("/api/v1/sessions", json=planned(secretary)).json()
    turn = session["turns"][0]["id"]
    with served.program("naduong") as commune:
        people = found(commune, f"/api/v1/turns/{turn}")["people"]
        citizen = next(person for person in people if not person["on_duty"])
        assert citizen["consent"] == "undecided"
        for choice in ("audio_video", "voice", "none"):
            taken = commune.post(f"/api/v1/attendances/{citizen['attendance']}/consents", json={"choice": choice})
            assert (taken.status_code, taken.json()["consent"]) == (201, choice)
        unasked = commune.post(f"/api/v1/attendances/{citizen['attendance']}/consents", json={"choice": "undecided"})
        assert unasked.status_code == 422
        added = commune.post(
            f"/api/v1/turns/{turn}/attendances",
            json={"seat": citizen["seat"], "name": "Bà  Lành\u200b Thị <b>Thử</b>", "capacity": "Người làm chứng"},
        )
        assert added.json()["name"] == "Bà Lành Thị <b>Thử</b>"
    page = secretary.get(f"/sessions/{session['id']}/check-in", headers={"Accept": "text/html"}).text
    assert "&lt;b&gt;Thử&lt;/b&gt;" in page and "<b>Thử" not in page


def line(**changes: Any) -> dict[str, Any]:
    body = {"kind": "statement", "text": "Đề nghị đo lại phần 310 m².", "typed_at": datetime.now(UTC).isoformat()}
    return {**body, "session_time": 12.5, "speaker": "Ông Slình", "version": None, **changes}


def test_a_line_sent_twice_is_written_once_and_two_forms_meet_with_both_texts(secretary: httpx.Client) -> None:
    turn = secretary.post("/api/v1/sessions", json=planned(secretary)).json()["turns"][0]["id"]
    address = f"/api/v1/turns/{turn}/lines/{uuid.uuid4()}"
    body = line()
    first, second = secretary.put(address, json=body), secretary.put(address, json=body)
    assert first.status_code == second.status_code == 200
    assert first.json() == second.json() and first.json()["anchor"] == 12.5
    changed = secretary.put(address, json=line(text="Đề nghị đo lại.", version=1)).json()
    assert changed["version"] == 2
    late = secretary.put(address, json=line(text="Một bản khác.", version=1))
    assert (late.status_code, late.json()["code"]) == (409, "LINE_CHANGED_ELSEWHERE")
    assert late.json()["details"]["line"] == changed
    assert len(found(secretary, f"/api/v1/turns/{turn}/lines")["lines"]) == 1
    assert secretary.delete(f"{address}?version=2").status_code == 204
    assert found(secretary, f"/api/v1/turns/{turn}/lines")["lines"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": ""},
        {"text": "x" * 10_001},
        {"session_time": "NaN"},
        {"kind": "gossip"},
        {"typed_at": "hôm qua"},
        {"more": 1},
    ],
)
def test_a_line_that_does_not_fit_is_refused_with_its_field(secretary: httpx.Client, wrong: dict[str, Any]) -> None:
    turn = session_of(secretary, "PH-2026-012")["turns"][0]["id"]
    answer = secretary.put(f"/api/v1/turns/{turn}/lines/{uuid.uuid4()}", json=line(**wrong))
    assert answer.status_code == 422
    assert answer.json()["details"]["fields"][0]["field"] == next(iter(wrong))


def test_the_review_is_finished_when_every_line_was_compared(served: Served, secretary: httpx.Client) -> None:
    turn = secretary.post("/api/v1/sessions", json=planned(secretary)).json()["turns"][0]["id"]
    written = secretary.put(f"/api/v1/turns/{turn}/lines/{uuid.uuid4()}", json=line()).json()
    early = secretary.post(f"/api/v1/turns/{turn}/sign-off")
    assert (early.status_code, early.json()["details"]["count"]) == (409, 1)
    moved = secretary.post(f"/api/v1/lines/{written['id']}/anchor", json={"anchor": 10, "version": 1}).json()
    assert moved["anchor"] == 10 and moved["session_time"] == 12.5
    check = {"check": "correct", "note": "", "version": moved["version"]}
    assert secretary.post(f"/api/v1/lines/{written['id']}/check", json=check).json()["check"] == "correct"
    assert secretary.post(f"/api/v1/turns/{turn}/sign-off").json()["state"] == "reviewed"
    late = secretary.put(f"/api/v1/turns/{turn}/lines/{uuid.uuid4()}", json=line())
    assert late.json()["code"] == "MINUTES_SIGNED_OFF"


def test_a_turn_that_was_not_recorded_has_no_recording(secretary: httpx.Client) -> None:
    turn = session_of(secretary, "PH-2026-012")["turns"][0]["id"]
    assert secretary.get(f"/api/v1/turns/{turn}/recording").status_code == 404


def test_the_description_of_the_api_names_every_route(bare: httpx.Client) -> None:
    paths = bare.get("/openapi.json").json()["paths"]
    assert "/api/v1/sessions/{session_id}/join-pass" in paths
    assert not any(not path.startswith("/api/") and path not in {"/healthz", "/readyz"} for path in paths)


def test_a_page_and_a_program_read_the_same_refusal(
    browsers: Callable[[str], Browser], secretary: httpx.Client
) -> None:
    page = browsers("thuky").get(f"/cases/{'a' * 26}")
    assert page.status_code == 404
    assert "NOT_FOUND" in page.text and "hoặc ông/bà không được xem" in page.text
    assert secretary.get(f"/api/v1/cases/{'a' * 26}").json()["code"] == "NOT_FOUND"
