"""How much a request may send. Nothing in this system uploads files yet, so the limit is small."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.errors import Code
from web.security.exchange import header
from web.security.refusing import Answer, refuse

#: A line of minutes has at most 10,000 characters, a plan of 67 sites some 20 KiB; eight times that is generous. Bytes.
MAX_BODY = 256 * 1024


class BodyLimit:
    def __init__(self, app: ASGIApp, answer: Answer, limit: int = MAX_BODY) -> None:
        self.app = app
        self.answer = answer
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = header(scope, b"content-length")
        if announced and (not announced.isdigit() or int(announced) > self.limit):
            await refuse(self.answer, Code.INPUT_TOO_LARGE, scope, receive, send)
            return
        taken = 0
        answered = refused = False

        async def send_if_open(message: Message) -> None:
            nonlocal answered
            if not refused:
                answered = answered or message["type"] == "http.response.start"
                await send(message)

        async def receive_within_limit() -> Message:
            nonlocal taken, refused
            message = await receive()
            if message["type"] == "http.request":
                taken += len(message.get("body", b""))
                if taken > self.limit:
                    if not (answered or refused):
                        await refuse(self.answer, Code.INPUT_TOO_LARGE, scope, receive, send)
                    # To the route the caller is gone; whatever it still says goes nowhere.
                    refused = True
                    return {"type": "http.disconnect"}
            return message

        await self.app(scope, receive_within_limit, send_if_open)
