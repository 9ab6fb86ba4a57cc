"""Second pass: whole frames and sound packets with their session times."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from recordings.journal.format import Packet
from recordings.timeline.assembly import Ordered, Reorder, Vp8Assembler
from recordings.timeline.plan import Plan, StreamFacts, StreamKey, TimedRecord
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
        self._streams: dict[StreamKey, _Stream] = {}

    def feed(self, timed: TimedRecord) -> Iterator[MediaUnit]:
        record = timed.record
        if not isinstance(record, Packet):
            return
        packet = parse_rtp(record.data)
        if packet is None:
            return
        key = StreamKey(timed.recording, record.track, packet.ssrc)
        stream = self._streams.get(key)
        if stream is None:
            facts = self._plan.streams.get(key)
            if facts is None:
                return
            stream = self._streams[key] = _Stream(facts)
        if packet.payload_type != stream.facts.opened.payload_type:
            return
        rtp = stream.times.unwrap(packet.timestamp)
        sequence = stream.sequences.unwrap(packet.sequence)
        for ordered in stream.reorder.put(sequence, rtp, packet, timed.at):
            yield from self._units(stream, ordered)

    def flush(self) -> Iterator[MediaUnit]:
        """The records are over."""
        for stream in self._streams.values():
            for ordered in stream.reorder.flush():
                yield from self._units(stream, ordered)
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
