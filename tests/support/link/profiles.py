"""Network profiles N0 to N10 as data, for the shim and, printed, for netem."""

from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Burst:
    """Gilbert-Elliott loss: in the bad state everything is lost. `share`: of all datagrams; `length`: mean burst."""

    share: float
    length: float

    @property
    def bad_after_good(self) -> float:
        """Probability of turning bad after a good datagram, so that the long-run share comes out."""
        return min(1.0, self.share / (self.length * (1 - self.share))) if self.share < 1 else 1.0

    @property
    def good_after_bad(self) -> float:
        return 1 / self.length


@dataclass(frozen=True, slots=True)
class Direction:
    """One way of a link. Seconds, shares of 1, kbit/s; `rate` None = as fast as the machine.

    `queue`: seconds of traffic the bottleneck holds before it drops. `rate_steps`: (seconds since the start, kbit/s).
    """

    delay: float = 0.0
    jitter: float = 0.0
    loss: float = 0.0
    burst: Burst | None = None
    rate: float | None = None
    queue: float = 0.3
    reorder: float = 0.0
    duplicate: float = 0.0
    rate_steps: tuple[tuple[float, float], ...] = ()

    def netem(self) -> str:
        """The same as arguments of `tc qdisc add ... netem`."""
        words = []
        if self.rate is not None:
            words.append(f"rate {self.rate:g}kbit limit {max(1, round(self.rate * 125 * self.queue / 1200))}")
        if self.delay:
            words.append(f"delay {self.delay * 1e3:g}ms")
            if self.jitter:
                words[-1] += f" {self.jitter * 1e3:g}ms distribution normal"
        if self.burst is not None:
            words.append(f"loss gemodel {self.burst.bad_after_good:.3%} {self.burst.good_after_bad:.3%}")
        elif self.loss:
            words.append(f"loss {self.loss:.3%}")
        if self.reorder:
            words.append(f"reorder {self.reorder:.3%}")
        if self.duplicate:
            words.append(f"duplicate {self.duplicate:.3%}")
        return " ".join(["netem", *words])


@dataclass(frozen=True, slots=True)
class Profile:
    """`down`: node to client; `up`: client to node. `outages`: (seconds since the start, seconds long), both ways."""

    name: str
    situation: str
    down: Direction = field(default_factory=Direction)
    up: Direction = field(default_factory=Direction)
    outages: tuple[tuple[float, float], ...] = ()

    def netem(self) -> str:
        return f"# {self.name} {self.situation}\n# down\n{self.down.netem()}\n# up\n{self.up.netem()}"


def _both(name: str, situation: str, down: float | None, up: float | None, way: Direction) -> Profile:
    return Profile(name, situation, replace(way, rate=down), replace(way, rate=up))


_GOOD_4G = Direction(delay=0.035, jitter=0.010, loss=0.005)

_ALL = [
    Profile("N0", "provincial LAN", Direction(delay=0.001), Direction(delay=0.001)),
    _both("N1", "commune fibre", 20_000, 20_000, Direction(delay=0.015, jitter=0.002, loss=0.001)),
    _both("N2", "good 4G", 10_000, 5_000, _GOOD_4G),
    _both("N3", "weak 4G, uplands", 1_500, 700, Direction(delay=0.060, jitter=0.030, burst=Burst(0.02, 5), queue=0.3)),
    _both("N4", "3G fallback", 600, 300, Direction(delay=0.150, jitter=0.030, burst=Burst(0.03, 8), queue=0.5)),
    _both("N5", "storm", 400, 200, Direction(delay=0.150, jitter=0.050, burst=Burst(0.10, 10), queue=0.5)),
    _both("N6", "satellite", 2_000, 512, Direction(delay=0.300, jitter=0.015, loss=0.01)),
    _both("N7", "capacity drop", 2_000, 2_000, Direction(delay=0.050, rate_steps=((30, 250), (60, 2_000)))),
    Profile(
        "N8",
        "outage",
        Direction(delay=0.035, jitter=0.010, loss=0.005, rate=10_000),
        Direction(delay=0.035, jitter=0.010, loss=0.005, rate=5_000),
        outages=((20, 2), (40, 10), (80, 40)),
    ),
    Profile("N9", "UDP blocked", outages=((0, 1e9),)),
    _both("N10", "reorder, duplicate", 10_000, 5_000, Direction(0.035, 0.010, 0.005, reorder=0.02, duplicate=0.01)),
    Profile(
        "E5",
        "40 ms each way, 5 % lost in bursts",
        Direction(delay=0.040, burst=Burst(0.05, 3)),
        Direction(delay=0.040, burst=Burst(0.05, 3)),
    ),
]

#: By name. N0 to N10 are the quality table; E5 is the loss test of the walking skeleton.
PROFILES: dict[str, Profile] = {profile.name: profile for profile in _ALL}
