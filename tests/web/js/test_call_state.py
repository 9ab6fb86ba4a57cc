import pytest

from tests.web.js.conftest import Run
from tests.web.js.seats import call, person, seat

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]


async def test_a_whole_room_replaces_what_was_known(run: Run) -> None:
    body = """
      let state = module.reduce(module.emptyState(), { type: "welcome", seat: "chair", generation: 3 });
      state = module.reduce(state, { type: "room-state", stage: { phase: "open" }, seats: [one], slots: { "floor-video": "one" } });
      state = module.reduce(state, { type: "room-state", stage: { phase: "open" }, seats: [two], slots: {} });
      return state;
    """
    state = await run("call_state", body, one=seat("one"), two=seat("two"))
    assert [one["seat"] for one in state["seats"]] == ["two"]
    assert state["slots"] == {}
    assert (state["me"], state["generation"]) == ("chair", 3)


async def test_a_seat_that_comes_again_never_stands_twice(run: Run) -> None:
    body = """
      let state = start;
      for (const muted of [false, true, false]) {
        state = module.reduce(state, { type: "seat-updated", seat: { ...state.seats[1], microphone: muted } });
      }
      return state.seats.map((one) => one.seat);
    """
    assert await run("call_state", body, start=call("a", [seat("a"), seat("b"), seat("c")])) == ["a", "b", "c"]


async def test_a_seat_that_leaves_is_gone(run: Run) -> None:
    body = "return module.reduce(start, { type: 'seat-removed', seat: 'b' }).seats.map((one) => one.seat)"
    assert await run("call_state", body, start=call("a", [seat("a"), seat("b")])) == ["a"]


async def test_unknown_messages_change_nothing(run: Run) -> None:
    assert (
        await run("call_state", "return module.reduce(start, { type: 'later' }) === start", start=call("a", [])) is True
    )


async def test_those_who_were_not_asked_are_found_at_every_seat(run: Run) -> None:
    people = [person("Slình", consent="undecided"), person("Ví Dụ", interpreter=True)]
    state = call("a", [seat("a"), seat("b", people=people), seat("c", people=[person("Thử", consent="undecided")])])
    found = await run("call_state", "return module.undecided(state).map((one) => one.name)", state=state)
    assert found == ["Slình", "Thử"]


async def test_those_on_their_way_are_asked_too_and_the_node_knows_best_about_those_here(run: Run) -> None:
    state = call("a", [seat("b", people=[person("Slình", consent="voice")])])
    roll = [{**person("Slình", consent="undecided"), "seat": "b"}, {**person("Thử", consent="undecided"), "seat": "c"}]
    found = await run(
        "call_state", "return module.undecided(state, roll).map((one) => one.name)", state=state, roll=roll
    )
    assert found == ["Thử"]


async def test_a_shared_seat_speaks_with_the_one_who_does_not_interpret(run: Run) -> None:
    shared = seat("b", people=[person("Slình"), person("Ví Dụ", interpreter=True)])
    assert await run("call_state", "return module.speakerOf(seat).name", seat=shared) == "Slình"
    two = seat("b", people=[person("Slình"), person("Thử")])
    assert await run("call_state", "return module.speakerOf(seat)", seat=two) is None
