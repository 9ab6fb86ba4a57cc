"""The join pass: a small signed right to one seat, good for minutes and once.

Text form: base64url(JSON claims) "." base64url(Ed25519 signature over the first part). There is no algorithm field, so
there is nothing to confuse. The hub signs, nodes hold only the public key.
"""

import base64
import binascii

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from signaling.protocol.base import Part
from signaling.protocol.errors import Code, Refusal
from signaling.protocol.ids import NodeId, SeatId, SessionId, SignInId
from signaling.protocol.vocabulary import Role

#: Long enough for a slow tablet to choose its devices, short enough that a copied pass is soon worthless.
PASS_LIFETIME = 5 * 60.0


class JoinPass(Part, frozen=True):
    """Claims. Times are Unix seconds. `number` is random and makes the pass usable once."""

    number: str
    session: SessionId
    seat: SeatId
    role: Role
    node: NodeId
    generation: int
    sign_in: SignInId
    issued: float
    expires: float


_decoder = msgspec.json.Decoder(JoinPass)


def _to_text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _to_bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def sign(claims: JoinPass, key: Ed25519PrivateKey) -> str:
    body = _to_text(msgspec.json.encode(claims))
    return f"{body}.{_to_text(key.sign(body.encode()))}"


def verify(text: str, key: Ed25519PublicKey, now: float) -> JoinPass:
    """Raises `Refusal` with `PASS_INVALID` or `PASS_EXPIRED`. `now`: Unix seconds."""
    body, _, signature = text.partition(".")
    try:
        key.verify(_to_bytes(signature), body.encode())
        claims = _decoder.decode(_to_bytes(body))
    except (InvalidSignature, binascii.Error, ValueError, msgspec.DecodeError):
        raise Refusal(Code.PASS_INVALID) from None
    if now > claims.expires:
        raise Refusal(Code.PASS_EXPIRED)
    return claims
