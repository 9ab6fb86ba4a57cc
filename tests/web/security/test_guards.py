"""What stands before every route, met over a real socket (quality cases A3, A6, B10, B12)."""

import re
import socket
from collections.abc import Callable
from contextlib import closing

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from signaling.protocol import codec
from signaling.protocol.hub_link import LINK_VERSION, NodeHello
from signaling.protocol.ids import NodeId
from tests.web.conftest import Browser, Served


def raw(served: Served, request: str) -> bytes:
    """What the hub answers to these bytes."""
    with socket.create_connection(("127.0.0.1", served.settings.http_port), timeout=10) as stream:
        stream.sendall(request.encode("latin-1"))
        stream.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: stream.recv(65536), b""))


@pytest.mark.parametrize("host", ["example.org", "127.0.0.1", "localhost:1", "127.0.0.1.example.org", ""])
def test_a_foreign_host_name_is_refused(served: Served, host: str) -> None:
    answer = raw(served, f"GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400")


def test_two_host_headers_are_refused(served: Served) -> None:
    own = f"127.0.0.1:{served.settings.http_port}"
    answer = raw(served, f"GET /healthz HTTP/1.1\r\nHost: {own}\r\nHost: example.org\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/static/%252e%252e/app.py",
        "/static/..\\app.py",
        "//evil/share",
        "/static/%5c%5cserver%5cshare",
        "/api/v1/cases/%00",
    ],
)
def test_an_odd_path_is_refused(served: Served, path: str) -> None:
    own = f"127.0.0.1:{served.settings.http_port}"
    answer = raw(served, f"GET {path} HTTP/1.1\r\nHost: {own}\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"create_app" not in answer


def test_a_forwarded_address_of_nobody_we_know_is_not_believed(
    bare: httpx.Client, browsers: Callable[[str], Browser]
) -> None:
    body = {"username": "kiemtoan", "password": "wrong"}
    answer = bare.post("/api/v1/sign-in", json=body, headers={"X-Forwarded-For": "203.0.113.7"})
    assert answer.status_code == 401
    assert "203.0.113.7" not in browsers("kiemtoan").get("/audit").text


def test_every_answer_carries_the_headers(bare: httpx.Client, browsers: Callable[[str], Browser]) -> None:
    for answer in (
        browsers("thuky").get("/"),
        bare.get("/sign-in", headers={"Accept": "text/html"}),
        bare.get("/nowhere", headers={"Accept": "text/html"}),
        bare.get("/api/v1/cases"),
        bare.get("/static/icons.svg"),
        bare.get("/healthz"),
    ):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["cache-control"]


def test_the_nonce_is_new_each_time_and_stands_at_every_inline_script(bare: httpx.Client) -> None:
    seen = set()
    for _ in range(3):
        answer = bare.get("/sign-in")
        nonce = re.search(r"'nonce-([^']+)'", answer.headers["content-security-policy"])
        assert nonce is not None
        seen.add(nonce[1])
        for script in re.findall(r"<script\b[^>]*>", answer.text):
            assert f'nonce="{nonce[1]}"' in script
    assert len(seen) == 3


def test_browsers_may_speak_to_the_node_and_nobody_else(served: Served, bare: httpx.Client) -> None:
    policy = bare.get("/sign-in").headers["content-security-policy"]
    connect_src = next(part for part in policy.split("; ") if part.startswith("connect-src"))
    assert connect_src == "connect-src 'self' ws://127.0.0.1:8001"


@pytest.mark.parametrize("length", ["announced", "chunked"])
def test_a_huge_body_is_refused_and_the_server_lives(served: Served, bare: httpx.Client, length: str) -> None:
    big = b'{"username": "' + b"a" * 400_000 + b'"}'
    content = big if length == "announced" else iter([big[:200_000], big[200_000:]])
    answer = bare.post("/api/v1/sign-in", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert answer.json()["code"] == "INPUT_TOO_LARGE"
    assert bare.get("/healthz").status_code == 200


@pytest.mark.parametrize("origin", ["own", "https://example.org", "null"])
def test_no_browser_opens_the_nodes_socket(served: Served, browsers: Callable[[str], Browser], origin: str) -> None:
    address = served.address.replace("http", "ws") + "/api/v1/nodes/link"
    cookies = "; ".join(f"{name}={value}" for name, value in browsers("thuky").cookies.items())
    own = served.address if origin == "own" else origin
    with (
        pytest.raises(InvalidStatus) as refused,
        connect(address, additional_headers={"Origin": own, "Cookie": cookies}),
    ):
        pass
    assert refused.value.response.status_code == 403


def test_a_node_with_a_wrong_key_is_hung_up_on(served: Served) -> None:
    address = served.address.replace("http", "ws") + "/api/v1/nodes/link"
    hello = NodeHello(NodeId("node-1"), "b" * 20, LINK_VERSION, "ws://127.0.0.1:8001", [], [])
    with connect(address, additional_headers={"Authorization": "Bearer wrong"}) as link:
        link.send(codec.encode(hello))
        with pytest.raises(ConnectionClosed) as closed:
            link.recv(timeout=10)
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 1008


def test_secrets_stand_in_no_answer_but_the_one_they_are_for(served: Served) -> None:
    with closing(served.browser("lanhdao")) as browser:
        secret = browser.cookies["hub"]
        for path in ("/", "/cases", "/calendar", "/api/v1/me", "/nowhere", "/api/v1/nowhere", "/openapi.json"):
            answer = browser.get(path)
            assert secret not in answer.text
            assert all(secret not in value for value in answer.headers.values())
