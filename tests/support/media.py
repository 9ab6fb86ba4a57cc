"""Real VP8 and Opus, cut into RTP packets: what a browser sends, made without one.

Pictures and sound are made by a real encoder once per call and are the same on every run.
"""

import math
import struct
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

import av

VIDEO_CLOCK = 90_000
AUDIO_CLOCK = 48_000
#: 20 ms, what browsers send.
AUDIO_STEP = 960
VP8_PAYLOAD_TYPE = 96
OPUS_PAYLOAD_TYPE = 111
#: Fits any path's MTU with SRTP and IPv6 around it; what libwebrtc uses.
MAX_PAYLOAD = 1_150


@dataclass(frozen=True)
class Picture:
    """A grey moving picture: `luma(seconds)` gives width · height bytes, row by row."""

    width: int
    height: int
    luma: Callable[[float], bytes]


def rtp_packet(
    payload_type: int, sequence: int, timestamp: int, ssrc: int, payload: bytes, *, marker: bool = False
) -> bytes:
    """One RTP packet without extensions. RFC 3550, 5.1."""
    second = payload_type | (0x80 if marker else 0)
    return struct.pack("!BBHII", 0x80, second, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc) + payload


def ntp_time(unix_seconds: float) -> int:
    """64-bit NTP time of a Unix time."""
    return int((unix_seconds + 2_208_988_800) * 2**32)


@dataclass
class Vp8Packetizer:
    """Cuts VP8 frames into packets with picture ids, as browsers do. RFC 7741, 4.2."""

    ssrc: int = 0x1111
    payload_type: int = VP8_PAYLOAD_TYPE
    sequence: int = 1_000
    picture_id: int = 0x7F00
    max_payload: int = MAX_PAYLOAD

    def packets(self, frame: bytes, timestamp: int) -> list[bytes]:
        out: list[bytes] = []
        pieces = [frame[i : i + self.max_payload] for i in range(0, len(frame), self.max_payload)]
        for index, piece in enumerate(pieces):
            start = 0x10 if index == 0 else 0x00
            descriptor = bytes([0x80 | start, 0x80]) + struct.pack("!H", 0x8000 | self.picture_id)
            last = index == len(pieces) - 1
            out.append(
                rtp_packet(self.payload_type, self.sequence, timestamp, self.ssrc, descriptor + piece, marker=last)
            )
            self.sequence = (self.sequence + 1) & 0xFFFF
        self.picture_id = (self.picture_id + 1) & 0x7FFF
        return out


@dataclass
class OpusPacketizer:
    """One Opus packet per RTP packet. RFC 7587."""

    ssrc: int = 0x2222
    payload_type: int = OPUS_PAYLOAD_TYPE
    sequence: int = 2_000

    def packet(self, opus: bytes, timestamp: int) -> bytes:
        data = rtp_packet(self.payload_type, self.sequence, timestamp, self.ssrc, opus)
        self.sequence = (self.sequence + 1) & 0xFFFF
        return data


