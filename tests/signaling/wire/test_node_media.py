"""Real media through the real node: who sits in the running turn, and who waits for the next one."""

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

from signaling.protocol import browser
from signaling.protocol.hub_link import SeatMedia, TrackRecorded
from signaling.protocol.slots import MediaKind
from tests.signaling.desired import CHAIR, COMMUNE_1, COMMUNE_2, ROLES, SECRETARY, TURN_1
from tests.signaling.wire.conftest import House
from tests.signaling.wire.hub_peer import ORIGIN

Status = dict[str, Any]


class Sites:
    """Simulated sites in a process of their own; `last` is the newest status of each."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.last: dict[str, Status] = {}

    @classmethod
    async def start(cls, house: House, *seats: str) -> "Sites":
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "signaling.rehearsal",
            "--seconds",
            "60",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdin is not None
        for seat in seats:
            order = {"url": house.url, "origin": ORIGIN, "pass": house.hub.pass_for(seat, ROLES[seat]), "name": seat}  # type: ignore[index]
            process.stdin.write(json.dumps(order).encode() + b"\n")
        await process.stdin.drain()
        return cls(process)

    async def until(self, condition: Callable[[dict[str, Status]], bool]) -> None:
        assert self._process.stdout is not None
        async with asyncio.timeout(30):
            while not condition(self.last):
                line = json.loads(await self._process.stdout.readline())
                if "name" in line:
                    self.last[line["name"]] = line

    async def stop(self) -> None:
        self._process.terminate()
        await self._process.communicate()


def frames(status: dict[str, Status], seat: str, slot: str) -> int:
    received = status.get(seat, {}).get("received", {})
    return int(received.get(slot, {}).get("frames", 0))


async def test_the_turn_sees_and_hears_each_other_and_who_waits_gets_no_packet(house: House) -> None:
    chair = await house.join(CHAIR)
    assert isinstance(await chair.ask(browser.StartTurn, turn=TURN_1), browser.Done)
    sites = await Sites.start(house, SECRETARY, COMMUNE_1, COMMUNE_2)
    try:
        await house.hub.wait_for_fact(SeatMedia, 6)
        for commune in (COMMUNE_1, COMMUNE_2):
            assert isinstance(await chair.ask(browser.Admit, seat=commune), browser.Done)
        assert isinstance(await chair.ask(browser.AnnounceRecording), browser.Done)
        await sites.until(
            lambda last: frames(last, SECRETARY, "small-1") > 10 and frames(last, COMMUNE_1, "small-1") > 10
        )
        assert sites.last[COMMUNE_1]["received"]["voice-1"]["packets"] > 50
        assert isinstance(await chair.ask(browser.GiveFloor, seat=COMMUNE_1), browser.Done)
        await sites.until(lambda last: frames(last, SECRETARY, "floor-video") > 5)
        await sites.until(lambda last: last.get(COMMUNE_2, {}).get("sent_video", 0) > 10)
        waiting = sites.last[COMMUNE_2]
        assert waiting["place"] == "waiting" and waiting["publish"] == waiting["subscribe"] == "connected"
        assert waiting["slots"] == {} and not any(slot["packets"] for slot in waiting["received"].values())
        assert all(COMMUNE_2 not in site["slots"].values() for site in sites.last.values())
    finally:
        await sites.stop()
    recorded = {(fact.seat, fact.kind) for fact in house.hub.facts if isinstance(fact, TrackRecorded)}
    assert recorded == {(seat, kind) for seat in (SECRETARY, COMMUNE_1) for kind in MediaKind}
