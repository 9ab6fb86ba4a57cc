"""The sockets of the bad link: one loopback port for clients, one upstream socket per client address."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from tests.support.link.fate import Path
from tests.support.link.profiles import Profile

Address = tuple[str, int]


@dataclass(slots=True)
class LinkStatistics:
    """Datagrams since the link was opened."""

    up_sent: int = 0
    up_delivered: int = 0
    down_sent: int = 0
    down_delivered: int = 0


class Link:
    """A bad line to `target`. Clients send to `address`; each client address gets a line of its own."""

    def __init__(self, target: Address, profile: Profile, seed: int) -> None:
        self.target = target
        self.profile = profile
        self.statistics = LinkStatistics()
        self._loop = asyncio.get_running_loop()
        self._opened = self._loop.time()
        self._seed = seed
        self._cut = False
        self._lines: dict[Address, _Line] = {}
        self._opening: set[asyncio.Task[None]] = set()
        self._waiting: dict[Address, list[bytes]] = {}
        self._transport: asyncio.DatagramTransport | None = None

    async def open(self, listen: Address) -> None:
        self._transport, _ = await self._loop.create_datagram_endpoint(lambda: _Front(self), local_addr=listen)

    @property
    def address(self) -> Address:
        assert self._transport is not None
        host, port = self._transport.get_extra_info("sockname")[:2]
        return host, port

    @property
    def now(self) -> float:
        """Seconds since the link was opened; outages and rate steps count from here."""
        return self._loop.time() - self._opened

    @property
    def clients(self) -> list[Address]:
        return list(self._lines)

    def cut(self) -> None:
        """From now on nothing passes, either way."""
        self._cut = True

    def restore(self) -> None:
        self._cut = False

    def close(self) -> None:
        for task in self._opening:
            task.cancel()
        for line in self._lines.values():
            line.close()
        self._lines.clear()
        if self._transport is not None:
            self._transport.close()

    def from_client(self, data: bytes, client: Address) -> None:
        line = self._lines.get(client)
        if line is not None:
            line.up(data)
            return
        waiting = self._waiting.setdefault(client, [])
        waiting.append(data)
        if len(waiting) == 1:
            task = self._loop.create_task(self._open_line(client))
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    async def _open_line(self, client: Address) -> None:
        # The n-th client has the same fate in every run, whatever its port is.
        line = _Line(self, client, f"{self._seed}/{len(self._lines)}")
        await line.open()
        self._lines[client] = line
        for data in self._waiting.pop(client):
            line.up(data)

    def to_client(self, data: bytes, client: Address) -> None:
        assert self._transport is not None
        if not self._transport.is_closing():
            self._transport.sendto(data, client)

    @property
    def is_cut(self) -> bool:
        return self._cut

    def at(self, when: float, deliver: Callable[[bytes], None], data: bytes) -> None:
        """Delivers at `when` seconds since the link was opened."""
        self._loop.call_at(self._opened + when, deliver, data)


class _Front(asyncio.DatagramProtocol):
    def __init__(self, link: Link) -> None:
        self._link = link

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._link.from_client(data, addr)


class _Line(asyncio.DatagramProtocol):
    """One client's way to the target and back."""

    def __init__(self, link: Link, client: Address, seed: str) -> None:
        self._link = link
        self._client = client
        outages = link.profile.outages
        self._up = Path(link.profile.up, f"{seed}/up", outages)
        self._down = Path(link.profile.down, f"{seed}/down", outages)
        self._transport: asyncio.DatagramTransport | None = None

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=(self._link.target[0], 0), remote_addr=self._link.target
        )

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def up(self, data: bytes) -> None:
        self._link.statistics.up_sent += 1
        times = self._up.offer(self._link.now, len(data))
        if not self._link.is_cut:
            for when in times:
                self._link.at(when, self._deliver_up, data)

    def _deliver_up(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._link.statistics.up_delivered += 1
            self._transport.sendto(data)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._link.statistics.down_sent += 1
        times = self._down.offer(self._link.now, len(data))
        if not self._link.is_cut:
            for when in times:
                self._link.at(when, self._deliver_down, data)

    def _deliver_down(self, data: bytes) -> None:
        self._link.statistics.down_delivered += 1
        self._link.to_client(data, self._client)


async def open_link(target: Address, profile: Profile, *, seed: int = 1, listen: Address = ("127.0.0.1", 0)) -> Link:
    """Opens a line to `target`; the caller closes it."""
    link = Link(target, profile, seed)
    await link.open(listen)
    return link
