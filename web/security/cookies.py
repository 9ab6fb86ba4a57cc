"""Names and attributes of our two cookies, and the tokens derived from them."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from starlette.responses import Response

#: How long a sign-in form may stay open before its token is stale. Seconds.
PRE_SESSION_LIFETIME = 4 * 3600
#: As long as a sign-in lives on the server (12 h); the server decides, the browser only forgets. Seconds.
COOKIE_LIFETIME = 12 * 3600


@dataclass(frozen=True)
class Cookies:
    """`https`: cookies are `Secure` and carry the `__Host-` prefix, so that no neighbouring host can set them."""

    https: bool

    @property
    def sign_in(self) -> str:
        return "__Host-hub" if self.https else "hub"

    @property
    def pre_session(self) -> str:
        return "__Host-hub-pre" if self.https else "hub-pre"

    def keep(self, response: Response, secret: str) -> None:
        """Signs the browser in: the secret in its cookie, the form's token forgotten."""
        self._set(response, self.sign_in, secret, COOKIE_LIFETIME)
        self._clear(response, self.pre_session)

    def forget(self, response: Response) -> None:
        self._clear(response, self.sign_in)

    def keep_pre_session(self, response: Response, value: str) -> None:
        self._set(response, self.pre_session, value, PRE_SESSION_LIFETIME)

    def _set(self, response: Response, name: str, value: str, lifetime: int) -> None:
        response.set_cookie(
            name, value, max_age=lifetime, path="/", secure=self.https, httponly=True, samesite="strict"
        )

    def _clear(self, response: Response, name: str) -> None:
        response.delete_cookie(name, path="/", secure=self.https, httponly=True, samesite="strict")


def new_pre_session() -> str:
    """256 random bits for a browser that is not signed in yet."""
    return secrets.token_urlsafe(32)


def csrf_token(secret: str) -> str:
    """The token that must come back with each state change. Bound to the cookie's secret and telling nothing about it:
    whoever can compute it has the cookie already."""
    return hmac.new(secret.encode(), b"csrf", hashlib.sha256).hexdigest()


def is_csrf_token(token: str, secret: str) -> bool:
    """`token` belongs to `secret`; compared in constant time, false for empty ones."""
    return bool(token) and bool(secret) and hmac.compare_digest(token.encode(), csrf_token(secret).encode())
