"""Who may sit down: join passes of the hub, and the node's own resume tokens. Pure: the time comes in."""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from signaling.protocol.errors import Code, Refusal
from signaling.protocol.ids import NodeId, SeatId, SessionId, SignInId
from signaling.protocol.join_pass import JoinPass, verify

#: 256 bits: not to be guessed, so a plain SHA-256 of it may be kept.
TOKEN_BYTES = 32


class PassDesk:
    """Checks join passes. Each is good once; its number is remembered until the pass has expired anyway."""

    def __init__(self, node: NodeId) -> None:
        self._node = node
        self._key: Ed25519PublicKey | None = None
        self._used: dict[str, float] = {}

    @property
    def ready(self) -> bool:
        return self._key is not None

    def set_key(self, key: str) -> None:
        """`key`: raw Ed25519 public key, base64. Raises `ValueError`."""
        self._key = Ed25519PublicKey.from_public_bytes(base64.b64decode(key, validate=True))

    def check(self, text: str, now: float) -> JoinPass:
        """Claims of a good pass; it is not used up yet. `now`: Unix seconds.

        Raises `Refusal`: `PASS_INVALID`, `PASS_EXPIRED`, `PASS_OTHER_NODE`, `PASS_USED`; `ROOM_UNKNOWN` before the hub
        was ever heard.
        """
        if self._key is None:
            raise Refusal(Code.ROOM_UNKNOWN)
        claims = verify(text, self._key, now)
        if claims.node != self._node:
            raise Refusal(Code.PASS_OTHER_NODE)
        if claims.number in self._used:
            raise Refusal(Code.PASS_USED)
        return claims

    def use_up(self, claims: JoinPass, now: float) -> None:
        """Raises `Refusal(PASS_USED)` if another socket was faster."""
        if claims.number in self._used:
            raise Refusal(Code.PASS_USED)
        self._used = {number: expires for number, expires in self._used.items() if expires >= now}
        self._used[claims.number] = claims.expires


@dataclass(frozen=True, slots=True)
class Bearer:
    """What a resume token stands for."""

    session: SessionId
    generation: int
    seat: SeatId
    sign_in: SignInId


@dataclass(slots=True)
class ResumeTokens:
    """Rotating tokens, kept as hashes. They live as long as the room: the hub may be away for hours."""

    _bearers: dict[bytes, Bearer] = field(default_factory=dict)

    @staticmethod
    def _hash(token: str) -> bytes:
        return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()

    def issue(self, bearer: Bearer) -> str:
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self._bearers[self._hash(token)] = bearer
        return token

    def bearer(self, token: str) -> Bearer:
        """Raises `Refusal(RESUME_UNKNOWN)`."""
        found = self._bearers.get(self._hash(token))
        if found is None:
            raise Refusal(Code.RESUME_UNKNOWN)
        return found

    def settle(self, token: str) -> None:
        """The seat uses `token` no more than in its next `Resume`: every other token of the seat is void.

        Called when the first message after `Welcome` shows that the browser has its new token; were the old one void
        earlier, a line that breaks between `Resume` and `Welcome` would lock the seat out while the hub is away.
        """
        kept = self._hash(token)
        bearer = self._bearers.get(kept)
        if bearer is not None:
            self._bearers = {
                known: other
                for known, other in self._bearers.items()
                if known == kept or (other.session, other.seat) != (bearer.session, bearer.seat)
            }

    def forget_room(self, session: SessionId, generation: int) -> None:
        self._bearers = {
            known: bearer
            for known, bearer in self._bearers.items()
            if (bearer.session, bearer.generation) != (session, generation)
        }

    def __len__(self) -> int:
        return len(self._bearers)
