"""The websocket of a seat: greeting, limits, and the way of its messages to room and engine."""

import asyncio
import contextlib
import itertools
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Protocol

import structlog
from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from signaling.protocol.browser import (
    MAX_MESSAGE_BYTES,
    PROTOCOL_VERSION,
    Join,
    Ping,
    Pong,
    PublishOffer,
    Refused,
    RestartSubscribe,
    Resume,
    SeatMessage,
    SubscribeAnswer,
)
from signaling.protocol.codec import decode_seat_message, encode
from signaling.protocol.errors import SENTENCES, Code, Refusal
from signaling.protocol.ids import SeatId, SessionId
from signaling.protocol.vocabulary import Role
from signaling.rooms.closing import closed
from signaling.rooms.commands import SeatAsked, SeatConnected
from signaling.wire.outgoing import Outgoing
from signaling.wire.passes import Bearer, PassDesk, ResumeTokens
from signaling.wire.rate import TokenBucket
from signaling.wire.room_runner import RoomRunner

log = structlog.get_logger()

#: A socket that says nothing is closed after this.
HELLO_TIMEOUT = 5.0
#: A pass may be faster than the desired state that names its room.
ROOM_TIMEOUT = 2.0
#: Frames above this are cut off by the library with 1009 while they come in; between `MAX_MESSAGE_BYTES` and this there is
#: still a last word that a person can read.
FRAME_BYTES = 4 * MAX_MESSAGE_BYTES
#: A person presses a few buttons a second; ICE restarts and pings are rarer still.
MESSAGES_PER_SECOND = 60.0
MESSAGES_AT_ONCE = 120.0
#: An old page may know a message we do not; something that only sends rubbish is no page.
UNKNOWN_MESSAGES = 20
#: Sockets that have not said who they are. A reception has 70 seats; the rest is somebody knocking at every door.
STRANGERS = 300


class Rooms(Protocol):
    """What the endpoint needs of the node."""

    origins: frozenset[str]

    @property
    def linked_once(self) -> bool: ...

    def room(self, session: SessionId) -> RoomRunner | None: ...

    async def rooms_changed(self) -> None:
        """Returns after the next desired state was applied."""


