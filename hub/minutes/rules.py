"""Pure rules of minutes: what a line may hold, when clocks differ, who writes and who reviews, when it is signed off."""

import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta

from hub.accounts.models import AccountRole
from hub.accounts.reader import Reader
from hub.accounts.roles import Permission, may
from hub.minutes.models import LineCheck

#: A page and a half of A4: what one line of minutes never needs.
MAX_TEXT = 10_000
#: Above this a line could point to another sentence of the recording (architecture, clocks).
CLOCK_TOLERANCE = timedelta(seconds=2)

#: Kept although they are control or format characters: line breaks, and the joiners some scripts need.
_KEPT = frozenset("\n\u200c\u200d")


def clean_text(text: str) -> str:
    """NFC, without control and direction-changing characters, without spaces at the ends."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\t", " "))
    return "".join(c for c in text if c in _KEPT or unicodedata.category(c) not in ("Cc", "Cf", "Cs")).strip()


def clock_differs(
    typed_at: datetime, received_at: datetime, session_time: float | None, clock_zero: datetime | None
) -> bool:
    """Whether the browser's wall clock disagrees by more than two seconds.

    `typed_at` (browser) and `session_time` (the node's clock) name the same moment, the first keystroke; where session
    time is known they are compared. A line that was typed later than it was received is wrong in any case. How long a
    line was under way says nothing: it may have waited for the network.
    """
    if typed_at > received_at + CLOCK_TOLERANCE:
        return True
    if session_time is None or clock_zero is None:
        return False
    return abs(clock_zero + timedelta(seconds=session_time) - typed_at) > CLOCK_TOLERANCE


def position_after(last: float | None, session_time: float | None) -> float:
    """Where a new line stands: by its session time; without one, after all others."""
    if session_time is not None:
        return session_time
    return (last or 0.0) + 1.0


def may_write(reader: Reader, secretary_account_id: str) -> bool:
    """The session's secretary, or whoever has the right to write; the turn is narrowed to the reader before."""
    return reader.is_system or reader.account_id == secretary_account_id or may(reader, Permission.MINUTES_WRITE)


def may_review(reader: Reader, secretary_account_id: str, reviewer_account_id: str | None) -> bool:
    """Reviewers, and the session's own reviewer or secretary."""
    theirs = reader.account_id in (secretary_account_id, reviewer_account_id)
    return reader.is_system or theirs or reader.has(AccountRole.REVIEWER)


def count_unheard(checks: Iterable[LineCheck]) -> int:
    return sum(1 for check in checks if check is LineCheck.UNHEARD)
