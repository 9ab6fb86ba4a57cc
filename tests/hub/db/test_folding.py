"""Folding: what is typed without marks finds what is written with them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.db.folding import MAX_WORDS, fold, like_patterns, searchable


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


def test_a_column_holds_words_with_a_space_before_each() -> None:
    assert searchable("LS-2026-0001 Đơn giá (giả định)") == " ls 2026 0001 don gia gia dinh"
    assert searchable(" – ") == ""


def test_every_word_is_one_pattern_and_wildcards_fall_away() -> None:
    assert like_patterns("Đất 100%_\\") == ["% dat%", "% 100%"]
    assert like_patterns("   ") == []
    assert len(like_patterns("a " * 50)) == MAX_WORDS


@given(st.text(), st.integers(0, 3))
def test_every_word_of_a_text_is_found_in_it(text: str, cut: int) -> None:
    column = searchable(text)
    for pattern in like_patterns(text):
        assert pattern.strip("%") in column
