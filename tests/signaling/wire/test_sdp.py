import contextlib
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signaling.relay.tracks import Device
from signaling.wire import negotiation, sdp
from tests.signaling.wire.raw_peer import publish_offer, subscribe_answer

FINGERPRINT = ":".join(["AB"] * 32)
OFFER = publish_offer(FINGERPRINT, "ufrag")
LOCAL = negotiation.LocalTransport("ours", "o" * 48, FINGERPRINT, [("127.0.0.1", 8002)], 7, 1)
CHROMIUM = (Path(__file__).parent / "chromium_offer.sdp").read_text()


def answer_to(offer: str) -> str:
    description = sdp.parse(offer)
    remote, accepted = negotiation.accept_offer(description)
    return negotiation.write_answer(description, accepted, remote, LOCAL)


def test_a_browsers_offer_is_answered_with_opus_vp8_and_its_retransmissions() -> None:
    remote, accepted = negotiation.accept_offer(sdp.parse(CHROMIUM))
    assert [track.device for track in accepted] == [Device.MICROPHONE, Device.CAMERA]
    assert all(track.ssrc and track.mid_id for track in accepted)
    assert accepted[0].level_id and accepted[1].rtx_payload_type and accepted[1].nack
    assert not remote.client
    answer = sdp.parse(answer_to(CHROMIUM))
    offered = sdp.parse(CHROMIUM)
    assert [section.mid for section in answer.sections] == [section.mid for section in offered.sections]
    audio, video = answer.sections
    assert audio.formats == ["111"] and video.formats == ["96", "97"]
    assert {section.direction for section in answer.sections} == {"recvonly"}
    assert {section.transport.setup for section in answer.sections} == {"passive"}
    assert "x-google-start-bitrate" in video.codecs[96].parameters
    assert video.codecs[96].feedback == {"nack", "nack pli", "ccm fir", "goog-remb"}


def test_an_offer_for_simulcast_is_answered_without_it() -> None:
    offer = CHROMIUM.rstrip() + "\r\na=rid:q send\r\na=rid:h send\r\na=simulcast:send q;h\r\n"
    assert sdp.parse(offer).sections[1].rids == ["q", "h"]
    assert "simulcast" not in answer_to(offer) and "a=rid" not in answer_to(offer)


def test_what_we_cannot_forward_is_refused_in_its_place() -> None:
    extra = (
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:2\r\na=sctp-port:5000\r\n"
        + "m=audio 9 UDP/TLS/RTP/SAVPF 8\r\nc=IN IP4 0.0.0.0\r\na=mid:3\r\na=rtcp-mux\r\na=rtpmap:8 PCMA/8000\r\n"
    )
    answer = sdp.parse(answer_to(OFFER.replace("BUNDLE 0 1", "BUNDLE 0 1 2 3") + extra))
    assert [section.port for section in answer.sections] == [9, 9, 0, 0]
    assert answer.bundle == ["0", "1"]


def test_a_second_picture_is_the_screen_and_a_third_is_refused() -> None:
    video = OFFER[OFFER.index("m=video") :]
    offer = OFFER.replace("BUNDLE 0 1", "BUNDLE 0 1 2 3")
    for number in (2, 3):
        section = video.replace("a=mid:1", f"a=mid:{number}")
        offer += section.replace("2001", f"{number}3001").replace("2002", f"{number}3002")
    _, accepted = negotiation.accept_offer(sdp.parse(offer))
    assert [track.device for track in accepted] == [Device.MICROPHONE, Device.CAMERA, Device.SCREEN]


@pytest.mark.parametrize(("theirs", "ours"), [("actpass", "passive"), ("active", "passive"), ("passive", "active")])
def test_the_other_side_begins_the_handshake_unless_it_waits(theirs: str, ours: str) -> None:
    assert f"a=setup:{ours}" in answer_to(publish_offer(FINGERPRINT, "ufrag", theirs))


