"""Second pass: whole frames and sound packets with their session times."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from recordings.journal.format import Packet, TrackOpened
from recordings.timeline.assembly import HOLD, Ordered, Reorder, Vp8Assembler
from recordings.timeline.plan import Plan, StreamFacts, StreamKey, StreamNames, TimedRecord
from recordings.timeline.rtp import Unwrapper, parse_rtp


class MediaUnit(NamedTuple):
    """A VP8 frame or an Opus packet of a seat, at `time` (session time, seconds). `rank`: see `StreamFacts`."""

    seat: str
    kind: str
    time: float
    rank: tuple[int, int, int]
    keyframe: bool
    data: bytes


@dataclass
class _Stream:
    facts: StreamFacts
    sequences: Unwrapper = field(default_factory=lambda: Unwrapper(16))
    times: Unwrapper = field(default_factory=lambda: Unwrapper(32))
    reorder: Reorder = field(default_factory=Reorder)
    frames: Vp8Assembler = field(default_factory=Vp8Assembler)
    last_at: float = 0.0


@dataclass(frozen=True)
class Losses:
    """Of one seat: what was journaled and is not in the units, and what never came."""

    packets_lost: int
    packets_repeated: int
    frames_incomplete: int
    frames_before_keyframe: int


class Replay:
    """Feed the same records as to `Survey`, in the same order; units of one stream come in order of time."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._names = StreamNames()
        self._tracks: dict[tuple[str, int], TrackOpened] = {}
        self._streams: dict[StreamKey, _Stream] = {}
        self._looked_at = float("-inf")

    def feed(self, timed: TimedRecord) -> Iterator[MediaUnit]:
        record = timed.record
        if isinstance(record, TrackOpened):
            self._tracks[timed.recording, record.track] = record
        if not isinstance(record, Packet):
            return
        opened = self._tracks.get((timed.recording, record.track))
        packet = parse_rtp(record.data)
        if opened is None or packet is None or packet.payload_type != opened.payload_type:
            return
        if timed.at - self._looked_at > HOLD:
            self._looked_at = timed.at
            yield from self._expire(timed.at)
        key = self._names.key(timed.recording, opened, packet, timed.at)
        stream = self._streams.get(key)
        if stream is None:
            stream = self._streams[key] = _Stream(self._plan.streams[key])
        stream.last_at = timed.at
        rtp = stream.times.unwrap(packet.timestamp)
        sequence = stream.sequences.unwrap(packet.sequence)
        for ordered in stream.reorder.put(sequence, rtp, packet, timed.at):
            yield from self._units(stream, ordered)

    def _expire(self, at: float) -> Iterator[MediaUnit]:
        """Streams that fell silent: what still waits for lost packets must not wait for the end of the turn."""
        for stream in self._streams.values():
            if at - stream.last_at > HOLD:
                yield from self._finish(stream)

    def _finish(self, stream: _Stream) -> Iterator[MediaUnit]:
        for ordered in stream.reorder.flush():
            yield from self._units(stream, ordered)

    def flush(self) -> Iterator[MediaUnit]:
        """The records are over."""
        for stream in self._streams.values():
            yield from self._finish(stream)
            stream.frames.flush()

    def _units(self, stream: _Stream, ordered: Ordered) -> Iterator[MediaUnit]:
        facts = stream.facts
        clock = self._plan.clocks[facts.key]
        seat, kind = facts.opened.seat, facts.opened.kind
        codec = facts.opened.codec.lower()
        if codec == "vp8":
            for frame in stream.frames.put(ordered):
                yield MediaUnit(seat, kind, clock.session_time(frame.rtp), facts.rank, frame.keyframe, frame.data)
        elif codec == "opus" and ordered.packet.payload:
            time = clock.session_time(ordered.rtp)
            yield MediaUnit(seat, kind, time, facts.rank, keyframe=True, data=ordered.packet.payload)

    def losses(self, seat: str) -> Losses:
        streams = [stream for stream in self._streams.values() if stream.facts.opened.seat == seat]
        return Losses(
            packets_lost=sum(stream.reorder.lost for stream in streams),
            packets_repeated=sum(stream.reorder.repeated for stream in streams),
            frames_incomplete=sum(stream.frames.incomplete for stream in streams),
            frames_before_keyframe=sum(stream.frames.before_keyframe for stream in streams),
        )
