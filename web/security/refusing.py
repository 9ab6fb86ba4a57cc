"""How a guard says no: an answer for HTTP, a close before accepting for websockets."""

from collections.abc import Callable

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from hub.errors import Code

#: Builds the answer to a refused request: JSON for programs, a page for people.
Answer = Callable[[Scope, Code], Response]


async def refuse(answer: Answer, code: Code, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        # Before accept this becomes HTTP 403: the page never gets a socket (quality case A3).
        await send({"type": "websocket.close", "code": 1008, "reason": code.value})
        return
    await answer(scope, code)(scope, receive, send)
