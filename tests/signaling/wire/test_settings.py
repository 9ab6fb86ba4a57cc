from pathlib import Path

import pytest

from signaling.wire.settings import NodeSettings


def test_without_an_advertised_address_the_bound_one_is_used() -> None:
    assert NodeSettings(bind="127.0.0.1", media_port=8002).media_addresses() == ([("127.0.0.1", 8002)], [])


def test_every_advertised_address_of_this_machine_has_a_socket_of_its_own() -> None:
    settings = NodeSettings(bind="0.0.0.0", media_port=8002, advertise="127.0.0.1:8002, 127.0.0.2:9000")
    assert settings.media_addresses() == (
        [("127.0.0.1", 8002), ("127.0.0.2", 9000)],
        [("127.0.0.1", 8002), ("127.0.0.2", 9000)],
    )


def test_an_address_in_front_of_a_nat_is_reached_through_the_bind_address() -> None:
    settings = NodeSettings(bind="127.0.0.1", media_port=8002, advertise="203.0.113.9:40000")
    assert settings.media_addresses() == ([("127.0.0.1", 8002)], [("203.0.113.9", 40000)])


@pytest.mark.parametrize("advertise", ["name:8002", "127.0.0.1", "127.0.0.1:x", "[::1]:8002:1"])
def test_an_address_that_is_none_is_refused(advertise: str) -> None:
    with pytest.raises(ValueError):
        NodeSettings(advertise=advertise).media_addresses()


@pytest.mark.parametrize("node_id", ["", "../x", "a b", "x" * 65])
def test_a_node_id_is_a_plain_word(node_id: str) -> None:
    with pytest.raises(ValueError):
        NodeSettings(node_id=node_id)


def test_everything_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HUB_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("HUB_HTTP_PORT", "9000")
    monkeypatch.setenv("HUB_NODE_ID", "node-7")
    settings = NodeSettings()
    assert settings.dial_url == "ws://127.0.0.1:9000/api/v1/nodes/link" and settings.dial_host() == "127.0.0.1"
    assert settings.key_file == tmp_path / "keys" / "node-7.key" and settings.path == "/signal/node-7"


def test_a_name_of_the_hub_is_resolved_before_anything_runs() -> None:
    assert NodeSettings(link_url="ws://localhost:1/x").dial_host() in ("127.0.0.1", "::1")
    with pytest.raises(ValueError):
        NodeSettings(link_url="ws:///x").dial_host()
