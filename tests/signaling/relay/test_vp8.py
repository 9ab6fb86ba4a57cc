import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.relay.vp8 import describe

KEY, DELTA = b"\x00rest", b"\x01rest"


def test_browser_packet_with_long_picture_id_and_base_layer_number() -> None:
    payload = b"\x90\xe0\x92\x34\x56\x20"[:5] + KEY
    found = describe(b"head" + payload, 4, 4 + len(payload))
    assert found is not None
    assert (found.picture_at, found.picture_bits, found.picture) == (6, 15, 0x1234)
    assert (found.tl0_at, found.tl0) == (8, 0x56)
    assert found.starts_frame and found.keyframe


@pytest.mark.parametrize(
    ("payload", "starts", "keyframe"),
    [
        (b"\x10" + KEY, True, True),
        (b"\x10" + DELTA, True, False),
        (b"\x00" + KEY, False, False),
        (b"\x11" + KEY, False, False),
        (b"\x30" + KEY, True, True),
    ],
    ids=["keyframe", "delta", "continuation", "second partition", "non-reference"],
)
def test_only_the_first_packet_of_a_keyframe_starts_a_picture(payload: bytes, starts: bool, keyframe: bool) -> None:
    found = describe(payload, 0, len(payload))
    assert found is not None
    assert (found.starts_frame, found.keyframe) == (starts, keyframe)


def test_short_picture_id_has_seven_bits() -> None:
    payload = b"\x90\x80\x12" + DELTA
    found = describe(payload, 0, len(payload))
    assert found is not None and (found.picture_bits, found.picture) == (7, 0x12)


@pytest.mark.parametrize(
    "payload", [b"", b"\x90", b"\x90\x80", b"\x90\x80\x80", b"\x90\x80\x80\x01", b"\x90\x40", b"\x10"]
)
def test_a_descriptor_without_its_payload_is_refused(payload: bytes) -> None:
    assert describe(payload, 0, len(payload)) is None


@given(st.binary(max_size=12))
def test_junk_never_points_outside(payload: bytes) -> None:
    found = describe(payload, 0, len(payload))
    if found is not None:
        assert found.picture_at < len(payload) and found.tl0_at < len(payload)
