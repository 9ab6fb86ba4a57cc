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
    #: Pages that belong to this place although their path begins otherwise.
    also: tuple[str, ...] = ()

    def holds(self, path: str) -> bool:
        """Whether a page stands under this place."""
        places = (self.path, *self.also)
        return path == self.path or any(path.startswith(place) for place in places if place != "/")


BARS = (
    Bar("/", "home", "Hôm nay", Permission.HOME),
    Bar("/calendar", "calendar", "Lịch", Permission.SESSION_LIST, ("/sessions/", "/turns/")),
    Bar("/cases", "folder", "Vụ việc", Permission.CASE_LIST),
    Bar("/audit", "shield", "Nhật ký", Permission.AUDIT_READ),
)


def bars(reader: Reader) -> tuple[Bar, ...]:
    return tuple(bar for bar in BARS if may(reader, bar.needs))
