"""The least a relay on this machine can spend on a packet: SRTP protect and one sendto, measured as the node does them."""

import socket
import statistics
import struct
import time

from pylibsrtp import Policy, Session

from signaling.rehearsal.dtls import Cipher
from signaling.wire import srtp
from tests.bench.load import PACKET_BYTES

#: Fits the sink's buffer (rmem_max counts about 2.3 kB a packet): a dropped packet would be cheaper than a sent one.
_BURST = 80
_BURSTS = 60


def floor_microseconds(cipher: Cipher, *, rounds: int = 5) -> float:
    """Median over `rounds` of µs of CPU per packet: protect in the reused buffer, send to a loopback socket."""
    policy = Policy(bytes(cipher.key + cipher.salt), Policy.SSRC_ANY_OUTBOUND, srtp_profile=cipher.profile)
    session = Session(policy)
    keys = srtp.Keys(session, session)
    figures = []
    sequence = 0
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as source,
    ):
        sink.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        sink.bind(("127.0.0.1", 0))
        sink.setblocking(False)
        source.bind(("127.0.0.1", 0))
        address = sink.getsockname()
        srtp.OUT_VIEW[:PACKET_BYTES] = bytes((0x80, 96)) + bytes(PACKET_BYTES - 2)
        protect, out, views, length = srtp.protect, srtp.OUT, srtp.OUT_VIEWS, srtp.LENGTH
        handle, put, view, send = keys.handle, struct.pack_into, srtp.OUT_VIEW, source.sendto
        for _ in range(rounds):
            spent = 0.0
            for _ in range(_BURSTS):
                began = time.thread_time()
                for _ in range(_BURST):
                    put("!H", view, 2, sequence & 0xFFFF)
                    sequence += 1
                    length[0] = PACKET_BYTES
                    protect(handle, out, length)
                    send(views[length[0]], address)
                spent += time.thread_time() - began
                _empty(sink)
            figures.append(spent / (_BURST * _BURSTS) * 1e6)
    return statistics.median(figures)


def _empty(sink: socket.socket) -> None:
    while True:
        try:
            sink.recv(2048)
        except BlockingIOError:
            return
