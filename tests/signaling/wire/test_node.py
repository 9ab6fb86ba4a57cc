"""The node as a process of its own: ports, folders, signals, health, and what it does not have: threads."""

import asyncio
import json
import os
import signal
import socket
import ssl
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidMessage, InvalidStatus

from signaling.protocol import browser
from signaling.protocol.errors import Code
from signaling.protocol.hub_link import SeatLeft, SeatTaken
from signaling.protocol.ids import SessionId
from signaling.protocol.vocabulary import Role
from signaling.wire.node import Node
from tests.signaling.desired import CHAIR, COMMUNE_1, SECRETARY, TURN_1, a_session
from tests.signaling.wire.conftest import House
from tests.signaling.wire.hub_peer import ORIGIN, HubPeer
from tests.signaling.wire.seat_client import SeatClient


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class NodeProcess:
    """`python -m signaling.wire.node` beside a hub's peer."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hub = HubPeer()
        self.port = free_port(socket.SOCK_STREAM)
        self.process: asyncio.subprocess.Process | None = None

    def environment(self, **changes: str) -> dict[str, str]:
        return {
            **os.environ,
            "HUB_DATA_DIR": str(self.folder),
            "HUB_SIGNALING_PORT": str(self.port),
            "HUB_MEDIA_PORT": "0",
            "HUB_LINK_URL": self.hub.url,
            **changes,
        }

    async def spawn(self, **changes: str) -> asyncio.subprocess.Process:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "signaling.wire.node",
            env=self.environment(**changes),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        return self.process

    async def start(self) -> None:
        links = len(self.hub.hellos)
        await self.spawn()
        await self.hub.wait_for_link(links + 1)

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/signal/node-1"

    async def join(self, seat: str, role: Role, **claims: object) -> SeatClient:
        client = await SeatClient.join(self.url, self.hub.pass_for(seat, role, **claims))  # type: ignore[arg-type]
        await client.until(browser.RoomState)
        return client


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[NodeProcess]:
    node = NodeProcess(tmp_path)
    node.hub.desired = [a_session()]
    await node.hub.start()
    node.hub.write_key(tmp_path / "keys" / "node-1.key")
    yield node
    if node.process is not None and node.process.returncode is None:
        node.process.kill()
        await node.process.wait()
    await node.hub.stop()


async def test_a_node_that_is_told_to_stop_tells_its_seats_and_sends_its_facts(node: NodeProcess) -> None:
    await node.start()
    chair = await node.join(CHAIR, Role.CHAIR)
    assert node.process is not None and node.process.stdout is not None
    node.process.send_signal(signal.SIGTERM)
    closed, code = await chair.last_word()
    assert closed is not None and closed.code is Code.NODE_STOPPING and closed.retry and code == 1012
    assert await asyncio.wait_for(node.process.wait(), 5) == 0
    await node.hub.wait_for_fact(SeatLeft)
    lines = [json.loads(line) for line in (await node.process.stdout.read()).splitlines()]
    assert lines[0]["event"] == "node started" and lines[-1]["event"] == "node stopped"
    assert "tên" not in json.dumps(lines, ensure_ascii=False)


async def test_a_killed_node_leaves_its_facts_to_the_next_boot(node: NodeProcess) -> None:
    node.hub.confirms = False
    await node.start()
    await node.join(CHAIR, Role.CHAIR)
    await node.hub.wait_for_fact(SeatTaken)
    assert node.process is not None
    node.process.kill()
    await node.process.wait()
    node.hub.desired = [a_session(generation=2)]
    await node.start()
    assert node.hub.hellos[1].previous_boots == [node.hub.hellos[0].boot]
    await node.hub.wait_for_fact(SeatTaken, 2)
    await node.join(CHAIR, Role.CHAIR, generation=2)


async def test_the_node_has_one_thread(node: NodeProcess) -> None:
    await node.start()
    for seat, role in ((CHAIR, Role.CHAIR), (SECRETARY, Role.SECRETARY), (COMMUNE_1, Role.SITE)):
        await node.join(seat, role)
    assert node.process is not None
    assert len(os.listdir(f"/proc/{node.process.pid}/task")) == 1


async def test_a_port_in_use_is_said_in_plain_words(node: NodeProcess) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", node.port))
        other.listen()
        process = await node.spawn()
        _, said = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 2
    assert said.decode().startswith("PORT_IN_USE: Cổng") and "Traceback" not in said.decode()
    assert not (node.folder / "outbox").exists()


async def test_a_media_port_in_use_is_said_too(node: NodeProcess) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        process = await node.spawn(HUB_MEDIA_PORT=str(other.getsockname()[1]))
        _, said = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 2 and said.decode().startswith("PORT_IN_USE:")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"HUB_DATA_DIR": "/proc/nowhere"}, "DATA_DIR_UNUSABLE"),
        ({"HUB_BIND": "192.0.2.1"}, "ADDRESS_UNKNOWN"),
        ({"HUB_SIGNALING_PORT": "many"}, "SETTINGS_INVALID"),
        ({"HUB_ADVERTISE": "somewhere"}, "SETTINGS_INVALID"),
    ],
)
async def test_what_keeps_a_node_from_starting_is_said_in_plain_words(
    node: NodeProcess, changes: dict[str, str], code: str
) -> None:
    process = await node.spawn(**changes)
    _, said = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 2
    assert said.decode().startswith(f"{code}: ") and "Traceback" not in said.decode()


async def test_health_says_alive_ready_and_how_much(house: House) -> None:
    await house.join(CHAIR)
    assert house.node is not None
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{house.node.signaling_port}", trust_env=False) as client:
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/readyz")).json() == {"status": "ready"}
        metrics = (await client.get("/metrics")).text
        assert (await client.get("/nothing")).status_code == 404
    assert "node_rooms 1.0" in metrics and "node_seats_connected 1.0" in metrics and "node_hub_linked 1.0" in metrics
    for secret in ("session1", "chair", "tên"):
        assert secret not in metrics


async def test_a_node_without_its_hub_is_alive_and_not_ready(house: House) -> None:
    assert house.node is not None
    await house.node.stop()
    await house.hub.stop()
    house.node = Node(house.settings())
    await house.node.start()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{house.node.signaling_port}", trust_env=False) as client:
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/readyz")).status_code == 503


async def test_a_room_that_breaks_is_closed_and_the_others_go_on(house: House) -> None:
    # A session id that cannot be a folder: the journal refuses it, and with it breaks what the room relies on.
    broken = a_session(session="../broken")
    await house.hub.push(a_session(), broken)
    other = await house.join(CHAIR)
    chair = await house.join(CHAIR, session="../broken")
    assert isinstance(await chair.ask(browser.StartTurn, turn=TURN_1), browser.Done)
    await chair.send(browser.AnnounceRecording(id=99))
    closed, code = await chair.last_word()
    assert closed is not None and closed.code is Code.NODE_BROKEN and closed.retry and code == 1011
    assert isinstance(await other.ask(browser.StartTurn, turn=TURN_1), browser.Done)
    assert house.node is not None and house.node.room(SessionId("../broken")) is None
    assert house.node.figures().rooms_broken == 4


def a_certificate(folder: Path) -> tuple[Path, Path]:
    """For 127.0.0.1, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = folder / "cert.pem", folder / "key.pem"
    cert_file.write_bytes(certificate.public_bytes(Encoding.PEM))
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return cert_file, key_file