class Endpoint:
    """`answer_http` answers plain requests of the signaling port: given a path, (status, content type, text) or None."""

    def __init__(
        self,
        path: str,
        rooms: Rooms,
        desk: PassDesk,
        tokens: ResumeTokens,
        answer_http: Callable[[str], tuple[HTTPStatus, str, str] | None],
    ) -> None:
        self._path = path
        self._rooms = rooms
        self._desk = desk
        self._tokens = tokens
        self._answer_http = answer_http
        self._numbers = itertools.count(1)
        self._strangers = 0
        self._emptied = asyncio.Event()
        self._open: set[Outgoing] = set()
        self.refused_before_accept = 0

    # --- before the socket is accepted --------------------------------------------------------------------------

    def process_request(self, connection: ServerConnection, request: Request) -> Response | None:
        """Plain requests are answered; sockets are refused here unless path and Origin are right."""
        path = request.path.partition("?")[0]
        answer = self._answer_http(path)
        if answer is not None:
            status, content_type, text = answer
            return _respond(status, content_type, text)
        refusal = self._refusal(path, request)
        if refusal is not None:
            self.refused_before_accept += 1
            status, code = refusal
            text = SENTENCES[code]
            return _respond(status, "text/plain; charset=utf-8", f"{code.value}: {text}\n")
        return None

    def _refusal(self, path: str, request: Request) -> tuple[HTTPStatus, Code] | None:
        if path != self._path:
            return HTTPStatus.NOT_FOUND, Code.PASS_OTHER_NODE
        if not self._rooms.linked_once or self._strangers >= STRANGERS:
            return HTTPStatus.SERVICE_UNAVAILABLE, Code.ROOM_UNKNOWN
        origins = request.headers.get_all("Origin")
        if len(origins) != 1 or origins[0] not in self._rooms.origins:
            return HTTPStatus.FORBIDDEN, Code.ORIGIN_REFUSED
        return None

    # --- the socket ---------------------------------------------------------------------------------------------

    async def serve(self, connection: ServerConnection) -> None:
        """One socket from accept to close."""
        outgoing = Outgoing(connection, next(self._numbers))
        writer = asyncio.create_task(outgoing.run())
        self._open.add(outgoing)
        self._emptied.clear()
        try:
            with contextlib.suppress(ConnectionClosed):
                try:
                    seated = await self._greet(connection, outgoing)
                    if seated is not None:
                        await self._attend(connection, outgoing, *seated)
                except Refusal as refusal:
                    outgoing.finish(closed(refusal.code))
            # A last word that is queued is still written; nothing more is read.
            outgoing.finish(None)
            await writer
        finally:
            self._open.discard(outgoing)
            if not self._open:
                self._emptied.set()
            writer.cancel()

    @property
    def sockets(self) -> int:
        return len(self._open)

    async def emptied(self) -> None:
        """Returns when no socket is open any more."""
        if self._open:
            await self._emptied.wait()

    def abort_all(self) -> None:
        """Cuts what did not close by itself."""
        for outgoing in self._open:
            outgoing.abort()

    async def _greet(self, connection: ServerConnection, outgoing: Outgoing) -> tuple[RoomRunner, SeatId, str] | None:
        """(room, seat, its resume token), or None when the room refused the seat. Raises `Refusal`."""
        self._strangers += 1
        try:
            async with asyncio.timeout(HELLO_TIMEOUT):
                data = await connection.recv(decode=False)
        except TimeoutError:
            raise Refusal(Code.HELLO_MISSING) from None
        finally:
            self._strangers -= 1
        outgoing.heard()
        message = decode_seat_message(data)
        if not isinstance(message, Join | Resume):
            raise Refusal(Code.HELLO_MISSING)
        if message.protocol != PROTOCOL_VERSION:
            raise Refusal(Code.PROTOCOL_UNSUPPORTED)
        runner, bearer, role = await (self._join(message) if isinstance(message, Join) else self._resume(message))
        token = self._tokens.issue(bearer)
        command = SeatConnected(
            seat=bearer.seat,
            socket=outgoing.number,
            sign_in=bearer.sign_in,
            role=role,
            resumed=isinstance(message, Resume),
            microphone=message.microphone,
            camera=message.camera,
            resume=token,
        )
        if isinstance(message, Join):
            # The pass is good for one seating: whatever another device still holds is void from here on.
            self._tokens.settle(token)
        if not runner.connect(outgoing, command):
            return None
        return runner, bearer.seat, token

    async def _join(self, message: Join) -> tuple[RoomRunner, Bearer, Role]:
        claims = self._desk.check(message.join_pass, time.time())
        runner = await self._room_of(claims.session, claims.generation, claims.seat)
        self._desk.use_up(claims, time.time())
        return runner, Bearer(claims.session, claims.generation, claims.seat, claims.sign_in), claims.role

    async def _resume(self, message: Resume) -> tuple[RoomRunner, Bearer, Role | None]:
        bearer = self._tokens.bearer(message.token)
        runner = await self._room_of(bearer.session, bearer.generation, bearer.seat)
        return runner, bearer, None

    async def _room_of(self, session: SessionId, generation: int, seat: SeatId) -> RoomRunner:
        """The room, once the hub has named it. Raises `Refusal`: `GENERATION_OLD`, `ROOM_UNKNOWN`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ROOM_TIMEOUT):
                while not self._is_there(session, generation, seat):
                    await self._rooms.rooms_changed()
        runner = self._rooms.room(session)
        if runner is None or runner.generation < generation:
            raise Refusal(Code.ROOM_UNKNOWN)
        return runner

    def _is_there(self, session: SessionId, generation: int, seat: SeatId) -> bool:
        runner = self._rooms.room(session)
        if runner is not None and runner.generation > generation:
            raise Refusal(Code.GENERATION_OLD)
        return runner is not None and runner.generation == generation and runner.knows(seat)

    async def _attend(
        self, connection: ServerConnection, outgoing: Outgoing, runner: RoomRunner, seat: SeatId, token: str
    ) -> None:
        """Reads until the socket is closed or somebody else sits here."""
        bucket = TokenBucket(MESSAGES_PER_SECOND, MESSAGES_AT_ONCE)
        unknown = 0
        settled = False
        try:
            while runner.is_seated(seat, outgoing.number):
                data = await connection.recv(decode=False)
                outgoing.heard()
                if not settled:
                    self._tokens.settle(token)
                    settled = True
                if not bucket.take(time.monotonic()):
                    raise Refusal(Code.TOO_MANY_MESSAGES)
                try:
                    message = decode_seat_message(data)
                except Refusal as refusal:
                    if refusal.code is Code.MESSAGE_TOO_LARGE:
                        raise
                    message = None
                if message is not None and not isinstance(message, Join | Resume):
                    await self._pass_on(message, outgoing, runner, seat)
                    continue
                unknown += 1
                if unknown > UNKNOWN_MESSAGES:
                    raise Refusal(Code.MESSAGE_UNKNOWN)
                outgoing.send(
                    encode(Refused(id=None, code=Code.MESSAGE_UNKNOWN, message=SENTENCES[Code.MESSAGE_UNKNOWN]))
                )
        finally:
            runner.lost(seat, outgoing)

    async def _pass_on(self, message: SeatMessage, outgoing: Outgoing, runner: RoomRunner, seat: SeatId) -> None:
        match message:
            case Ping(sent=sent):
                outgoing.send(encode(Pong(sent=sent, session_time=runner.clock.now())))
            case PublishOffer() | SubscribeAnswer() | RestartSubscribe():
                await runner.negotiate(seat, outgoing.number, message)
            case Join() | Resume():
                raise Refusal(Code.MESSAGE_UNKNOWN)
            case _:
                runner.handle(SeatAsked(seat, outgoing.number, message))


def _respond(status: HTTPStatus, content_type: str, text: str) -> Response:
    body = text.encode()
    headers = Headers(
        {
            "Content-Type": content_type,
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Connection": "close",
        }
    )
    return Response(status.value, status.phrase, headers, body)
