"""`python -m tests.bench.relay --json`: µs of CPU per forwarded packet, ours beside Janus and beside the floor.

One publisher, `--subscribers` subscribers, `--packets` forwarded packets a second; the servers alternate (ABBA) in one
run, each round with a fresh server; median over rounds. Only the server's process counts; the load is reported apart.
"""

import argparse
import asyncio
import gc
import json
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from signaling.rehearsal.dtls import CIPHERS, Cipher, Identity
from tests.bench.floor import floor_microseconds
from tests.bench.janus import Janus, janus_is_here
from tests.bench.load import PACKET_BYTES, Load, Measured, Server
from tests.bench.ours import Ours

#: Fewer arrivals than this share and the round says nothing about the server.
LEAST_DELIVERED = 0.95
#: A busy machine starves the load for a moment now and then; such a round is measured again.
_TRIES = 3


async def measure(
    make: Callable[[Path], Server], identity: Identity, cipher: Cipher, subscribers: int, packets: int, seconds: float
) -> Measured:
    """One round with a fresh server. `packets`: forwarded packets a second, all subscribers together."""
    with tempfile.TemporaryDirectory() as folder:
        server = make(Path(folder))
        load = Load(server, identity, cipher)
        try:
            await server.start()
            await load.connect(subscribers)
            if isinstance(server, Ours):
                await server.order(do="freeze")
            gc.collect()
            gc.freeze()
            return await load.run(seconds, max(1, packets // subscribers))
        finally:
            load.close()
            await server.stop()


def _ratio(a: float | None, b: float | None) -> float | None:
    return round(a / b, 3) if a is not None and b else None


async def bench(
    *, rounds: int = 3, seconds: float = 5.0, subscribers: int = 40, packets: int = 20_000, cipher: Cipher = CIPHERS[0]
) -> dict[str, Any]:
    """The whole comparison; see the keys below. `None` for Janus where it is not installed or did not start."""
    identity = Identity()
    makers: dict[str, Callable[[Path], Server]] = {"ours": Ours}
    trouble = None
    if janus_is_here():
        makers["janus"] = Janus
    else:
        trouble = "Janus is not installed here"
    order = [name for n in range(rounds) for name in (list(makers) if n % 2 == 0 else list(reversed(makers)))]
    measured: dict[str, list[Measured]] = {name: [] for name in makers}
    floors = []
    for name in order:
        floors.append(floor_microseconds(cipher))
        for _ in range(_TRIES):
            one = await measure(makers[name], identity, cipher, subscribers, packets, seconds)
            if one.delivered >= LEAST_DELIVERED * one.expected:
                break
        measured[name].append(one)
    figures = {
        name: statistics.median(one.microseconds_per_packet for one in rounds_of)
        for name, rounds_of in measured.items()
    }
    ours, janus, floor = figures["ours"], figures.get("janus"), statistics.median(floors)
    return {
        "ours_us_per_packet": round(ours, 2),
        "janus_us_per_packet": round(janus, 2) if janus is not None else None,
        "floor_us_per_packet": round(floor, 2),
        "ratio_to_janus": _ratio(ours, janus),
        "ratio_to_floor": _ratio(ours, floor),
        "conditions": {
            "subscribers": subscribers,
            "packet_bytes": PACKET_BYTES,
            "packets_per_second": packets,
            "rounds": rounds,
            "seconds_per_round": seconds,
            "order": order,
            "cipher": cipher.name,
            "tap": "on for ours (appends to a buffer), Janus does not record",
            "janus": trouble or "1.1.2 videoroom, ICE-lite",
        },
        "rounds": {name: [_round(one) for one in of] for name, of in measured.items()},
        "floor_rounds": [round(one, 2) for one in floors],
        "valid": all(one.delivered >= LEAST_DELIVERED * one.expected for of in measured.values() for one in of),
    }


def _round(one: Measured) -> dict[str, Any]:
    return {
        "us_per_packet": round(one.microseconds_per_packet, 2),
        "packets_per_second": round(one.delivered / one.seconds),
        "delivered_share": round(one.delivered / max(1, one.expected), 4),
        "server_cpu_share": round(one.server_cpu / one.seconds, 3),
        "load_cpu_share": round(one.load_cpu / one.seconds, 3),
        "refused": one.refused,
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.bench.relay")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--subscribers", type=int, default=40)
    parser.add_argument("--packets", type=int, default=20_000, help="forwarded packets a second")
    parser.add_argument("--cipher", choices=[cipher.name for cipher in CIPHERS], default=CIPHERS[0].name)
    options = parser.parse_args()
    cipher = next(one for one in CIPHERS if one.name == options.cipher)
    result = asyncio.run(
        bench(
            rounds=options.rounds,
            seconds=options.seconds,
            subscribers=options.subscribers,
            packets=options.packets,
            cipher=cipher,
        )
    )
    if options.json:
        print(json.dumps(result, indent=2))
    else:
        for key in (
            "ours_us_per_packet",
            "janus_us_per_packet",
            "floor_us_per_packet",
            "ratio_to_janus",
            "ratio_to_floor",
        ):
            print(f"{key:22} {result[key]}")
    return 0 if result["valid"] else 1


if __name__ == "__main__":
    sys.exit(main())
