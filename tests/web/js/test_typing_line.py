import pytest

from tests.web.js.conftest import Run

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

MARKS = """
  let now = 0;
  const mark = () => ({ turn: "t1", sessionTime: ++now, typedAt: `at-${now}` });
"""


async def test_a_line_takes_its_time_from_the_first_key(run: Run) -> None:
    body = f"""{MARKS}
      let draft = module.emptyDraft();
      for (const text of ["K", "Kh", "Khiếu"]) draft = module.typed(draft, text, mark, false);
      return [draft.text, draft.mark.sessionTime];
    """
    assert await run("typing_line", body) == ["Khiếu", 1]


async def test_a_line_that_was_wiped_begins_anew(run: Run) -> None:
    body = f"""{MARKS}
      let draft = module.typed(module.emptyDraft(), "Kh", mark, false);
      draft = module.typed(draft, "", mark, false);
      const wiped = draft.mark;
      draft = module.typed(draft, "N", mark, false);
      return [wiped, draft.mark.sessionTime];
    """
    assert await run("typing_line", body) == [None, 2]


async def test_the_mark_key_gives_the_time_and_typing_keeps_it(run: Run) -> None:
    body = f"""{MARKS}
      let draft = module.marked(module.emptyDraft(), mark());
      draft = module.typed(draft, "Nói từ lúc đánh dấu", mark, true);
      return draft.mark.sessionTime;
    """
    assert await run("typing_line", body) == 1


async def test_a_mark_while_typing_belongs_to_the_next_line(run: Run) -> None:
    body = f"""{MARKS}
      let draft = module.typed(module.emptyDraft(), "Dòng một", mark, false);
      draft = module.marked(draft, mark());
      const next = module.afterSaving(draft);
      return [draft.mark.sessionTime, next.mark.sessionTime, next.text];
    """
    assert await run("typing_line", body) == [1, 2, ""]


async def test_a_line_belongs_to_the_turn_it_was_begun_in(run: Run) -> None:
    body = """
      const draft = module.typed(module.emptyDraft(), "a", () => ({ turn: "t1", sessionTime: 1, typedAt: "" }), false);
      return module.typed(draft, "ab", () => ({ turn: "t2", sessionTime: 9, typedAt: "" }), false).mark;
    """
    assert await run("typing_line", body) == {"turn": "t1", "sessionTime": 1, "typedAt": ""}


async def test_the_floor_names_the_speaker_until_a_person_chooses_or_types(run: Run) -> None:
    body = f"""{MARKS}
      const holder = {{ name: "Ông Slình", attendance: "at-1", interpreter: true }};
      const other = {{ name: "Bà Dụ", attendance: "at-2", interpreter: false }};
      const first = module.withFloor(module.emptyDraft(), holder);
      const typing = module.withFloor(module.typed(first, "a", mark, false), other);
      const chosen = module.withFloor({{ ...first, chosen: true }}, other);
      const moved = module.withFloor(first, other);
      return [first.speaker, first.interpreter, typing.speaker, chosen.speaker, moved.speaker];
    """
    assert await run("typing_line", body) == ["Ông Slình", True, "Ông Slình", "Ông Slình", "Bà Dụ"]


async def test_an_at_sign_opens_the_menu_only_at_the_start_of_a_word(run: Run) -> None:
    body = """
      const ask = (text) => { const found = module.speakerQuery(text, text.length); return found && [found.from, found.query]; };
      return [ask("@"), ask("@sli"), ask("nói @Hoàng Văn"), ask("a@b"), ask("hết"), ask("@a b c d e f")];
    """
    found = await run("typing_line", body)
    assert found == [[0, ""], [0, "sli"], [4, "Hoàng Văn"], None, None, None]
