"""What simulated sites read from and write into session descriptions."""

import pytest

from signaling.rehearsal.descriptions import (
    AUDIO_LEVEL,
    new_credentials,
    new_outgoing,
    read_description,
    write_answer,
    write_offer,
)

FINGERPRINT = ":".join(["AB"] * 32)
OFFER = "\r\n".join(
    [
        "v=0",
        "o=- 1 1 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=ice-lite",
        "a=group:BUNDLE floor-audio floor-video",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111",
        "a=ice-ufrag:abcd",
        "a=ice-pwd:0123456789012345678901",
        f"a=fingerprint:sha-256 {FINGERPRINT}",
        "a=setup:actpass",
        "a=candidate:1 1 udp 100 192.0.2.9 9 typ host",
        "a=candidate:2 1 UDP 200 127.0.0.1 8002 typ host",
        "a=candidate:3 1 tcp 300 127.0.0.1 8003 typ host tcptype passive",
        "a=candidate:4 1 udp 400 ::1 8004 typ host",
        "a=mid:floor-audio",
        "a=sendonly",
        f"a=extmap:1 {AUDIO_LEVEL}",
        "a=rtpmap:111 opus/48000/2",
        "a=ssrc:11 cname:node",
        "m=video 9 UDP/TLS/RTP/SAVPF 96 97",
        "a=mid:floor-video",
        "a=sendonly",
        "a=rtpmap:96 VP8/90000",
        "a=rtcp-fb:96 nack",
        "a=rtpmap:97 rtx/90000",
        "a=fmtp:97 apt=96",
        "a=ssrc-group:FID 21 22",
        "a=ssrc:21 cname:node",
        "a=ssrc:22 cname:node",
        "",
    ]
)


def test_an_offer_names_sources_slots_and_the_best_address_first() -> None:
    offer = read_description(OFFER)
    assert offer.candidates == [("127.0.0.1", 8002), ("192.0.2.9", 9)]
    assert [(section.mid, section.ssrcs) for section in offer.sections] == [
        ("floor-audio", [11]),
        ("floor-video", [21, 22]),
    ]
    assert offer.sections[1].repeats == {97: 96}
    assert offer.sections[0].extensions == {AUDIO_LEVEL: 1}
    assert offer.sections[0].payload_type("OPUS") == 111


def test_an_answer_takes_everything_that_is_offered() -> None:
    offer = read_description(OFFER)
    answer = read_description(write_answer(offer, new_credentials(), FINGERPRINT, 5000))
    assert [section.mid for section in answer.sections] == ["floor-audio", "floor-video"]
    assert [section.direction for section in answer.sections] == ["recvonly", "recvonly"]
    assert answer.setup == "active"
    assert answer.sections[1].codecs == {96: "VP8", 97: "rtx"}
    assert answer.sections[1].feedback == ["rtcp-fb:96 nack"]


@pytest.mark.parametrize(("audio", "video", "kinds"), [(True, True, ["audio", "video"]), (False, True, ["video"])])
def test_an_offer_of_our_own_reads_back(audio: bool, video: bool, kinds: list[str]) -> None:
    outgoing = new_outgoing(audio=audio, video=video)
    offer = read_description(write_offer(outgoing, new_credentials(), FINGERPRINT, 5000))
    assert [section.kind for section in offer.sections] == kinds
    assert [section.direction for section in offer.sections] == ["sendonly"] * len(kinds)
    assert offer.sections[-1].ssrcs == [outgoing.video, outgoing.video_repeat]
    assert offer.setup == "actpass"


@pytest.mark.parametrize("missing", ["a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901", "a=fingerprint"])
def test_a_description_without_what_a_peer_needs_is_refused(missing: str) -> None:
    lines = [line for line in OFFER.split("\r\n") if not line.startswith(missing)]
    with pytest.raises(ValueError, match="credentials"):
        read_description("\r\n".join(lines))
