"""`python -m tests.bench.engine_server`: the node's media engine alone in a process, driven by JSON lines.

History, statistics and the recorder's tap are on, as in a running node; the tap appends to a buffer that is cleared as
the journal client clears it when it hands a batch to its socket.
"""

import asyncio
import gc
import json
import sys
from typing import Any

from signaling.protocol.ids import SeatId, SessionId
from signaling.protocol.slots import MediaKind
from signaling.protocol.vocabulary import Connection, MediaState
from signaling.wire.engine import EngineSettings, MediaEngine

_SESSION = SessionId("bench")
_PUBLISHER = SeatId("publisher")
#: The journal client hands over at this size.
_BATCH_BYTES = 64 * 1024


class _Listener:
    def media_state_changed(self, session: SessionId, seat: SeatId, connection: Connection, state: MediaState) -> None:
        pass

    def loudest_changed(self, session: SessionId, seats: list[SeatId]) -> None:
        pass


class Sink:
    """Takes what the tap gives, in the journal's way: a length, a time, the bytes."""

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.packets = 0

    def packet(self, track: int, at_ns: int, data: bytes | memoryview) -> None:
        self.packets += 1
        self.buffer += track.to_bytes(4, "big") + at_ns.to_bytes(8, "big") + len(data).to_bytes(4, "big")
        self.buffer += data
        if len(self.buffer) > _BATCH_BYTES:
            self.buffer.clear()

    def sender_report(self, track: int, at_ns: int, ntp: int, rtp: int) -> None:
        self.buffer += at_ns.to_bytes(8, "big")


async def _serve() -> None:
    engine = MediaEngine(EngineSettings(bind=[("127.0.0.1", 0)], advertise=[]), _Listener())
    await engine.start()
    sink = Sink()
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)

    async def handle(order: dict[str, Any]) -> dict[str, Any]:
        match order["do"]:
            case "publish":
                answer = await engine.publish_offer(_SESSION, _PUBLISHER, order["sdp"])
                engine.set_open(_PUBLISHER, microphone=True, camera=True)
                engine.open_tap(_PUBLISHER, MediaKind.VIDEO, 1, sink)
                return {"sdp": answer}
            case "subscribe":
                seat = SeatId(order["seat"])
                offer = engine.subscribe_offer(_SESSION, seat)
                return {"sdp": offer}
            case "answer":
                await engine.subscribe_answer(SeatId(order["seat"]), order["sdp"])
                engine.assign_slots(SeatId(order["seat"]), {"floor-video": _PUBLISHER})
                return {}
            case "freeze":
                gc.collect()
                gc.freeze()
                return {}
            case "figures":
                return {"tapped": sink.packets, "tracks": len(engine.statistics())}
            case _:
                return {"error": "unknown order"}

    print(json.dumps({"addresses": engine.addresses}), flush=True)
    while line := await reader.readline():
        print(json.dumps(await handle(json.loads(line))), flush=True)
    await engine.stop()


if __name__ == "__main__":
    asyncio.run(_serve())
