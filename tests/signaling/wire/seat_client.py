"""A seat that speaks the protocol over a real socket, without media of its own."""

import asyncio
import itertools
from typing import TypeVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from signaling.protocol import browser
from signaling.protocol.base import Message
from signaling.protocol.codec import decode_node_message, encode
from signaling.protocol.ids import SeatId
from tests.signaling.wire.hub_peer import ORIGIN

M = TypeVar("M", bound=Message)


class SeatClient:
    """Keeps every message; `state`-like attributes follow what a page would know."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.received: list[Message] = []
        self.seats: dict[SeatId, browser.SeatView] = {}
        self.slots: dict[str, SeatId] = {}
        self.stage: browser.Stage | None = None
        self.welcome: browser.Welcome | None = None
        self._ids = itertools.count(1)

    @classmethod
    async def open(cls, url: str, origin: str | None = ORIGIN) -> "SeatClient":
        return cls(await connect(url, origin=origin, compression=None, proxy=None, max_size=2**22))  # type: ignore[arg-type]

    @classmethod
    async def join(cls, url: str, join_pass: str, *, microphone: bool = False, camera: bool = False) -> "SeatClient":
        client = await cls.open(url)
        await client.send(browser.Join(join_pass=join_pass, microphone=microphone, camera=camera))
        return client

    async def send(self, message: Message) -> None:
        await self.connection.send(encode(message), text=True)

    async def next(self) -> Message:
        async with asyncio.timeout(5):
            message = decode_node_message(await self.connection.recv(decode=False))
        self.received.append(message)
        match message:
            case browser.Welcome():
                self.welcome = message
            case browser.RoomState(stage=stage, seats=seats, slots=slots):
                self.stage, self.slots = stage, dict(slots)
                self.seats = {view.seat: view for view in seats}
            case browser.SeatUpdated(seat=view):
                self.seats[view.seat] = view
            case browser.SeatRemoved(seat=seat):
                del self.seats[seat]
            case browser.StageUpdated(stage=stage):
                self.stage = stage
            case browser.SlotsUpdated(slots=slots):
                self.slots = dict(slots)
        return message

    async def until(self, kind: type[M]) -> M:
        """Reads on to the next message of this kind."""
        while True:
            message = await self.next()
            if isinstance(message, kind):
                return message

    async def until_seats(self, seats: set[SeatId]) -> None:
        while set(self.seats) != seats:
            await self.next()

    async def until_slots(self, slots: dict[str, SeatId]) -> None:
        while self.slots != slots:
            await self.next()

    async def ask(self, kind: type[Message], **fields: object) -> browser.Done | browser.Refused:
        """Sends a request and reads on to its answer."""
        number = next(self._ids)
        await self.send(kind(id=number, **fields))
        while True:
            message = await self.next()
            if isinstance(message, browser.Done | browser.Refused) and message.id == number:
                return message

    async def last_word(self) -> tuple[browser.Closed | None, int | None]:
        """(the `Closed` message, the close code), reading to the end."""
        closed = None
        try:
            while True:
                message = await self.next()
                if isinstance(message, browser.Closed):
                    closed = message
        except ConnectionClosed as error:
            return closed, None if error.rcvd is None else error.rcvd.code

    async def close(self) -> None:
        await self.connection.close()
