"""Pure rules of recordings: whether playable media was made of everything that was written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class WrittenSegment:
    """A closed piece of a journal as the node reported it."""

    journal: str
    number: int
    size: int


def unread(written: Iterable[WrittenSegment], sources: Iterable[Mapping[str, Any]]) -> list[WrittenSegment]:
    """Segments that the media was not, or not wholly, made of: it was made before they were closed.

    `sources`: of the media manifest (`recordings.muxing.manifest.SourceSegment`)."""
    read = {(source["recording"], source["segment"]): source["size"] for source in sources}
    return [one for one in written if read.get((one.journal, one.number), -1) < one.size]
