"""A third socket that floods the node with junk, fake alerts and handshakes breaks no call, set up or under way.

Stock aiortc lost 5 of 5 calls to a single 15-byte alert during set-up.
"""

import asyncio
import contextlib
import os
import random
import socket
import struct

from aioice import stun

from signaling.rehearsal.dtls import DtlsClient, Identity
from tests.interop.calls import Call, running_engine

CALLS = 100
#: Set up at the same time, as at eight in the morning.
AT_ONCE = 10
FRAMES = 10


def _alert(level: int, description: int, sequence: int) -> bytes:
    """A DTLS 1.2 alert in the clear: 15 bytes."""
    return struct.pack("!BHHIHHBB", 21, 0xFEFD, 0, 0, sequence & 0xFFFF, 2, level, description)


def _handshakes(identity: Identity) -> list[bytes]:
    hello = DtlsClient(identity, "").start()
    return [*hello, hello[0][:40], hello[0][:-1] + b"\0"]


def _stuns(chance: random.Random) -> list[bytes]:
    plain = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
    plain.attributes["USERNAME"] = "aaaaaaaa:bbbbbbbb"
    forged = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
    forged.attributes["USERNAME"] = "aaaaaaaa:bbbbbbbb"
    forged.add_message_integrity(b"guess")
    torn = bytes(plain)[:20] + struct.pack("!HH", 0x0020, 1) + b"\0\0\0\0"
    return [bytes(plain), bytes(forged), torn, b"\x00\x01\x00\x00" + chance.randbytes(16)]


class Attacker:
    """Sends as fast as a loop shared with the node allows, from sockets that never passed a connectivity check."""

    def __init__(self, target: tuple[str, int], seed: int) -> None:
        self._target = target
        chance = random.Random(seed)
        self._shots = [
            *(_alert(2, description, n) for n, description in enumerate((0, 10, 40, 47, 80))),
            _alert(1, 0, 9),
            *_handshakes(Identity()),
            *_stuns(chance),
            *(chance.randbytes(size) for size in (1, 12, 60, 1200)),
            *(bytes((first,)) + chance.randbytes(99) for first in (20, 22, 23, 63, 128, 129, 191)),
            b"\x80\xc8" + chance.randbytes(40),
            b"",
        ]
        self.sent = 0

    async def run(self) -> None:
        sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(3)]
        try:
            while True:
                for one in sockets:
                    for shot in self._shots:
                        with contextlib.suppress(BlockingIOError):
                            one.sendto(shot, self._target)
                            self.sent += 1
                await asyncio.sleep(0.002)
        finally:
            for one in sockets:
                one.close()


async def _arrive(calls: list[Call], frames: int) -> None:
    """Waits until each call has `frames` frames; sends on meanwhile, as a camera does."""
    async with asyncio.timeout(15):
        while any(len(call.arrived) < frames for call in calls):
            for call in calls:
                call.send()
            await asyncio.sleep(0.02)


async def test_a_flood_from_elsewhere_breaks_none_of_a_hundred_calls() -> None:
    identity = Identity()
    async with running_engine() as (engine, _listener):
        attacker = Attacker(engine.addresses[0], seed=5)
        flood = asyncio.create_task(attacker.run())
        completed = kept = 0
        for batch in range(CALLS // AT_ONCE):
            calls = [Call(engine, identity, batch * AT_ONCE + n) for n in range(AT_ONCE)]
            results = await asyncio.gather(*(call.connect() for call in calls), return_exceptions=True)
            assert [result for result in results if result is not None] == []
            completed += AT_ONCE
            await _arrive(calls, FRAMES)  # media flows with the flood in mid-call
            before = [len(call.arrived) for call in calls]
            await _arrive(calls, max(before) + FRAMES)
            kept += sum(call.publisher.connected.is_set() and not call.publisher.lost for call in calls)
            for call in calls:
                call.close()
        assert not flood.done()
        flood.cancel()
        await asyncio.gather(flood, return_exceptions=True)
    assert (completed, kept) == (CALLS, CALLS)
    assert attacker.sent > 10_000


async def test_an_alert_with_the_right_look_from_the_wrong_address_is_not_heard() -> None:
    """The peer's own address after the handshake, everything else by a stranger: nothing changes for the peer."""
    identity = Identity()
    async with running_engine() as (engine, listener):
        call = Call(engine, identity, 1)
        await call.connect()
        await _arrive([call], 3)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            for n in range(500):
                stranger.sendto(_alert(2, 40, n), engine.addresses[0])
                stranger.sendto(_alert(1, 0, n), engine.addresses[0])
                stranger.sendto(os.urandom(200), engine.addresses[0])
        await _arrive([call], 10)
        assert not [state for state in listener.states if state[2] in ("lost", "closed")]
        call.close()
