"""No other site speaks in a signed-in person's name (quality cases A3, A10).

A request that changes something and carries one of our cookies needs a matching Origin and the token derived from that
cookie, as header `X-CSRF-Token` or form field `csrf`. Signing in is a change too: its form has a cookie of its own.

Programs send a bearer token instead: no browser adds one by itself, so nothing can be forged; the cookie is then
ignored. A program that signs in sends JSON and no Origin; every browser of the baseline sends Origin with a POST.
"""

from collections.abc import Sequence
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.errors import Code
from web.security.cookies import Cookies, is_csrf_token
from web.security.exchange import SAFE_METHODS, bearer, cookie, header, header_values
from web.security.refusing import Answer, refuse

FORM = "application/x-www-form-urlencoded"


class CrossSiteGuard:
    """`origins`: our own web origins. `sign_in_paths` are judged by the pre-session cookie."""

    def __init__(
        self, app: ASGIApp, origins: Sequence[str], cookies: Cookies, sign_in_paths: frozenset[str], answer: Answer
    ) -> None:
        self.app = app
        self.origins = frozenset(origins)
        self.cookies = cookies
        self.sign_in_paths = sign_in_paths
        self.answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            # The only socket here is a node's, and nodes are no pages: any Origin, ours too, is a browser's.
            allowed = not header_values(scope, b"origin")
        elif scope["type"] == "http" and scope["method"] not in SAFE_METHODS:
            allowed, receive = await self._judge(scope, receive)
        else:
            allowed = True
        if not allowed:
            await refuse(self.answer, Code.CSRF_REFUSED, scope, receive, send)
            return
        await self.app(scope, receive, send)

    async def _judge(self, scope: Scope, receive: Receive) -> tuple[bool, Receive]:
        origins = header_values(scope, b"origin")
        if bearer(scope):
            return not origins or origins[0] in self.origins, receive
        signing_in = scope["path"] in self.sign_in_paths
        secret = cookie(scope, self.cookies.pre_session if signing_in else self.cookies.sign_in)
        if not origins and (signing_in or not header_values(scope, b"cookie")):
            # A program, or nobody: without a cookie there is no name to misuse. Forms are only sent by browsers.
            return not header(scope, b"content-type").startswith(FORM), receive
        if len(origins) != 1 or origins[0] not in self.origins:
            return False, receive
        if not secret and not signing_in:
            # Not signed in: the route says so. There is no name to misuse.
            return True, receive
        token = header(scope, b"x-csrf-token")
        if not token and header(scope, b"content-type").startswith(FORM):
            token, receive = await _token_of_form(receive)
        return is_csrf_token(token, secret), receive


async def _token_of_form(receive: Receive) -> tuple[str, Receive]:
    """The field `csrf` of an urlencoded body, and a `receive` that gives the body again. The body's size was limited by
    the guard outside this one."""
    messages: list[Message] = []
    body = b""
    while True:
        message = await receive()
        messages.append(message)
        if message["type"] != "http.request":
            break
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break

    async def receive_again() -> Message:
        return messages.pop(0) if messages else await receive()

    try:
        values = parse_qs(body.decode("utf-8"), max_num_fields=2000).get("csrf", [])
    except ValueError:
        return "", receive_again
    return values[0] if len(values) == 1 else "", receive_again
