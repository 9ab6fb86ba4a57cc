import pytest

from tests.web.js.conftest import Run

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]


async def test_pauses_double_up_to_three_seconds_and_differ_by_chance(run: Run) -> None:
    pauses = await run("reconnect", "return [0, 1, 2, 3, 4, 9].map((n) => module.pauseBefore(n, 0.999))")
    assert [round(one, 1) for one in pauses] == [0.2, 0.4, 0.8, 1.6, 3.0, 3.0]
    assert await run("reconnect", "return module.pauseBefore(9, 0)") < 2.2


async def test_a_token_is_good_once(run: Run) -> None:
    body = """
      const one = new module.Reconnect();
      one.welcomed("t1", 1);
      return [one.next(), one.takeToken(), one.next()];
    """
    assert await run("reconnect", body) == ["resume", "t1", "pass"]


async def test_three_refused_sockets_ask_for_a_new_pass_and_keep_the_token(run: Run) -> None:
    body = """
      const one = new module.Reconnect();
      one.welcomed("t1", 1);
      const steps = [];
      for (let n = 0; n < 3; n++) { one.keepToken(one.takeToken()); one.socketRefused(); steps.push(one.next()); }
      one.passFailed(); // the hub is away too
      return [...steps, one.next(), one.takeToken()];
    """
    assert await run("reconnect", body) == ["resume", "resume", "pass", "resume", "t1"]


async def test_a_lower_generation_is_refused(run: Run) -> None:
    body = """
      const one = new module.Reconnect();
      one.welcomed("new", 2);
      return [one.welcomed("old", 1), one.next(), one.generation];
    """
    assert await run("reconnect", body) == [False, "pass", 2]


async def test_goodbyes_say_what_comes_next(run: Run) -> None:
    body = """
      const after = (code, retry) => { const one = new module.Reconnect(); one.welcomed("t", 1); return one.closed(code, retry); };
      return [after("SEAT_TAKEN_OVER", false), after("SESSION_CLOSED", false), after("NODE_STOPPING", true),
              after("RESUME_UNKNOWN", true), after("TOO_MANY_MESSAGES", true)];
    """
    assert await run("reconnect", body) == ["over", "over", "pass", "pass", "resume"]