def test_the_receiving_offer_has_every_slot_and_its_answer_is_read() -> None:
    from signaling.protocol.slots import SLOTS

    sources = {slot: (2 * number + 1, 2 * number + 2) for number, slot in enumerate(SLOTS)}
    offer = negotiation.write_offer(LOCAL, sources, "node")
    description = sdp.parse(offer)
    assert [section.mid for section in description.sections] == list(SLOTS)
    assert {section.direction for section in description.sections} == {"sendonly"}
    assert len(offer) < 60 * 1024
    accepted = negotiation.accept_answer(sdp.parse(subscribe_answer(offer, FINGERPRINT, "ufrag")))
    assert list(accepted.slots) == list(SLOTS)
    assert accepted.slots["floor-video"].retransmission and not accepted.slots["floor-audio"].retransmission


INVALID = {
    "empty": "",
    "words": "xin chào",
    "no version": OFFER[5:],
    "too long": OFFER + "a=x\r\n" * 20_000,
    "megabyte": "v=0\r\n" + "a=" + "x" * 1_000_000,
    "sections": "v=0\r\n" + "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n" * 33,
    "ten thousand sections": "v=0\r\n" + "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n" * 10_000,
    "candidates": OFFER + "a=candidate:1 1 udp 1 1.2.3.4 5 typ host\r\n" * 101,
    "ten thousand candidates": OFFER + "a=candidate:1 1 udp 1 1.2.3.4 5 typ host\r\n" * 10_000,
    "nul": OFFER.replace("a=mid:1", "a=mid:1\x00"),
    "carriage return": OFFER.replace("a=mid:1", "a=mid:1\ra=mid:2"),
    "injected line": OFFER.replace("a=mid:1", "a=mid:1\r\n\r\na=x"),
    "not utf-8": OFFER.replace("s=-", "s=\udcff"),
    "mid with space": OFFER.replace("a=mid:1", "a=mid:a b"),
    "two equal mids": OFFER.replace("a=mid:1", "a=mid:0"),
    "unknown in bundle": OFFER.replace("BUNDLE 0 1", "BUNDLE 0 1 2"),
    "payload type": OFFER.replace(" 120 121", " 120 1210"),
    "fingerprint": OFFER.replace("AB:AB", "XY:AB"),
    "no fingerprint": OFFER.replace("a=fingerprint:sha-256", "a=fingerprint:sha-1"),
    "short password": OFFER.replace("p" * 24, "p" * 8),
    "no credentials": OFFER.replace("a=ice-ufrag:ufrag\r\n", ""),
    "no bundle": OFFER.replace("a=group:BUNDLE 0 1\r\n", ""),
    "no mux": OFFER.replace("a=rtcp-mux\r\n", ""),
    "no codec": OFFER.replace("opus/48000/2", "speex/8000").replace("VP8", "H264"),
    "one source twice": OFFER.replace("2001", "1001"),
    "source": OFFER.replace("a=ssrc:1001", "a=ssrc:99999999999"),
}


@pytest.mark.parametrize("text", INVALID.values(), ids=INVALID.keys())
def test_an_offer_that_is_none_is_refused_quickly(text: str) -> None:
    begun = time.perf_counter()
    with pytest.raises(sdp.SdpError):
        answer_to(text)
    assert time.perf_counter() - begun < 0.05


_PIECES = OFFER.split("\r\n") + CHROMIUM.splitlines()


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(_PIECES) | st.text(max_size=40), max_size=60),
    st.booleans(),
)
def test_shuffled_and_broken_lines_are_refused_or_answered_without_a_new_line_of_theirs(
    lines: list[str], begin: bool
) -> None:
    text = "\r\n".join((["v=0"] if begin else []) + lines)
    try:
        answer = answer_to(text)
    except sdp.SdpError:
        return
    sdp.parse(answer)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(CHROMIUM) - 1), st.text(max_size=6), st.integers(0, 40))
def test_one_spoiled_place_never_raises_anything_else(at: int, put: str, cut: int) -> None:
    with contextlib.suppress(sdp.SdpError):
        answer_to(CHROMIUM[:at] + put + CHROMIUM[at + cut :])
