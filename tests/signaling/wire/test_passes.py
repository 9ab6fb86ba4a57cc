import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from signaling.protocol.errors import Code, Refusal
from signaling.protocol.ids import NodeId, SeatId, SessionId, SignInId
from signaling.protocol.join_pass import JoinPass, sign
from signaling.protocol.vocabulary import Role
from signaling.wire.passes import Bearer, PassDesk, ResumeTokens
from signaling.wire.rate import TokenBucket

KEY = Ed25519PrivateKey.generate()


def a_pass(**claims: object) -> str:
    fields: dict[str, object] = {
        "number": "n1",
        "session": SessionId("s"),
        "seat": SeatId("seat"),
        "role": Role.SITE,
        "node": NodeId("node-1"),
        "generation": 1,
        "sign_in": SignInId("in"),
        "issued": 0.0,
        "expires": 300.0,
    }
    return sign(JoinPass(**{**fields, **claims}), KEY)  # type: ignore[arg-type]


def desk() -> PassDesk:
    made = PassDesk(NodeId("node-1"))
    made.set_key(base64.b64encode(KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode())
    return made


def code_of(desk: PassDesk, text: str, now: float = 10.0) -> Code:
    with pytest.raises(Refusal) as refused:
        desk.check(text, now)
    return refused.value.code


def test_before_the_hub_was_heard_no_pass_can_be_judged() -> None:
    assert code_of(PassDesk(NodeId("node-1")), a_pass()) is Code.ROOM_UNKNOWN


def test_a_key_that_is_none_is_an_error() -> None:
    for key in ("", "not base64 !", base64.b64encode(b"short").decode()):
        with pytest.raises(ValueError):
            desk().set_key(key)


def test_a_pass_is_refused_when_late_for_another_node_or_used() -> None:
    counter = desk()
    assert code_of(counter, a_pass(), now=300.1) is Code.PASS_EXPIRED
    assert code_of(counter, a_pass(node="node-2")) is Code.PASS_OTHER_NODE
    claims = counter.check(a_pass(), 10.0)
    counter.use_up(claims, 10.0)
    assert code_of(counter, a_pass(), 299.0) is Code.PASS_USED
    with pytest.raises(Refusal):
        counter.use_up(claims, 10.0)


@pytest.mark.parametrize("text", ["", ".", "a.b", "é.ü", "x" * 4096, "a" * 10 + "." + "=" * 80, "\ud800.\ud800"])
def test_rubbish_is_no_pass(text: str) -> None:
    assert code_of(desk(), text) is Code.PASS_INVALID


def test_claims_of_one_pass_with_the_signature_of_another_are_no_pass() -> None:
    mine, theirs = a_pass(), a_pass(role=Role.CHAIR)
    assert code_of(desk(), theirs.partition(".")[0] + "." + mine.partition(".")[2]) is Code.PASS_INVALID
    assert code_of(desk(), theirs.partition(".")[0] + ".") is Code.PASS_INVALID


def bearer(seat: str, session: str = "s", generation: int = 1) -> Bearer:
    return Bearer(SessionId(session), generation, SeatId(seat), SignInId("in"))


def test_resume_tokens_rotate_per_seat() -> None:
    tokens = ResumeTokens()
    first, other = tokens.issue(bearer("a")), tokens.issue(bearer("b"))
    second = tokens.issue(bearer("a"))
    assert tokens.bearer(first) == tokens.bearer(second) == bearer("a")
    tokens.settle(second)
    assert tokens.bearer(second) == bearer("a") and tokens.bearer(other) == bearer("b")
    with pytest.raises(Refusal) as refused:
        tokens.bearer(first)
    assert refused.value.code is Code.RESUME_UNKNOWN
    tokens.settle("never issued")
    assert len(tokens) == 2


def test_tokens_die_with_their_room() -> None:
    tokens = ResumeTokens()
    old, new = tokens.issue(bearer("a")), tokens.issue(bearer("a", generation=2))
    tokens.forget_room(SessionId("s"), 1)
    assert tokens.bearer(new).generation == 2
    with pytest.raises(Refusal):
        tokens.bearer(old)


def test_a_bucket_lets_a_burst_through_and_then_its_rate() -> None:
    bucket = TokenBucket(rate=10.0, burst=5.0)
    assert [bucket.take(100.0) for _ in range(6)] == [True] * 5 + [False]
    assert bucket.take(100.11) and not bucket.take(100.12)
    assert [bucket.take(200.0) for _ in range(6)] == [True] * 5 + [False]
