"""Names of the things the live part talks about. All are opaque, random and at least 128 bits long."""

from typing import NewType

SessionId = NewType("SessionId", str)
TurnId = NewType("TurnId", str)
SeatId = NewType("SeatId", str)
AttendanceId = NewType("AttendanceId", str)
NodeId = NewType("NodeId", str)
SignInId = NewType("SignInId", str)
RecordingId = NewType("RecordingId", str)
