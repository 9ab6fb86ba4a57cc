from signaling.protocol.ids import SeatId
from signaling.relay import rtp
from signaling.relay.clocks import SeatClock
from signaling.relay.rewriting import retransmission, rewrite
from signaling.relay.streams import Stream
from signaling.relay.tracks import Device, PublishedTrack
from signaling.relay.vp8 import describe

PAYLOAD = b"\x90\xe0\x80\x05\x09\x20" + b"\x01frame"


def test_a_repeat_is_the_same_to_the_last_bit_and_carries_the_original_number() -> None:
    stream = Stream(SeatId("viewer"), "floor-video", is_video=True, ssrc=11, rtx_ssrc=22, first_sequence=500)
    track = PublishedTrack(SeatId("sender"), Device.CAMERA, SeatClock())
    track.observe(70_000, 1000, 1.0)
    stream.start(track, 70_000, 1000, 5, 9, 1.0)
    stream.stop()
    other = PublishedTrack(SeatId("other"), Device.CAMERA, SeatClock())
    stream.start(other, 90_000, 2000, 5, 9, 1.1)
    kept = rtp.video_header(0x80, 90_000 & 0xFFFF, 2000, 0, rtp.send_time_word(1.1)) + PAYLOAD
    once = rewrite(kept, stream, 90_000, stream.ssrc)
    assert once == rewrite(kept, stream, 90_000, stream.ssrc)
    assert rtp.NUMBERS.unpack_from(once, rtp.NUMBERS_AT) == (501, 1000 + 9000, 11)
    described = describe(once, rtp.PAYLOAD_AT, len(once))
    assert described is not None
    assert (described.picture, described.tl0) == (1, 1)  # what was last sent there was 0 and 0

    repeat = retransmission(kept, stream, 90_000, 22, 7)
    assert rtp.NUMBERS.unpack_from(repeat, rtp.NUMBERS_AT) == (7, 10_000, 22)
    assert repeat[1] == 0x80 | rtp.VP8_RTX
    assert int.from_bytes(repeat[rtp.PAYLOAD_AT : rtp.PAYLOAD_AT + 2]) == 501
    assert repeat[rtp.PAYLOAD_AT + 2 :] == once[rtp.PAYLOAD_AT :]
