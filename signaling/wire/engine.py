"""The media engine: what the rooms' runner tells the relay, carried out on sockets."""

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from typing import Protocol

from signaling.protocol.errors import Code, Refusal
from signaling.protocol.ids import SeatId, SessionId
from signaling.protocol.slots import MediaKind
from signaling.protocol.vocabulary import Connection, MediaState
from signaling.relay.router import Router
from signaling.relay.speakers import Speakers
from signaling.relay.streams import Stream
from signaling.relay.tracks import Device, PublishedTrack
from signaling.wire import negotiation, stun
from signaling.wire import sdp as descriptions
from signaling.wire.dtls import Certificate
from signaling.wire.forwarding import Forwarder, PacketSink, Tap
from signaling.wire.peer import Exchange, Peer
from signaling.wire.publisher import PublishPeer
from signaling.wire.subscriber import SubscribePeer
from signaling.wire.udp import Address, UdpPort

#: Losses and keyframe requests that are due: the resolution of their timers.
REQUEST_INTERVAL = 0.02
#: Reports and consent. RFC 3550 allows more with so few members, but one per second is what browsers send too.
REPORT_INTERVAL = 1.0
#: Seconds between 1900 (NTP) and 1970 (Unix).
_NTP_EPOCH = 2_208_988_800
#: Payload type and extensions are ours in what is recorded; so is the source: one number, since a track is one stream.
TAP_SSRC = 1

__all__ = ["EngineListener", "EngineSettings", "MediaEngine", "PacketSink", "TrackStatistics"]


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """`bind`: one UDP socket per address, port 0 for any. `advertise`: what browsers are told, paired with `bind` in
    order; the bound addresses where empty."""

    bind: list[tuple[str, int]]
    advertise: list[tuple[str, int]] = field(default_factory=list)


class EngineListener(Protocol):
    """Called from the event loop, never from within a call of the engine."""

    def media_state_changed(
        self, session: SessionId, seat: SeatId, connection: Connection, state: MediaState
    ) -> None: ...

    def loudest_changed(self, session: SessionId, seats: list[SeatId]) -> None:
        """Loudest first, only those who speak; at most every 300 ms."""


@dataclass(frozen=True, slots=True)
class TrackStatistics:
    """One published track. `packets` and `bytes` received, `lost` after retransmission was no help, `nacked` asked for
    again, `rtx_received` repeats that came, `rtx_sent` repeats to this seat's subscribing connection (on its microphone's
    row only), `jitter` and `round_trip` in seconds (the latter of the publisher's line, 0.1 until measured)."""

    session: SessionId
    seat: SeatId
    device: Device
    packets: int
    bytes: int
    forwarded_to: int
    lost: int
    nacked: int
    rtx_received: int
    rtx_sent: int
    keyframes_requested: int
    jitter: float
    round_trip: float

    @property
    def kind(self) -> MediaKind:
        return self.device.kind


