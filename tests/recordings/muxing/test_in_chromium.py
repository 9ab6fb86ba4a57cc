"""The player is a browser's `<video>`: two files of a turn run in step from one time."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import async_playwright

from recordings.journal import format as journal
from recordings.muxing import build_media
from tests.recordings.making import JournalMaker, ns, opened
from tests.support.media import OpusPacketizer, Vp8Packetizer, beeps, encode_opus, encode_vp8, flashes

ARGUMENTS = [
    "--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--allow-file-access-from-files", "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip

#: Waits until the picture of that moment is on the screen: `seeked` alone may come before it on a busy machine.
JUMP = """async ([id, time]) => {
  const video = document.getElementById(id);
  if (video.readyState < 1) await new Promise((done) => { video.onloadedmetadata = done; });
  const shown = new Promise((done) => {
    const look = (now, frame) => {
      if (Math.abs(frame.mediaTime - time) < 0.1) done(frame.mediaTime);
      else video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
  });
  video.currentTime = time;
  const mediaTime = await shown;
  const context = new OffscreenCanvas(16, 16).getContext("2d");
  context.drawImage(video, 0, 0, 16, 16);
  return { duration: video.duration, bright: context.getImageData(8, 8, 1, 1).data[0] > 128, mediaTime };
}"""


@pytest.mark.browser
async def test_a_jump_shows_the_same_moment_in_every_file_of_the_turn(tmp_path: Path) -> None:
    moments = [1.0, 3.0, 5.0, 7.0, 9.0]
    frames = encode_vp8(flashes(moments, length=0.5), 10, keyframe_every=30)
    sound = encode_opus(beeps(moments), 10)
    early, late, speak = Vp8Packetizer(), Vp8Packetizer(ssrc=9), OpusPacketizer()
    arrived: list[tuple[float, journal.Record]] = []
    for index, frame in enumerate(frames):
        at = index / 15
        arrived += [(at, journal.Packet(1, ns(at), packet)) for packet in early.packets(frame, index * 6_000)]
        if index >= 60:  # the other seat's camera opens four seconds later, and it has no microphone
            arrived += [(at, journal.Packet(3, ns(at), packet)) for packet in late.packets(frame, index * 6_000)]
    for index, opus in enumerate(sound):
        arrived.append((index / 50, journal.Packet(2, ns(index / 50), speak.packet(opus, index * 960))))
    records = [record for _, record in sorted(arrived, key=lambda item: item[0])]
    maker = JournalMaker(tmp_path / "turn1-g1")
    maker.segment([opened(1), opened(2, kind="audio"), opened(3, "seat-b"), *records], last=True, reason="closed")
    manifest = build_media([maker.folder], tmp_path / "media", lambda share: None)
    videos = "".join(f'<video id="{file.seat}" src="{file.path}" muted></video>' for file in manifest.files)
    (tmp_path / "media" / "page.html").write_text(videos)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        page = await browser.new_page()
        await page.goto(f"file://{tmp_path}/media/page.html")
        shown: dict[str, list[dict[str, Any]]] = {}
        bright = {0.93: False, 1.05: True, 1.45: True, 1.57: False, 4.93: False, 5.05: True, 5.45: True, 8.93: False}
        times = {"seat-a": list(bright), "seat-b": [time for time in bright if time > 4.0]}
        for seat, moments_of in times.items():
            shown[seat] = [await page.evaluate(JUMP, [seat, time]) for time in moments_of]
        await browser.close()
    assert {file.seat for file in manifest.files} == set(shown)
    for seat, jumps in shown.items():
        assert [jump["bright"] for jump in jumps] == [bright[time] for time in times[seat]]
        assert all(abs(jump["duration"] - manifest.duration) < 0.1 for jump in jumps)
