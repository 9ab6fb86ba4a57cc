"""Settings of a media node, from the environment (prefix HUB_)."""

import socket
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

Address = tuple[str, int]


def is_of_this_machine(host: str) -> bool:
    """Whether a UDP socket can be bound to this address here."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((host, 0))
        except OSError:
            return False
    return True


def _split(address: str) -> Address:
    host, _, port = address.strip().rpartition(":")
    return str(ip_address(host.strip("[]"))), int(port)


class NodeSettings(BaseSettings):
    """`advertise`: "ip:port,ip:port" that browsers send media to. Empty: the bound address itself.

    `link_url` must name the hub by address: the node resolves no names while it carries media, since a resolver would
    need a thread. A name is resolved once, at start.
    """

    model_config = SettingsConfigDict(env_prefix="HUB_", extra="ignore")

    data_dir: Path = Path("./var")
    bind: str = "127.0.0.1"
    http_port: int = Field(default=8000, ge=0, le=65535)
    signaling_port: int = Field(default=8001, ge=0, le=65535)
    media_port: int = Field(default=8002, ge=0, le=65535)
    advertise: str = ""
    node_id: str = Field(default="node-1", pattern=r"^[A-Za-z0-9_-]{1,64}$")
    node_key_file: Path | None = None
    link_url: str = ""
    signaling_url: str = ""
    tls_cert: Path | None = None
    tls_key: Path | None = None
    #: Certificate of the local authority the hub's own certificate comes from, when the link is wss.
    link_ca: Path | None = None
    log_level: str = "info"

    @property
    def path(self) -> str:
        return f"/signal/{self.node_id}"

    @property
    def key_file(self) -> Path:
        return self.node_key_file or self.data_dir / "keys" / f"{self.node_id}.key"

    @property
    def outbox_dir(self) -> Path:
        return self.data_dir / "outbox" / self.node_id

    @property
    def writer_socket(self) -> Path:
        return self.data_dir / "run" / "writer.sock"

    @property
    def secure(self) -> bool:
        return self.tls_cert is not None and self.tls_key is not None

    @property
    def dial_url(self) -> str:
        scheme = "wss" if self.secure else "ws"
        return self.link_url or f"{scheme}://127.0.0.1:{self.http_port}/api/v1/nodes/link"

    def dial_host(self) -> str:
        """Address to dial. A name is resolved here, once, before anything runs. Raises `OSError`, `ValueError`."""
        parts = urlsplit(self.dial_url)
        if parts.hostname is None:
            raise ValueError(f"no host in {self.dial_url}")
        found = socket.getaddrinfo(parts.hostname, parts.port, type=socket.SOCK_STREAM)
        return str(found[0][4][0])

    @property
    def visible_url(self) -> str:
        scheme = "wss" if self.secure else "ws"
        return self.signaling_url or f"{scheme}://{self.bind}:{self.signaling_port}{self.path}"

    def media_addresses(self) -> tuple[list[Address], list[Address]]:
        """(addresses to bind, addresses to advertise), in pairs.

        Every advertised address of this machine gets a socket of its own: a wildcard socket would answer from whatever
        address the kernel prefers. An address in front of a NAT is reached through the bind address.
        """
        if not self.advertise:
            return [(self.bind, self.media_port)], []
        advertised = [_split(part) for part in self.advertise.split(",") if part.strip()]
        bound = [
            (host, port) if is_of_this_machine(host) else (self.bind, self.media_port) for host, port in advertised
        ]
        return bound, advertised
