"""STUN as ICE uses it (RFC 8489, RFC 8445 section 7.3), by aioice's codec. The only file that touches it."""

import struct
from collections.abc import Callable
from dataclasses import dataclass

from aioice import stun

#: A browser's check is about 100 bytes; nothing that long is a check.
MAX_CHECK = 548


@dataclass(frozen=True, slots=True)
class Check:
    """An authenticated binding request. `username` is as it came: our ufrag, a colon, theirs."""

    username: str
    nominates: bool
    reply: bytes


def answer_check(data: bytes, source: tuple[str, int], password_of: Callable[[str], bytes | None]) -> Check | None:
    """Checks a binding request and writes its answer.

    `password_of` gives our password for the whole username, None for one we do not know. Whatever is not a request, is
    not signed with that password or cannot be read gets None, and no answer: an answer to strangers helps only strangers.
    """
    if len(data) > MAX_CHECK:
        return None
    try:
        message = stun.parse_message(data)
        if message.message_method is not stun.Method.BINDING or message.message_class is not stun.Class.REQUEST:
            return None
        username = message.attributes.get("USERNAME")
        if not isinstance(username, str):
            return None
        password = password_of(username)
        if password is None or not message.check_message_integrity(password):
            return None
    except (ValueError, struct.error, KeyError, IndexError, TypeError):
        return None  # aioice raises struct.error for a short attribute before anything is authenticated
    reply = stun.Message(
        message_method=stun.Method.BINDING,
        message_class=stun.Class.RESPONSE,
        transaction_id=message.transaction_id,
        attributes={"XOR-MAPPED-ADDRESS": source},
    )
    reply.add_message_integrity(password)
    return Check(username=username, nominates="USE-CANDIDATE" in message.attributes, reply=bytes(reply))
