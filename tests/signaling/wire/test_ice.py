from typing import Any

from aioice import stun
from hypothesis import given
from hypothesis import strategies as st

from signaling.wire.ice import CONSENT_TIMEOUT, MAX_ADDRESSES, RESTART_OVERLAP, IceLite
from signaling.wire.stun import answer_check

HOME, MOBILE = ("192.0.2.1", 5000), ("198.51.100.7", 6000)
PORT: Any = object()


def request(username: str = "ours:theirs", password: bytes = b"secret" * 4, *, nominates: bool = False) -> bytes:
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, attributes={"USERNAME": username})
    if nominates:
        message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity(password)
    return bytes(message)


def password_of(username: str) -> bytes | None:
    return b"secret" * 4 if username == "ours:theirs" else None


def test_a_signed_check_is_answered_with_the_address_it_came_from() -> None:
    check = answer_check(request(nominates=True), HOME, password_of)
    assert check is not None and check.nominates and check.username == "ours:theirs"
    reply = stun.parse_message(check.reply)
    assert reply.attributes["XOR-MAPPED-ADDRESS"] == HOME
    assert reply.check_message_integrity(b"secret" * 4)


def test_strangers_get_no_answer() -> None:
    assert answer_check(request("other:theirs"), HOME, password_of) is None
    assert answer_check(request(password=b"guess" * 5), HOME, password_of) is None
    assert answer_check(request()[:-8], HOME, password_of) is None
    indication = stun.Message(stun.Method.BINDING, stun.Class.INDICATION, attributes={"USERNAME": "ours:theirs"})
    indication.add_message_integrity(b"secret" * 4)
    assert answer_check(bytes(indication), HOME, password_of) is None


@given(st.integers(0, 107), st.binary(min_size=1, max_size=30))
def test_a_spoiled_check_is_refused_without_a_trace(at: int, put: bytes) -> None:
    data = request(nominates=True)
    spoiled = data[:at] + put + data[at + len(put) :]
    check = answer_check(spoiled, HOME, password_of)
    assert check is None or spoiled[: len(data) - 8] == data[:-8]  # what follows the signature is not signed


@given(st.binary(max_size=600))
def test_junk_is_refused_without_a_trace(data: bytes) -> None:
    assert answer_check(data, HOME, password_of) is None


def test_the_nominated_address_counts_until_something_was_verified() -> None:
    ice = IceLite()
    ice.checked((PORT, HOME), False, 0.0)
    assert ice.selected == (PORT, HOME)
    ice.checked((PORT, MOBILE), True, 0.1)
    assert ice.selected == (PORT, MOBILE)
    ice.verified((PORT, MOBILE))
    ice.checked((PORT, HOME), True, 0.2)
    assert ice.selected == (PORT, MOBILE)
    assert ice.verified((PORT, HOME)) and ice.selected == (PORT, HOME)


def test_an_address_without_a_check_never_gets_media() -> None:
    ice = IceLite()
    ice.checked((PORT, HOME), True, 0.0)
    assert not ice.verified((PORT, MOBILE)) and ice.selected == (PORT, HOME)


def test_old_and_new_credentials_are_valid_during_a_restart() -> None:
    ice = IceLite()
    ice.restart(0.0)
    first = ice.current
    first.remote_ufrag = "theirs"
    assert ice.restart(100.0) == []
    second = ice.current
    assert first.ufrag != second.ufrag and first.password != second.password
    assert ice.password(first.ufrag, "theirs", 100.0 + RESTART_OVERLAP) == first.password
    assert ice.password(first.ufrag, "stranger", 101.0) is None
    assert ice.password(first.ufrag, "theirs", 101.0 + RESTART_OVERLAP) is None
    assert ice.password(second.ufrag, "not known yet", 500.0) == second.password
    assert ice.restart(600.0) == [first]


def test_addresses_are_bounded_and_expire() -> None:
    ice = IceLite()
    ice.checked((PORT, HOME), True, 0.0)
    for number in range(MAX_ADDRESSES + 5):
        ice.checked((PORT, ("203.0.113.1", 1000 + number)), False, 1.0 + number)
    assert len(ice.routes) == MAX_ADDRESSES and (PORT, HOME) in ice.routes
    ice.expire(1000.0 + CONSENT_TIMEOUT)
    assert ice.routes == [(PORT, HOME)]
