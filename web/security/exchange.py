"""Small readers of an ASGI scope that all guards share the meaning of."""

from http.cookies import CookieError, SimpleCookie

from starlette.types import Scope

#: Methods that change nothing (RFC 9110, 9.2.1); all others need protection against forged requests.
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def header_values(scope: Scope, name: bytes) -> list[str]:
    """All values of a header, `name` in lower case."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def header(scope: Scope, name: bytes) -> str:
    """The only value of a header, or "" when it is missing or given twice."""
    values = header_values(scope, name)
    return values[0] if len(values) == 1 else ""


def cookie(scope: Scope, name: str) -> str:
    """A cookie's value, or "" when it is missing, doubled or unreadable."""
    found = []
    for line in header_values(scope, b"cookie"):
        try:
            jar = SimpleCookie(line)
        except CookieError:
            return ""
        if name in jar:
            found.append(jar[name].value)
    return found[0] if len(found) == 1 else ""


def bearer(scope: Scope) -> str:
    """The bearer token of a program, or ""."""
    kind, _, token = header(scope, b"authorization").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""
