"""Lines on their way to the hub. The hub of these tests is a few lines in the page that behave as hub/minutes does."""

import pytest
from playwright.async_api import Page

from tests.web.js.conftest import Run

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

#: A hub that keeps lines by id and version, may be away, and may lose an answer on the way back.
SETTING = """
  const { printOf } = module;
  const hub = { lines: new Map(), away: false, loseAnswers: 0, calls: [] };
  const send = async (entry) => {
    hub.calls.push(entry.id);
    if (hub.away) throw { temporary: true, status: 0, message: "away" };
    const now = hub.lines.get(entry.id);
    const same = now && printOf(now) === printOf(entry.fields);
    if (now && !same && now.version !== entry.base) {
      throw { code: "LINE_CHANGED_ELSEWHERE", status: 409, message: "changed", details: { line: { ...now } } };
    }
    const line = same ? now : { id: entry.id, turn: entry.turn, position: hub.lines.size, ...entry.fields, version: (now?.version ?? 0) + 1 };
    hub.lines.set(entry.id, line);
    if (hub.loseAnswers > 0) { hub.loseAnswers -= 1; throw { temporary: true, status: 0, message: "lost" }; }
    return { ...line };
  };
  const later = []; // pauses wait here until the test lets time pass
  const disk = new Map();
  const store = {
    all: async () => [...disk.values()].map((one) => structuredClone(one)),
    put: async (entry) => void disk.set(entry.id, structuredClone(entry)),
    remove: async (id) => void disk.delete(id),
  };
  const fields = (text) => ({ session_time: 1, kind: "statement", speaker: "", speaker_attendance: null,
    through_interpreter: false, text, typed_at: "2026-03-06T07:00:00Z" });
  const open = () => new module.Outbox({ store, send, later: (act, seconds) => later.push({ act, seconds }) });
  const settled = async () => { for (let n = 0; n < 50; n++) await Promise.resolve(); await new Promise((done) => setTimeout(done)); };
  const timePasses = async () => { for (const one of later.splice(0)) one.act(); await settled(); };
"""


async def test_a_line_is_on_disk_before_it_is_sent(run: Run) -> None:
    body = f"""{SETTING}
      let keptFirst = null;
      const outbox = new module.Outbox({{ store, later: () => {{}}, send: async (entry) => {{
        keptFirst ??= disk.has(entry.id);
        return send(entry);
      }} }});
      await outbox.save({{ id: "a", turn: "t", fields: fields("một"), base: null }});
      await settled();
      return [keptFirst, disk.size, hub.lines.get("a").text, outbox.entries.length];
    """
    assert await run("outbox", body) == [True, 0, "một", 0]


async def test_ten_lines_written_while_the_hub_is_away_arrive_once_and_in_order(run: Run) -> None:
    body = f"""{SETTING}
      const outbox = open();
      hub.away = true;
      for (let n = 0; n < 10; n++) await outbox.save({{ id: `line-${{n}}`, turn: "t", fields: fields(`dòng ${{n}}`), base: null }});
      await settled();
      const waiting = outbox.entries.length;
      const problem = outbox.problem;
      hub.away = false;
      await timePasses();
      return [waiting, problem, [...hub.lines.values()].map((one) => one.text), outbox.entries.length, disk.size, outbox.problem];
    """
    waiting, problem, texts, left, on_disk, after = await run("outbox", body)
    assert (waiting, problem) == (10, "away")
    assert texts == [f"dòng {n}" for n in range(10)]
    assert (left, on_disk, after) == (0, 0, "")


async def test_pauses_grow_to_ten_seconds(run: Run) -> None:
    body = f"""{SETTING}
      const outbox = open();
      hub.away = true;
      await outbox.save({{ id: "a", turn: "t", fields: fields("một"), base: null }});
      const pauses = [];
      for (let n = 0; n < 7; n++) {{ await settled(); pauses.push(later.at(-1).seconds); await timePasses(); }}
      return pauses;
    """
    assert await run("outbox", body) == [0.5, 1, 2, 4, 8, 10, 10]


async def test_a_reload_in_the_middle_takes_up_what_was_left(run: Run) -> None:
    body = f"""{SETTING}
      hub.away = true;
      const first = open();
      await first.save({{ id: "a", turn: "t", fields: fields("một"), base: null }});
      await first.save({{ id: "b", turn: "t", fields: fields("hai"), base: null }});
      await settled();
      hub.away = false;
      const second = open();
      await second.open();
      await settled();
      return [[...hub.lines.values()].map((one) => one.text), disk.size];
    """
    assert await run("outbox", body) == [["một", "hai"], 0]


async def test_an_answer_lost_on_the_way_is_no_conflict_even_after_an_edit(run: Run) -> None:
    body = f"""{SETTING}
      const outbox = open();
      hub.loseAnswers = 1;
      await outbox.save({{ id: "a", turn: "t", fields: fields("một"), base: null }});
      await settled();
      await outbox.save({{ id: "a", turn: "t", fields: fields("một, sửa"), base: null }});
      await settled();
      return [hub.lines.get("a").text, hub.lines.get("a").version, outbox.entries.length];
    """
    assert await run("outbox", body) == ["một, sửa", 2, 0]


