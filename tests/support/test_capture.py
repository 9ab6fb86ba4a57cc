"""The readable clock survives drawing, scaling, VP8, a canvas and a real browser."""

import io
import random
import time
from pathlib import Path

import av
import pytest
from playwright.async_api import Page, async_playwright

from signaling.rehearsal.clock_face import ClockUnreadable, bits_of, read_clock
from signaling.rehearsal.picture import draw_picture, time_of_day
from signaling.rehearsal.sound import SAMPLE_RATE, level_of, voice_samples
from tests.support.capture import (
    CAPTURE_ARGS,
    capture_init_script,
    chromium_capture_args,
    clock_reader_script,
    read_clock_from_frame,
    read_clock_from_png,
    write_camera,
    write_microphone,
)

#: A page that shows its own camera after a trip through a VP8 peer connection of its own.
LOOP_PAGE = """<!doctype html><body style="margin:0"><video id=v autoplay playsinline muted width=640 height=360></video>
<script>
window.start = async () => {
  const stream = await navigator.mediaDevices.getUserMedia({audio: true, video: true});
  const a = new RTCPeerConnection(), b = new RTCPeerConnection();
  a.onicecandidate = (e) => e.candidate && b.addIceCandidate(e.candidate);
  b.onicecandidate = (e) => e.candidate && a.addIceCandidate(e.candidate);
  const got = new MediaStream();
  b.ontrack = (e) => { got.addTrack(e.track); v.srcObject = got; };
  stream.getTracks().forEach((t) => a.addTrack(t, stream));
  await a.setLocalDescription(await a.createOffer());
  await b.setRemoteDescription(a.localDescription);
  await b.setLocalDescription(await b.createAnswer());
  await a.setRemoteDescription(b.localDescription);
  window.receiver = b;
};
window.energy = async () => {
  for (const s of (await receiver.getStats()).values())
    if (s.type === "inbound-rtp" && s.kind === "audio") return s.totalAudioEnergy || 0;
  return 0;
};
</script>"""


@pytest.mark.parametrize("size", [(1280, 720), (640, 360), (320, 180), (160, 90)])
def test_clock_reads_back_what_was_drawn(size: tuple[int, int]) -> None:
    for seconds in (0.0, 0.37, 59.99, 1_790_000_000.42):
        luma, _, _ = draw_picture(seconds, *size, label="7")
        assert read_clock(luma, *size) == pytest.approx(seconds, abs=0.011)


@pytest.mark.parametrize("shade", [0, 16, 128, 235, 255])
def test_a_plain_picture_shows_no_clock(shade: int) -> None:
    with pytest.raises(ClockUnreadable):
        read_clock(bytes((shade,)) * (320 * 180), 320, 180)


def test_a_damaged_clock_is_not_read_as_another_time() -> None:
    chance = random.Random(4)
    for _ in range(200):
        word = bits_of(chance.random() * 1e9)
        broken = chance.randrange(48)
        luma = bytearray(bytes((96,)) * (12 * 50 * 4 * 50))
        word[broken] = not word[broken]
        for place, bit in enumerate(word):
            row, column = divmod(place, 12)
            for line in range(50):
                begin = (row * 50 + line) * 600 + column * 50
                luma[begin : begin + 50] = bytes((235 if bit else 16,)) * 50
        with pytest.raises(ClockUnreadable):
            read_clock(bytes(luma) + bytes((96,)) * (600 * 270), 600, 470)


def test_clock_survives_vp8_at_a_poor_rate() -> None:
    file = io.BytesIO()
    with av.open(file, "w", format="webm") as out:
        stream = out.add_stream("libvpx", rate=10, options={"deadline": "realtime", "cpu-used": "8"})
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 320, 180, "yuv420p", 80_000
        for number in range(30):
            frame = av.VideoFrame(320, 180, "yuv420p")
            for plane, data in zip(frame.planes, draw_picture(1000 + number / 10, 320, 180), strict=True):
                width = plane.width
                rows = [data[n : n + width] for n in range(0, len(data), width)]
                plane.update(b"".join(row.ljust(plane.line_size, b"\0") for row in rows))
            frame.pts = number
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    file.seek(0)
    with av.open(file) as container:
        times = [read_clock_from_frame(frame) for frame in container.decode(video=0)]
    assert times == pytest.approx([1000 + number / 10 for number in range(30)], abs=0.011)


def test_sound_beeps_at_full_seconds_and_speaks_between() -> None:
    assert level_of(voice_samples(5.0, 960)) < level_of(voice_samples(5.2, 960))
    assert level_of(voice_samples(5.12, 960)) < 40
    assert voice_samples(4.99, 1920)[480:] == voice_samples(5.0, 1440)
    assert len(voice_samples(0.5, 3 * SAMPLE_RATE)) == 3 * SAMPLE_RATE


def test_people_read_the_time_of_day_in_vietnam() -> None:
    assert time_of_day(75.49) == "00:01:15.4"
    assert time_of_day(1_790_000_000.0) == "21:13:20.0"


async def _open_loop(page: Page) -> None:
    # Cameras exist on secure origins only, and localhost is one; nothing listens there, the answer is given here.
    await page.route("**/*", lambda route: route.fulfill(body=LOOP_PAGE, content_type="text/html; charset=utf-8"))
    await page.goto("http://localhost/loop")


@pytest.mark.browser
async def test_a_page_shows_the_wall_clock_after_a_trip_through_vp8() -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CAPTURE_ARGS)
        page = await browser.new_page(viewport={"width": 640, "height": 360})
        await page.add_init_script(capture_init_script(label="Điểm cầu"))
        await _open_loop(page)
        await page.evaluate("start()")
        await page.wait_for_function("diemCauReadClock(document.querySelector('video')) !== null", timeout=15_000)
        before = await page.evaluate("diemCauReadClock(document.querySelector('video'))")
        assert abs(time.time() - before) < 1.0
        picture = await page.screenshot()
        shown = read_clock_from_png(picture)
        assert before - 0.1 <= shown <= time.time()
        assert time.time() - shown < 1.5
        await page.wait_for_function("energy().then((value) => value > 0.001)", timeout=15_000)
        await browser.close()


@pytest.mark.browser
async def test_chromium_plays_the_files_as_its_devices(tmp_path: Path) -> None:
    camera = write_camera(tmp_path / "camera.y4m", seconds=4)
    microphone = write_microphone(tmp_path / "microphone.wav", seconds=4)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=chromium_capture_args(camera, microphone)
        )
        page = await browser.new_page(viewport={"width": 640, "height": 360})
        await page.add_init_script(clock_reader_script())
        await _open_loop(page)
        await page.evaluate("start()")
        await page.wait_for_function("diemCauReadClock(document.querySelector('video')) !== null", timeout=15_000)
        first = await page.evaluate("diemCauReadClock(document.querySelector('video'))")
        assert 0 <= first <= 4
        await page.wait_for_function(
            "(first) => { const now = diemCauReadClock(document.querySelector('video'));"
            " return now !== null && now !== first; }",
            arg=first, timeout=15_000,
        )  # fmt: skip
        await page.wait_for_function("energy().then((value) => value > 0.0001)", timeout=15_000)
        await browser.close()
