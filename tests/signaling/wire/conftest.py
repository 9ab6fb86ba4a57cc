from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from signaling.wire.node import Node
from signaling.wire.settings import NodeSettings
from tests.signaling.desired import ROLES, a_session
from tests.signaling.wire.hub_peer import HubPeer
from tests.signaling.wire.seat_client import SeatClient


class House:
    """A hub's peer and the real node, on ports of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hub = HubPeer()
        self.node: Node | None = None

    def settings(self) -> NodeSettings:
        return NodeSettings(
            data_dir=self.folder,
            signaling_port=0,
            media_port=0,
            link_url=self.hub.url,
            node_key_file=self.folder / "keys" / "node-1.key",
        )

    async def start(self) -> None:
        self.hub.desired = self.hub.desired or [a_session()]
        await self.hub.start()
        self.hub.write_key(self.folder / "keys" / "node-1.key")
        await self.start_node()

    async def start_node(self) -> None:
        self.node = Node(self.settings())
        await self.node.start()
        await self.hub.wait_for_link(len(self.hub.hellos) + 1)

    async def stop(self) -> None:
        if self.node is not None:
            await self.node.stop()
            self.node = None
        await self.hub.stop()

    @property
    def url(self) -> str:
        assert self.node is not None
        return f"ws://127.0.0.1:{self.node.signaling_port}/signal/node-1"

    async def join(self, seat: str, *, microphone: bool = False, camera: bool = False, **claims: object) -> SeatClient:
        """Sits down and reads the first state."""
        join_pass = self.hub.pass_for(seat, ROLES[seat], **claims)  # type: ignore[index,arg-type]
        client = await SeatClient.join(self.url, join_pass, microphone=microphone, camera=camera)
        await client.next()
        if client.welcome is not None:
            await client.next()
        return client


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path)
    await house.start()
    yield house
    await house.stop()