def moving_picture(width: int = 320, height: int = 180) -> Picture:
    """A grey ramp with a bright bar that goes round once in two seconds."""
    ramp = bytes(40 + 120 * x // width for x in range(width))

    def luma(seconds: float) -> bytes:
        left = int((seconds / 2 % 1) * (width - 16))
        return (ramp[:left] + bytes([235]) * 16 + ramp[left + 16 :]) * height

    return Picture(width, height, luma)


def flashes(moments: list[float], width: int = 160, height: int = 96, length: float = 0.2) -> Picture:
    """Black, and white for `length` seconds from each of `moments`."""

    def luma(seconds: float) -> bytes:
        bright = any(moment <= seconds + 1e-6 < moment + length for moment in moments)
        return bytes([235 if bright else 16]) * (width * height)

    return Picture(width, height, luma)


def _video_frame(picture: Picture, seconds: float) -> av.VideoFrame:
    frame = av.VideoFrame(picture.width, picture.height, "yuv420p")
    grey = bytes([128])
    for plane, luma in zip(frame.planes, (picture.luma(seconds), None, None), strict=True):
        if luma is None:
            plane.update(grey * plane.buffer_size)
        else:
            padding = bytes(plane.line_size - picture.width)
            rows = (luma[y * picture.width : (y + 1) * picture.width] for y in range(picture.height))
            plane.update(b"".join(row + padding for row in rows))
    return frame


def encode_vp8(
    picture: Picture, seconds: float, *, fps: int = 15, bitrate: int = 300_000, keyframe_every: int = 3000
) -> list[bytes]:
    """VP8 frames of the picture, the first a keyframe, then one every `keyframe_every` frames; frame i is at i/fps."""
    encoder = av.CodecContext.create("libvpx", "w")
    encoder.width, encoder.height = picture.width, picture.height
    encoder.pix_fmt = "yuv420p"
    encoder.time_base = Fraction(1, fps)
    encoder.framerate = Fraction(fps)
    encoder.bit_rate = bitrate
    encoder.gop_size = keyframe_every
    encoder.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "auto-alt-ref": "0"}
    frames: list[bytes] = []
    for index in range(round(seconds * fps)):
        frame = _video_frame(picture, index / fps)
        frame.pts = index
        frames.extend(bytes(packet) for packet in encoder.encode(frame))
    frames.extend(bytes(packet) for packet in encoder.encode(None))
    return frames


def encode_opus(sound: Callable[[float], float], seconds: float) -> list[bytes]:
    """20 ms Opus packets of `sound` (time in s → −1…1), packet i is at i·20 ms."""
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate = AUDIO_CLOCK
    encoder.layout = "mono"
    encoder.format = "s16"
    encoder.bit_rate = 24_000
    packets: list[bytes] = []
    for index in range(round(seconds * AUDIO_CLOCK / AUDIO_STEP)):
        samples = array("h", (int(20_000 * sound((index * AUDIO_STEP + i) / AUDIO_CLOCK)) for i in range(AUDIO_STEP)))
        frame = av.AudioFrame(format="s16", layout="mono", samples=AUDIO_STEP)
        frame.planes[0].update(samples.tobytes())
        frame.sample_rate = AUDIO_CLOCK
        frame.pts = index * AUDIO_STEP
        packets.extend(bytes(packet) for packet in encoder.encode(frame))
    packets.extend(bytes(packet) for packet in encoder.encode(None))
    return packets


def tone(frequency: float = 440.0) -> Callable[[float], float]:
    return lambda seconds: 0.5 * math.sin(2 * math.pi * frequency * seconds)


def beeps(moments: list[float], length: float = 0.2) -> Callable[[float], float]:
    """Silence, and a tone for `length` seconds from each of `moments`."""
    sound = tone(1_000.0)
    return lambda t: sound(t) if any(moment <= t < moment + length for moment in moments) else 0.0


@dataclass
class SeatMedia:
    """The packets one seat sends, with their sending times in seconds of the seat's own clock.

    `items` are (time, kind, packet) in order of time. `ssrc` etc. of both kinds are fixed.
    """

    frames: list[bytes]
    audio: list[bytes]
    fps: int = 15
    video_base: int = 0xFFFF_0000
    audio_base: int = 0x8000_0000
    video: Vp8Packetizer = field(default_factory=Vp8Packetizer)
    voice: OpusPacketizer = field(default_factory=OpusPacketizer)

    def items(self) -> Iterator[tuple[float, str, bytes]]:
        video = [
            (index / self.fps, "video", packet)
            for index, frame in enumerate(self.frames)
            for packet in self.video.packets(frame, self.video_base + index * VIDEO_CLOCK // self.fps)
        ]
        audio = [
            (index * AUDIO_STEP / AUDIO_CLOCK, "audio", self.voice.packet(opus, self.audio_base + index * AUDIO_STEP))
            for index, opus in enumerate(self.audio)
        ]
        yield from sorted(video + audio, key=lambda item: item[0])
