"""Keys of the live part: the Ed25519 key that signs join passes, and the key each node shows on its link.

Both are made at the first start, with mode 0600. Only the hub has the private key, so no node can mint a pass.
"""

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

PASS_KEY_NAME = "join-pass.key"

#: 256 bits: nobody guesses it, and a plain SHA-256 of it may be kept.
LINK_KEY_BYTES = 32


class KeyUnusable(Exception):
    """A key file is there but is not a key; nothing is overwritten."""


@dataclass(frozen=True, slots=True)
class NodeKeys:
    """`link_key` is the secret of this machine's own node."""

    pass_key: Ed25519PrivateKey
    link_key: str

    @property
    def pass_public_key(self) -> str:
        """Raw public key, base64, as `LinkWelcome` carries it."""
        return base64.b64encode(self.pass_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()

    @property
    def link_key_hash(self) -> str:
        return hash_link_key(self.link_key)


def hash_link_key(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def link_key_matches(key: str, key_hash: str) -> bool:
    return hmac.compare_digest(hash_link_key(key), key_hash)


def load_or_create(keys_dir: Path, link_key_file: Path) -> NodeKeys:
    """Keys under `keys_dir`, made when missing. Safe when several processes start at once: the first one's key stays.

    Raises `KeyUnusable` when a file holds no key, `OSError` when the folder cannot be written.
    """
    keys_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    pem = _read_or_create(keys_dir / PASS_KEY_NAME, _new_pass_key)
    link_key = _read_or_create(link_key_file, lambda: secrets.token_urlsafe(LINK_KEY_BYTES).encode() + b"\n")
    try:
        pass_key = load_pem_private_key(pem, password=None)
        text = link_key.decode("ascii").strip()
    except ValueError as error:
        raise KeyUnusable(str(error)) from None
    if not isinstance(pass_key, Ed25519PrivateKey) or not text:
        raise KeyUnusable(PASS_KEY_NAME if text else link_key_file.name)
    return NodeKeys(pass_key=pass_key, link_key=text)


def _new_pass_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _read_or_create(path: Path, make: Callable[[], bytes]) -> bytes:
    if path.exists():
        return path.read_bytes()
    write_private_file(path, make())
    return path.read_bytes()


def write_private_file(path: Path, content: bytes) -> bool:
    """Write a file of mode 0600, whole or not at all, unless it exists. True when this call made it."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            # A hard link fails where the name exists: the loser of a race takes the winner's key.
            os.link(draft, path)
        except FileExistsError:
            return False
        return True
    finally:
        draft.unlink()
