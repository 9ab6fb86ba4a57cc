"""Folding: what is typed without marks finds what is written with them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.db.folding import MAX_WORDS, fold, like_patterns


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Đất đai", "dat dai"),
        ("ĐƯỢC", "duoc"),
        ("  Xã   Na Dương ", "xa na duong"),
        ("Quý Hòa", "quy hoa"),
        ("Quý Hoà", "quy hoa"),
        ("LS-2026-0001", "ls-2026-0001"),
        ("", ""),
    ],
)
def test_marks_and_case_fall_away(written: str, folded: str) -> None:
    assert fold(written) == folded
    assert fold(unicodedata.normalize("NFD", written)) == folded


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_every_word_is_one_pattern_and_wildcards_lose_their_power() -> None:
    assert like_patterns("Đất 100%_\\") == ["%dat%", "%100\\%\\_\\\\%"]
    assert like_patterns("   ") == []
    assert len(like_patterns("a " * 50)) == MAX_WORDS
