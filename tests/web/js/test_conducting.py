import pytest

from tests.web.js.conftest import Run
from tests.web.js.seats import call, seat, turn

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

ACTIONS = "return module.conductorActions(state, recorded, waiting).map((one) => [one.act, one.primary, one.disabled !== '', one.target])"


async def test_before_the_opening_there_is_one_thing_to_do(run: Run) -> None:
    state = call("chair", [], turns=[turn(1)], phase="lobby")
    assert await run("conducting", ACTIONS, state=state, recorded=True, waiting=0) == [["open", True, False, None]]


async def test_between_turns_the_next_one_is_started_or_the_session_closed(run: Run) -> None:
    state = call("chair", [], turns=[turn(1, "ended"), turn(2)])
    assert await run("conducting", ACTIONS, state=state, recorded=True, waiting=0) == [
        ["start-turn", True, False, "turn-2"],
        ["close-session", False, False, None],
    ]
    state = call("chair", [], turns=[turn(1, "ended")])
    assert await run("conducting", ACTIONS, state=state, recorded=True, waiting=0) == [
        ["close-session", True, False, None]
    ]


async def test_recording_is_announced_only_when_everybody_was_asked(run: Run) -> None:
    first = await run("conducting", ACTIONS, state=call("a", []), recorded=True, waiting=1)
    assert first[0] == ["announce", True, True, None]
    first = await run("conducting", ACTIONS, state=call("a", []), recorded=True, waiting=0)
    assert first[0] == ["announce", True, False, None]


async def test_a_session_that_is_never_recorded_has_no_announcement(run: Run) -> None:
    acts = await run("conducting", ACTIONS, state=call("a", []), recorded=False, waiting=0)
    assert [one[0] for one in acts] == ["give-floor", "pause", "end-turn"]


async def test_the_hand_that_is_up_longest_comes_first(run: Run) -> None:
    seats = [seat("late", hand_raised_at=9.0), seat("early", hand_raised_at=4.0), seat("none")]
    acts = await run("conducting", ACTIONS, state=call("a", seats, announced=True), recorded=True, waiting=0)
    assert acts[0] == ["give-floor", True, False, "early"]


async def test_a_paused_turn_goes_on_with_the_solid_button(run: Run) -> None:
    acts = await run(
        "conducting", ACTIONS, state=call("a", [], turns=[turn(1, "paused")], announced=True), recorded=True, waiting=0
    )
    assert acts[0][:2] == ["resume", True]
    assert "pause" not in [one[0] for one in acts]


async def test_at_most_one_button_is_solid(run: Run) -> None:
    for state in (
        call("a", [], phase="lobby"),
        call("a", [], turns=[turn(1)]),
        call("a", []),
        call("a", [], announced=True),
        call("a", [], turns=[turn(1, "paused")]),
    ):
        acts = await run("conducting", ACTIONS, state=state, recorded=True, waiting=0)
        assert sum(one[1] for one in acts) == 1
