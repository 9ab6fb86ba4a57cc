"""Every route has its row, and the row is what happens (quality cases A1, A10)."""

from collections.abc import Callable

import httpx
import pytest
from fastapi.routing import APIRoute, APIWebSocketRoute

from hub.accounts.models import AccountRole
from hub.accounts.roles import ROLE_PERMISSIONS
from hub.demo.seed import demo_accounts
from tests.web.conftest import Browser, Served
from web.access import ACCESS, Open
from web.routes import API_ROUTERS, PAGE_ROUTERS

#: One demo account per role.
USERNAMES = {account.role: account.username for account in demo_accounts()}
CHANGES = [(method, path) for method, path in ACCESS if method not in {"GET", "WS"}]
GUARDED = [key for key, rule in ACCESS.items() if rule not in {Open.ANYONE, Open.NODE}]


def filled(path: str) -> str:
    """The path with ids of things that do not exist."""
    for name in ("case_id", "session_id", "turn_id", "line_id", "attendance_id", "recording_id", "file_id"):
        path = path.replace(f"{{{name}}}", "a" * 26)
    return path


def routes() -> set[tuple[str, str]]:
    found = {("GET", "/openapi.json")}
    for router in (*API_ROUTERS, *PAGE_ROUTERS):
        for route in router.routes:
            if isinstance(route, APIRoute):
                found |= {(method, route.path_format) for method in route.methods}
            elif isinstance(route, APIWebSocketRoute):
                found.add(("WS", route.path_format))
    return found


def test_every_route_has_its_row_and_every_row_its_route() -> None:
    assert routes() == set(ACCESS)


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_nobody_gets_in_without_a_sign_in(bare: httpx.Client, method: str, path: str) -> None:
    api = bare.request(method, filled(path))
    assert api.status_code == 401
    assert api.json()["code"] == "SIGN_IN_NEEDED"
    if not path.startswith("/api/") and method == "GET":
        page = bare.request(method, filled(path), headers={"Accept": "text/html"})
        assert page.status_code == 303
        assert page.headers["location"].startswith("/sign-in?next=")


@pytest.mark.parametrize(("method", "path"), CHANGES)
@pytest.mark.parametrize("forged", ["no token", "wrong token", "foreign origin", "null origin", "no origin"])
def test_no_other_site_changes_anything(
    browsers: Callable[[str], Browser],
    anonymous: Browser,
    served: Served,
    bare: httpx.Client,
    method: str,
    path: str,
    forged: str,
) -> None:
    browser = browsers("thuky")
    cookies = dict(browser.cookies)
    if path.endswith("/sign-in"):
        anonymous.get("/sign-in")
        cookies = dict(anonymous.cookies)
    headers = {"Origin": served.address, "X-CSRF-Token": browser.csrf, "Cookie": _line(cookies)}
    match forged:
        case "no token":
            del headers["X-CSRF-Token"]
        case "wrong token":
            headers["X-CSRF-Token"] = "0" * 64
        case "foreign origin":
            headers["Origin"] = "https://example.org"
        case "null origin":
            headers["Origin"] = "null"
        case "no origin":
            del headers["Origin"]
    content = {"data": {"subject": "x"}} if not path.startswith("/api/") else {"json": {}}
    answer = bare.request(method, filled(path), headers=headers, **content)
    if (path, forged) == ("/api/v1/sign-in", "no origin"):
        # JSON without an origin comes from a program; no browser sends such a request
        assert answer.json()["code"] == "INPUT_INVALID"
        return
    assert answer.status_code == 403
    assert answer.json()["code"] == "CSRF_REFUSED"


def _line(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


@pytest.mark.parametrize("role", list(AccountRole))
def test_a_role_opens_its_own_doors_and_no_other(browsers: Callable[[str], Browser], role: AccountRole) -> None:
    browser = browsers(USERNAMES[role])
    granted = ROLE_PERMISSIONS[role]
    wrong = []
    for method, path in GUARDED:
        if path.endswith("/sign-out"):
            continue
        rule = ACCESS[method, path]
        answer = browser.request(method, filled(path), headers={"Accept": "application/json"}, json={})
        refused = answer.status_code == 403 and answer.json()["code"] == "PERMISSION_MISSING"
        expected = not isinstance(rule, Open) and rule not in granted
        if refused is not expected or answer.status_code >= 500:
            wrong.append((method, path, answer.status_code))
    assert wrong == []
