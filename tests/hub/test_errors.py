"""Every refusal has one status and one sentence, and no code means two things."""

import unicodedata

import pytest

from hub.errors import ENTRIES, AnyCode, Code, LiveCode, Refused


def test_every_code_of_both_lists_has_its_entry() -> None:
    assert set(ENTRIES) == {*Code, *LiveCode}


def test_the_two_lists_share_no_code() -> None:
    assert {code.value for code in Code}.isdisjoint(code.value for code in LiveCode)


@pytest.mark.parametrize("code", [*Code, *LiveCode])
def test_an_entry_is_a_client_or_server_error_with_plain_sentences(code: AnyCode) -> None:
    entry = ENTRIES[code]
    assert 400 <= entry.status < 600
    assert entry.sentence.endswith(".")
    assert "!" not in entry.sentence
    assert entry.sentence == unicodedata.normalize("NFC", entry.sentence)
    assert entry.english.isascii()


def test_what_does_not_exist_and_what_may_not_be_seen_is_not_found() -> None:
    assert ENTRIES[Code.NOT_FOUND].status == 404


def test_a_refusal_carries_its_entry_and_figures() -> None:
    refused = Refused(Code.LINES_UNHEARD, count=3)
    assert refused.entry.status == 409
    assert refused.details == {"count": 3}
