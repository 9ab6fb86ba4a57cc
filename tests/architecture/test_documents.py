"""Documents are tested: every message class has its paragraph in PROTOCOL.md, every refusal its entry."""

import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from signaling.protocol import browser, errors, hub_link
from signaling.protocol.base import kind_of

ROOT = Path(__file__).parents[2]

MESSAGES = [
    *get_args(browser.SeatMessage),
    *get_args(browser.NodeMessage),
    *get_args(hub_link.HubMessage),
    *get_args(hub_link.LinkMessage),
    *get_args(hub_link.Fact),
]


@pytest.fixture(scope="module")
def protocol() -> str:
    return (ROOT / "PROTOCOL.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.__name__)
def test_message_has_its_paragraph_with_all_fields(protocol: str, message: type) -> None:
    kind = kind_of(message.__name__)
    found = re.search(rf"^#+ `?{kind}`?(?=\s|$)(?P<text>.*?)(?=^#+ |\Z)", protocol, re.MULTILINE | re.DOTALL)
    assert found, f"PROTOCOL.md has no heading {kind}"
    names = [field.encode_name for field in msgspec.structs.fields(message)]
    text = found["text"]
    assert [name for name in names if f"`{name}`" not in text and f'"{name}"' not in text] == []


@pytest.mark.parametrize("code", list(errors.Code), ids=str)
def test_refusal_of_the_live_part_is_explained(protocol: str, code: errors.Code) -> None:
    assert f"`{code}`" in protocol
