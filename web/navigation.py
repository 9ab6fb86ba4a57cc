"""Where a role can go from every page: only what concerns it, at most five places."""

from dataclasses import dataclass

from hub.accounts.reader import Reader
from hub.accounts.roles import Permission, may


@dataclass(frozen=True)
class Bar:
    path: str
    icon: str
    word: str
    needs: Permission


BARS = (
    Bar("/", "home", "Hôm nay", Permission.HOME),
    Bar("/calendar", "calendar", "Lịch", Permission.SESSION_LIST),
    Bar("/cases", "folder", "Vụ việc", Permission.CASE_LIST),
    Bar("/audit", "shield", "Nhật ký", Permission.AUDIT_READ),
)


def bars(reader: Reader) -> tuple[Bar, ...]:
    return tuple(bar for bar in BARS if may(reader, bar.needs))
