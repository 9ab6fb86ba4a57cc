"""The office's clock. Deciding code takes `now` as an argument; only the edges hold one of these."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Protocol

#: Vietnam has one zone and no summer time since 1975, so an offset is the whole truth and needs no zone files.
VIETNAM = timezone(timedelta(hours=7), "+07")


class Clock(Protocol):
    """Answers the present time, aware, in UTC."""

    def __call__(self) -> datetime: ...


def system_clock() -> datetime:
    return datetime.now(UTC)


def in_vietnam(moment: datetime) -> datetime:
    """The same moment as the offices' wall clocks show it; years and days of the office are counted in this."""
    return moment.astimezone(VIETNAM)
