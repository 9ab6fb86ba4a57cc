"""The last message of a socket, made from a code."""

from signaling.protocol.browser import Closed
from signaling.protocol.errors import SENTENCES, Code

#: It is over for this seat or this page. Every other code asks the browser to come again: with its resume token, and
#: with a new pass if that is unknown; the hub then has the last word.
FINAL = frozenset(
    {
        Code.PASS_INVALID,
        Code.SEAT_UNKNOWN,
        Code.SEAT_TAKEN_OVER,
        Code.REVOKED,
        Code.PROTOCOL_UNSUPPORTED,
        Code.SESSION_CLOSED,
    }
)


def closed(code: Code) -> Closed:
    return Closed(code=code, message=SENTENCES[code], retry=code not in FINAL)
