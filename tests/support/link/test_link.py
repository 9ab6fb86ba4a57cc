"""The bad link: fates are decided by the seed alone, and real datagrams meet them."""

import asyncio
import itertools
import json
import os
import sys

import pytest

from tests.support.link import PROFILES, Burst, Direction, Fates, Path, Profile, open_link, rewrite_candidates
from tests.support.link.profiles import _ALL


def test_same_seed_gives_the_same_fate_to_every_datagram() -> None:
    way = PROFILES["N3"].up
    first, second, other = Fates(way, 7), Fates(way, 7), Fates(way, 8)
    fates = [first.next() for _ in range(2000)]
    assert fates == [second.next() for _ in range(2000)]
    assert fates != [other.next() for _ in range(2000)]


def test_fate_does_not_depend_on_when_a_datagram_is_sent() -> None:
    way = Direction(delay=0.02, burst=Burst(0.1, 4))
    slow, fast = Path(way, 3), Path(way, 3)
    assert [bool(slow.offer(n * 1.0, 100)) for n in range(500)] == [
        bool(fast.offer(n * 0.001, 100)) for n in range(500)
    ]


@pytest.mark.parametrize("burst", [Burst(0.05, 3), Burst(0.02, 5), Burst(0.10, 10)])
def test_bursts_have_the_share_and_the_length_they_say(burst: Burst) -> None:
    fates = Fates(Direction(burst=burst), 1)
    lost = [fates.next().lost for _ in range(200_000)]
    bursts = sum(1 for before, now in zip([False, *lost], lost, strict=False) if now and not before)
    assert sum(lost) / len(lost) == pytest.approx(burst.share, rel=0.1)
    assert sum(lost) / bursts == pytest.approx(burst.length, rel=0.1)


def test_jitter_keeps_the_order_and_the_bounds() -> None:
    path = Path(Direction(delay=0.06, jitter=0.03), 5)
    sent = [n * 0.005 for n in range(2000)]
    out = [path.offer(at, 200)[0] for at in sent]
    assert out == sorted(out)
    assert all(arrives - at >= 0.03 for at, arrives in zip(sent, out, strict=True))
    assert max(arrives - at for at, arrives in zip(sent, out, strict=True)) <= 0.0901


def test_reordered_and_doubled_datagrams_are_about_as_many_as_asked() -> None:
    path = Path(Direction(delay=0.01, reorder=0.02, duplicate=0.01), 5)
    out = [path.offer(n * 0.002, 200) for n in range(20_000)]
    assert sum(len(times) == 2 for times in out) == pytest.approx(200, rel=0.3)
    firsts = [times[0] for times in out]
    assert sum(now < before for before, now in itertools.pairwise(firsts)) == pytest.approx(400, rel=0.3)


def test_a_bottleneck_delays_then_drops() -> None:
    path = Path(Direction(rate=1000, queue=0.1), 1)
    out = [path.offer(0.0, 1222) for _ in range(40)]  # 10 ms each on the line
    kept = [times[0] for times in out if times]
    assert kept[0] == pytest.approx(0.01)
    assert len(kept) == 11
    assert path.overflowed == 29


def test_a_capacity_drop_follows_its_steps() -> None:
    path = Path(PROFILES["N7"].down, 1)
    assert path.offer(0.0, 1222)[0] == pytest.approx(0.055)
    assert path.offer(31.0, 1222)[0] == pytest.approx(31.09)
    assert path.offer(61.0, 1222)[0] == pytest.approx(61.055)


def test_an_outage_lets_nothing_through_and_ends() -> None:
    path = Path(Direction(), 1, outages=((1.0, 2.0),))
    assert [bool(path.offer(at, 100)) for at in (0.9, 1.0, 2.9, 3.0)] == [True, False, False, True]


@pytest.mark.parametrize("profile", _ALL, ids=lambda profile: profile.name)
def test_every_profile_can_be_printed_as_netem(profile: Profile) -> None:
    lines = profile.netem().splitlines()
    assert [line for line in lines if line.startswith("netem")]
    assert PROFILES[profile.name] is profile


def test_candidates_of_the_node_are_moved_and_others_stay() -> None:
    sdp = (
        "v=0\r\n"
        "a=candidate:1 1 udp 2130706431 127.0.0.1 8002 typ host\r\n"
        "a=candidate:2 1 udp 2130706175 10.1.1.1 8002 typ host generation 0\r\n"
        "a=end-of-candidates\r\n"
    )
    moved = rewrite_candidates(sdp, {"127.0.0.1:8002": "127.0.0.1:5555"})
    assert "127.0.0.1 5555 typ host\r\n" in moved
    assert "10.1.1.1 8002 typ host generation 0\r\n" in moved
    assert "127.0.0.1 8002" not in moved


class _Mirror(asyncio.DatagramProtocol):
    """A far end that sends everything back."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.transport.sendto(data, addr)  # type: ignore[attr-defined]


class _Collector(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.got: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.got.put_nowait((asyncio.get_running_loop().time(), data))


async def test_real_datagrams_take_the_delay_there_and_back() -> None:
    loop = asyncio.get_running_loop()
    mirror, _ = await loop.create_datagram_endpoint(_Mirror, local_addr=("127.0.0.1", 0))
    link = await open_link(
        mirror.get_extra_info("sockname")[:2],
        Profile("t", "test", Direction(delay=0.04), Direction(delay=0.03)),
        seed=1,
    )
    client, collector = await loop.create_datagram_endpoint(_Collector, remote_addr=link.address)
    began = loop.time()
    for n in range(20):
        client.sendto(bytes((n,)))
    got = [await asyncio.wait_for(collector.got.get(), 2) for _ in range(20)]
    assert [data[0] for _, data in got] == list(range(20))
    assert all(0.069 <= at - began < 0.5 for at, _ in got)
    link.cut()
    client.sendto(b"lost")
    async with asyncio.timeout(2):
        while link.statistics.up_sent < 21:
            await asyncio.sleep(0)
    link.restore()
    client.sendto(b"there")
    assert (await asyncio.wait_for(collector.got.get(), 2))[1] == b"there"
    assert link.statistics.up_sent == 22
    client.close()
    link.close()
    mirror.close()


async def test_the_link_runs_as_a_process_of_its_own() -> None:
    loop = asyncio.get_running_loop()
    mirror, _ = await loop.create_datagram_endpoint(_Mirror, local_addr=("127.0.0.1", 0))
    port = mirror.get_extra_info("sockname")[1]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.link", "--to", f"127.0.0.1:{port}", "--profile", "N0", "--seed", "7",
        stdout=asyncio.subprocess.PIPE, env={**os.environ},
    )  # fmt: skip
    assert process.stdout is not None
    host, _, bound = json.loads(await asyncio.wait_for(process.stdout.readline(), 20))["address"].rpartition(":")
    client, collector = await loop.create_datagram_endpoint(_Collector, remote_addr=(host, int(bound)))
    client.sendto(b"hello")
    assert (await asyncio.wait_for(collector.got.get(), 2))[1] == b"hello"
    process.terminate()
    assert await asyncio.wait_for(process.wait(), 10) == 0
    client.close()
    mirror.close()