async def test_with_a_certificate_seats_come_over_tls_and_in_no_other_way(tmp_path: Path) -> None:
    house = House(tmp_path)
    cert_file, key_file = a_certificate(tmp_path)
    house.hub.desired = [a_session()]
    await house.hub.start()
    house.hub.write_key(tmp_path / "keys" / "node-1.key")
    house.node = Node(house.settings().model_copy(update={"tls_cert": cert_file, "tls_key": key_file}))
    await house.node.start()
    await house.hub.wait_for_link()
    async with connect(
        house.url.replace("ws://", "wss://"),
        ssl=ssl.create_default_context(cafile=str(cert_file)),
        origin=ORIGIN,  # type: ignore[arg-type]
        proxy=None,
    ) as socket_:
        seat = SeatClient(socket_)
        await seat.send(browser.Join(join_pass=house.hub.pass_for(CHAIR, Role.CHAIR)))
        assert (await seat.until(browser.Welcome)).seat == CHAIR
    with pytest.raises(InvalidMessage):
        await SeatClient.open(house.url)
    await house.stop()


async def test_strangers_who_say_nothing_fill_their_own_bench_and_no_seat(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signaling.wire.endpoint.STRANGERS", 5)
    chair = await house.join(CHAIR)
    strangers = [await SeatClient.open(house.url) for _ in range(5)]
    with pytest.raises(InvalidStatus, match="503"):
        await SeatClient.open(house.url)
    assert isinstance(await chair.ask(browser.StartTurn, turn=TURN_1), browser.Done)
    await strangers[0].close()
    commune = await house.join(COMMUNE_1)
    assert commune.welcome is not None
    for stranger in strangers:
        await stranger.close()
