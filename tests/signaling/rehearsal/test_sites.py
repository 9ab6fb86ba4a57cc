"""Simulated sites on a real node: they sit down, see and hear each other, come back, obey a mute."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from signaling.protocol import browser
from signaling.protocol.errors import Code
from signaling.protocol.hub_link import SeatTaken
from signaling.protocol.vocabulary import MediaState, Place
from signaling.rehearsal.cast import Cast
from signaling.rehearsal.signalling import Answered
from signaling.rehearsal.site import Site, SiteOrder
from signaling.rehearsal.studio import Studio
from signaling.wire.node import Node
from signaling.wire.settings import NodeSettings
from tests.signaling.desired import CHAIR, COMMUNE_1, COMMUNE_2, ROLES, SECRETARY, TURN_1, a_session
from tests.signaling.rehearsal.test_media_peer import until
from tests.signaling.wire.hub_peer import ORIGIN, HubPeer


class Stage:
    """A real node, a hub's peer, and a cast."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.hub = HubPeer()
        self.cast = Cast(Studio())
        self.node: Node | None = None

    async def start(self) -> None:
        self.hub.desired = [a_session()]
        await self.hub.start()
        await self._start_node(0)

    async def restart_node(self) -> None:
        assert self.node is not None
        port = self.node.signaling_port
        await self.node.stop()
        await self._start_node(port)

    async def _start_node(self, port: int) -> None:
        key = self.hub.write_key(self._folder / "keys" / "node-1.key")
        self.node = Node(
            NodeSettings(
                data_dir=self._folder, signaling_port=port, media_port=0, link_url=self.hub.url, node_key_file=key
            )
        )
        await self.node.start()
        await self.hub.wait_for_link(len(self.hub.hellos) + 1)

    async def stop(self) -> None:
        await self.cast.stop()
        assert self.node is not None
        await self.node.stop()
        await self.hub.stop()

    def order(self, seat: str, *, join_pass: str | None = None) -> SiteOrder:
        assert self.node is not None
        return SiteOrder(
            url=f"ws://127.0.0.1:{self.node.signaling_port}/signal/node-1",
            origin=ORIGIN,
            join_pass=join_pass or self.hub.pass_for(seat, ROLES[seat]),  # type: ignore[index]
            name=seat,
        )

    async def seat(self, name: str) -> Site:
        site = self.cast.start(self.order(name))
        await until(lambda: site.status()["publish"] == MediaState.CONNECTED)
        return site


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    stage = Stage(tmp_path)
    await stage.start()
    yield stage
    await stage.stop()


def frames(site: Site, slot: str) -> int:
    return site.status()["received"].get(slot, {}).get("frames", 0)


def packets(site: Site, slot: str) -> int:
    return site.status()["received"].get(slot, {}).get("packets", 0)


async def ask(site: Site, message: type[browser.SeatMessage], **fields: object) -> None:
    assert site.client is not None
    await site.client.ask(message(id=site.client.next_id(), **fields))  # type: ignore[arg-type,call-arg]


async def test_sites_of_the_turn_see_and_hear_each_other_and_the_next_one_waits(stage: Stage) -> None:
    chair, commune, later = await stage.seat(CHAIR), await stage.seat(COMMUNE_1), await stage.seat(COMMUNE_2)
    for seat in (COMMUNE_1, COMMUNE_2):
        await ask(chair, browser.Admit, seat=seat)
    await ask(chair, browser.StartTurn, turn=TURN_1)
    await ask(chair, browser.GiveFloor, seat=COMMUNE_1)
    await until(lambda: frames(commune, "chair-video") > 5 and packets(commune, "chair-audio") > 20, 15)
    await until(lambda: frames(chair, "floor-video") > 5 and packets(chair, "floor-audio") > 20, 15)
    assert (commune.status()["place"], later.status()["place"]) == (Place.ROOM, Place.WAITING)
    assert chair.slots["floor-video"] == COMMUNE_1
    assert later.status()["received"] == {}
    assert later.status()["sent_video"] > 5


async def test_a_dropped_line_comes_back_without_touching_the_media(stage: Stage) -> None:
    chair, secretary = await stage.seat(CHAIR), await stage.seat(SECRETARY)
    await until(lambda: frames(chair, "small-1") > 3, 15)
    publisher, receiver = secretary.publisher, secretary.receiver
    await secretary.set_devices(microphone=False, camera=True)
    secretary.drop_line()
    await until(lambda: secretary.counters.resumed == 1 and secretary.client is not None)
    await until(lambda: chair.seats[SECRETARY].connected)
    assert (secretary.publisher, secretary.receiver) == (publisher, receiver)
    assert chair.seats[SECRETARY].microphone is False
    before = frames(chair, "small-1")
    await until(lambda: frames(chair, "small-1") > before + 3)
    taken = [fact for fact in stage.hub.facts if isinstance(fact, SeatTaken) and fact.seat == SECRETARY]
    assert [fact.resumed for fact in taken] == [False, True]


