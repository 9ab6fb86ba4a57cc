"""First pass: which streams ran when, how their clocks lie, what the picture measures, where nothing was recorded."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

from recordings.journal.format import Mark, Packet, Record, SegmentEnd, SegmentHeader, SenderReport, TrackOpened
from recordings.timeline.clocks import (
    ARRIVAL_WINDOW,
    Arrival,
    Curve,
    Report,
    StreamClock,
    envelope,
    sender_curve,
    sent_points,
)
from recordings.timeline.rtp import RtpPacket, Unwrapper, keyframe_size, parse_rtp, parse_vp8

#: Between segments or generations: shorter holes are ordinary silence.
BOUNDARY_GAP = 0.25
#: Queues and lost packets stay far below; a new random RTP time falls this near once in thousands of times.
NEW_RUN = 5.0
_NTP_UNIT = 2.0**-32


class TimedRecord(NamedTuple):
    """A journal record with its session time in seconds; records without a time have that of their neighbour."""

    recording: str
    generation: int
    at: float
    record: Record


class StreamKey(NamedTuple):
    """One RTP stream: a track, and within it one SSRC; `run` counts the times its RTP time began anew."""

    recording: str
    track: int
    ssrc: int
    run: int


class StreamNames:
    """Which stream a packet belongs to. Both passes ask in the same order and get the same answers.

    The node writes its own SSRC and goes on counting when a browser exchanges its camera, but the RTP time then begins
    anew: that is seen by its not fitting the time of arrival.
    """

    def __init__(self) -> None:
        self._runs: dict[tuple[str, int, int], list[tuple[StreamKey, int, float]]] = {}

    def key(self, recording: str, opened: TrackOpened, rtp: RtpPacket, at: float) -> StreamKey:
        runs = self._runs.setdefault((recording, opened.track, rtp.ssrc), [])
        for index in range(len(runs) - 1, -1, -1):
            key, timestamp, seen = runs[index]
            step = (rtp.timestamp - timestamp + 2**31) % 2**32 - 2**31
            if abs(step / opened.clock_rate - (at - seen)) < NEW_RUN:
                if step >= 0:
                    runs[index] = (key, rtp.timestamp, at)
                return key
        key = StreamKey(recording, opened.track, rtp.ssrc, len(runs))
        runs.append((key, rtp.timestamp, at))
        return key


class Gap(NamedTuple):
    """Session times. `kind`: pause, gap (packets lost here), crash (between segments), move (between generations),
    problem (a moment: `begin` = `end`)."""

    begin: float
    end: float
    kind: str
    text: str
    packets: int = 0


@dataclass
class StreamFacts:
    """What the first pass learns of one stream. `rank` orders the streams of a seat and kind: the later one wins."""

    key: StreamKey
    opened: TrackOpened
    rank: tuple[int, int, int]
    first_at: float
    last_at: float
    first_rtp: int
    last_rtp: int
    packets: int = 0
    width: int = 0
    height: int = 0
    arrivals: dict[int, Arrival] = field(default_factory=dict)
    reports: list[Report] = field(default_factory=list)
    times: Unwrapper = field(default_factory=lambda: Unwrapper(32))


@dataclass(frozen=True)
class Plan:
    """`start` and `end`: session times of the earliest and latest thing recorded. Empty `streams`: nothing was."""

    start: float
    end: float
    streams: dict[StreamKey, StreamFacts]
    clocks: dict[StreamKey, StreamClock]
    gaps: list[Gap]

    @property
    def seats(self) -> list[str]:
        """In the order they were first heard or seen."""
        streams = sorted(self.streams.values(), key=lambda stream: stream.first_at)
        return list(dict.fromkeys(stream.opened.seat for stream in streams))

    def picture_size(self, seat: str) -> tuple[int, int] | None:
        """The largest picture of the seat; None when it never sent the start of a keyframe."""
        sizes = [(s.width, s.height) for s in self.streams.values() if s.opened.seat == seat and s.width]
        return max(sizes, key=lambda size: size[0] * size[1], default=None)


class Survey:
    """Feed all records of a turn in order of time, then `plan()`."""

    def __init__(self) -> None:
        self._tracks: dict[tuple[str, int], TrackOpened] = {}
        self._names = StreamNames()
        self._streams: dict[StreamKey, StreamFacts] = {}
        self._current: dict[tuple[str, int], StreamFacts] = {}
        self._offsets: dict[str, float] = {}
        self._marks: list[tuple[TimedRecord, Mark]] = []
        self._gaps: list[Gap] = []
        self._last: tuple[float, str] | None = None
        self._boundary: str | None = None
        self._rotated = False

    def feed(self, timed: TimedRecord) -> None:
        record = timed.record
        match record:
            case Packet():
                self._packet(timed, record)
            case SenderReport(track=track, ntp=ntp, rtp=rtp):
                stream = self._current.get((timed.recording, track))
                if stream is not None and ntp:
                    stream.reports.append(Report(stream.times.near(rtp), ntp * _NTP_UNIT))
            case TrackOpened():
                self._tracks[timed.recording, record.track] = record
            case Mark():
                self._marks.append((timed, record))
            case SegmentHeader():
                self._offsets[timed.recording] = record.clock_offset
                if self._last is not None and not self._rotated:
                    self._boundary = "crash" if self._last[1] == timed.recording else "move"
                self._rotated = False
            case SegmentEnd(reason="full"):
                self._rotated = True
            case _:
                pass

    def _packet(self, timed: TimedRecord, record: Packet) -> None:
        if self._boundary is not None and self._last is not None:
            if timed.at - self._last[0] > BOUNDARY_GAP:
                self._gaps.append(Gap(self._last[0], timed.at, self._boundary, ""))
            self._boundary = None
        self._last = (timed.at, timed.recording)
        opened = self._tracks.get((timed.recording, record.track))
        rtp = parse_rtp(record.data)
        if opened is None or rtp is None:
            return
        if rtp.payload_type != opened.payload_type:
            return
        stream = self._stream(timed, opened, rtp)
        time = stream.times.unwrap(rtp.timestamp)
        stream.packets += 1
        stream.first_at = min(stream.first_at, timed.at)
        stream.last_at = max(stream.last_at, timed.at)
        stream.first_rtp = min(stream.first_rtp, time)
        stream.last_rtp = max(stream.last_rtp, time)
        window = int(timed.at // ARRIVAL_WINDOW)
        best = stream.arrivals.get(window)
        if best is None or timed.at - best.at < (time - best.rtp) / opened.clock_rate:
            stream.arrivals[window] = Arrival(time, timed.at)
        if opened.kind == "video":
            _measure_picture(stream, rtp)

    def _stream(self, timed: TimedRecord, opened: TrackOpened, rtp: RtpPacket) -> StreamFacts:
        key = self._names.key(timed.recording, opened, rtp, timed.at)
        stream = self._streams.get(key)
        if stream is None:
            rank = (timed.generation, opened.track, len(self._streams))
            stream = StreamFacts(key, opened, rank, timed.at, timed.at, rtp.timestamp, rtp.timestamp)
            stream.times.unwrap(rtp.timestamp)
            self._streams[key] = stream
        self._current[timed.recording, opened.track] = stream
        return stream

    def plan(self) -> Plan:
        streams = {key: stream for key, stream in self._streams.items() if stream.packets}
        clocks = _fit_clocks(list(streams.values()))
        starts = [clocks[key].session_time(stream.first_rtp) for key, stream in streams.items()]
        ends = [max(stream.last_at, clocks[key].session_time(stream.last_rtp)) for key, stream in streams.items()]
        start, end = min(starts, default=0.0), max(ends, default=0.0)
        gaps = sorted(self._gaps + _gaps_of_marks(self._marks, self._offsets, end))
        return Plan(start, max(start, end), streams, clocks, gaps)


def _measure_picture(stream: StreamFacts, rtp: RtpPacket) -> None:
    descriptor = parse_vp8(rtp.payload)
    if descriptor is not None and descriptor.keyframe:
        size = keyframe_size(rtp.payload[descriptor.begin :])
        if size is not None and size[0] * size[1] > stream.width * stream.height:
            stream.width, stream.height = size


def _gaps_of_marks(marks: list[tuple[TimedRecord, Mark]], offsets: dict[str, float], end: float) -> list[Gap]:
    gaps: list[Gap] = []
    paused: tuple[float, str] | None = None
    for timed, mark in sorted(marks, key=lambda item: item[0].at):
        match mark.kind:
            case "pause":
                paused = paused or (timed.at, mark.text)
            case "resume":
                if paused is not None:
                    gaps.append(Gap(paused[0], timed.at, "pause", paused[1]))
                paused = None
            case "gap":
                since = timed.at if mark.since_ns is None else mark.since_ns / 1e9 + offsets[timed.recording]
                gaps.append(Gap(min(since, timed.at), timed.at, "gap", mark.text, mark.packets))
            case _:
                gaps.append(Gap(timed.at, timed.at, mark.kind, mark.text))
    if paused is not None:
        gaps.append(Gap(paused[0], max(paused[0], end), "pause", paused[1]))
    return gaps


def _fit_clocks(streams: list[StreamFacts]) -> dict[StreamKey, StreamClock]:
    """One clock per stream; streams of one seat that ran together and have sender reports share their offset."""
    clocks: dict[StreamKey, StreamClock] = {}
    groups: dict[tuple[str, str], list[tuple[StreamFacts, Curve]]] = defaultdict(list)
    for stream in streams:
        rate = stream.opened.clock_rate
        sender = sender_curve(stream.reports, rate)
        if sender is None:
            points = sent_points(list(stream.arrivals.values()), rate, None)
            clocks[stream.key] = StreamClock(rate, None, envelope(points))
        else:
            groups[stream.key.recording, stream.opened.seat].append((stream, sender))
    for members in groups.values():
        for together in _overlapping(members):
            points = [
                point
                for stream, sender in together
                for point in sent_points(list(stream.arrivals.values()), stream.opened.clock_rate, sender)
            ]
            offset = envelope(points)
            for stream, sender in together:
                clocks[stream.key] = StreamClock(stream.opened.clock_rate, sender, offset)
    return clocks


def _overlapping(members: list[tuple[StreamFacts, Curve]]) -> list[list[tuple[StreamFacts, Curve]]]:
    """Streams that ran at the same time belong to one browser page; a new page may have another clock."""
    groups: list[list[tuple[StreamFacts, Curve]]] = []
    latest = float("-inf")
    for member in sorted(members, key=lambda item: item[0].first_at):
        if not groups or member[0].first_at > latest:
            groups.append([])
        groups[-1].append(member)
        latest = max(latest, member[0].last_at)
    return groups
