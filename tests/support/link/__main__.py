"""`python -m tests.support.link --listen 127.0.0.1:0 --to 127.0.0.1:8002 --profile N3 --seed 7`

Prints one JSON line with the bound address, then runs until it is ended. `--netem` prints the profile for tc instead.
"""

import argparse
import asyncio
import json
import signal
import sys

from tests.support.link.profiles import PROFILES
from tests.support.link.shim import open_link


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)


async def _run(options: argparse.Namespace) -> None:
    link = await open_link(options.to, PROFILES[options.profile], seed=options.seed, listen=options.listen)
    print(json.dumps({"address": ":".join(map(str, link.address)), "profile": options.profile}), flush=True)
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await ended.wait()
    link.close()


def main() -> int:
    parser = argparse.ArgumentParser(description="A seeded bad link on loopback")
    parser.add_argument("--listen", type=_address, default=("127.0.0.1", 0))
    parser.add_argument("--to", type=_address, default=("127.0.0.1", 8002))
    parser.add_argument("--profile", choices=sorted(PROFILES), default="N0")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--netem", action="store_true")
    options = parser.parse_args()
    if options.netem:
        print(PROFILES[options.profile].netem())
        return 0
    asyncio.run(_run(options))
    return 0


if __name__ == "__main__":
    sys.exit(main())
