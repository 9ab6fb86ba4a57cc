"""Fake cameras and microphones for real Chromium pages, and the reader of the clock they show.

Two ways:

- `capture_init_script()` for `page.add_init_script(...)`: the page's getUserMedia gives a canvas with the *wall clock*
  and a voice-like sound with a beep on each full second. Pages also get `window.diemCauReadClock(video)`.
- `write_camera()` and `write_microphone()`: files for `--use-file-for-fake-video-capture` and
  `--use-file-for-fake-audio-capture`. Chromium plays them in a loop from the start of capture, so the clock in them
  counts from 0.

`read_clock` and its relatives read either clock from decoded frames and from screenshots.
"""

import io
import json
import math
import struct
import wave
from pathlib import Path

import av

from signaling.rehearsal.clock_face import ClockUnreadable, layout_numbers, read_clock
from signaling.rehearsal.picture import draw_picture
from signaling.rehearsal.sound import SAMPLE_RATE, voice_samples

__all__ = [
    "CAPTURE_ARGS",
    "ClockUnreadable",
    "capture_init_script",
    "chromium_capture_args",
    "clock_reader_script",
    "read_clock",
    "read_clock_from_frame",
    "read_clock_from_png",
    "write_camera",
    "write_microphone",
]

#: What the in-page capture needs: devices to list, sound without a click, timers that are not slowed in the background,
#: and ICE on 127.0.0.1.
CAPTURE_ARGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
]

_SCRIPT = Path(__file__).with_name("clock_capture.js")


def capture_init_script(
    *, width: int = 640, height: int = 360, frames_per_second: int = 15, label: str = "", pitch: float = 140.0
) -> str:
    """JavaScript for `add_init_script`. `pitch` in Hz tells voices of several pages apart."""
    options = {
        "replace_devices": True,
        "width": width,
        "height": height,
        "frames_per_second": frames_per_second,
        "label": label,
        "pitch": pitch,
    }
    return _script(options)


def clock_reader_script() -> str:
    """JavaScript that gives a page only `window.diemCauReadClock(video or canvas)`: seconds, or null."""
    return _script({"replace_devices": False})


def _script(options: dict[str, object]) -> str:
    settings = json.dumps({"layout": layout_numbers(), "options": options})
    return _SCRIPT.read_text("utf-8").replace('"@SETTINGS@"', settings)


def chromium_capture_args(camera: Path, microphone: Path) -> list[str]:
    """Arguments for a browser that plays the two files as its devices."""
    return [
        *CAPTURE_ARGS,
        f"--use-file-for-fake-video-capture={camera}",
        f"--use-file-for-fake-audio-capture={microphone}",
    ]


def read_clock_from_frame(frame: av.VideoFrame) -> float:
    """The clock in a decoded frame. Raises `ClockUnreadable`."""
    grey = frame if frame.format.name == "yuv420p" else frame.reformat(format="yuv420p")
    plane = grey.planes[0]
    return read_clock(memoryview(plane), grey.width, grey.height, stride=plane.line_size)


def read_clock_from_png(picture: bytes) -> float:
    """The clock in a screenshot of exactly the picture. Raises `ClockUnreadable`."""
    with av.open(io.BytesIO(picture), format="png_pipe") as container:
        for frame in container.decode(video=0):
            return read_clock_from_frame(frame)
    raise ClockUnreadable("no picture in the file")


def write_camera(
    path: Path, *, seconds: float = 20.0, width: int = 640, height: int = 360, frames_per_second: int = 15
) -> Path:
    """A Y4M file whose clock counts from 0 to `seconds`. Size: width x height x 1.5 bytes a frame."""
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F{frames_per_second}:1 Ip A1:1 C420jpeg\n".encode())
        for number in range(math.ceil(seconds * frames_per_second)):
            file.write(b"FRAME\n")
            for plane in draw_picture(number / frames_per_second, width, height, label="0"):
                file.write(plane)
    return path


def write_microphone(path: Path, *, seconds: float = 20.0) -> Path:
    """A mono 48 kHz WAV file: voice-like tone, a beep at each full second."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        for second in range(math.ceil(seconds)):
            samples = voice_samples(float(second), SAMPLE_RATE)
            file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return path
