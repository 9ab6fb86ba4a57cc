"""Bytes ⇄ messages. The only place that knows messages are JSON."""

from typing import TypeVar

import msgspec

from signaling.protocol.base import Message
from signaling.protocol.browser import MAX_MESSAGE_BYTES, NodeMessage, SeatMessage
from signaling.protocol.errors import Code, Refusal
from signaling.protocol.hub_link import MAX_LINK_BYTES, FactRecord, HubMessage, LinkMessage

_encoder = msgspec.json.Encoder()
_seat: "msgspec.json.Decoder[SeatMessage]" = msgspec.json.Decoder(SeatMessage)
_node: "msgspec.json.Decoder[NodeMessage]" = msgspec.json.Decoder(NodeMessage)
_hub: "msgspec.json.Decoder[HubMessage]" = msgspec.json.Decoder(HubMessage)
_link: "msgspec.json.Decoder[LinkMessage]" = msgspec.json.Decoder(LinkMessage)
_fact: "msgspec.json.Decoder[FactRecord]" = msgspec.json.Decoder(FactRecord)

_M = TypeVar("_M")


def _decode(decoder: "msgspec.json.Decoder[_M]", data: bytes | str, limit: int) -> _M:
    if len(data) > limit:
        raise Refusal(Code.MESSAGE_TOO_LARGE)
    try:
        return decoder.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise Refusal(Code.MESSAGE_UNKNOWN) from None


def encode(message: Message | FactRecord) -> bytes:
    return _encoder.encode(message)


def decode_seat_message(data: bytes | str) -> SeatMessage:
    """What a browser sent. Raises `Refusal` (`MESSAGE_UNKNOWN`, `MESSAGE_TOO_LARGE`)."""
    return _decode(_seat, data, MAX_MESSAGE_BYTES)


def decode_node_message(data: bytes | str) -> NodeMessage:
    """What a node sent to a seat; for clients written in Python."""
    return _decode(_node, data, MAX_LINK_BYTES)


def decode_hub_message(data: bytes | str) -> HubMessage:
    return _decode(_hub, data, MAX_LINK_BYTES)


def decode_link_message(data: bytes | str) -> LinkMessage:
    return _decode(_link, data, MAX_LINK_BYTES)


def decode_fact(data: bytes) -> FactRecord:
    """One line of the outbox. Raises `Refusal(MESSAGE_UNKNOWN)` for a torn line."""
    return _decode(_fact, data, MAX_LINK_BYTES)
