"""The signaling socket of a simulated site: messages of `signaling.protocol` over a websocket, as a browser does it."""

import asyncio
from collections.abc import AsyncIterator

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from signaling.protocol import browser
from signaling.protocol.base import Message
from signaling.protocol.codec import decode_node_message, encode
from signaling.protocol.errors import Code, Refusal

#: A request the node does not answer in this time counts as a broken line.
ANSWER_TIMEOUT = 10.0


class LineBroken(Exception):
    """The socket is gone; the seat may be taken again with the resume token."""


class Answered(Exception):
    """The node refused a request; `code` and `sentence` say why."""

    def __init__(self, refused: browser.Refused) -> None:
        super().__init__(f"{refused.code}: {refused.message}")
        self.code: Code = refused.code
        self.sentence = refused.message


class SignalingClient:
    """One socket. Iterate over `messages()` for what the node says; `ask` sends a request and waits for its answer."""

    def __init__(self, websocket: ClientConnection) -> None:
        self._websocket = websocket
        self._next = 0
        self._waiting: dict[int, asyncio.Future[browser.NodeMessage]] = {}

    @classmethod
    async def open(cls, url: str, origin: str, hello: browser.Join | browser.Resume) -> "SignalingClient":
        """Connects and sends the first message. Raises `OSError` and websockets' own errors."""
        websocket = await connect(
            url, origin=Origin(origin), compression=None, max_size=4 * browser.MAX_MESSAGE_BYTES, open_timeout=5
        )
        client = cls(websocket)
        await client.send(hello)
        return client

    def next_id(self) -> int:
        self._next += 1
        return self._next

    async def send(self, message: Message) -> None:
        """Raises `LineBroken`."""
        try:
            await self._websocket.send(encode(message).decode())
        except ConnectionClosed:
            raise LineBroken from None

    async def ask(self, message: browser.SeatMessage) -> browser.NodeMessage:
        """Sends a message with an `id`; returns `Done` or its own answer. Raises `Answered`, `LineBroken`."""
        number: int = message.id  # type: ignore[union-attr]  # only messages that carry an id are asked
        waiting: asyncio.Future[browser.NodeMessage] = asyncio.get_running_loop().create_future()
        self._waiting[number] = waiting
        try:
            await self.send(message)
            answer = await asyncio.wait_for(waiting, ANSWER_TIMEOUT)
        except TimeoutError:
            raise LineBroken from None
        finally:
            self._waiting.pop(number, None)
        if isinstance(answer, browser.Refused):
            raise Answered(answer)
        return answer

    async def messages(self) -> AsyncIterator[browser.NodeMessage]:
        """Everything that is not the answer to a request; ends with the socket. Raises `Refusal` on nonsense."""
        try:
            async for data in self._websocket:
                message = decode_node_message(data)
                waiting = self._waiting.get(getattr(message, "id", None) or 0)
                if waiting is not None and not waiting.done():
                    waiting.set_result(message)
                else:
                    yield message
        except ConnectionClosed:
            return
        finally:
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(LineBroken())
                    future.exception()  # seen, even where the one who asked is gone too

    async def close(self) -> None:
        await self._websocket.close()

    def drop(self) -> None:
        """Breaks the line as a pulled cable does: nothing is said."""
        self._websocket.transport.abort()


__all__ = ["Answered", "LineBroken", "Refusal", "SignalingClient"]
