"""Ids of the office: opaque, 128 random bits, 26 lower-case base32 characters. Nothing can be guessed from one."""

import base64
import secrets
from typing import NewType

from signaling.protocol.ids import (
    AttendanceId,
    NodeId,
    RecordingId,
    SeatId,
    SessionId,
    SignInId,
    TurnId,
)

AccountId = NewType("AccountId", str)
UnitId = NewType("UnitId", str)
SiteId = NewType("SiteId", str)
PersonId = NewType("PersonId", str)
CaseId = NewType("CaseId", str)
LineId = NewType("LineId", str)

__all__ = [
    "AccountId",
    "AttendanceId",
    "CaseId",
    "LineId",
    "NodeId",
    "PersonId",
    "RecordingId",
    "SeatId",
    "SessionId",
    "SignInId",
    "SiteId",
    "TurnId",
    "UnitId",
    "new_id",
]


def new_id() -> str:
    """26 characters of a-z and 2-7: 128 random bits (quality case A2)."""
    return base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()
