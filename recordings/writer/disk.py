"""How full the recordings' disk is."""

import os
from dataclasses import dataclass
from pathlib import Path

#: Quality F6: warned at 95 %, again at 99 %, stopped at 100 %.
LEVELS = (95, 99, 100)
#: After a full disk, writing begins again only with some seconds of room, or it would stop and start all the time.
RESUME_BYTES = 8 * 2**20
#: A small disk need only have this share free.
RESUME_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class DiskSpace:
    """Bytes as an ordinary process sees them."""

    used: int
    free: int

    @property
    def percent(self) -> int:
        total = self.used + self.free
        return 100 if total == 0 or self.free == 0 else self.used * 100 // total

    @property
    def level(self) -> int:
        """The highest of `LEVELS` that is reached, or 0."""
        return max((level for level in LEVELS if self.percent >= level), default=0)

    @property
    def may_resume(self) -> bool:
        return self.free >= min(RESUME_BYTES, (self.used + self.free) * RESUME_SHARE)


def measure(folder: Path) -> DiskSpace:
    status = os.statvfs(folder)
    return DiskSpace(used=(status.f_blocks - status.f_bfree) * status.f_frsize, free=status.f_bavail * status.f_frsize)
