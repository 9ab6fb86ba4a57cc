"""The link to the hub: what comes down, what goes up, and what happens while it is away."""

from pathlib import Path

import pytest

from signaling.protocol import browser
from signaling.protocol.errors import Code
from signaling.protocol.hub_link import SeatLeft, SeatTaken, SessionClosed, TurnStarted
from signaling.protocol.vocabulary import LeftReason, Place, Role, TurnState
from signaling.wire.node import Node
from tests.signaling.desired import CHAIR, COMMUNE_1, TURN_1, a_seat, a_session, a_turn
from tests.signaling.wire.conftest import House
from tests.signaling.wire.seat_client import SeatClient


async def test_a_node_says_who_it_is_and_what_it_runs_each_time_it_dials(house: House) -> None:
    first = house.hub.hellos[0]
    assert (first.node, first.rooms, first.previous_boots) == ("node-1", [], [])
    await house.join(CHAIR)
    await house.hub.stop()
    await house.hub.start()
    await house.hub.wait_for_link(2)
    again = house.hub.hellos[1]
    assert again.boot == first.boot and [(room.session, room.generation) for room in again.rooms] == [("session1", 1)]


async def test_facts_not_confirmed_are_sent_again_over_the_next_link(house: House) -> None:
    house.hub.confirms = False
    await house.join(CHAIR)
    await house.hub.wait_for_fact(SeatTaken)
    await house.hub.stop()
    house.hub.confirms = True
    await house.hub.start()
    taken = await house.hub.wait_for_fact(SeatTaken, 2)
    assert taken[0] == taken[1]
    first, second = [record for record in house.hub.records if isinstance(record.fact, SeatTaken)]
    assert (first.boot, first.number) == (second.boot, second.number)


async def test_facts_of_a_boot_before_come_first_and_their_end_is_marked(house: House) -> None:
    house.hub.confirms = False
    await house.join(CHAIR)
    await house.hub.wait_for_fact(SeatTaken)
    before = house.hub.hellos[0].boot
    assert house.node is not None
    await house.node.stop()
    house.hub.batches.clear()
    await house.start_node()
    hello = house.hub.hellos[1]
    assert hello.previous_boots == [before] and hello.boot > before
    await house.join(CHAIR)
    await house.hub.wait_until(lambda: any(record.boot == hello.boot for record in house.hub.records))
    boots = [[record.boot for record in batch] for batch in house.hub.batches]
    end = boots.index([])
    assert {boot for batch in boots[:end] for boot in batch} == {before}
    assert {boot for batch in boots[end:] for boot in batch} == {hello.boot}
    assert next(batch[0].number for batch in house.hub.batches if batch) == 1


async def test_a_confirmed_boot_is_forgotten(house: House) -> None:
    house.hub.confirms = False
    await house.join(CHAIR)
    await house.hub.wait_for_fact(SeatTaken)
    assert house.node is not None
    await house.node.stop()
    house.hub.confirms = True
    await house.start_node()
    await house.hub.wait_until(lambda: any(not batch for batch in house.hub.batches[1:]))
    await house.node.stop()
    await house.start_node()
    assert house.hub.hellos[-1].previous_boots == []


async def test_a_higher_generation_closes_the_room_and_makes_it_anew(house: House) -> None:
    chair = await house.join(CHAIR)
    assert chair.welcome is not None
    assert isinstance(await chair.ask(browser.StartTurn, turn=TURN_1), browser.Done)
    anew = a_session(
        generation=2,
        turns=[a_turn(TURN_1, 1, state=TurnState.PAUSED)],
        seats=[a_seat(CHAIR), a_seat(COMMUNE_1, TURN_1, admitted=True)],
    )
    await house.hub.push(anew)
    closed, _ = await chair.last_word()
    assert closed is not None and closed.code is Code.GENERATION_OLD and closed.retry
    left = await house.hub.wait_for_fact(SeatLeft)
    assert left == [SeatLeft(seat=CHAIR, reason=LeftReason.SUPERSEDED)]
    assert [record.generation for record in house.hub.records if isinstance(record.fact, SeatLeft)] == [1]
    commune = await house.join(COMMUNE_1, generation=2)
    assert commune.seats[COMMUNE_1].place is Place.ROOM
    assert commune.stage is not None and commune.stage.turn_state is TurnState.PAUSED
    old = await SeatClient.open(house.url)
    await old.send(browser.Resume(token=chair.welcome.resume))
    closed, _ = await old.last_word()
    assert closed is not None and closed.code is Code.RESUME_UNKNOWN and closed.retry


