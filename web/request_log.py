"""One log line a request: route, status, time taken. No query strings, bodies, names or tokens."""

import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.ids import new_id
from hub.logging import bind_request

log = structlog.get_logger()


class RequestLog:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        bind_request(new_id()[:12])
        begun = time.perf_counter()
        status = 0

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, note_status)
        finally:
            # The route's pattern, not the path: ids of cases in a log would tell who looked at what.
            route = getattr(scope.get("route"), "path_format", "static" if scope["path"].startswith("/static") else "")
            if route != "static" or status >= 400:
                took = round((time.perf_counter() - begun) * 1000, 1)
                log.info("request", method=scope["method"], route=route, status=status, milliseconds=took)
