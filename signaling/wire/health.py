"""/healthz, /readyz and /metrics of the node, on its signaling port. Figures only: no names, no ids."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from signaling.wire.engine import TrackStatistics


@dataclass(frozen=True, slots=True)
class Figures:
    """What a node tells about itself. `media`: counter name → media kind → value."""

    rooms: int
    seats_connected: int
    seats_lost: int
    sockets: int
    hub_linked: bool
    facts_unconfirmed: int
    slowest_sync: float
    rooms_broken: int
    refused_before_accept: int
    disk_percent: int
    media: dict[str, dict[str, float]] = field(default_factory=dict)


class FigureSource(Protocol):
    def figures(self) -> Figures: ...


_HELP = {
    "rooms": "Rooms this node runs",
    "seats_connected": "Seats whose line is up",
    "seats_lost": "Seats whose line is gone and that are kept for a while",
    "sockets": "Open signaling sockets",
    "hub_linked": "1 while the hub is linked",
    "facts_unconfirmed": "Facts the hub has not confirmed",
    "slowest_sync": "Slowest sync of the outbox, seconds",
    "rooms_broken": "Rooms closed because a rule did not hold",
    "refused_before_accept": "Sockets refused before they were accepted",
    "disk_percent": "Use of the recordings' disk once it is nearly full",
}


class _NodeCollector(Collector):
    def __init__(self, source: FigureSource) -> None:
        self._source = source

    def collect(self) -> Iterable[Metric]:
        figures = self._source.figures()
        for name, help_text in _HELP.items():
            yield GaugeMetricFamily(f"node_{name}", help_text, value=float(getattr(figures, name)))
        for name, by_kind in figures.media.items():
            family = GaugeMetricFamily(f"node_media_{name}", "Sum over the tracks now published", labels=["kind"])
            for kind, value in by_kind.items():
                family.add_metric([kind], value)
            yield family


def metrics_of(source: FigureSource) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(_NodeCollector(source))
    return registry


def as_text(registry: CollectorRegistry) -> str:
    return generate_latest(registry).decode()


#: Fields of a track's statistics that make sense summed over tracks.
_SUMMED = ("packets", "bytes", "lost", "nacked", "rtx_received", "rtx_sent", "keyframes_requested")


def media_sums(tracks: list[TrackStatistics]) -> dict[str, dict[str, float]]:
    """Figure → media kind → sum over published tracks."""
    sums: dict[str, dict[str, float]] = {name: {} for name in ("tracks", *_SUMMED)}
    for track in tracks:
        kind = track.kind.value
        sums["tracks"][kind] = sums["tracks"].get(kind, 0.0) + 1
        for name in _SUMMED:
            sums[name][kind] = sums[name].get(kind, 0.0) + float(getattr(track, name))
    return sums
