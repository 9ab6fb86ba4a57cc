"""Names on screen: in full, with their honorific, never broken at a line's end."""

import unicodedata

NO_BREAK_SPACE = "\u00a0"


def unbroken(name: str) -> str:
    """The name in NFC with no-break spaces: "Hoàng Văn Slình" stays on one line."""
    return NO_BREAK_SPACE.join(unicodedata.normalize("NFC", name).split())


def addressed(honorific: str, name: str) -> str:
    """ "ông" and "Đỗ Quang Thử" → "Ông Đỗ Quang Thử", unbroken."""
    return unbroken(f"{honorific[:1].upper()}{honorific[1:]} {name}")
