"""A real Chromium page that publishes and subscribes straight at a MediaEngine in this process, without signaling."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, Page, Route, async_playwright

from signaling.protocol.ids import SeatId, SessionId
from signaling.wire.engine import MediaEngine

ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
]

_PAGE = """<!doctype html><meta charset=utf-8><body><script>
const marks = {};
const until = (pc, name) => new Promise(done => {
  const look = () => { if (pc.connectionState === 'connected') { marks[name] = performance.now(); done(); } };
  pc.addEventListener('connectionstatechange', look); look();
});
async function publish() {
  window.local = window.local || await navigator.mediaDevices.getUserMedia(
    {audio: true, video: {width: 640, height: 360, frameRate: 15}});
  const pc = window.pub = new RTCPeerConnection({bundlePolicy: 'max-bundle'});
  for (const track of local.getTracks()) pc.addTransceiver(track, {direction: 'sendonly', streams: [local]});
  marks.offer = performance.now();
  const connected = until(pc, 'published');
  await negotiatePublish();
  await connected;
  return marks.published - marks.offer;
}
async function negotiatePublish(options) {
  const offer = await pub.createOffer(options);
  await pub.setLocalDescription(offer);
  const sdp = await window.enginePublishOffer(offer.sdp);
  await pub.setRemoteDescription({type: 'answer', sdp});
}
async function subscribe() {
  const pc = window.sub = new RTCPeerConnection({bundlePolicy: 'max-bundle'});
  window.videos = {};
  pc.ontrack = event => {
    const slot = event.transceiver.mid;
    const element = document.createElement(event.track.kind);
    element.srcObject = new MediaStream([event.track]);
    element.autoplay = true;
    videos[slot] = element;
    document.body.append(element);
    if (event.track.kind === 'video') element.requestVideoFrameCallback(() => { marks[slot] = performance.now(); });
  };
  marks.subscribe = performance.now();
  const connected = until(pc, 'subscribed');
  await negotiateSubscribe();
  await connected;
  return marks.subscribed - marks.subscribe;
}
async function negotiateSubscribe() {
  await sub.setRemoteDescription({type: 'offer', sdp: await window.engineSubscribeOffer()});
  await sub.setLocalDescription(await sub.createAnswer());
  await window.engineSubscribeAnswer(sub.localDescription.sdp);
}
async function received() {
  const slots = {};
  for (const transceiver of sub.getTransceivers()) {
    const report = await transceiver.receiver.getStats();
    for (const one of report.values())
      if (one.type === 'inbound-rtp') slots[transceiver.mid] = {
        packets: one.packetsReceived, lost: one.packetsLost, frames: one.framesDecoded || 0, keyframes: one.keyFramesDecoded || 0,
        energy: one.totalAudioEnergy || 0, width: one.frameWidth || 0, repaired: one.retransmittedPacketsReceived || 0,
        freezes: one.freezeCount || 0, frozen: one.totalFreezesDuration || 0, nacks: one.nackCount || 0,
        concealed: one.concealedSamples || 0, samples: one.totalSamplesReceived || 0, playout: one.estimatedPlayoutTimestamp || 0};
  }
  return slots;
}
async function reached(slot, figure, least, milliseconds) {
  const end = performance.now() + milliseconds;
  for (;;) {
    const now = ((await received())[slot] || {})[figure] || 0;
    if (now >= least) return null;
    if (performance.now() > end) return now;
    await new Promise(done => setTimeout(done, 100));
  }
}
async function sent() {
  const rows = {};
  for (const one of (await pub.getStats()).values())
    if (one.type === 'outbound-rtp') rows[one.kind] = {
      packets: one.packetsSent, frames: one.framesEncoded || 0, plis: one.pliCount || 0, nacks: one.nackCount || 0,
      target: one.targetBitrate || 0, width: one.frameWidth || 0, quality: one.qualityLimitationReason || ''};
  return rows;
}
</script>"""


class ChromiumSeat:
    """One page that is one seat."""

    def __init__(self, page: Page, seat: SeatId) -> None:
        self.page = page
        self.seat = seat

    async def publish(self) -> float:
        """Milliseconds from making the offer to connected."""
        return float(await self.page.evaluate("publish()"))

    async def subscribe(self) -> float:
        return float(await self.page.evaluate("subscribe()"))

    async def received(self) -> dict[str, Any]:
        return dict(await self.page.evaluate("received()"))

    async def sent(self) -> dict[str, Any]:
        return dict(await self.page.evaluate("sent()"))

    async def wait_for_frames(self, slot: str, frames: int, timeout: float = 20) -> None:
        await self._wait(slot, "frames", frames, timeout)

    async def wait_for_sound(self, slot: str, energy: float, timeout: float = 20) -> None:
        await self._wait(slot, "energy", energy, timeout)

    async def _wait(self, slot: str, figure: str, least: float, timeout: float) -> None:
        last = await self.page.evaluate("args => reached(...args)", [slot, figure, least, timeout * 1000])
        if last is not None:
            raise TimeoutError(f"{self.seat}: {slot} has {figure} {last}, not {least}")


Rewrite = Callable[[str], str]


async def open_seat(
    browser: Browser,
    engine: MediaEngine,
    session: SessionId,
    seat: SeatId,
    rewrite: Rewrite = lambda text: text,
) -> ChromiumSeat:
    """A page whose descriptions go straight to `engine`; `rewrite` may change what the engine says (candidates)."""
    page = await browser.new_page()

    async def serve(route: Route) -> None:
        await route.fulfill(body=_PAGE, content_type="text/html")

    await page.route("**/*", serve)

    async def publish_offer(text: str) -> str:
        return rewrite(await engine.publish_offer(session, seat, text))

    def subscribe_offer() -> str:
        return rewrite(engine.subscribe_offer(session, seat))

    exposed: dict[str, Callable[..., str | Awaitable[Any]]] = {
        "enginePublishOffer": publish_offer,
        "engineSubscribeOffer": subscribe_offer,
        "engineSubscribeAnswer": lambda text: engine.subscribe_answer(seat, text),
    }
    for name, function in exposed.items():
        await page.expose_function(name, function)
    await page.goto("http://localhost/seat")
    return ChromiumSeat(page, seat)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()
