"""Refusals as answers: `{code, message, details?}` for programs, a page for people. One place for both."""

from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import Scope

from hub.accounts.reader import Reader
from hub.errors import ENTRIES, AnyCode, Code
from web.security.exchange import header
from web.templating import Pages

API_PREFIX = "/api/"


def wants_page(scope: Scope) -> bool:
    """A browser that opens an address, rather than a program or a script of ours."""
    return not scope["path"].startswith(API_PREFIX) and "text/html" in header(scope, b"accept")


class Refusals:
    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def answer(
        self, scope: Scope, code: AnyCode, details: dict[str, Any] | None = None, reader: Reader | None = None
    ) -> Response:
        entry = ENTRIES[code]
        if not wants_page(scope):
            body: dict[str, Any] = {"code": code.value, "message": entry.sentence}
            if details:
                body["details"] = details
            headers = {"WWW-Authenticate": "Bearer"} if entry.status == 401 else {}
            return JSONResponse(body, entry.status, headers)
        if code is Code.SIGN_IN_NEEDED and scope["method"] in {"GET", "HEAD"}:
            return RedirectResponse(f"/sign-in?next={quote(_local(scope), safe='/')}", 303)
        request = Request(scope)
        return self._pages.render(
            request, "error.html", reader, status=entry.status, code=code.value, sentence=entry.sentence
        )


def _local(scope: Scope) -> str:
    query = scope.get("query_string", b"").decode("latin-1")
    return f"{scope['path']}?{query}" if query else str(scope["path"])
