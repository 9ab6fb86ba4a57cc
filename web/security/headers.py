"""Answers' headers: content security policy with a nonce per answer, and what else keeps a page to itself."""

import secrets
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Camera and microphone for our own pages, full screen for the call, nothing else of what browsers offer.
PERMISSIONS = (
    "camera=(self), microphone=(self), fullscreen=(self), display-capture=(self), autoplay=(self), "
    "screen-wake-lock=(self), geolocation=(), payment=(), usb=(), serial=(), hid=(), midi=(), "
    "accelerometer=(), gyroscope=(), magnetometer=(), browsing-topics=()"
)


def content_security_policy(nonce: str, signaling: Sequence[str]) -> str:
    """Nothing from outside, no inline styles, scripts only our own. `signaling`: origins of live nodes (ws, wss)."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'nonce-{nonce}'",
            "style-src 'self'",
            "img-src 'self' data: blob:",
            "media-src 'self' blob:",
            "font-src 'self'",
            " ".join(("connect-src 'self'", *signaling)),
            "worker-src 'self'",
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def origin_of(address: str) -> str:
    """ "ws://127.0.0.1:8001" for "ws://127.0.0.1:8001/signal/node-1"."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


class SecurityHeaders:
    """Adds the headers and puts the nonce at `scope["state"]["csp_nonce"]` for the templates."""

    def __init__(self, app: ASGIApp, signaling: Sequence[str]) -> None:
        self.app = app
        self.signaling = tuple(origin_of(address) for address in signaling)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["csp_nonce"] = nonce

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = content_security_policy(nonce, self.signaling)
                headers["Permissions-Policy"] = PERMISSIONS
                # Nothing leaves to other sites. "no-referrer" would make browsers send "Origin: null" with our own
                # forms (Fetch, 3.2, "append a request Origin header"), which the cross-site guard must refuse.
                headers["Referrer-Policy"] = "same-origin"
                headers["X-Content-Type-Options"] = "nosniff"
                headers["X-Frame-Options"] = "DENY"
                headers["Cross-Origin-Opener-Policy"] = "same-origin"
                headers["Cross-Origin-Resource-Policy"] = "same-origin"
                # People's files and names are kept by no cache; static files set their own.
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, send_with_headers)
