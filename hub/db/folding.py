"""Folding of Vietnamese text for search: the same on every database engine, because both sides are folded here.

SQLite's own `remove_diacritics` leaves đ alone ("dat dai" would miss "đất đai"), PostgreSQL's `unaccent` does not.
"""

import unicodedata

#: Long queries are cut: each word is one more LIKE in the statement.
MAX_WORDS = 8


def fold(text: str) -> str:
    """Lower case without marks: "Đất đai  xã Na Dương" → "dat dai xa na duong". Spaces are collapsed."""
    lowered = unicodedata.normalize("NFC", text).lower().replace("đ", "d")
    bare = "".join(c for c in unicodedata.normalize("NFD", lowered) if unicodedata.category(c) != "Mn")
    return " ".join(unicodedata.normalize("NFC", bare).split())


def like_patterns(query: str) -> list[str]:
    """One escaped LIKE pattern per word of the query (escape character `\\`); all of them must be found."""
    words = fold(query).split()[:MAX_WORDS]
    return [f"%{_escape(word)}%" for word in words]


def _escape(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
