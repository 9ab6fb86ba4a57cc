"""The hub's end of the node link, as small as it can be: a real websockets server that speaks the protocol."""

import asyncio
import base64
import contextlib
import itertools
import time
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from signaling.protocol.base import Message
from signaling.protocol.codec import decode_link_message, encode
from signaling.protocol.hub_link import (
    DesiredSession,
    DesiredState,
    FactRecord,
    Facts,
    FactsConfirmed,
    LinkPing,
    LinkPong,
    LinkWelcome,
    NodeHello,
)
from signaling.protocol.ids import NodeId, SeatId, SessionId, SignInId
from signaling.protocol.join_pass import JoinPass, sign
from signaling.protocol.vocabulary import Role

ORIGIN = "http://127.0.0.1:8000"
NODE_KEY = "a-key-of-the-test"


class HubPeer:
    """Answers `NodeHello`, sends `desired`, keeps and confirms facts. `confirms` off: facts are taken and not confirmed."""

    def __init__(self) -> None:
        self.pass_key = Ed25519PrivateKey.generate()
        self.desired: list[DesiredSession] = []
        self.revoked: list[SignInId] = []
        self.hellos: list[NodeHello] = []
        self.batches: list[list[FactRecord]] = []
        self.pongs: list[LinkPong] = []
        self.confirms = True
        self.refused = 0
        self._revision = itertools.count(1)
        self._numbers = itertools.count(1)
        self._links: set[ServerConnection] = set()
        self._news = asyncio.Condition()
        self._server: Server | None = None
        self.port = 0

    async def start(self) -> None:
        self._server = await serve(
            self._serve, "127.0.0.1", self.port, process_request=self._check, compression=None, max_size=2**22
        )
        self.port = next(iter(self._server.sockets)).getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/api/v1/nodes/link"

    def write_key(self, path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(NODE_KEY + "\n", "ascii")
        return path

    def _check(self, connection: ServerConnection, request: Request) -> Response | None:
        if request.headers.get("Authorization") != f"Bearer {NODE_KEY}":
            self.refused += 1
            asyncio.get_running_loop().create_task(self._tell())
            return connection.respond(401, "wrong key\n")
        return None

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def _serve(self, link: ServerConnection) -> None:
        hello = decode_link_message(await link.recv(decode=False))
        assert isinstance(hello, NodeHello)
        raw = self.pass_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        await link.send(encode(LinkWelcome(pass_key=base64.b64encode(raw).decode(), origins=[ORIGIN])))
        self._links.add(link)
        await link.send(encode(self._state()))
        async with self._news:
            self.hellos.append(hello)
            self._news.notify_all()
        try:
            with contextlib.suppress(ConnectionClosed):
                async for data in link:
                    await self._take(link, decode_link_message(data))
        finally:
            self._links.discard(link)

    async def _take(self, link: ServerConnection, message: Message) -> None:
        async with self._news:
            if isinstance(message, Facts):
                self.batches.append(message.facts)
                if message.facts and self.confirms:
                    last = message.facts[-1]
                    await link.send(encode(FactsConfirmed(boot=last.boot, number=last.number)))
            elif isinstance(message, LinkPong):
                self.pongs.append(message)
            self._news.notify_all()

    def _state(self) -> DesiredState:
        return DesiredState(revision=next(self._revision), sessions=self.desired, revoked=self.revoked)

    async def push(self, *sessions: DesiredSession, revoked: list[SignInId] | None = None) -> None:
        """Sends a new desired state to whoever is linked."""
        self.desired = list(sessions)
        if revoked is not None:
            self.revoked = revoked
        for link in self._links:
            await link.send(encode(self._state()))

    async def say(self, data: bytes) -> None:
        for link in self._links:
            await link.send(data)

    async def ping(self) -> None:
        for link in self._links:
            await link.send(encode(LinkPing(sent=time.time())))

    @property
    def records(self) -> list[FactRecord]:
        return [record for batch in self.batches for record in batch]

    @property
    def facts(self) -> list[Message]:
        return [record.fact for record in self.records]

    async def wait_for_link(self, count: int = 1) -> None:
        await self._until(lambda: len(self.hellos) >= count)

    async def wait_for_fact(self, kind: type[Message], count: int = 1) -> list[Message]:
        """The facts of this kind, once there are `count`."""
        await self._until(lambda: sum(isinstance(fact, kind) for fact in self.facts) >= count)
        return [fact for fact in self.facts if isinstance(fact, kind)]

    async def wait_until(self, condition: Callable[[], bool]) -> None:
        await self._until(condition)

    async def _until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10), self._news:
            await self._news.wait_for(condition)

    def pass_for(
        self,
        seat: str,
        role: Role,
        *,
        session: str = "session1",
        generation: int = 1,
        node: str = "node-1",
        lifetime: float = 300.0,
        sign_in: str = "",
        key: Ed25519PrivateKey | None = None,
    ) -> str:
        now = time.time()
        claims = JoinPass(
            number=f"number-{next(self._numbers)}",
            session=SessionId(session),
            seat=SeatId(seat),
            role=role,
            node=NodeId(node),
            generation=generation,
            sign_in=SignInId(sign_in or f"sign-in-{seat}"),
            issued=now,
            expires=now + lifetime,
        )
        return sign(claims, key or self.pass_key)
