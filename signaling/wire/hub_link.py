"""The node's side of the link to the hub: desired state comes down, facts go up. Calls go on while the hub is away."""

import asyncio
import ssl
import time
from pathlib import Path
from typing import Protocol, assert_never

import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidURI, WebSocketException

from signaling.protocol.codec import decode_hub_message, encode
from signaling.protocol.errors import Refusal
from signaling.protocol.hub_link import (
    MAX_LINK_BYTES,
    DesiredState,
    Facts,
    FactsConfirmed,
    LinkPing,
    LinkPong,
    LinkWelcome,
    NodeHello,
)
from signaling.wire.outbox import Outbox

log = structlog.get_logger()

#: A hub that restarts is back within a second; a hub that is away for long need not be dialled more often than that.
FIRST_RETRY_INTERVAL = 0.2
LONGEST_RETRY_INTERVAL = 5.0
#: Slow enough growth that a hub back after two seconds is linked within the third.
RETRY_GROWTH = 1.5
#: One batch is one unit of work in the hub.
FACTS_PER_BATCH = 200
#: Dialling and `LinkWelcome` together.
WELCOME_TIMEOUT = 5.0
#: A half-open link is noticed within this and dialled again.
KEEPALIVE_INTERVAL = 5.0


class LinkListener(Protocol):
    def link_welcomed(self, welcome: LinkWelcome) -> None: ...

    def desired_state(self, desired: DesiredState) -> None: ...

    def hello(self) -> NodeHello: ...


class LinkBroken(Exception):
    """The hub does not speak the protocol; dialled again later."""


def tls_of(url: str, authority: Path | None) -> ssl.SSLContext | None:
    """Certificates are always checked; `authority` is the local one an office made for itself."""
    if not url.startswith("wss:"):
        return None
    return ssl.create_default_context(cafile=None if authority is None else str(authority))


class HubLink:
    """`run` dials until cancelled. `wake` tells it that the outbox has something new."""

    def __init__(
        self,
        url: str,
        host: str,
        key_file: Path,
        outbox: Outbox,
        listener: LinkListener,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._url = url
        self._host = host
        self._key_file = key_file
        self._outbox = outbox
        self._listener = listener
        self._tls = tls
        self._new_facts = asyncio.Event()
        self._all_confirmed = asyncio.Event()
        self._connection: ClientConnection | None = None

    @property
    def connected(self) -> bool:
        """`LinkWelcome` came and the link is up."""
        return self._connection is not None

    def wake(self) -> None:
        self._all_confirmed.clear()
        self._new_facts.set()

    async def run(self) -> None:
        interval = FIRST_RETRY_INTERVAL
        while True:
            problem = ""
            try:
                async with self._dial() as connection:
                    await self._welcome(connection)
                    interval = FIRST_RETRY_INTERVAL
                    self._connection = connection
                    log.info("hub linked")
                    await self._talk(connection)
            except InvalidHandshake as error:
                problem = str(error)
            except (OSError, TimeoutError, InvalidURI, WebSocketException, LinkBroken, Refusal) as error:
                problem = type(error).__name__
            except Exception as error:
                # Whatever it is, a node that never dials again would be lost to the hub.
                log.exception("hub link failed")
                problem = type(error).__name__
            finally:
                was_connected, self._connection = self.connected, None
            if was_connected or interval == FIRST_RETRY_INTERVAL:
                log.warning("hub link is down", problem=problem)
            await asyncio.sleep(interval)
            interval = min(interval * RETRY_GROWTH, LONGEST_RETRY_INTERVAL)

    def _dial(self) -> connect:
        key = self._key_file.read_text("ascii").strip()
        parameters: dict[str, object] = {} if self._tls is None else {"ssl": self._tls}
        return connect(
            self._url,
            host=self._host,
            additional_headers={"Authorization": f"Bearer {key}"},
            compression=None,
            max_size=MAX_LINK_BYTES,
            open_timeout=WELCOME_TIMEOUT,
            ping_interval=KEEPALIVE_INTERVAL,
            ping_timeout=KEEPALIVE_INTERVAL,
            close_timeout=1.0,
            proxy=None,
            **parameters,  # type: ignore[arg-type]  # ssl may be given or left out, not None
        )

    async def _welcome(self, connection: ClientConnection) -> None:
        await connection.send(encode(self._listener.hello()))
        async with asyncio.timeout(WELCOME_TIMEOUT):
            message = decode_hub_message(await connection.recv(decode=False))
        if not isinstance(message, LinkWelcome):
            raise LinkBroken
        try:
            self._listener.link_welcomed(message)
        except ValueError as error:
            raise LinkBroken from error

    async def _talk(self, connection: ClientConnection) -> None:
        """Ends when the connection does."""
        sender = asyncio.create_task(self._send_facts(connection))
        # Without its sender a link is none: dialled again, everything unconfirmed is sent again.
        sender.add_done_callback(lambda _: connection.transport.abort())
        try:
            while True:
                message = decode_hub_message(await connection.recv(decode=False))
                match message:
                    case DesiredState():
                        self._listener.desired_state(message)
                    case FactsConfirmed(boot=boot, number=number):
                        self._confirm(boot, number)
                    case LinkPing(sent=sent):
                        await connection.send(encode(LinkPong(sent=sent, clock=time.monotonic())))
                    case LinkWelcome():
                        self._listener.link_welcomed(message)
                    case _:
                        assert_never(message)
        finally:
            sender.cancel()
            await asyncio.wait([sender])
            if not sender.cancelled() and not isinstance(sender.exception(), WebSocketException):
                log.error("facts could not be sent", exc_info=sender.exception())

    def _confirm(self, boot: str, number: int) -> None:
        outbox = self._outbox
        outbox.confirm(boot, number)
        if not outbox.unconfirmed:
            self._all_confirmed.set()

    async def _send_facts(self, connection: ClientConnection) -> None:
        """Oldest boot first, each from the confirmed number on: a new connection sends again what was not confirmed.

        An empty batch ends the facts of previous boots: the hub then knows all that happened before it places anew.
        """
        outbox = self._outbox
        for boot in outbox.previous_boots:
            await self._send_boot(connection, boot, 0)
        await connection.send(encode(Facts(facts=[])))
        sent = 0
        while True:
            self._new_facts.clear()
            sent = await self._send_boot(connection, outbox.boot, sent)
            await self._new_facts.wait()

    async def _send_boot(self, connection: ClientConnection, boot: str, sent: int) -> int:
        """Sends what comes after number `sent`; returns the last number sent."""
        while batch := self._outbox.after(boot, sent, FACTS_PER_BATCH):
            await connection.send(encode(Facts(facts=batch)))
            sent = batch[-1].number
        return sent

    async def confirmed(self) -> None:
        """Returns when the hub has confirmed everything."""
        if self._outbox.unconfirmed:
            await self._all_confirmed.wait()

    async def close(self) -> None:
        """Says good-bye; `run` is to be cancelled afterwards, or it dials again."""
        if self._connection is not None:
            await self._connection.close(1001)
