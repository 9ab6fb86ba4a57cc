"""An error nobody expected: the trace goes to the log, the caller gets a sentence, the process lives."""

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.errors import Code
from web.security.refusing import Answer, refuse

log = structlog.get_logger()


class Faults:
    """Stands inside the header guard, so that an error page has the same protection as any other."""

    def __init__(self, app: ASGIApp, answer: Answer) -> None:
        self.app = app
        self.answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answered = False

        async def send_once(message: Message) -> None:
            nonlocal answered
            answered = answered or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, send_once)
        except Exception:
            log.exception("request failed", path=scope.get("route_path", ""), method=scope["method"])
            if answered:
                raise
            await refuse(self.answer, Code.INTERNAL, scope, receive, send)
