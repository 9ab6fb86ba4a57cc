"""`python -m tests.bench.loss --json --seconds 120`: how smoothly real pages see each other over a bad line.

Two Chromium pages through the engine; the commune's line (both its connections, both directions) is the bad link, the
chair's is good. Freezes are Chromium's own (`freezeCount`, `totalFreezesDuration`), the longest gap is taken from the
frames shown (requestVideoFrameCallback).
"""

import argparse
import asyncio
import json
import sys
from typing import Any

from signaling.protocol.ids import SeatId, SessionId
from tests.interop.calls import running_engine
from tests.signaling.wire.chromium import ChromiumSeat, chromium, open_seat
from tests.support.link import PROFILES, LinkStatistics, open_link, rewrite_candidates

SESSION, CHAIR, COMMUNE = SessionId("session"), SeatId("chair"), SeatId("commune")
SLOT = "floor-video"
#: Joining is not part of the measurement: rate and jitter buffer settle first.
SETTLE_FRAMES = 45

_WATCH = """() => {
  const video = videos["floor-video"];
  let last = performance.now();
  window.longestGap = 0;
  const look = (now) => {
    window.longestGap = Math.max(window.longestGap, now - last);
    last = now;
    video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback((now) => { last = now; window.longestGap = 0; video.requestVideoFrameCallback(look); });
  window.gapSoFar = () => Math.max(window.longestGap, performance.now() - last);
}"""


async def _snapshot(seat: ChromiumSeat) -> dict[str, Any]:
    received = await seat.received()
    return {"video": received[SLOT], "audio": received["floor-audio"]}


def _figures(before: dict[str, Any], after: dict[str, Any], seconds: float, gap_ms: float) -> dict[str, Any]:
    video = {key: after["video"][key] - before["video"][key] for key in after["video"]}
    audio = {key: after["audio"][key] - before["audio"][key] for key in after["audio"]}
    return {
        "freeze_ratio": round(video["frozen"] / seconds, 4),
        "freezes": video["freezes"],
        "longest_gap_s": round(gap_ms / 1000, 3),
        "frames_per_second": round(video["frames"] / seconds, 1),
        "packets_lost": video["lost"],
        "packets_repaired": video["repaired"],
        "keyframes": video["keyframes"],
        "audio_concealed_share": round(audio["concealed"] / max(1, audio["samples"]), 4),
    }


async def measure(*, profile: str = "E5", seconds: float = 120.0, seed: int = 1) -> dict[str, Any]:
    """Figures of what the commune sees of the chair (loss on its way down) and the other way round (on its way up)."""
    async with running_engine() as (engine, _), chromium() as browser:
        link = await open_link(engine.addresses[0], PROFILES[profile], seed=seed)
        moved = {":".join(map(str, engine.addresses[0])): ":".join(map(str, link.address))}
        for seat, other in ((CHAIR, COMMUNE), (COMMUNE, CHAIR)):
            engine.set_open(seat, microphone=True, camera=True)
            engine.assign_slots(seat, {"floor-audio": other, SLOT: other})
        chair = await open_seat(browser, engine, SESSION, CHAIR)
        commune = await open_seat(browser, engine, SESSION, COMMUNE, lambda sdp: rewrite_candidates(sdp, moved))
        for one in (chair, commune):
            await one.publish()
            await one.subscribe()
        for one in (chair, commune):
            await one.wait_for_frames(SLOT, SETTLE_FRAMES)
            await one.page.evaluate(_WATCH)
        before = {one.seat: await _snapshot(one) for one in (chair, commune)}
        sent = _copy(link.statistics)
        await asyncio.sleep(seconds)
        after = {one.seat: await _snapshot(one) for one in (chair, commune)}
        gaps = {one.seat: float(await one.page.evaluate("gapSoFar()")) for one in (chair, commune)}
        line = _copy(link.statistics)
        link.close()
    up = 1 - (line.up_delivered - sent.up_delivered) / max(1, line.up_sent - sent.up_sent)
    down = 1 - (line.down_delivered - sent.down_delivered) / max(1, line.down_sent - sent.down_sent)
    return {
        "commune_sees_chair": _figures(before[COMMUNE], after[COMMUNE], seconds, gaps[COMMUNE]),
        "chair_sees_commune": _figures(before[CHAIR], after[CHAIR], seconds, gaps[CHAIR]),
        "conditions": {
            "profile": PROFILES[profile].netem(),
            "seconds": seconds,
            "seed": seed,
            "lost_up": round(up, 4),
            "lost_down": round(down, 4),
        },
    }


def _copy(of: LinkStatistics) -> LinkStatistics:
    return LinkStatistics(of.up_sent, of.up_delivered, of.down_sent, of.down_delivered)


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.bench.loss")
    parser.add_argument("--json", action="store_true", help="the default and only form")
    parser.add_argument("--profile", choices=sorted(PROFILES), default="E5")
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    result = asyncio.run(measure(profile=options.profile, seconds=options.seconds, seed=options.seed))
    print(json.dumps(result, indent=2, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
