"""One seat's WebM: VP8 and Opus passed through, sound without holes, everything on one clock from 0."""

import heapq
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av

from recordings.timeline.replay import MediaUnit
from recordings.timeline.rtp import opus_samples

_SAMPLE_RATE = 48_000
_SAMPLE = Fraction(1, _SAMPLE_RATE)
_MILLISECOND = Fraction(1, 1000)
#: 20 ms of silence: full-band CELT, mono. RFC 6716, 3.1; the frame the Opus tools write for silence.
SILENCE_20_MS = b"\xf8\xff\xfe"
#: The same six times in one packet (code 3, six frames of equal size), for long silences.
SILENCE_120_MS = b"\xfb\x06" + b"\xff\xfe" * 6
_STEP = _SAMPLE_RATE // 50
#: Sound that comes after its place was filled is laid right behind what is there, as long as it stays in step.
MAX_PUSH = _SAMPLE_RATE * 60 // 1000
#: Holes below this belong to the same interval: Chromium's DTX sends every 400 ms, a slow picture every second.
INTERVAL_GAP = 2.0


class _Queued(NamedTuple):
    time: float
    order: int
    unit: MediaUnit


class SeatWebm:
    """Takes units in any order within `hold` seconds, writes them in order of time; media time 0 is session `start`."""

    def __init__(self, path: Path, *, start: float, picture: tuple[int, int] | None) -> None:
        self._start = start
        self._queue: list[_Queued] = []
        self._order = 0
        self._ranks: dict[str, tuple[int, int, int]] = {}
        self._sound_until = 0
        self._picture_until = -1
        self.frames = 0
        self.audio_packets = 0
        self.overlapped = 0
        self.audio_intervals: list[tuple[float, float]] = []
        self.video_intervals: list[tuple[float, float]] = []
        # bitexact: no random ids in the file, so the same journal gives the same bytes.
        options = {"fflags": "bitexact", "cues_to_front": "1"}
        self._container = av.open(str(path), "w", format="webm", container_options=options)
        self._video = None
        if picture is not None:
            self._video = self._container.add_mux_stream("vp8", width=picture[0], height=picture[1])
            self._video.time_base = _MILLISECOND
        # The encoder is opened for its header alone and never fed.
        self._audio = self._container.add_stream("libopus", rate=_SAMPLE_RATE)

    def put(self, unit: MediaUnit) -> None:
        self._order += 1
        heapq.heappush(self._queue, _Queued(unit.time, self._order, unit))

    def write_until(self, session_time: float) -> None:
        """Everything before this time has come."""
        queue = self._queue
        while queue and queue[0].time < session_time:
            self._write(heapq.heappop(queue).unit)
        self._fill_silence(int((session_time - self._start) * _SAMPLE_RATE))

    def finish(self, end: float) -> None:
        """Writes the rest, silence up to session time `end`, duration and cues."""
        self.write_until(float(max(end, self._queue[-1].time if self._queue else end)))
        while self._queue:
            self._write(heapq.heappop(self._queue).unit)
        self._fill_silence(int((end - self._start) * _SAMPLE_RATE))
        if not self._sound_until:
            self._silence(SILENCE_20_MS, _STEP)
        self._container.close()

    def abandon(self) -> None:
        self._container.close()

    # --- one unit ----------------------------------------------------------------------------------------------

    def _write(self, unit: MediaUnit) -> None:
        rank = self._ranks.get(unit.kind)
        if rank is not None and unit.rank < rank:
            self.overlapped += 1
            return
        if rank is None or unit.rank > rank:
            self._ranks[unit.kind] = unit.rank
        if unit.kind == "video":
            self._write_frame(unit)
        else:
            self._write_sound(unit)

    def _write_frame(self, unit: MediaUnit) -> None:
        if self._video is None:
            return
        time = max(0.0, unit.time - self._start)
        position = max(round(time * 1000), self._picture_until + 1)
        self._picture_until = position
        packet = av.Packet(unit.data)
        packet.stream = self._video
        packet.time_base = _MILLISECOND
        packet.pts = packet.dts = position
        packet.is_keyframe = unit.keyframe
        self._container.mux_one(packet)
        self.frames += 1
        _extend(self.video_intervals, time, time)

    def _write_sound(self, unit: MediaUnit) -> None:
        samples = opus_samples(unit.data)
        if not samples:
            return
        time = max(0.0, unit.time - self._start)
        position = round(time * _SAMPLE_RATE)
        if position < self._sound_until - MAX_PUSH:
            self.overlapped += 1
            return
        self._fill_silence(position)
        position = max(position, self._sound_until)
        self._mux_sound(unit.data, position, samples)
        self.audio_packets += 1
        _extend(self.audio_intervals, time, time + samples / _SAMPLE_RATE)

    def _fill_silence(self, until: int) -> None:
        """Silence in whole packets from where the sound ends; less than 20 ms stays open."""
        while until - self._sound_until >= 6 * _STEP:
            self._silence(SILENCE_120_MS, 6 * _STEP)
        while until - self._sound_until >= _STEP:
            self._silence(SILENCE_20_MS, _STEP)

    def _silence(self, data: bytes, samples: int) -> None:
        self._mux_sound(data, self._sound_until, samples)

    def _mux_sound(self, data: bytes, position: int, samples: int) -> None:
        packet = av.Packet(data)
        packet.stream = self._audio
        packet.time_base = _SAMPLE
        packet.pts = packet.dts = position
        packet.duration = samples
        packet.is_keyframe = True
        self._container.mux_one(packet)
        self._sound_until = position + samples


def _extend(intervals: list[tuple[float, float]], begin: float, end: float) -> None:
    if intervals and begin - intervals[-1][1] <= INTERVAL_GAP:
        intervals[-1] = (intervals[-1][0], max(end, intervals[-1][1]))
    else:
        intervals.append((begin, end))


def union(first: list[tuple[float, float]], second: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Both lists of intervals as one, overlapping ones joined, rounded to milliseconds."""
    joined: list[tuple[float, float]] = []
    for begin, end in sorted(first + second):
        _extend(joined, begin, end)
    return [(round(begin, 3), round(end, 3)) for begin, end in joined]
