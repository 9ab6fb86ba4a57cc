"""What must be true before anything is started: a folder to write in, free ports, nobody else at work here."""

import errno
import os
import secrets
import socket
from pathlib import Path

from hub.settings import HubSettings
from hub.supervisor.children import find, is_locked
from hub.supervisor.refusals import StartCode, StartRefused


def prepare_folders(settings: HubSettings) -> None:
    """Make the folders and prove that they can be written. Raises `StartRefused(DATA_FOLDER_UNWRITABLE)`."""
    folders = [settings.data_dir, settings.keys_dir, settings.run_dir, settings.log_dir]
    folders += [settings.recordings_dir, settings.media_dir, settings.outbox_dir]
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _try_writing(folder)
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            raise StartRefused(StartCode.DATA_FOLDER_UNWRITABLE, path=folder, detail=reason) from None


def _try_writing(folder: Path) -> None:
    probe = folder / f".probe-{secrets.token_hex(6)}"
    probe.write_bytes(b"?")
    probe.unlink()


def refuse_second_parent(settings: HubSettings) -> None:
    """Raises `StartRefused(ALREADY_RUNNING)`."""
    if is_locked(settings.run_dir, "supervisor"):
        other = find(settings.run_dir, "supervisor")
        raise StartRefused(StartCode.ALREADY_RUNNING, path=settings.data_dir, pid=other.pid if other else "?")


def check_ports(settings: HubSettings) -> None:
    """Each port is free, or held by the process of ours that is to be adopted.

    Raises `StartRefused` with `PORT_IN_USE` or `BIND_UNKNOWN`."""
    wanted = (
        ("hub", settings.http_port, socket.SOCK_STREAM, "trang web", "HUB_HTTP_PORT"),
        ("node", settings.signaling_port, socket.SOCK_STREAM, "kết nối vào phòng", "HUB_SIGNALING_PORT"),
        ("node", settings.media_port, socket.SOCK_DGRAM, "hình và tiếng, UDP", "HUB_MEDIA_PORT"),
    )
    for owner, port, kind, purpose, variable in wanted:
        if is_locked(settings.run_dir, owner):
            continue
        try:
            _try_binding(settings.bind, port, kind)
        except OSError as error:
            if error.errno in {errno.EADDRNOTAVAIL, socket.EAI_NONAME, socket.EAI_FAMILY}:
                raise StartRefused(StartCode.BIND_UNKNOWN, bind=settings.bind) from None
            raise StartRefused(StartCode.PORT_IN_USE, port=port, purpose=purpose, variable=variable) from None


def _try_binding(host: str, port: int, kind: socket.SocketKind) -> None:
    family, _, _, _, address = socket.getaddrinfo(host, port, type=kind)[0]
    with socket.socket(family, kind) as probe:
        if kind == socket.SOCK_STREAM:
            # As our servers do: a port whose last connections are in TIME_WAIT is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)
