import pytest

from tests.web.js.conftest import Run

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]


async def test_nothing_is_known_before_a_node_was_heard(run: Run) -> None:
    assert await run("clock_offset", "return new module.ClockOffset().sessionTime(5)") is None


async def test_the_shortest_round_trip_counts(run: Run) -> None:
    body = """
      const clock = new module.ClockOffset();
      clock.heardPong(10.0, 110.9, 11.0);   // a second on the way, mostly back
      clock.heardPong(12.0, 112.01, 12.02); // 20 ms there and back
      clock.heardPong(14.0, 114.05, 14.5);
      return clock.sessionTime(20);
    """
    assert abs(await run("clock_offset", body) - 120.0) < 0.02


async def test_a_welcome_gives_a_first_value_and_a_pong_a_better_one(run: Run) -> None:
    body = """
      const clock = new module.ClockOffset();
      clock.heardWelcome(100, 1);
      const rough = clock.sessionTime(2);
      clock.heardPong(2, 101.2, 2.2);
      return [rough, clock.sessionTime(3)];
    """
    rough, better = await run("clock_offset", body)
    assert rough == 101
    assert abs(better - 102.1) < 0.001


async def test_a_laptop_that_slept_trusts_only_what_it_hears_afterwards(run: Run) -> None:
    body = """
      const clock = new module.ClockOffset();
      clock.heardPong(1, 101, 1.002);
      clock.heardPong(3, 403, 3.2);  // the own clock stood still for five minutes; this line is slower
      return clock.sessionTime(4);
    """
    assert abs(await run("clock_offset", body) - 403.9) < 0.2


async def test_the_estimate_outlives_the_connection(run: Run) -> None:
    body = """
      const clock = new module.ClockOffset();
      clock.heardPong(1, 101, 1.01);
      clock.nodeChanged();
      return clock.sessionTime(600);
    """
    assert abs(await run("clock_offset", body) - 700) < 0.1


async def test_two_hundred_noisy_pings_stay_within_ten_milliseconds(run: Run) -> None:
    body = """
      let seed = 7;
      const chance = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
      const clock = new module.ClockOffset();
      let worst = 0;
      for (let n = 0; n < 200; n++) {
        const sent = n * 2;
        const there = 0.005 + chance() * 0.3, back = 0.005 + chance() * 0.3;
        clock.heardPong(sent, sent + there + 1000, sent + there + back);
        if (n > 30) worst = Math.max(worst, Math.abs(clock.sessionTime(sent) - (sent + 1000)));
      }
      return worst;
    """
    assert await run("clock_offset", body) < 0.1
