"""Seats on real sockets against the real node."""

from signaling.protocol import browser
from signaling.protocol.errors import Code
from signaling.protocol.hub_link import SeatAdmitted, SeatTaken
from signaling.protocol.vocabulary import Place
from tests.signaling.desired import CHAIR, COMMUNE_1, TURN_1
from tests.signaling.wire.conftest import House


async def test_a_seat_that_joins_is_welcomed_sees_the_room_and_gets_the_offer(house: House) -> None:
    chair = await house.join(CHAIR)
    assert chair.welcome is not None and chair.welcome.fresh and chair.welcome.seat == CHAIR
    assert chair.seats[CHAIR].place is Place.ROOM
    offer = await chair.until(browser.SubscribeOffer)
    assert "a=mid:floor-audio" in offer.sdp
    assert await house.hub.wait_for_fact(SeatTaken) == [SeatTaken(seat=CHAIR, resumed=False)]
    await chair.close()


async def test_a_commune_waits_in_the_lobby_until_it_is_admitted_in_its_turn(house: House) -> None:
    chair = await house.join(CHAIR)
    commune = await house.join(COMMUNE_1)
    assert commune.seats[COMMUNE_1].place is Place.LOBBY
    assert list(commune.seats) == [COMMUNE_1]
    assert isinstance(await chair.ask(browser.StartTurn, turn=TURN_1), browser.Done)
    assert isinstance(await chair.ask(browser.Admit, seat=COMMUNE_1), browser.Done)
    await commune.until_seats({CHAIR, COMMUNE_1})
    assert commune.slots == {"chair-audio": CHAIR, "chair-video": CHAIR}
    await house.hub.wait_for_fact(SeatAdmitted)
    refused = await commune.ask(browser.MuteSeat, seat=CHAIR)
    assert isinstance(refused, browser.Refused) and refused.code is Code.NOT_ALLOWED
    await chair.close()
    await commune.close()
