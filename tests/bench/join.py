"""`python -m tests.bench.join --json`: how soon a real page is connected and sees its first remote frame.

One page speaks; `--joins` pages come one after the other. Connected: from making the offer (publishing) or asking for it
(receiving) to `connectionState` connected, ICE and DTLS done; for receiving also from the page's setLocalDescription, since
before it Chromium reads the node's offer of all slots. First frame: from asking for the receiving connection to
the first frame shown (requestVideoFrameCallback).
"""

import argparse
import asyncio
import json
import statistics
import sys
from typing import Any

from signaling.protocol.ids import SeatId, SessionId
from tests.interop.calls import running_engine
from tests.signaling.wire.chromium import chromium, open_seat
from tests.support.link import PROFILES, open_link, rewrite_candidates

SESSION, SPEAKER = SessionId("session"), SeatId("speaker")
SLOT = "floor-video"
_FIRST_FRAME = f"""async () => {{
  while (marks["{SLOT}"] === undefined) await new Promise(requestAnimationFrame);
  return marks["{SLOT}"] - marks.subscribe;
}}"""
#: Notes when a page settles its own description: from there on only ICE and DTLS remain.
_NOTE_LOCAL = """() => {
  const set = RTCPeerConnection.prototype.setLocalDescription;
  RTCPeerConnection.prototype.setLocalDescription = function (...rest) {
    marks[this === window.pub ? "publishLocal" : "subscribeLocal"] = performance.now();
    return set.apply(this, rest);
  };
}"""


def _summary(milliseconds: list[float]) -> dict[str, float]:
    ordered = sorted(milliseconds)
    return {
        "median_ms": round(statistics.median(ordered), 1),
        "p95_ms": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))], 1),
        "worst_ms": round(ordered[-1], 1),
    }


async def measure(*, joins: int = 10, profile: str | None = None, seed: int = 1) -> dict[str, Any]:
    """Medians over `joins`. With `profile`, those who join do so over that line; the speaker's line is good."""
    published, subscribed, answered, first_frame = [], [], [], []
    async with running_engine() as (engine, _), chromium() as browser:
        moved: dict[str, str] = {}
        link = None
        if profile is not None:
            link = await open_link(engine.addresses[0], PROFILES[profile], seed=seed)
            moved = {":".join(map(str, engine.addresses[0])): ":".join(map(str, link.address))}
        engine.set_open(SPEAKER, microphone=True, camera=True)
        speaker = await open_seat(browser, engine, SESSION, SPEAKER)
        await speaker.publish()
        await speaker.page.wait_for_function("async () => (await sent()).video.frames > 15", polling=100)
        for number in range(joins):
            seat = SeatId(f"joins-{number}")
            engine.set_open(seat, microphone=True, camera=True)
            engine.assign_slots(seat, {"floor-audio": SPEAKER, SLOT: SPEAKER})
            page = await open_seat(browser, engine, SESSION, seat, lambda sdp: rewrite_candidates(sdp, moved))
            await page.page.evaluate(_NOTE_LOCAL)
            published.append(await page.publish())
            subscribed.append(await page.subscribe())
            answered.append(float(await page.page.evaluate("marks.subscribed - marks.subscribeLocal")))
            first_frame.append(float(await page.page.evaluate(_FIRST_FRAME)))
            await page.page.close()
            engine.drop_seat(seat)
        if link is not None:
            link.close()
    return {
        "publish_connected": _summary(published),
        "subscribe_connected": _summary(subscribed),
        "subscribe_connected_after_answer": _summary(answered),
        "first_frame": _summary(first_frame),
        "conditions": {"joins": joins, "profile": profile or "loopback", "picture": "640x360, 15 frames/s"},
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.bench.join")
    parser.add_argument("--json", action="store_true", help="the default and only form")
    parser.add_argument("--joins", type=int, default=10)
    parser.add_argument("--profile", choices=sorted(PROFILES))
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(json.dumps(asyncio.run(measure(joins=options.joins, profile=options.profile, seed=options.seed)), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
