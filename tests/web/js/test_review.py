from typing import Any

import pytest

from tests.web.js.conftest import Run

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]


def line(name: str, place: float | None, check: str = "unheard", anchor: float | None = None) -> dict[str, Any]:
    return {"id": name, "position": 0, "session_time": place, "anchor": anchor, "check": check}


async def test_small_drift_is_left_alone_middling_is_nudged_large_is_sought(run: Run) -> None:
    body = "return [0.05, -0.05, 0.1, -0.1, 0.29, 0.31, -2].map((drift) => module.correction(drift, 1))"
    found = await run("play_clock", body)
    assert [one["seek"] for one in found] == [False, False, False, False, False, True, True]
    rates = [one["rate"] for one in found]
    assert rates[0] == rates[1] == 1
    assert rates[2] < 1 < rates[3]
    assert all(0.93 < rate < 1.07 for rate in rates)


async def test_the_clock_keeps_its_place_over_pauses_and_changes_of_speed(run: Run) -> None:
    body = """
      const clock = new module.PlayClock();
      clock.duration = 100;
      clock.start(10);
      const playing = clock.position(15);
      clock.setRate(2, 15);
      const fast = clock.position(20);
      clock.stop(20);
      const stopped = clock.position(99);
      clock.seek(-3, 99);
      const start = clock.position(99);
      clock.seek(500, 99);
      return [playing, fast, stopped, start, clock.position(99)];
    """
    assert await run("play_clock", body) == [5, 15, 15, 0, 100]


async def test_what_was_not_recorded_is_not_covered(run: Run) -> None:
    body = "return [0.5, 2, 3.5].map((at) => module.covered(at, [[1, 3], [4, 5]]))"
    assert await run("play_clock", body) == [False, True, False]


async def test_the_line_that_is_heard_is_the_last_one_reached(run: Run) -> None:
    lines = [line("a", 10.0), line("b", 20.0, anchor=30.0), line("c", None), line("d", 40.0)]
    body = "return [5, 12, 25, 31, 99].map((time) => module.lineAt(lines, time)?.id ?? null)"
    assert await run("review_rules", body, lines=lines) == [None, "a", "a", "b", "d"]


async def test_the_next_unheard_line_is_found_round_the_end(run: Run) -> None:
    lines = [line("a", 1), line("b", 2, "correct"), line("c", 3), line("d", 4, "needs_correction")]
    body = "return ['a', 'c', 'd', null].map((from) => module.nextUnheard(lines, from)?.id ?? null)"
    assert await run("review_rules", body, lines=lines) == ["c", "a", "a", "a"]
    done = [line("a", 1, "correct")]
    assert await run("review_rules", "return module.nextUnheard(lines, null)", lines=done) is None


async def test_lines_are_counted_by_their_check(run: Run) -> None:
    lines = [line("a", 1), line("b", 2, "correct"), line("c", 3), line("d", 4, "needs_correction")]
    counts = await run("review_rules", "return module.counted(lines)", lines=lines)
    assert counts == {"correct": 1, "needs_correction": 1, "unheard": 2}


async def test_the_scale_has_some_round_times(run: Run) -> None:
    for span in (20, 300, 5100, 30000):
        found = await run("review_rules", "return module.ticks(1772780700, 1772780700 + span)", span=span)
        assert 1 <= len(found) <= 9
        assert all(at % 5 == 0 for at in found)
