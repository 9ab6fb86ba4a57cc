"""Passwords: Argon2id through argon2-cffi. Hashing takes tens of milliseconds and 64 MiB, so it runs in a thread."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

#: RFC 9106's second recommendation (64 MiB, 3 passes), the library's default.
_hasher = PasswordHasher()
#: Checked when the user name is unknown, so that an answer takes as long as for a known one.
_NOBODY = _hasher.hash("nobody has this password")

#: Shorter passwords are refused when an account is made (NIST SP 800-63B, 5.1.1.2, asks for at least 8).
MIN_LENGTH = 10


async def hash_password(password: str) -> str:
    return await asyncio.to_thread(_hasher.hash, password)


async def verify(password_hash: str | None, password: str) -> bool:
    """Whether the password fits. `None` for an unknown account: takes as long, always false."""
    fits = await asyncio.to_thread(_verify, password_hash or _NOBODY, password)
    return fits and password_hash is not None


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
