"""Every message there and back, and everything that is none."""

from typing import Any, get_args, get_type_hints

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signaling.protocol import browser, codec, hub_link
from signaling.protocol.base import Message, kind_of
from signaling.protocol.errors import SENTENCES, Code, Refusal
from signaling.protocol.slots import SLOTS

UNIONS = [
    (browser.SeatMessage, codec.decode_seat_message),
    (browser.NodeMessage, codec.decode_node_message),
    (hub_link.HubMessage, codec.decode_hub_message),
    (hub_link.LinkMessage, codec.decode_link_message),
]
KINDS = [(kind, decode) for union, decode in UNIONS for kind in get_args(union)]


def an_example(kind: Any) -> Any:
    """Some value of a type of the protocol."""
    origin, arguments = getattr(kind, "__origin__", None), get_args(kind)
    if hasattr(kind, "__supertype__"):
        return "x1"
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind(**{name: an_example(hint) for name, hint in get_type_hints(kind).items()})
    if origin is list:
        return [an_example(arguments[0])]
    if origin is dict:
        return {"floor-audio": an_example(arguments[1])}
    if arguments:
        return an_example(arguments[0])
    if isinstance(kind, type) and hasattr(kind, "__members__"):
        return next(iter(kind))
    return {int: 1, float: 1.5, str: "chữ", bool: True}[kind]


@pytest.mark.parametrize(("kind", "decode"), KINDS, ids=lambda value: getattr(value, "__name__", ""))
def test_every_message_comes_back_as_it_went(kind: type[Message], decode: Any) -> None:
    message = an_example(kind)
    data = codec.encode(message)
    assert decode(data) == decode(data.decode()) == message
    assert msgspec.json.decode(data)["type"] == kind_of(kind.__name__)


@pytest.mark.parametrize("fact", get_args(hub_link.Fact), ids=lambda kind: kind.__name__)
def test_every_fact_is_one_line(fact: type[Message]) -> None:
    record = hub_link.FactRecord(
        boot="b",
        number=1,
        session="s",
        generation=1,
        at=0.5,
        wall=1.5,
        fact=an_example(fact),  # type: ignore[arg-type]
    )
    line = codec.encode(record)
    assert b"\n" not in line and codec.decode_fact(line) == record


def test_no_two_kinds_share_a_name() -> None:
    names = [kind.__name__ for union, _ in UNIONS for kind in get_args(union)] + [
        kind.__name__ for kind in get_args(hub_link.Fact)
    ]
    assert len(names) == len(set(names))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300))
def test_rubbish_is_refused_and_nothing_else_happens(data: bytes | str) -> None:
    for _, decode in UNIONS:
        with pytest.raises(Refusal) as refused:
            decode(data)
        assert refused.value.code is Code.MESSAGE_UNKNOWN


@pytest.mark.parametrize(
    "text",
    [
        b'{"type":"ping","sent":1,"more":1}',
        b'{"type":"Ping","sent":1}',
        b'{"sent":1}',
        b'{"type":"raise-hand","id":9007199254740993,"raised":true}',
        b"[" * 60_000,
        b'{"type":"admit","id":1,"seat":"' + b"x" * 65 + b'"}',
    ],
)
def test_what_only_looks_like_a_message_is_refused(text: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        codec.decode_seat_message(text)
    assert refused.value.code is Code.MESSAGE_UNKNOWN


def test_above_the_limit_nothing_is_even_read() -> None:
    with pytest.raises(Refusal) as refused:
        codec.decode_seat_message(b" " * (browser.MAX_MESSAGE_BYTES + 1))
    assert refused.value.code is Code.MESSAGE_TOO_LARGE


def test_every_code_has_a_sentence_that_ends_like_one() -> None:
    assert set(SENTENCES) == set(Code)
    assert all(sentence.endswith(".") and "!" not in sentence for sentence in SENTENCES.values())


def test_slots_are_what_the_offer_can_hold() -> None:
    assert len(SLOTS) == 16 and list(SLOTS)[:4] == ["floor-audio", "floor-video", "chair-audio", "chair-video"]
