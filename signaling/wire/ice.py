"""ICE-lite (RFC 8445 section 2.5): which addresses belong to a peer, and which one its media goes to.

Times are seconds of a steady clock, given by the caller.
"""

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from signaling.wire.udp import UdpPort

#: (port the datagram came through, source address).
Route = tuple["UdpPort", tuple[str, int]]

#: An address is forgotten when no check came from it for this long: consent of RFC 7675 section 5.1.
CONSENT_TIMEOUT = 30.0
#: After a restart checks with the old credentials still count for this long.
RESTART_OVERLAP = 30.0
#: A laptop has a handful of addresses; more are an attack by a seat that may join.
MAX_ADDRESSES = 16


@dataclass(slots=True)
class Credentials:
    """Ours for one ICE generation. `remote_ufrag` is None until the other side's description is here."""

    ufrag: str
    password: bytes
    remote_ufrag: str | None = None
    retired_at: float | None = None


def new_credentials() -> Credentials:
    """48 and 192 random bits, the latter above what RFC 8445 section 5.3 asks."""
    return Credentials(ufrag=secrets.token_hex(6), password=secrets.token_hex(24).encode())


class IceLite:
    """Of one peer. `selected` is where to send; None before the first authenticated check."""

    __slots__ = ("_checked", "_verified", "credentials", "selected")

    def __init__(self) -> None:
        self.credentials: list[Credentials] = []
        self._checked: dict[Route, float] = {}
        self._verified = False
        self.selected: Route | None = None

    @property
    def current(self) -> Credentials:
        return self.credentials[-1]

    @property
    def routes(self) -> list[Route]:
        return list(self._checked)

    def restart(self, now: float) -> list[Credentials]:
        """New credentials; the ones before stay valid for a while. Returns those that end at once."""
        ended = self.credentials[:-1]
        self.credentials = self.credentials[-1:]
        for credentials in self.credentials:
            credentials.retired_at = now
        self.credentials.append(new_credentials())
        return ended

    def password(self, ufrag: str, remote_ufrag: str, now: float) -> bytes | None:
        """Ours for a check whose username is `ufrag`:`remote_ufrag`."""
        for credentials in self.credentials:
            if credentials.ufrag != ufrag:
                continue
            if credentials.retired_at is not None and now - credentials.retired_at > RESTART_OVERLAP:
                return None
            if credentials.remote_ufrag is not None and credentials.remote_ufrag != remote_ufrag:
                return None
            return credentials.password
        return None

    def checked(self, route: Route, nominates: bool, now: float) -> Route | None:
        """An authenticated check came. Returns a route that no longer belongs to the peer, if there is one."""
        forgotten = None
        if route not in self._checked and len(self._checked) >= MAX_ADDRESSES:
            forgotten = min((old for old in self._checked if old != self.selected), key=self._checked.__getitem__)
            del self._checked[forgotten]
        self._checked[route] = now
        if self.selected is None or (nominates and not self._verified):
            self.selected = route
        return forgotten

    def verified(self, route: Route) -> bool:
        """DTLS or SRTP from `route` verified: media goes there from now on. True if that is a change."""
        self._verified = True
        if route == self.selected or route not in self._checked:
            return False
        self.selected = route
        return True

    def forget_verified(self) -> None:
        """A new DTLS association begins: nominations count again."""
        self._verified = False

    def expire(self, now: float) -> list[Route]:
        """Forgets addresses without consent, except the selected one, which lives as long as the peer; returns them."""
        expired = [
            route for route, at in self._checked.items() if now - at > CONSENT_TIMEOUT and route != self.selected
        ]
        for route in expired:
            del self._checked[route]
        return expired
