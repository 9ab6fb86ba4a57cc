"""Folding of Vietnamese text for search: the same on every database engine, because both sides are folded here.

SQLite's own `remove_diacritics` leaves đ alone ("dat dai" would miss "đất đai"), PostgreSQL's `unaccent` does not.
"""

import re
import unicodedata

#: Long queries are cut: each word is one more LIKE in the statement.
MAX_WORDS = 8

_WORDS = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """Lower case without marks: "Đất đai  xã Na Dương" → "dat dai xa na duong". Spaces are collapsed."""
    lowered = unicodedata.normalize("NFC", text).lower().replace("đ", "d")
    bare = "".join(c for c in unicodedata.normalize("NFD", lowered) if unicodedata.category(c) != "Mn")
    return " ".join(unicodedata.normalize("NFC", bare).split())


def searchable(text: str) -> str:
    """What a search column holds: folded words, each with a space before it. "LS-2026-0001" → " ls 2026 0001"."""
    return "".join(f" {word}" for word in _WORDS.findall(fold(text)))


def like_patterns(query: str) -> list[str]:
    """One LIKE pattern per word of the query, to be found at the beginning of a word of a `searchable` column.

    All of them must be found. Words hold letters and digits only, so nothing needs escaping."""
    return [f"% {word}%" for word in _WORDS.findall(fold(query))[:MAX_WORDS]]
