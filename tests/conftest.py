"""What all tests share: no settings from outside, free ports, hypothesis profile."""

import os
import socket
from collections.abc import Callable

import pytest
import structlog
from hypothesis import HealthCheck, settings

#: A deadline per example fails on a busy two-core machine without telling anything about the code.
settings.register_profile("project", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("project")


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's HUB_ variables do not reach the tests."""
    for name in [name for name in os.environ if name.startswith("HUB_")]:
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def plain_logs() -> None:
    """Without this structlog draws each trace in colours with all locals, which takes seconds on a busy machine."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["level", "event"]),
        ]
    )


@pytest.fixture
def free_ports() -> Callable[[int], list[int]]:
    """`free_ports(3)`: ports that are free for TCP and UDP on loopback at this moment, all different."""

    def find(count: int) -> list[int]:
        held: list[socket.socket] = []
        ports: list[int] = []
        try:
            while len(ports) < count:
                stream = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
                held.append(stream)
                stream.bind(("127.0.0.1", 0))
                port = stream.getsockname()[1]
                datagram = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                held.append(datagram)
                try:
                    datagram.bind(("127.0.0.1", port))
                except OSError:
                    continue
                ports.append(port)
        finally:
            for one in held:
                one.close()
        return ports

    return find