async def test_words_of_another_writer_are_never_overwritten_silently(run: Run) -> None:
    body = f"""{SETTING}
      hub.lines.set("a", {{ id: "a", turn: "t", position: 0, ...fields("bản của người khác"), version: 5 }});
      const outbox = open();
      await outbox.save({{ id: "a", turn: "t", fields: fields("bản của tôi"), base: 4 }});
      await settled();
      const entry = outbox.entry("a");
      const seen = [entry.state, entry.theirs.text, hub.lines.get("a").text, disk.size];
      await outbox.keepMine("a");
      await settled();
      return [...seen, hub.lines.get("a").text, hub.lines.get("a").version, outbox.entries.length];
    """
    assert await run("outbox", body) == ["conflict", "bản của người khác", "bản của người khác", 1, "bản của tôi", 6, 0]


async def test_their_words_can_be_taken(run: Run) -> None:
    body = f"""{SETTING}
      hub.lines.set("a", {{ id: "a", turn: "t", position: 0, ...fields("bản của người khác"), version: 5 }});
      const outbox = open();
      await outbox.save({{ id: "a", turn: "t", fields: fields("bản của tôi"), base: 4 }});
      await settled();
      await outbox.discard("a");
      return [hub.lines.get("a").text, outbox.entries.length, disk.size];
    """
    assert await run("outbox", body) == ["bản của người khác", 0, 0]


async def test_a_refused_line_stands_aside_and_the_next_one_goes_on(run: Run) -> None:
    body = f"""{SETTING}
      const outbox = new module.Outbox({{ store, later: () => {{}}, send: async (entry) => {{
        if (entry.id === "a") throw {{ code: "MINUTES_SIGNED_OFF", status: 409, temporary: false, message: "đã rà soát" }};
        return send(entry);
      }} }});
      await outbox.save({{ id: "a", turn: "t", fields: fields("một"), base: null }});
      await outbox.save({{ id: "b", turn: "t", fields: fields("hai"), base: null }});
      await settled();
      return [outbox.entry("a").state, outbox.entry("a").problem, [...hub.lines.keys()], disk.has("a")];
    """
    assert await run("outbox", body) == ["refused", "đã rà soát", ["b"], True]


async def test_a_sign_in_that_ended_keeps_the_lines_waiting(run: Run) -> None:
    body = f"""{SETTING}
      let signedIn = false;
      const outbox = new module.Outbox({{ store, later: (act) => later.push({{ act }}), send: async (entry) => {{
        if (!signedIn) throw {{ code: "SIGN_IN_NEEDED", status: 401, temporary: false, message: "" }};
        return send(entry);
      }} }});
      await outbox.save({{ id: "a", turn: "t", fields: fields("một"), base: null }});
      await settled();
      const before = [outbox.entry("a").state, outbox.problem];
      signedIn = true;
      await timePasses();
      return [...before, hub.lines.size, outbox.problem];
    """
    assert await run("outbox", body) == ["waiting", "SIGN_IN", 1, ""]


async def test_an_edit_while_the_line_is_on_its_way_follows_it(run: Run) -> None:
    body = f"""{SETTING}
      let letGo = () => {{}};
      const gate = new Promise((done) => (letGo = done));
      let first = true;
      const outbox = new module.Outbox({{ store, later: () => {{}}, send: async (entry) => {{
        const answer = await send(structuredClone(entry));
        if (first) {{ first = false; await gate; }}
        return answer;
      }} }});
      await outbox.save({{ id: "a", turn: "t", fields: fields("một"), base: null }});
      await settled();
      await outbox.save({{ id: "a", turn: "t", fields: fields("một, thêm"), base: null }});
      letGo();
      await settled();
      return [hub.lines.get("a").text, hub.lines.get("a").version, outbox.entries.length];
    """
    assert await run("outbox", body) == ["một, thêm", 2, 0]


async def test_saved_and_unsaved_lines_stand_in_one_order(run: Run) -> None:
    body = f"""{SETTING}
      const saved = [{{ id: "b", position: 2, version: 1, ...fields("hai") }}, {{ id: "a", position: 1, version: 1, ...fields("một") }}];
      const entries = [{{ id: "a", turn: "t", fields: fields("một, sửa"), order: 9, state: "waiting" }},
                       {{ id: "c", turn: "t", fields: fields("ba"), order: 10, state: "waiting" }}];
      return module.merged(saved, entries).map((row) => [row.id, row.line.text, row.entry !== null]);
    """
    assert await run("outbox", body) == [["a", "một, sửa", True], ["b", "hai", False], ["c", "ba", True]]


async def test_what_is_kept_outlives_the_page_and_belongs_to_its_account(run: Run, page: Page) -> None:
    write = """
      const entry = (id) => ({ id, turn: "t", fields: {}, base: null, revision: 1, sent: [], state: "waiting", problem: "", theirs: null, order: 1 });
      const mine = await module.openStore("thuky");
      await mine.entries.put(entry("a"));
      await mine.entries.put(entry("b"));
      await mine.entries.remove("b");
      mine.drafts.put("session", { text: "đang viết" });
      const other = await module.openStore("khac");
      await other.entries.put(entry("c"));
    """
    await run("outbox_store", write)
    await page.reload()
    read = """
      const mine = await module.openStore("thuky");
      return [(await mine.entries.all()).map((one) => one.id), mine.drafts.get("session").text, "account" in (await mine.entries.all())[0]];
    """
    assert await run("outbox_store", read) == [["a"], "đang viết", False]


async def test_a_browser_without_a_database_keeps_lines_all_the_same(run: Run, page: Page) -> None:
    await page.evaluate(
        "() => Object.defineProperty(window, 'indexedDB', { value: { open() { throw new Error('none'); } } })"
    )
    body = """
      const { entries } = await module.openStore("thuky");
      await entries.put({ id: "a", order: 1 });
      return [(await entries.all()).map((one) => one.id), Object.keys(localStorage).length];
    """
    assert await run("outbox_store", body) == [["a"], 1]
