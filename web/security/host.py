"""Which host the request means, whom it comes from, and whether its path is plain (quality case B12)."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from hub.errors import Code
from web.security.exchange import header, header_values
from web.security.refusing import Answer, refuse

#: Spellings that some part of a chain would decode or normalise differently from the next one.
_ODD_IN_PATH = (b"..", b"//", b"\\", b"%2e", b"%2f", b"%5c", b"%00", b"%25")


class HostGuard:
    """Refuses unknown hosts and odd paths with 400. Believes `X-Forwarded-For` and `-Proto` of listed proxies only, and
    puts the sender's address at `scope["state"]["address"]`.

    `origins`: our own web origins; their hosts are the ones that are served. `trusted_proxies`: addresses or networks.
    """

    def __init__(self, app: ASGIApp, origins: Sequence[str], trusted_proxies: str, answer: Answer) -> None:
        self.app = app
        self.hosts = frozenset(urlsplit(origin).netloc.lower() for origin in origins)
        self.proxies = _networks(trusted_proxies)
        self.answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        scope.setdefault("state", {})["address"] = self._address(scope)
        if header(scope, b"host").lower() not in self.hosts or not _is_plain(scope):
            await refuse(self.answer, Code.HOST_REFUSED, scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _address(self, scope: Scope) -> str:
        """The peer, or what our own proxies say they were called by: the rightmost address that is no proxy of ours."""
        client = scope.get("client")
        address = str(client[0]) if client else ""
        if not self._is_proxy(address):
            return address
        chain = [part.strip() for line in header_values(scope, b"x-forwarded-for") for part in line.split(",")]
        for step in reversed(chain):
            if not _is_address(step):
                return address
            address = step
            if not self._is_proxy(step):
                return address
        return address

    def _is_proxy(self, address: str) -> bool:
        return _is_address(address) and any(ip_address(address) in network for network in self.proxies)


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_plain(scope: Scope) -> bool:
    raw = scope.get("raw_path") or scope["path"].encode("utf-8", "surrogateescape")
    path = raw.partition(b"?")[0].lower()
    return path.startswith(b"/") and not any(part in path for part in _ODD_IN_PATH)
