"""Habits that a machine can check: no mocks of our own code, no skipped tests, no promises in comments."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("hub", "signaling", "recordings", "web", "tests", "deploy")
PROMISES = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
#: Words of this file's own rules.
_SELF = Path(__file__)


def sources(*packages: str) -> Iterator[Path]:
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            if path != _SELF:
                yield path


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_nothing_is_mocked() -> None:
    guilty = [
        str(path.relative_to(ROOT))
        for path in sources(*PACKAGES)
        if any(
            name.startswith(("unittest.mock", "mock.", "pytest_mock")) for name in imported(ast.parse(path.read_text()))
        )
    ]
    assert guilty == []


@pytest.mark.parametrize("call", ["pytest.skip(", "pytest.mark.skip", "pytest.xfail(", "pytest.mark.xfail"])
def test_no_test_is_skipped(call: str) -> None:
    assert [str(path.relative_to(ROOT)) for path in sources("tests") if call in path.read_text()] == []


def test_no_promises_stand_in_comments() -> None:
    guilty = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sources(*PACKAGES)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if PROMISES.search(line)
    ]
    assert guilty == []


def test_no_error_is_swallowed_without_a_word() -> None:
    """`except Exception: pass` hides what broke."""
    guilty = []
    for path in sources("hub", "signaling", "recordings", "web"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.ExceptHandler):
                continue
            broad = node.type is None or (
                isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}
            )
            silent = all(isinstance(statement, ast.Pass | ast.Continue) for statement in node.body)
            if broad and silent:
                guilty.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert guilty == []


def test_no_place_for_everything() -> None:
    forbidden = {"utils.py", "util.py", "helpers.py", "helper.py", "common.py", "misc.py"}
    assert [str(path.relative_to(ROOT)) for path in sources(*PACKAGES) if path.name in forbidden] == []
    classes = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in sources("hub", "signaling", "recordings", "web")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and node.name.endswith(("Manager", "Helper"))
    ]
    assert classes == []


def test_node_starts_no_thread() -> None:
    """Each SRTP call releases the interpreter lock: one busy thread beside it makes media 300 times slower."""
    forbidden = ("threading", "concurrent.futures", "_thread", "multiprocessing.dummy")
    guilty = []
    for path in sources("signaling/wire", "signaling/rooms", "signaling/relay", "recordings/journal"):
        text = path.read_text()
        if any(name.startswith(forbidden) for name in imported(ast.parse(text))):
            guilty.append(str(path.relative_to(ROOT)))
        if "run_in_executor" in text or "to_thread(" in text:
            guilty.append(str(path.relative_to(ROOT)))
    assert guilty == []


def test_every_test_folder_is_a_package() -> None:
    """Files of equal name in different folders would clash otherwise."""
    folders = {path.parent for path in sources("tests") if path.name.startswith("test_")}
    assert [str(folder.relative_to(ROOT)) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []
