import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from hub.logging import HIDDEN, bind_request, configure, redact

PASS = "eyJ" + "a" * 60 + "." + "B" * 86


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.mark.parametrize(
    "field",
    [
        "password",
        "token",
        "csrf_token",
        "join_pass",
        "pass",
        "full_name",
        "name",
        "username",
        "Authorization",
        "set-cookie",
    ],
)
def test_field_that_holds_a_name_or_a_secret_is_hidden(field: str) -> None:
    assert redact(None, "", {field: "Nguyễn Văn Thử"})[field] == HIDDEN


def test_ids_codes_and_figures_stay() -> None:
    event = {"event": "job.done", "job": "abc", "attempt": 2, "job_key": "make_media:x", "sites": ["a", "b"]}
    assert redact(None, "", dict(event)) == event


@pytest.mark.parametrize(
    "text",
    [
        f"refused {PASS}",
        "header Authorization: Bearer abc.def",
        "offer a=ice-pwd:asd88fgpdd777uzjYhagZg a=ice-ufrag:8hhY",
        "cannot reach postgresql+asyncpg://hub:geheim@db/hub",
    ],
)
def test_secret_inside_a_sentence_is_hidden(text: str) -> None:
    cleaned = redact(None, "", {"event": text})["event"]
    assert HIDDEN in cleaned
    for secret in (PASS, "abc.def", "asd88fgpdd777uzjYhagZg", "8hhY", "geheim"):
        assert secret not in cleaned


def test_secret_deep_in_a_structure_is_hidden() -> None:
    cleaned = redact(None, "", {"event": "x", "detail": {"rows": [{"full_name": "Hoàng Thị Thử", "id": "7"}]}})
    assert cleaned["detail"] == {"rows": [{"full_name": HIDDEN, "id": "7"}]}


def test_each_line_is_json_with_process_level_time_and_request(capsys: pytest.CaptureFixture[str]) -> None:
    configure("hub", "info")
    bind_request("r-1")
    structlog.get_logger("hub.test").info("session.opened", session="s1", token="t")
    logging.getLogger("uvicorn.error").warning("started for %s", "Bearer abc")
    first, second = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert first["event"] == "session.opened" and first["session"] == "s1" and first["token"] == HIDDEN
    assert first["process"] == "hub" and first["request"] == "r-1" and first["level"] == "info" and first["timestamp"]
    assert "abc" not in second["event"]


def test_trace_of_an_exception_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    configure("hub", "info")
    try:
        raise ValueError("postgresql://a:geheim@b/c")
    except ValueError:
        structlog.get_logger("hub.test").exception("failed")
    (line,) = capsys.readouterr().out.splitlines()
    said = json.loads(line)
    assert "ValueError" in said["exception"] and "geheim" not in line
