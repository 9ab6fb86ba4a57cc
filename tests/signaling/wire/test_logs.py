import json

import pytest
import structlog

from signaling.wire import logs


def test_names_and_secrets_do_not_reach_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    before = structlog.get_config()
    import logging

    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        logs.configure("info")
        log = structlog.get_logger()
        log.info("seat taken", seat="s1", name="Nông Thị Mai", token="geheim", sdp="v=0")
        log.info("odd", problem="Bearer abc.def and a=ice-pwd:hunter2 and eyJ" + "x" * 30 + "." + "y" * 60)
        logging.getLogger("something").warning("a=candidate:1 1 UDP 1 10.0.0.1 5 typ host")
        log.debug("not shown")
    finally:
        structlog.configure(**before)
        root.handlers[:], root.level = handlers, level
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["event"] for line in lines][:2] == ["seat taken", "odd"] and lines[0]["seat"] == "s1"
    text = json.dumps(lines, ensure_ascii=False)
    for secret in ("Mai", "geheim", "v=0", "abc.def", "hunter2", "eyJ", "10.0.0.1", "not shown"):
        assert secret not in text