class MediaEngine:
    """All media of one node. Every method runs on the event loop that called `start` and does no blocking work."""

    def __init__(self, settings: EngineSettings, listener: EngineListener) -> None:
        self._settings = settings
        self._listener = listener
        self._router = Router()
        self._forwarder = Forwarder(self._router, self._heard, self._want_keyframes)
        self._publishers: dict[SeatId, PublishPeer] = {}
        self._subscribers: dict[SeatId, SubscribePeer] = {}
        self._speakers: dict[SessionId, Speakers] = {}
        self._name = secrets.token_hex(8)
        self._wall_offset = time.time() - time.monotonic()
        self._timer: asyncio.TimerHandle | None = None
        self._report_at = 0.0
        self._exchange = Exchange(
            ports=[],
            certificate=Certificate(),
            router=self._router,
            ufrags={},
            clock=time.monotonic,
            state_changed=self._state_changed,
        )

    async def start(self) -> None:
        """Binds the sockets. Raises `OSError` where one is taken."""
        ports: list[UdpPort] = []
        try:
            for bind in self._settings.bind:
                ports.append(UdpPort(bind, self._check))
        except OSError:
            for port in ports:
                port.close(asyncio.get_running_loop())
            raise
        for port, advertised in zip(ports, self._settings.advertise, strict=False):
            port.advertised = advertised
        self._exchange.ports = ports
        loop = asyncio.get_running_loop()
        for port in ports:
            port.open(loop)
        self._tick()

    async def stop(self) -> None:
        """Closes every peer and socket; returns when the closing messages were sent."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for seat in {*self._publishers, *self._subscribers}:
            self.drop_seat(seat)
        if self._exchange.closing:
            await asyncio.wait(self._exchange.closing)
        loop = asyncio.get_running_loop()
        for port in self._exchange.ports:
            port.close(loop)
        self._exchange.ports = []

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Where the sockets are bound."""
        return [port.bound for port in self._exchange.ports]

    # --- negotiation --------------------------------------------------------------------------------------------

    async def publish_offer(self, session: SessionId, seat: SeatId, sdp: str) -> str:
        """The answer to what a browser wants to send. Raises `Refusal(SDP_INVALID)`.

        With the certificate of the standing connection it is an ICE restart or a change of sections; else a new peer.
        """
        try:
            offer = descriptions.parse(sdp)
            remote, accepted = negotiation.accept_offer(offer)
        except descriptions.SdpError:
            raise Refusal(Code.SDP_INVALID) from None
        peer = self._publishers.get(seat)
        if peer is not None and (
            peer.state is MediaState.CLOSED or peer.session != session or not peer.same_association(remote)
        ):
            self._forget_publisher(seat)
            peer = None
        if peer is None:
            peer = PublishPeer(self._exchange, session, seat, self._forwarder, self._name)
            self._publishers[seat] = peer
        return peer.accept(offer, remote, accepted)

    def subscribe_offer(self, session: SessionId, seat: SeatId) -> str:
        """Our offer with all slots; called again it restarts ICE and keeps DTLS where the browser does."""
        peer = self._subscribers.get(seat)
        if peer is not None and (peer.state is MediaState.CLOSED or peer.session != session):
            del self._subscribers[seat]
            peer.close()
            peer = None
        if peer is None:
            peer = SubscribePeer(self._exchange, session, seat, self._name, self._ntp, self._want_keyframes)
            self._subscribers[seat] = peer
        return peer.offer()

    async def subscribe_answer(self, seat: SeatId, sdp: str) -> None:
        """The answer to the newest offer. Raises `Refusal`: `SDP_INVALID`, or `SDP_UNEXPECTED` if none is awaited."""
        peer = self._subscribers.get(seat)
        if peer is None or not peer.awaits_answer:
            raise Refusal(Code.SDP_UNEXPECTED)
        try:
            accepted = negotiation.accept_answer(descriptions.parse(sdp))
        except descriptions.SdpError:
            raise Refusal(Code.SDP_INVALID) from None
        peer.accept(accepted)

    def drop_seat(self, seat: SeatId) -> None:
        """Closes both connections of a seat; its packets go nowhere and its taps are closed."""
        self._forget_publisher(seat)
        subscriber = self._subscribers.pop(seat, None)
        if subscriber is not None:
            subscriber.close()
        self._router.drop(seat)

    def _forget_publisher(self, seat: SeatId) -> None:
        peer = self._publishers.pop(seat, None)
        if peer is None:
            return
        peer.close()
        speakers = self._speakers.get(peer.session)
        if speakers is not None:
            speakers.forget(seat)
        if not any(other.session == peer.session for other in self._publishers.values()):
            self._speakers.pop(peer.session, None)

    # --- routing ------------------------------------------------------------------------------------------------

    def assign_slots(self, seat: SeatId, slots: dict[str, SeatId]) -> None:
        """The whole mapping of a subscriber, slot → publishing seat; takes effect as soon as there is media."""
        self._want_keyframes(self._router.assign(seat, slots))

    def set_open(self, seat: SeatId, *, microphone: bool, camera: bool) -> None:
        """Packets of a closed device are neither forwarded nor recorded. A seat starts with both closed."""
        self._want_keyframes(self._router.set_open(seat, microphone=microphone, camera=camera))

    def open_tap(self, seat: SeatId, kind: MediaKind, track: int, sink: PacketSink) -> None:
        """Records a seat's microphone or camera from now on, as `track`; asks for a keyframe."""
        stream = Stream(seat, kind.value, is_video=kind is MediaKind.VIDEO, ssrc=TAP_SSRC)
        stream.owner = Tap(track, sink)
        self._want_keyframes(self._router.open_tap(stream))

    def close_tap(self, seat: SeatId, kind: MediaKind) -> None:
        self._router.close_tap(seat, kind)

    def _want_keyframes(self, tracks: list[PublishedTrack]) -> None:
        for track in tracks:
            track.keyframes.want()
        now = time.monotonic()
        for seat in {track.seat for track in tracks}:
            peer = self._publishers.get(seat)
            if peer is not None:
                peer.request(now)

    def _heard(self, track: PublishedTrack, level: int, now: float) -> None:
        peer = self._publishers.get(track.seat)
        if peer is None:
            return
        speakers = self._speakers.get(peer.session)
        if speakers is None:
            speakers = self._speakers[peer.session] = Speakers()
        speakers.heard(track.seat, level, now)

    # --- sockets and time ---------------------------------------------------------------------------------------

    def _check(self, port: UdpPort, data: bytes, source: Address) -> None:
        check = stun.answer_check(data, source[:2], self._password_of)
        if check is None:
            return
        peer = self._exchange.ufrags.get(check.username.partition(":")[0])
        if peer is not None:
            port.send_datagram(check.reply, source)
            peer.checked(port, source, check.nominates)

    def _password_of(self, username: str) -> bytes | None:
        ours, _, theirs = username.partition(":")
        peer = self._exchange.ufrags.get(ours)
        return peer.ice.password(ours, theirs, time.monotonic()) if peer is not None else None

    def _ntp(self, now: float) -> int:
        """64-bit NTP time of the node at monotonic `now`; steps of the wall clock while running do not touch it."""
        return int((now + self._wall_offset + _NTP_EPOCH) * 2**32)

    def _tick(self) -> None:
        now = time.monotonic()
        self._timer = asyncio.get_running_loop().call_later(REQUEST_INTERVAL, self._tick)
        for publisher in self._publishers.values():
            publisher.request(now)
        for session, speakers in self._speakers.items():
            ranking = speakers.rank(now)
            if ranking is not None:
                self._listener.loudest_changed(session, [SeatId(seat) for seat in ranking])
        if now >= self._report_at:
            self._report_at = now + REPORT_INTERVAL
            for peer in self._peers():
                peer.check_consent(now)
                peer.report(now)

    def _peers(self) -> list[Peer]:
        return [*self._publishers.values(), *self._subscribers.values()]

    def _state_changed(self, peer: Peer, state: MediaState) -> None:
        asyncio.get_running_loop().call_soon(
            self._listener.media_state_changed, peer.session, peer.seat, peer.connection, state
        )

    # --- figures ------------------------------------------------------------------------------------------------

    def statistics(self) -> list[TrackStatistics]:
        """One row per published track."""
        rows: list[TrackStatistics] = []
        for track in self._router.tracks():
            peer = self._publishers[track.seat]
            subscriber = self._subscribers.get(track.seat)
            own_repeats = subscriber.retransmitted if subscriber and track.device is Device.MICROPHONE else 0
            rows.append(
                TrackStatistics(
                    session=peer.session,
                    seat=track.seat,
                    device=track.device,
                    packets=track.packets_received,
                    bytes=track.bytes_received,
                    forwarded_to=len(track.live),
                    lost=max(0, track.lost - track.rtx_received),
                    nacked=track.losses.asked,
                    rtx_received=track.rtx_received,
                    rtx_sent=own_repeats,
                    keyframes_requested=track.keyframes.requested,
                    jitter=track.jitter / track.clock_rate,
                    round_trip=track.losses.round_trip,
                )
            )
        return rows
