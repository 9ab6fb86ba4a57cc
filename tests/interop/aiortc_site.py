"""Whole aiortc peers as a second client beside browsers. The only test file that touches aioice's private choice of hosts.

aioice gathers no 127.0.0.1 candidates; on a machine without any network there would be none at all.
"""

import asyncio
from fractions import Fraction

import aioice.ice
import av
import pytest
from aiortc import MediaStreamTrack, RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import VideoStreamTrack

from signaling.protocol.ids import SeatId, SessionId
from signaling.rehearsal.picture import draw_picture
from signaling.wire.engine import MediaEngine


def gather_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes aioice offer 127.0.0.1, and nothing else."""
    assert callable(aioice.ice.get_host_addresses)
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda use_ipv4, use_ipv6: ["127.0.0.1"])


class ClockTrack(VideoStreamTrack):
    """A camera that shows the readable clock, counting from `start` with the picture's own time."""

    def __init__(self, start: float) -> None:
        super().__init__()
        self._shown_from = start

    async def recv(self) -> av.VideoFrame:
        pts, time_base = await self.next_timestamp()
        frame = av.VideoFrame(320, 180, "yuv420p")
        seconds = self._shown_from + float(pts * Fraction(time_base))
        for plane, data in zip(frame.planes, draw_picture(seconds, 320, 180), strict=True):
            rows = (data[at : at + plane.width] for at in range(0, len(data), plane.width))
            plane.update(b"".join(row.ljust(plane.line_size, b"\0") for row in rows))
        frame.pts, frame.time_base = pts, time_base
        return frame


async def publish(
    engine: MediaEngine, session: SessionId, seat: SeatId, *tracks: MediaStreamTrack
) -> RTCPeerConnection:
    peer = RTCPeerConnection()
    for track in tracks:
        peer.addTransceiver(track, direction="sendonly")
    await peer.setLocalDescription(await peer.createOffer())
    answer = await engine.publish_offer(session, seat, peer.localDescription.sdp)
    engine.set_open(seat, microphone=True, camera=True)
    await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    return peer


async def subscribe(
    engine: MediaEngine, session: SessionId, seat: SeatId
) -> tuple[RTCPeerConnection, dict[str, MediaStreamTrack]]:
    """The connection and its tracks by slot name.

    aiortc's default ("balanced") leaves the second and later video sections on a transport that never starts.
    """
    peer = RTCPeerConnection(RTCConfiguration(bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
    offer = engine.subscribe_offer(session, seat)
    await peer.setRemoteDescription(RTCSessionDescription(offer, "offer"))
    await peer.setLocalDescription(await peer.createAnswer())
    await engine.subscribe_answer(seat, peer.localDescription.sdp)
    return peer, {transceiver.mid: transceiver.receiver.track for transceiver in peer.getTransceivers()}


async def connected(peer: RTCPeerConnection) -> None:
    changed = asyncio.Event()
    peer.add_listener("connectionstatechange", changed.set)
    while peer.connectionState != "connected":
        changed.clear()
        assert peer.connectionState not in ("failed", "closed"), peer.connectionState
        await asyncio.wait_for(changed.wait(), 10)
