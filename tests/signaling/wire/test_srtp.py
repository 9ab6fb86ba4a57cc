"""What we rely on in pylibsrtp and aiortc beyond their public names."""

import inspect
import os

import pylibsrtp
import pytest
from aiortc import rtcdtlstransport
from aiortc.rtcdtlstransport import RTCDtlsTransport
from pylibsrtp import Policy, Session

from signaling.relay.rtp import MAX_PACKET, video_header
from signaling.wire import srtp
from signaling.wire.dtls import MAX_WAITING, Certificate, _Pipe

PROFILES = [
    Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
    Policy.SRTP_PROFILE_AEAD_AES_256_GCM,
    Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
]


def both_ends(profile: int = PROFILES[0]) -> tuple[srtp.Keys, srtp.Keys]:
    key = os.urandom(44)

    def session(kind: int) -> Session:
        policy = Policy(key=key, ssrc_type=kind, srtp_profile=profile)
        policy.window_size = 1024
        policy.allow_repeat_tx = True
        return Session(policy)

    def keys() -> srtp.Keys:
        return srtp.Keys(session(Policy.SSRC_ANY_INBOUND), session(Policy.SSRC_ANY_OUTBOUND))

    return keys(), keys()


def receive(keys: srtp.Keys, datagram: bytes) -> bytes | None:
    srtp.IN_VIEW[: len(datagram)] = datagram
    size = keys.unprotect(len(datagram))
    return bytes(srtp.IN_VIEW[:size]) if size >= 0 else None


def packet(sequence: int, size: int) -> bytes:
    header = video_header(0, sequence, 1, 2, 3)
    return header + os.urandom(size - len(header))


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("size", [200, 1356, 1412, MAX_PACKET])
def test_packets_up_to_a_full_datagram_come_through(profile: int, size: int) -> None:
    sender, receiver = both_ends(profile)
    plain = packet(1, size)
    protected = sender.protect(plain)
    assert protected is not None and srtp.MAX_DATAGRAM >= len(protected) > size
    assert receive(receiver, bytes(protected)) == plain


def test_a_packet_that_cannot_be_sent_whole_is_refused() -> None:
    sender, _ = both_ends()
    assert sender.protect(packet(1, MAX_PACKET + 1)) is None
    assert sender.protect_control(bytes(2000)) is None


def test_a_spoiled_or_repeated_packet_is_refused() -> None:
    sender, receiver = both_ends()
    datagram = bytes(sender.protect(packet(1, 300)) or b"")
    spoiled = datagram[:-1] + bytes([datagram[-1] ^ 1])
    assert receive(receiver, spoiled) is None
    assert receive(receiver, datagram) is not None
    assert receive(receiver, datagram) is None


def test_the_same_packet_twice_is_the_same_datagram_twice() -> None:
    sender, _ = both_ends()
    plain = packet(1, 300)
    assert bytes(sender.protect(plain) or b"") == bytes(sender.protect(plain) or b"")


def test_control_packets_come_through() -> None:
    sender, receiver = both_ends()
    compound = bytes.fromhex("81c90007") + os.urandom(28)
    datagram = bytes(sender.protect_control(compound) or b"")
    srtp.IN_VIEW[: len(datagram)] = datagram
    assert receiver.unprotect_control(len(datagram)) == compound
    srtp.IN_VIEW[: len(datagram)] = datagram
    assert receiver.unprotect_control(len(datagram)) is None


def test_pylibsrtp_has_the_names_we_use() -> None:
    from pylibsrtp._binding import ffi, lib

    for name in ("srtp_protect", "srtp_unprotect", "srtp_protect_rtcp", "srtp_unprotect_rtcp"):
        assert ffi.typeof(getattr(lib, name)).args[1:] == (ffi.typeof("void *"), ffi.typeof("int *"))
    assert ffi.typeof(Session(None)._srtp[0]) is ffi.typeof(lib.srtp_protect).args[0]
    assert pylibsrtp.__version__.startswith("1.0")


def test_aiortc_has_the_names_we_use() -> None:
    transport = RTCDtlsTransport(_Pipe(lambda data: None), [Certificate().wrapped])  # type: ignore[arg-type]
    transport._set_role("server")
    assert transport._role == "server" and transport.state == "new"
    assert transport._rx_srtp is None and transport._tx_srtp is None
    source = inspect.getsource(rtcdtlstransport.RTCDtlsTransport)
    for used in ("self.transport._recv()", "self.transport._send(", 'self.emit("statechange")'):
        assert used in source


def test_a_flood_before_the_handshake_fills_no_memory() -> None:
    pipe = _Pipe(lambda data: None)
    for _ in range(1000):
        pipe.put(b"junk")
    assert pipe.dropped == 1000 - MAX_WAITING
