from typing import Any

import pytest

from tests.web.js.conftest import Run
from tests.web.js.seats import call, seat

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

ARRANGE = """
  const { large, why, small } = module.arrange(state);
  return [large && [large.seat.seat, large.slot], why, small.map((one) => [one.seat.seat, one.slot, one.mine])];
"""


def room(me: str, **of_stage: Any) -> dict[str, Any]:
    seats = [seat("chair", role="chair"), seat("na-duong"), seat("huu-lung"), seat("waits", place="waiting")]
    slots = {"floor-video": "na-duong", "chair-video": "chair", "small-1": "huu-lung", "small-2": "na-duong"}
    slots = {slot: one for slot, one in slots.items() if one != me}
    return call(me, seats, slots, **of_stage)


async def test_the_floor_holder_is_large_for_all_others(run: Run) -> None:
    large, why, small = await run("layout", ARRANGE, state=room("chair", floor="na-duong"))
    assert large == ["na-duong", "floor-video"]
    assert why == "floor"
    assert small == [["chair", None, True], ["huu-lung", "small-1", False]]


async def test_the_floor_holder_sees_the_chair(run: Run) -> None:
    large, why, _ = await run("layout", ARRANGE, state=room("na-duong", floor="na-duong"))
    assert (large, why) == (["chair", "chair-video"], "chair")


async def test_without_a_floor_the_chair_is_large(run: Run) -> None:
    large, why, _ = await run("layout", ARRANGE, state=room("huu-lung"))
    assert (large, why) == (["chair", "chair-video"], "chair")


async def test_the_chair_alone_with_two_sites_sees_one_of_them(run: Run) -> None:
    large, why, _ = await run("layout", ARRANGE, state=room("chair"))
    assert (large, why) == (["na-duong", "floor-video"], "other")


async def test_nobody_else_in_the_room(run: Run) -> None:
    large, why, small = await run("layout", ARRANGE, state=call("a", [seat("a")]))
    assert (large, why) == (None, "nobody")
    assert small == [["a", None, True]]


async def test_those_who_wait_for_a_later_turn_are_not_shown(run: Run) -> None:
    _, _, small = await run("layout", ARRANGE, state=room("chair", floor="na-duong"))
    assert "waits" not in [one[0] for one in small]


async def test_the_most_urgent_state_stands_under_a_picture(run: Run) -> None:
    seats = [
        seat("s", connected=False, microphone=False),
        seat("s", media="lost"),
        seat("s", hand_raised_at=3.0, microphone=False),
        seat("s", microphone=False),
        seat("s"),
        seat("other"),
    ]
    feet = await run("layout", "return seats.map((one) => module.footOf(one, 's'))", seats=seats)
    assert feet == ["lost", "no-media", "hand", "muted", "speaking", "open"]
