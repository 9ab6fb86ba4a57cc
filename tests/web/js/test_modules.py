"""What holds for every script of the browser."""

import re

import pytest

from tests.web.js.conftest import ROOT, Run

pytestmark = pytest.mark.browser
ON_PAGE = pytest.mark.asyncio(loop_scope="package")

MODULES = sorted((ROOT / "static" / "js").glob("*.js"))
#: Modules that are the script of a page: they need its template.
PAGES = {"room", "minutes", "review", "page", "plan"}


def test_scripts_are_checked_and_reach_nothing_outside() -> None:
    for path in MODULES:
        text = path.read_text("utf-8")
        assert text.startswith("// @ts-check"), f"{path.name}: types are checked"
        assert re.search(r"https?://(?!www\.w3\.org/2000/svg)", text) is None, (
            f"{path.name}: nothing comes from outside"
        )
        assert "innerHTML" not in text, f"{path.name}: names of people never become markup"


@ON_PAGE
async def test_every_module_loads_alone(run: Run) -> None:
    for path in MODULES:
        if path.stem not in PAGES:
            assert await run(path.stem, "return typeof module") == "object", path.name


@ON_PAGE
async def test_times_are_shown_in_vietnam_wherever_the_tablet_believes_to_be(run: Run) -> None:
    body = "return [module.clockTime(1772780700), module.clockTimeWithSeconds(1772780709), module.duration(3972), module.duration(312)]"
    assert await run("format", body) == ["14:05", "14:05:09", "1:06:12", "05:12"]


@ON_PAGE
async def test_names_are_found_without_typing_marks(run: Run) -> None:
    assert await run("format", "return module.folded('Đỗ Quang Thử')") == "do quang thu"


@ON_PAGE
async def test_ids_are_uuids_also_where_the_browser_makes_none(run: Run) -> None:
    body = """
      const own = module.newId();
      Object.defineProperty(crypto, "randomUUID", { value: undefined });
      return [own, module.newId(), module.newId()];
    """
    ids = await run("ids", body)
    assert len(set(ids)) == 3
    for one in ids:
        assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", one)


@ON_PAGE
async def test_texts_have_no_exclamation_marks(run: Run) -> None:
    body = """
      const found = [];
      const look = (value) => {
        if (typeof value === "string") found.push(value);
        else if (typeof value === "function") found.push(String(value("x", "y")));
        else Object.values(value).forEach(look);
      };
      look(module.TEXTS);
      return found;
    """
    texts = await run("texts", body)
    assert len(texts) > 150
    assert [one for one in texts if "!" in one or "undefined" in one] == []
