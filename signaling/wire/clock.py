"""Session time on this node."""

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RoomClock:
    """`offset`: session time − monotonic time, seconds; fixed when the room is made, so that steps of the wall clock
    move nothing."""

    offset: float

    @classmethod
    def since(cls, clock_zero: float) -> "RoomClock":
        """`clock_zero`: Unix time of session time 0."""
        return cls((time.time() - clock_zero) - time.monotonic())

    def now(self) -> float:
        return time.monotonic() + self.offset
