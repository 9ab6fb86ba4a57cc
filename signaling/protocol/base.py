"""The mould of every message: frozen, closed against unknown fields, tagged with its kind."""

import re

import msgspec

_WORD_START = re.compile(r"(?<!^)(?=[A-Z])")


def kind_of(class_name: str) -> str:
    """`GiveFloor` → `give-floor`: the value of the field `type` on the wire."""
    return _WORD_START.sub("-", class_name).lower()


class Message(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag=kind_of):
    """One message. Unknown kinds and unknown fields are refused by the decoder."""


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A piece of a message, without a kind of its own."""