async def test_a_muted_site_stops_sending_sound_and_says_so(stage: Stage) -> None:
    chair, secretary = await stage.seat(CHAIR), await stage.seat(SECRETARY)
    await until(lambda: secretary.status()["sent_audio"] > 5 and SECRETARY in chair.seats)
    await ask(chair, browser.MuteSeat, seat=SECRETARY)
    await until(lambda: not secretary.microphone and not chair.seats[SECRETARY].microphone)
    sent, shown = secretary.status()["sent_audio"], secretary.status()["sent_video"]
    await until(lambda: secretary.status()["sent_video"] > shown + 5)
    assert secretary.status()["sent_audio"] == sent


async def test_a_site_with_a_used_pass_waits_for_a_new_one(stage: Stage) -> None:
    order = stage.order(CHAIR)
    first = stage.cast.start(order)
    await until(lambda: first.counters.joined == 1)
    again = stage.cast.start(SiteOrder(url=order.url, origin=order.origin, join_pass=order.join_pass, name="again"))
    await until(lambda: again.needs_pass)
    assert "PASS_USED" in again.status()["last_error"]
    fresh = stage.order(SECRETARY)
    stage.cast.start(SiteOrder(url=fresh.url, origin=fresh.origin, join_pass=fresh.join_pass, name="again"))
    await until(lambda: again.seat == SECRETARY and again.status()["publish"] == MediaState.CONNECTED)


async def test_a_seat_that_was_taken_over_does_not_fight_for_it(stage: Stage) -> None:
    first = await stage.seat(CHAIR)
    order = stage.order(CHAIR)
    second = stage.cast.start(SiteOrder(url=order.url, origin=order.origin, join_pass=order.join_pass, name="second"))
    await until(lambda: first.over is not None)
    assert first.over is Code.SEAT_TAKEN_OVER
    await until(lambda: second.status()["publish"] == MediaState.CONNECTED)
    assert second.over is None


async def test_sites_take_their_seats_again_on_a_node_that_was_started_anew(stage: Stage) -> None:
    chair, secretary = await stage.seat(CHAIR), await stage.seat(SECRETARY)
    await until(lambda: frames(chair, "small-1") > 3)
    await stage.restart_node()
    await until(lambda: chair.needs_pass and secretary.needs_pass, 15)
    for name in (CHAIR, SECRETARY):
        stage.cast.start(stage.order(name))
    await until(lambda: (chair.counters.joined, secretary.counters.joined) == (2, 2))
    await until(lambda: frames(chair, "small-1") > 3 and frames(secretary, "chair-video") > 3, 15)


async def test_what_a_site_may_not_ask_is_refused_and_the_call_goes_on(stage: Stage) -> None:
    commune = await stage.seat(COMMUNE_1)
    with pytest.raises(Answered) as refused:
        await ask(commune, browser.StartTurn, turn=TURN_1)
    assert refused.value.code is Code.NOT_ALLOWED
    assert commune.client is not None


async def test_the_command_plays_sites_and_reports_as_json_lines(stage: Stage) -> None:
    lines = [
        json.dumps({"url": order.url, "origin": order.origin, "pass": order.join_pass, "name": order.name})
        for order in (stage.order(CHAIR), stage.order(SECRETARY))
    ]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "signaling.rehearsal", "--seconds", "6", "--fps", "10", "--size", "320x180",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env={**os.environ},
    )  # fmt: skip
    output, _ = await asyncio.wait_for(process.communicate(("\n".join([*lines, "nonsense", ""])).encode()), 40)
    assert process.returncode == 0
    said = [json.loads(line) for line in output.splitlines()]
    assert any("input line" in one.get("error", "") for one in said if "name" not in one)
    summary = said[-1]
    assert summary["summary"] is True
    assert {site["name"]: site["publish"] for site in summary["sites"]} == {CHAIR: "connected", SECRETARY: "connected"}
    chair, secretary = ([one for one in said if one.get("name") == name][-1] for name in (CHAIR, SECRETARY))
    assert secretary["received"]["chair-video"]["frames"] > 5
    assert chair["received"]["voice-1"]["packets"] > 20
    assert 0 < summary["cpu_share_per_site"] < 1
