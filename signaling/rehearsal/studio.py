"""The one camera and microphone all simulated sites of a process share: each picture is drawn and encoded once."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import av

from signaling.rehearsal.picture import draw_picture
from signaling.rehearsal.rtp import vp8_payloads
from signaling.rehearsal.sound import SAMPLE_RATE, level_of, voice_samples

VIDEO_CLOCK = 90_000
#: One Opus packet. RFC 7587 allows others; browsers send this.
SOUND_INTERVAL = 0.02
_SOUND_SAMPLES = int(SAMPLE_RATE * SOUND_INTERVAL)
#: Behind by more than this (a machine that was busy), sound is left out rather than sent in a heap.
_MOST_BEHIND = 0.2
#: A keyframe is asked for by each new viewer; one per this interval serves all of them.
KEYFRAME_INTERVAL = 0.3


@dataclass(frozen=True, slots=True)
class Picture:
    """`timestamp`: 90 kHz since the studio opened. `payloads`: RTP payloads, in order."""

    timestamp: int
    keyframe: bool
    payloads: list[bytes]


@dataclass(frozen=True, slots=True)
class Sound:
    """20 ms of Opus. `timestamp`: 48 kHz since the studio opened. `level`: RFC 6464."""

    timestamp: int
    payload: bytes
    level: int


class Viewer(Protocol):
    def take_picture(self, picture: Picture) -> None: ...

    def take_sound(self, sound: Sound) -> None: ...


class Studio:
    """Runs on the event loop. The picture's clock is Unix time."""

    def __init__(
        self,
        *,
        size: tuple[int, int] = (320, 180),
        frames_per_second: int = 10,
        bit_rate: int = 150_000,
        label: str = "",
    ) -> None:
        self._width, self._height = size
        self._rate = frames_per_second
        self._label = label
        self._viewers: list[Viewer] = []
        self._video = self._make_video_encoder(bit_rate)
        self._audio = self._make_audio_encoder()
        self._keyframe_wanted = True
        self._last_keyframe = -KEYFRAME_INTERVAL
        self._picture_id = 0
        self._pictures = 0
        self._sounds = 0
        self._opened_wall = time.time()
        self._opened = time.monotonic()

    def join(self, viewer: Viewer) -> None:
        self._viewers.append(viewer)

    def leave(self, viewer: Viewer) -> None:
        if viewer in self._viewers:
            self._viewers.remove(viewer)

    def want_keyframe(self) -> None:
        self._keyframe_wanted = True

    @property
    def now(self) -> float:
        """Seconds since the studio opened, steady."""
        return time.monotonic() - self._opened

    def unix_time(self, now: float) -> float:
        return self._opened_wall + now

    async def run(self) -> None:
        """Draws, encodes and hands out until cancelled."""
        while True:
            now = self.now
            self._make_sounds(now)
            if now * self._rate >= self._pictures:
                self._pictures = int(now * self._rate) + 1
                self._make_picture(now)
            next_sound = (self._sounds + 1) * SOUND_INTERVAL
            next_picture = self._pictures / self._rate
            await asyncio.sleep(max(0.001, min(next_sound, next_picture) - self.now))

    def _make_sounds(self, now: float) -> None:
        due = int(now / SOUND_INTERVAL)
        if due - self._sounds > _MOST_BEHIND / SOUND_INTERVAL:
            self._sounds = due - 1
        while self._sounds < due:
            at = self._sounds * SOUND_INTERVAL
            samples = voice_samples(self.unix_time(at), _SOUND_SAMPLES)
            frame = av.AudioFrame(format="s16", layout="mono", samples=_SOUND_SAMPLES)
            frame.sample_rate = SAMPLE_RATE
            frame.planes[0].update(samples.tobytes())
            frame.pts = self._sounds * _SOUND_SAMPLES
            frame.time_base = Fraction(1, SAMPLE_RATE)
            level = level_of(samples)
            for packet in self._audio.encode(frame):
                sound = Sound(self._sounds * _SOUND_SAMPLES, bytes(packet), level)
                for viewer in list(self._viewers):
                    viewer.take_sound(sound)
            self._sounds += 1

    def _make_picture(self, now: float) -> None:
        frame = av.VideoFrame(self._width, self._height, "yuv420p")
        planes = draw_picture(self.unix_time(now), self._width, self._height, label=self._label)
        for plane, data in zip(frame.planes, planes, strict=True):
            if plane.line_size == plane.width:
                plane.update(data)
            else:
                rows = (data[at : at + plane.width] for at in range(0, len(data), plane.width))
                plane.update(b"".join(row.ljust(plane.line_size, b"\0") for row in rows))
        frame.pts = int(now * VIDEO_CLOCK)
        frame.time_base = Fraction(1, VIDEO_CLOCK)
        if self._keyframe_wanted and now - self._last_keyframe >= KEYFRAME_INTERVAL:
            frame.pict_type = av.video.frame.PictureType.I
            self._keyframe_wanted, self._last_keyframe = False, now
        for packet in self._video.encode(frame):
            self._picture_id += 1
            payloads = vp8_payloads(bytes(packet), self._picture_id)
            picture = Picture(int(now * VIDEO_CLOCK), packet.is_keyframe, payloads)
            for viewer in list(self._viewers):
                viewer.take_picture(picture)

    def _make_video_encoder(self, bit_rate: int) -> av.VideoCodecContext:
        encoder = av.CodecContext.create("libvpx", "w")
        encoder.width, encoder.height, encoder.pix_fmt = self._width, self._height, "yuv420p"
        encoder.time_base = Fraction(1, VIDEO_CLOCK)
        encoder.framerate = Fraction(self._rate, 1)
        encoder.bit_rate = bit_rate
        # No threads, no look-ahead: the cheapest picture that is sent at once. Keyframes only when asked for.
        encoder.thread_count = 1
        encoder.options = {
            "deadline": "realtime",
            "cpu-used": "8",
            "lag-in-frames": "0",
            "error-resilient": "default",
            "g": "3000",
        }
        return encoder

    def _make_audio_encoder(self) -> av.AudioCodecContext:
        encoder = av.CodecContext.create("libopus", "w")
        encoder.sample_rate, encoder.layout, encoder.format = SAMPLE_RATE, "mono", "s16"
        encoder.bit_rate = 24_000
        encoder.time_base = Fraction(1, SAMPLE_RATE)
        encoder.options = {"application": "voip", "frame_duration": "20"}
        return encoder
