from pathlib import Path

import pytest
from pydantic import ValidationError

from hub.settings import HubSettings, is_loopback


def test_without_any_variable_everything_is_on_this_machine() -> None:
    settings = HubSettings()
    assert settings.address == "http://127.0.0.1:8000"
    assert settings.node_address == "ws://127.0.0.1:8001/signal/node-1"
    assert settings.link_url == "ws://127.0.0.1:8000/api/v1/nodes/link"
    assert settings.advertised == "127.0.0.1:8002"
    assert settings.on_loopback and settings.demo_accounts_allowed
    assert settings.origins == ["http://127.0.0.1:8000", "http://localhost:8000"]


def test_database_lies_in_the_data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HUB_DATA_DIR", str(tmp_path))
    assert HubSettings().database == f"sqlite+aiosqlite:///{tmp_path}/hub.sqlite3"


def test_secret_setting_comes_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "db"
    secret.write_text("postgresql+asyncpg://hub:geheim@127.0.0.1/hub\n")
    monkeypatch.setenv("HUB_DATABASE_URL_FILE", str(secret))
    assert HubSettings().database == "postgresql+asyncpg://hub:geheim@127.0.0.1/hub"


def test_demo_accounts_are_refused_off_loopback_unless_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_BIND", "0.0.0.0")
    assert not HubSettings().demo_accounts_allowed
    monkeypatch.setenv("HUB_ALLOW_DEMO", "1")
    assert HubSettings().demo_accounts_allowed


def test_lan_address_is_shown_where_all_addresses_are_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_BIND", "0.0.0.0")
    monkeypatch.setenv("HUB_ADVERTISE", "10.0.0.5:8002,192.168.1.5:8002")
    settings = HubSettings(tls=True)
    assert settings.address == "https://10.0.0.5:8000"
    assert settings.node_address == "wss://10.0.0.5:8001/signal/node-1"
    assert settings.link_url == "wss://127.0.0.1:8000/api/v1/nodes/link"


def test_public_address_is_an_origin_without_its_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_PUBLIC_URL", "https://tiepdan.langson.example/")
    monkeypatch.setenv("HUB_MORE_ORIGINS", "https://khac.example, https://nua.example")
    assert HubSettings(bind="10.0.0.5").origins == [
        "https://tiepdan.langson.example",
        "https://khac.example",
        "https://nua.example",
    ]


@pytest.mark.parametrize(
    ("variable", "value"), [("HUB_HTTP_PORT", "70000"), ("HUB_MEDIA_PORT", "x"), ("HUB_DEMO", "maybe")]
)
def test_impossible_value_is_refused(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ValidationError):
        HubSettings()


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        *[(host, True) for host in ("127.0.0.1", "127.3.2.1", "::1", "[::1]", "localhost")],
        *[(host, False) for host in ("0.0.0.0", "::", "10.0.0.1", "langson.example", "")],
    ],
)
def test_loopback_is_told_from_the_rest(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
