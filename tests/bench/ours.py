"""The node's engine as a server under test."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from signaling.rehearsal.descriptions import Description, Outgoing, read_description, write_answer, write_offer
from signaling.rehearsal.peer import MediaPeer


class EngineError(Exception):
    """The engine's process did not answer; the text is its last words."""


class Ours:
    """The engine in a process of its own. `pid` is the process whose CPU counts."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "engine.log"
        self._process: asyncio.subprocess.Process | None = None
        self._seats = 0
        self.addresses: list[tuple[str, int]] = []

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.bench.engine_server",
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log, limit=1 << 20,
            )  # fmt: skip
        self.addresses = [(host, port) for host, port in (await self._read())["addresses"]]

    async def stop(self) -> None:
        if self._process is None or self._process.returncode is not None:
            return
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), 5)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def publish(self, peer: MediaPeer, outgoing: Outgoing) -> Description:
        offer = write_offer(outgoing, peer.credentials, peer.identity.fingerprint, peer.port)
        return read_description((await self.order(do="publish", sdp=offer))["sdp"])

    async def subscribe(self, peer: MediaPeer) -> Description:
        self._seats += 1
        seat = f"subscriber-{self._seats}"
        offer = read_description((await self.order(do="subscribe", seat=seat))["sdp"])
        answer = write_answer(offer, peer.credentials, peer.identity.fingerprint, peer.port)
        await self.order(do="answer", seat=seat, sdp=answer)
        return offer

    async def order(self, **words: Any) -> dict[str, Any]:
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.write(json.dumps(words).encode() + b"\n")
        await self._process.stdin.drain()
        return await self._read()

    async def _read(self) -> dict[str, Any]:
        assert self._process is not None and self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), 20)
        if not line:
            raise EngineError(self._log.read_text(errors="replace")[-3000:])
        answer: dict[str, Any] = json.loads(line)
        return answer
