"""The local authority: a real TLS handshake must succeed with it and fail without it."""

import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub import tls
from hub.settings import HubSettings

NOW = datetime.now(UTC)


def handshake(files: tls.TlsFiles, host: str, authority: Path | None) -> str:
    """TLS version of a handshake over a real socket pair, seen by a client that trusts only `authority`."""
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(files.certificate, files.key)
    client_context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if authority is not None:
        client_context.load_verify_locations(authority)
    one, other = socket.socketpair()

    def serve() -> None:
        try:
            with server_context.wrap_socket(one, server_side=True) as served:
                served.recv(1)
        except ssl.SSLError:
            one.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with client_context.wrap_socket(other, server_hostname=host) as client:
            client.send(b"x")
            return client.version() or ""
    finally:
        other.close()
        thread.join(5)


def test_browser_with_the_authority_trusts_name_and_address(tmp_path: Path) -> None:
    files = tls.ensure(tmp_path, ["tiepdan.local", "127.0.0.1"], NOW)
    assert handshake(files, "127.0.0.1", files.authority) == "TLSv1.3"
    assert handshake(files, "tiepdan.local", files.authority) == "TLSv1.3"


def test_browser_without_the_authority_or_with_another_name_refuses(tmp_path: Path) -> None:
    files = tls.ensure(tmp_path, ["tiepdan.local"], NOW)
    with pytest.raises(ssl.SSLError):
        handshake(files, "tiepdan.local", None)
    with pytest.raises(ssl.SSLError):
        handshake(files, "khac.local", files.authority)


def test_second_start_keeps_authority_and_certificate(tmp_path: Path) -> None:
    first = tls.ensure(tmp_path, ["127.0.0.1"], NOW)
    before = first.authority.read_bytes(), first.certificate.read_bytes(), first.key.read_bytes()
    again = tls.ensure(tmp_path, ["127.0.0.1"], NOW + timedelta(days=100))
    assert (again.authority.read_bytes(), again.certificate.read_bytes(), again.key.read_bytes()) == before


@pytest.mark.parametrize(("hosts", "days"), [(["127.0.0.1", "10.0.0.5"], 0), (["127.0.0.1"], 360)])
def test_new_address_or_near_end_makes_a_new_certificate_of_the_same_authority(
    tmp_path: Path, hosts: list[str], days: int
) -> None:
    first = tls.ensure(tmp_path, ["127.0.0.1"], NOW)
    before = first.authority.read_bytes(), first.certificate.read_bytes()
    again = tls.ensure(tmp_path, hosts, NOW + timedelta(days=days))
    assert again.authority.read_bytes() == before[0]
    assert again.certificate.read_bytes() != before[1]


def test_private_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    files = tls.ensure(tmp_path, ["127.0.0.1"], NOW)
    assert files.key.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "authority.key").stat().st_mode & 0o777 == 0o600


def test_certificate_names_every_address_of_the_settings() -> None:
    settings = HubSettings(bind="0.0.0.0", advertise="10.0.0.5:8002", public_url="https://tiepdan.example:8000")
    assert {"localhost", "127.0.0.1", "10.0.0.5", "tiepdan.example"} <= set(tls.hosts_of(settings))
