"""`python -m signaling.rehearsal [FILE] --seconds 60 --fps 10 --size 320x180`

Reads JSON lines `{"url", "origin", "pass", "name"}` from FILE or standard input, one per site; a later line with a
known name renews that site's pass. Writes one JSON line per site and second, and a summary at the end.
"""

import argparse
import asyncio
import json
import signal
import sys
import time
from typing import IO, Any

import msgspec

from signaling.rehearsal.cast import Cast
from signaling.rehearsal.site import SiteOrder
from signaling.rehearsal.studio import Studio


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    size = int(width), int(height)
    if not all(16 <= side <= 2000 and side % 2 == 0 for side in size):
        raise ValueError("two even numbers from 16 to 2000")
    return size


def _say(line: dict[str, Any]) -> None:
    print(json.dumps(line, ensure_ascii=False), flush=True)


def _take_line(cast: Cast, text: str | bytes) -> None:
    if not text.strip():
        return
    try:
        cast.start(msgspec.json.decode(text, type=SiteOrder))
    except msgspec.DecodeError as error:
        _say({"error": f"input line: {error}"})


async def _read_orders(cast: Cast, stream: IO[str]) -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), stream)
    while line := await reader.readline():
        _take_line(cast, line)


async def _run(options: argparse.Namespace) -> None:
    loop = asyncio.get_running_loop()
    cast = Cast(Studio(size=options.size, frames_per_second=options.fps, label=options.label))
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    reading: asyncio.Task[None] | None = None
    if options.file is None:
        reading = asyncio.create_task(_read_orders(cast, sys.stdin))
    else:
        with options.file:
            for line in options.file:
                _take_line(cast, line)
    began, busy = time.monotonic(), time.process_time()
    while not ended.is_set() and not cast.over:
        passed = time.monotonic() - began
        if options.seconds and passed >= options.seconds:
            break
        try:
            await asyncio.wait_for(ended.wait(), 1.0)
        except TimeoutError:
            for site in cast.sites.values():
                _say({"at": round(time.time(), 3), **site.status()})
    final = [site.summary() for site in cast.sites.values()]
    passed = time.monotonic() - began
    busy = time.process_time() - busy
    await cast.stop()
    if reading is not None:
        reading.cancel()
    _say(
        {
            "summary": True,
            "seconds": round(passed, 1),
            "sites": final,
            "cpu_share": round(busy / passed, 3) if passed else None,
            "cpu_share_per_site": round(busy / passed / max(1, len(final)), 4) if passed else None,
        }
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="signaling.rehearsal", description="Simulated sites")
    parser.add_argument("file", nargs="?", type=argparse.FileType("r", encoding="utf-8"))
    parser.add_argument("--seconds", type=float, default=0.0, help="0: until ended")
    parser.add_argument("--fps", type=int, default=10)
    parser.add_argument("--size", type=_size, default=(320, 180))
    parser.add_argument("--label", default="", help="digits shown in the picture")
    asyncio.run(_run(parser.parse_args()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
