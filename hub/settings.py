"""Settings of all processes of the office, from the environment (prefix HUB_); secrets also from files.

`HUB_DATABASE_URL_FILE=/run/secrets/db` gives `HUB_DATABASE_URL` the content of that file: every setting may be given this
way, so that a password stands neither in the environment nor in a unit file.
"""

import ipaddress
import os
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "HUB_"

#: Names that never leave the machine even where no resolver answers.
_LOOPBACK_NAMES = frozenset({"localhost", "localhost.localdomain", "ip6-localhost"})


class FileSettingsSource(PydanticBaseSettingsSource):
    """`HUB_<NAME>_FILE`: the setting is the content of that file without the last line end."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        path = os.environ.get(f"{PREFIX}{field_name.upper()}_FILE", "")
        # HUB_NODE_KEY_FILE is a setting of its own (a path), not the file form of another.
        return (Path(path).read_text(encoding="utf-8").rstrip("\r\n") if path else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}


class HubSettings(BaseSettings):
    """One object for hub, worker, supervisor and command line. The node and the writer read the same variables."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", populate_by_name=True)

    data_dir: Path = Path("./var")
    bind: str = "127.0.0.1"
    http_port: int = Field(default=8000, ge=0, le=65535)
    signaling_port: int = Field(default=8001, ge=0, le=65535)
    media_port: int = Field(default=8002, ge=0, le=65535)
    #: "ip:port,ip:port" that browsers send media to; empty: the bind address and media port.
    advertise: str = ""
    #: Address people type; empty: made of bind address and port.
    public_url: str = ""
    #: Address browsers reach the node at; empty: made of the public host and signaling port.
    signaling_url: str = ""
    #: More web origins browsers may come from, separated by commas.
    more_origins: str = ""
    #: Reverse proxies whose X-Forwarded-* is believed, separated by commas.
    trusted_proxies: str = ""
    database_url: str = ""
    node_id: str = "node-1"
    node_key_file: Path | None = None
    #: Put the demonstration data into an empty database.
    demo: bool = False
    #: Demonstration accounts have a known password; off this machine they work only when somebody says so.
    allow_demo_off_loopback: bool = Field(default=False, validation_alias="HUB_ALLOW_DEMO")
    #: Serve https and wss with a certificate of a local authority made under keys/tls.
    tls: bool = False
    tls_cert: Path | None = None
    tls_key: Path | None = None
    #: debug, info, warning, error
    log_level: str = "info"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, FileSettingsSource(settings_cls)

    # --- folders ---

    @property
    def keys_dir(self) -> Path:
        return self.data_dir / "keys"

    @property
    def run_dir(self) -> Path:
        """Pid files, locks and the writer's socket."""
        return self.data_dir / "run"

    @property
    def log_dir(self) -> Path:
        return self.data_dir / "log"

    @property
    def recordings_dir(self) -> Path:
        """Journals, written by the writer."""
        return self.data_dir / "recordings"

    @property
    def media_dir(self) -> Path:
        """Playable files, made by the worker."""
        return self.data_dir / "media"

    @property
    def outbox_dir(self) -> Path:
        return self.data_dir / "outbox"

    @property
    def writer_socket(self) -> Path:
        return self.run_dir / "writer.sock"

    @property
    def link_key_file(self) -> Path:
        return self.node_key_file or self.keys_dir / f"{self.node_id}.key"

    # --- addresses ---

    @cached_property
    def database(self) -> str:
        """SQLAlchemy address of the database."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir.absolute()}/hub.sqlite3"

    @property
    def https(self) -> bool:
        return self.tls or self.tls_cert is not None

    @property
    def on_loopback(self) -> bool:
        return is_loopback(self.bind)

    @property
    def demo_accounts_allowed(self) -> bool:
        """Whether demonstration accounts may sign in: on this machine alone, or where HUB_ALLOW_DEMO=1 says so."""
        return self.on_loopback or self.allow_demo_off_loopback

    @property
    def local_host(self) -> str:
        """Host by which processes of this machine reach each other's ports."""
        host = "127.0.0.1" if self.bind == "0.0.0.0" else "::1" if self.bind == "::" else self.bind  # noqa: S104
        return f"[{host}]" if ":" in host else host

    @property
    def advertised(self) -> str:
        return self.advertise or f"{self.local_host.strip('[]')}:{self.media_port}"

    @property
    def visible_host(self) -> str:
        """Host that people see: the bind address, or the first advertised one where all addresses are bound."""
        if self.bind in {"0.0.0.0", "::"} and self.advertise:  # noqa: S104
            return self.advertise.split(",")[0].rpartition(":")[0]
        return self.local_host

    @property
    def address(self) -> str:
        """Public address without a slash at its end."""
        scheme = "https" if self.https else "http"
        return (self.public_url or f"{scheme}://{self.visible_host}:{self.http_port}").rstrip("/")

    @property
    def node_address(self) -> str:
        """Where browsers reach the node."""
        scheme = "wss" if self.https else "ws"
        return self.signaling_url or f"{scheme}://{self.visible_host}:{self.signaling_port}/signal/{self.node_id}"

    @property
    def link_url(self) -> str:
        """Where the node of this machine dials the hub."""
        return f"{'wss' if self.https else 'ws'}://{self.local_host}:{self.http_port}/api/v1/nodes/link"

    @property
    def origins(self) -> list[str]:
        """Web origins of our own pages, for Origin checks of the hub and the node."""
        scheme = "https" if self.https else "http"
        wanted = [self.address, *filter(None, (part.strip() for part in self.more_origins.split(",")))]
        if self.on_loopback:
            wanted += [f"{scheme}://{self.local_host}:{self.http_port}", f"{scheme}://localhost:{self.http_port}"]
        parts = [urlsplit(address) for address in wanted]
        return list(dict.fromkeys(f"{part.scheme}://{part.netloc}" for part in parts))


def is_loopback(host: str) -> bool:
    """True for an address that only this machine reaches."""
    if host in _LOOPBACK_NAMES:
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