async def test_a_lower_generation_is_ignored(house: House) -> None:
    chair = await house.join(CHAIR)
    await house.hub.push(a_session(generation=0))
    await house.hub.push(a_session(seats=[a_seat(CHAIR), a_seat(COMMUNE_1)]))
    await house.join(COMMUNE_1)
    await chair.until_seats({CHAIR, COMMUNE_1})


async def test_a_session_no_longer_named_is_closed_and_its_seats_ask_the_hub(house: House) -> None:
    chair = await house.join(CHAIR)
    await house.hub.push()
    closed, _ = await chair.last_word()
    assert closed is not None and closed.code is Code.ROOM_UNKNOWN and closed.retry


async def test_a_session_closed_here_stays_closed_while_the_hub_still_names_it(house: House) -> None:
    chair = await house.join(CHAIR)
    assert isinstance(await chair.ask(browser.CloseSession), browser.Done)
    await house.hub.wait_for_fact(SessionClosed)
    await house.hub.push(a_session())
    late = await SeatClient.join(house.url, house.hub.pass_for(CHAIR, Role.CHAIR))
    closed, _ = await late.last_word()
    assert closed is not None and closed.code is Code.SESSION_CLOSED


async def test_the_call_goes_on_while_the_hub_is_away_and_the_hub_hears_of_it_later(house: House) -> None:
    chair = await house.join(CHAIR)
    await house.hub.stop()
    assert isinstance(await chair.ask(browser.StartTurn, turn=TURN_1), browser.Done)
    await house.hub.start()
    assert await house.hub.wait_for_fact(TurnStarted) == [TurnStarted(turn=TURN_1, by=CHAIR)]
    assert chair.connection.state.name == "OPEN"


async def test_pings_are_answered_with_the_nodes_clock(house: House) -> None:
    await house.hub.ping()
    await house.hub.wait_until(lambda: bool(house.hub.pongs))
    await house.hub.ping()
    await house.hub.wait_until(lambda: len(house.hub.pongs) == 2)
    assert 0 <= house.hub.pongs[1].clock - house.hub.pongs[0].clock < 10


@pytest.mark.parametrize("content", ["another key", ""])
async def test_a_node_with_a_wrong_key_is_never_linked_and_serves_nobody(house: House, content: str) -> None:
    assert house.node is not None
    await house.node.stop()
    house.settings().key_file.write_text(content)
    linked = len(house.hub.hellos)
    house.node = Node(house.settings())
    await house.node.start()
    await house.hub.wait_until(lambda: house.hub.refused > 0)
    assert len(house.hub.hellos) == linked
    with pytest.raises(Exception, match="503"):
        await SeatClient.open(house.url)


async def test_a_node_that_starts_before_its_hub_and_its_key_is_linked_when_they_come(tmp_path: Path) -> None:
    house = House(tmp_path)
    await house.hub.start()
    await house.hub.stop()
    house.node = Node(house.settings())
    await house.node.start()
    house.hub.desired = [a_session()]
    await house.hub.start()
    house.hub.write_key(house.settings().key_file)
    await house.hub.wait_for_link()
    chair = await house.join(CHAIR)
    assert chair.welcome is not None
    await house.stop()


async def test_rubbish_from_the_hub_ends_the_link_and_not_the_node(house: House) -> None:
    chair = await house.join(CHAIR)
    await house.hub.say(b"rubbish")
    await house.hub.wait_for_link(2)
    await chair.send(browser.Ping(sent=1.0))
    await chair.until(browser.Pong)
