"""The hub's end of a node's link: greeting, desired state down, facts up, clocks compared.

Knows nothing of websockets: it is given two coroutines that move whole messages. No transaction is ever held while it
waits for the node.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import assert_never

import structlog
from sqlalchemy.exc import SQLAlchemyError

from hub.db.engine import Change, Database, Subject
from hub.errors import Code
from hub.nodes import greeting
from hub.nodes.desired import Desired, desired_of
from hub.nodes.intake import take_facts
from hub.nodes.keys import NodeKeys
from hub.nodes.rules import earlier_facts_are_in
from signaling.protocol import codec
from signaling.protocol.base import Message
from signaling.protocol.errors import Refusal
from signaling.protocol.hub_link import (
    LINK_VERSION,
    DesiredState,
    FactRecord,
    Facts,
    FactsConfirmed,
    LinkMessage,
    LinkPing,
    LinkPong,
    LinkWelcome,
    NodeHello,
)

_log = structlog.get_logger(__name__)

Receive = Callable[[], Awaitable[bytes]]
Send = Callable[[bytes], Awaitable[None]]

#: The node greets at once; who is silent is not a node.
HELLO_TIMEOUT = 5.0
#: Often enough that a clock's drift (50 ppm at most) stays under a millisecond between two looks.
PING_INTERVAL = 5.0
#: Three pings without an answer: the link is dead although nobody closed it. Rooms are not touched by that.
SILENCE_TIMEOUT = 15.0
#: Other processes (worker, command line, another hub) change tables without telling us.
POLL_INTERVAL = 1.0
#: A node that does not say when the facts of its earlier processes are through has said all after this silence.
EARLIER_FACTS_TIMEOUT = 0.5
#: What a node does not take within this time it will not take: the link is dropped and made again.
SEND_TIMEOUT = 10.0


class LinkRefused(Exception):
    """The caller is not a node of ours, or speaks another protocol. `code`: `NODE_KEY_REFUSED` or `INPUT_INVALID`."""

    def __init__(self, code: Code) -> None:
        super().__init__(code.value)
        self.code = code


@dataclass(slots=True, eq=False)
class _Connection:
    """One link. `sent`: session → (generation, revision) as last sent; None before the first desired state."""

    hello: NodeHello
    send: Send
    sent: dict[str, tuple[int, int]] | None = None
    sent_state: Desired | None = None
    heard_boots: set[str] = field(default_factory=set)
    last_fact: float = 0.0
    last_pong: float = 0.0
    best_round_trip: float = float("inf")
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    earlier_done: asyncio.Event = field(default_factory=asyncio.Event)
    sending: asyncio.Lock = field(default_factory=asyncio.Lock)
    #: Set by us to end the link; `gone` once nothing of it runs any more.
    over: asyncio.Event = field(default_factory=asyncio.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def tell(self, message: Message) -> None:
        """Raises `_LinkEnd` when the node cannot be reached."""
        try:
            async with self.sending, asyncio.timeout(SEND_TIMEOUT):
                await self.send(codec.encode(message))
        except (ConnectionError, EOFError, TimeoutError) as error:
            raise _LinkEnd(type(error).__name__) from None

    async def end_when_over(self) -> None:
        await self.over.wait()
        raise _LinkEnd("ended by the hub")


class NodeLink:
    """All links of this process. `origins`: web origins nodes may accept browsers from."""

    def __init__(self, database: Database, keys: NodeKeys, origins: Sequence[str]) -> None:
        self._database = database
        self._keys = keys
        self._origins = list(origins)
        self._connections: dict[str, _Connection] = {}
        self._changed = asyncio.Condition()
        self._fact_listeners: list[Callable[[frozenset[str]], None]] = []
        #: Grows over restarts of the hub too, so that a node may compare.
        self._revision = time.time_ns() // 1_000_000
        database.on_change(self._hear_changes)

    # --- what the rest of the hub asks ---

    @property
    def connected(self) -> frozenset[str]:
        """Nodes that are linked and have been sent their desired state at least once."""
        return frozenset(node for node, link in self._connections.items() if link.sent is not None)

    def notify(self) -> None:
        """Something nodes must hear may have changed."""
        for connection in self._connections.values():
            connection.wake.set()

    def on_facts(self, listener: Callable[[frozenset[str]], None]) -> None:
        """Hears the ids of the sessions whose facts were just committed, on the event loop."""
        self._fact_listeners.append(listener)

    async def stop(self) -> None:
        """End all links and wait for it; nodes dial again when a hub is back."""
        connections = list(self._connections.values())
        for connection in connections:
            connection.over.set()
        for connection in connections:
            await connection.gone.wait()

    async def wait_connected(self) -> None:
        """Until any node is linked and was sent its desired state."""
        async with self._changed:
            await self._changed.wait_for(lambda: bool(self.connected))

    async def wait_sent(self, node: str, session: str, generation: int, revision: int) -> None:
        """Until that node was sent a desired state that names the session's generation and revision (or later ones)."""
        self.notify()

        def is_sent() -> bool:
            connection = self._connections.get(node)
            sent = (connection.sent or {}).get(session, (0, 0)) if connection else (0, 0)
            return sent >= (generation, revision)

        async with self._changed:
            await self._changed.wait_for(is_sent)

    async def _tell_waiters(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def _hear_changes(self, changes: tuple[Change, ...]) -> None:
        if any(change.subject is Subject.DESIRED for change in changes):
            self.notify()

    # --- one link ---

    async def serve(self, receive: Receive, send: Send, authorization: str) -> None:
        """Serve one node until its link ends. `authorization`: the header's value, "Bearer <node key>".

        Returns when the link has ended in an ordinary way, or because the database failed: the node dials again then.
        Raises `LinkRefused` before anything was sent.
        """
        hello = await self._greet(receive, authorization)
        connection = _Connection(hello, send, last_pong=time.monotonic())
        older = self._connections.get(hello.node)
        if older is not None:
            # The newest link of a node counts (half-open after a cable was pulled).
            older.over.set()
        self._connections[hello.node] = connection
        try:
            await self._talk(connection, receive)
        except* _LinkEnd as ends:
            _log.info("node.link_ended", node=hello.node, boot=hello.boot, why=str(ends.exceptions[0]))
        except* (SQLAlchemyError, OSError) as failures:
            _log.error("node.link_failed", node=hello.node, boot=hello.boot, exc_info=failures)
        finally:
            try:
                await asyncio.shield(self._forget(connection))
            finally:
                connection.gone.set()

    async def _talk(self, connection: _Connection, receive: Receive) -> None:
        """Ends by an exception group only."""
        hello = connection.hello
        async with asyncio.TaskGroup() as tasks:
            async with self._database.unit_of_work() as work:
                await greeting.note_link(work, hello)
            _log.info("node.linked", node=hello.node, boot=hello.boot, rooms=len(hello.rooms))
            await connection.tell(LinkWelcome(pass_key=self._keys.pass_public_key, origins=self._origins))
            tasks.create_task(self._read(connection, receive))
            tasks.create_task(self._push(connection))
            tasks.create_task(self._ping(connection))
            tasks.create_task(connection.end_when_over())

    async def _greet(self, receive: Receive, authorization: str) -> NodeHello:
        try:
            async with asyncio.timeout(HELLO_TIMEOUT):
                hello = codec.decode_link_message(await receive())
        except (Refusal, TimeoutError):
            raise LinkRefused(Code.INPUT_INVALID) from None
        if not isinstance(hello, NodeHello) or hello.version != LINK_VERSION:
            raise LinkRefused(Code.INPUT_INVALID)
        async with self._database.reading() as work:
            if not await greeting.key_is_right(work, hello.node, authorization):
                raise LinkRefused(Code.NODE_KEY_REFUSED)
        return hello

    async def _forget(self, connection: _Connection) -> None:
        if self._connections.get(connection.hello.node) is not connection:
            return
        del self._connections[connection.hello.node]
        async with self._database.unit_of_work() as work:
            await greeting.note_gone(work, connection.hello)
        await self._tell_waiters()

    # --- up: facts and pongs ---

    async def _read(self, connection: _Connection, receive: Receive) -> None:
        while True:
            try:
                message = codec.decode_link_message(await receive())
            except (ConnectionError, EOFError, Refusal) as error:
                raise _LinkEnd(f"{type(error).__name__} {error}") from None
            await self._hear(connection, message)

    async def _hear(self, connection: _Connection, message: LinkMessage) -> None:
        match message:
            case Facts(facts=records):
                await self._take(connection, records)
            case LinkPong():
                await self._compare_clocks(connection, message)
            case NodeHello():
                raise _LinkEnd("a second hello")
            case _ as unreachable:
                assert_never(unreachable)

    async def _take(self, connection: _Connection, records: list[FactRecord]) -> None:
        connection.last_fact = time.monotonic()
        if records:
            async with self._database.unit_of_work() as work:
                await take_facts(work, connection.hello.node, records)
            touched = frozenset(record.session for record in records)
            for listener in self._fact_listeners:
                listener(touched)
        last = {record.boot: record.number for record in records}
        for boot, number in last.items():
            await connection.tell(FactsConfirmed(boot=boot, number=number))
        connection.heard_boots |= last.keys()
        hello = connection.hello
        if not records or earlier_facts_are_in(hello.previous_boots, connection.heard_boots, hello.boot):
            connection.earlier_done.set()

    async def _compare_clocks(self, connection: _Connection, pong: LinkPong) -> None:
        now, connection.last_pong = time.time(), time.monotonic()
        round_trip = now - pong.sent
        better = 0.0 <= round_trip < connection.best_round_trip
        async with self._database.unit_of_work() as work:
            await greeting.note_heard(work, connection.hello)
            if better:
                connection.best_round_trip = round_trip
                offset = pong.sent + round_trip / 2 - pong.clock
                await greeting.keep_anchor(work, connection.hello, offset, round_trip)

    async def _ping(self, connection: _Connection) -> None:
        while True:
            await connection.tell(LinkPing(sent=time.time()))
            await asyncio.sleep(PING_INTERVAL)
            if time.monotonic() - connection.last_pong > SILENCE_TIMEOUT:
                raise _LinkEnd("silence")

    # --- down: desired state ---

    async def _push(self, connection: _Connection) -> None:
        await self._wait_for_earlier_facts(connection)
        async with self._database.unit_of_work() as work:
            moved = await greeting.take_over(work, connection.hello)
        for session in moved:
            _log.warning("session.moved", node=connection.hello.node, boot=connection.hello.boot, session=session)
        while True:
            await self._push_if_changed(connection)
            try:
                async with asyncio.timeout(POLL_INTERVAL):
                    await connection.wake.wait()
            except TimeoutError:
                continue
            finally:
                connection.wake.clear()

    async def _wait_for_earlier_facts(self, connection: _Connection) -> None:
        """A session must not move before everything its old process said is in: the new room begins from it."""
        if not connection.hello.previous_boots:
            return
        connection.last_fact = time.monotonic()
        while not connection.earlier_done.is_set():
            quiet = time.monotonic() - connection.last_fact
            if quiet >= EARLIER_FACTS_TIMEOUT:
                return
            try:
                async with asyncio.timeout(EARLIER_FACTS_TIMEOUT - quiet):
                    await connection.earlier_done.wait()
            except TimeoutError:
                continue

    async def _push_if_changed(self, connection: _Connection) -> None:
        async with self._database.reading() as work:
            desired = await desired_of(work, connection.hello.node, known=connection.sent_state)
        if desired is None:
            return
        self._revision += 1
        await connection.tell(
            DesiredState(revision=self._revision, sessions=list(desired.sessions), revoked=list(desired.revoked))
        )
        connection.sent_state = desired
        connection.sent = {placed.session_id: (placed.generation, placed.revision) for placed in desired.placements}
        await self._tell_waiters()


class _LinkEnd(Exception):
    """The link is over in an ordinary way."""
