"""One peer connection of one browser: its addresses, its DTLS association, its state. What it carries is in the subclasses."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from struct import unpack_from

from signaling.protocol.ids import SeatId, SessionId
from signaling.protocol.vocabulary import Connection, MediaState
from signaling.relay.router import Router
from signaling.wire.dtls import MAX_WAITING, Association, Certificate
from signaling.wire.ice import IceLite
from signaling.wire.negotiation import LocalTransport, RemoteTransport
from signaling.wire.srtp import IN_VIEW, Keys
from signaling.wire.udp import Address, UdpPort

#: No authenticated check and no verified packet for this long: browsers check every 2.5 s, so three checks were lost.
LOST_AFTER = 10.0


@dataclass(slots=True)
class Exchange:
    """What all peers of a node share."""

    ports: list[UdpPort]
    certificate: Certificate
    router: Router
    #: Our ufrags → their peers.
    ufrags: dict[str, "Peer"]
    clock: Callable[[], float]
    state_changed: Callable[["Peer", MediaState], None]
    #: Closing associations; kept so that they are not collected before they end.
    closing: set[asyncio.Task[None]] = field(default_factory=set)


class Peer:
    """Base of publishing and subscribing peers. Subclasses implement the methods at the end."""

    connection: Connection

    def __init__(self, exchange: Exchange, session: SessionId, seat: SeatId) -> None:
        self.exchange = exchange
        self.session = session
        self.seat = seat
        self.state = MediaState.NEW
        self.ice = IceLite()
        self.association: Association | None = None
        self.keys: Keys | None = None
        self.last_heard = 0.0
        #: Our SSRC in reports to this peer.
        self.ssrc = secrets.randbits(32) | 1
        #: Packets that did not verify or that nobody expects.
        self.rejected = 0
        #: Seconds from our handshake messages to the answers, the quickest; 0 until there was one.
        self.handshake_round_trip = 0.0
        self._asked_at = 0.0
        self._early: list[bytes] = []
        self._session_id = secrets.randbits(62)
        self._version = 0

    # --- negotiation --------------------------------------------------------------------------------------------

    def renew_credentials(self) -> None:
        """For the first description and for each ICE restart."""
        now = self.exchange.clock()
        for ended in self.ice.restart(now):
            self.exchange.ufrags.pop(ended.ufrag, None)
        self.exchange.ufrags[self.ice.current.ufrag] = self

    def local(self) -> LocalTransport:
        self._version += 1
        current = self.ice.current
        return LocalTransport(
            ufrag=current.ufrag,
            password=current.password.decode(),
            fingerprint=self.exchange.certificate.fingerprint,
            candidates=[port.advertised for port in self.exchange.ports],
            session_id=self._session_id,
            version=self._version,
        )

    def same_association(self, remote: RemoteTransport) -> bool:
        """Whether a description names the certificate of the association that stands."""
        return self.association is not None and self.association.fingerprints == remote.fingerprints

    def associate(self, remote: RemoteTransport) -> None:
        """Their description is here: begins DTLS, or keeps what stands where the certificate is the same."""
        self.ice.current.remote_ufrag = remote.ufrag
        if self.same_association(remote):
            return
        self._end_association()
        self.ice.forget_verified()
        self.association = association = Association(
            self.exchange.certificate,
            client=remote.client,
            fingerprints=remote.fingerprints,
            send=self._send_dtls,
            established=self._established,
            ended=self._association_ended,
        )
        for datagram in self._early:
            association.received(datagram)
        self._early.clear()
        if not association.client or self.ice.selected is not None:
            association.start()

    # --- datagrams ----------------------------------------------------------------------------------------------

    def checked(self, port: UdpPort, source: Address, nominates: bool) -> None:
        """An authenticated connectivity check came from `source`."""
        now = self.exchange.clock()
        selected = self.ice.selected
        forgotten = self.ice.checked((port, source), nominates, now)
        if forgotten is not None:
            self._unroute(forgotten[0], forgotten[1])
        port.routes[source] = self
        self.heard(now)
        if selected != self.ice.selected:
            self.moved()
        if self.association is not None and self.association.client:
            self.association.start()

    def received_dtls(self, port: UdpPort, datagram: bytes, source: Address) -> None:
        if self.association is not None:
            if self.keys is None and self._asked_at:
                sample = self.exchange.clock() - self._asked_at
                self.handshake_round_trip = min(sample, self.handshake_round_trip or sample)
                self._asked_at = 0.0
            self.association.received(datagram)
        elif len(self._early) < MAX_WAITING:
            self._early.append(datagram)

    def received_media(self, port: UdpPort, size: int, source: Address) -> None:
        """RTP or RTCP by RFC 5761 section 4, in `srtp.IN`."""
        keys = self.keys
        if keys is None:
            return
        if 192 <= IN_VIEW[1] < 224:
            compound = keys.unprotect_control(size)
            if compound is None:
                self.rejected += 1
                return
            now = self.exchange.clock()
            self.received_control(compound, now)
        else:
            (ssrc,) = unpack_from("!I", IN_VIEW, 8)
            if not self.expects(ssrc, IN_VIEW[1] & 0x7F):
                self.rejected += 1
                return
            size = keys.unprotect(size)
            if size < 0:
                self.rejected += 1
                return
            now = self.exchange.clock()
            self.received_packet(ssrc, size, now)
        self.last_heard = now
        route = self.ice.selected
        if route is None or route[1] != source or route[0] is not port or self.state is not MediaState.CONNECTED:
            self._heard_from(port, source, now)

    def _heard_from(self, port: UdpPort, source: Address, now: float) -> None:
        if self.ice.verified((port, source)):
            self.moved()
        self.heard(now)

    def heard(self, now: float) -> None:
        self.last_heard = now
        if self.state is MediaState.LOST:
            self._change(MediaState.CONNECTED)

    def send_control(self, compound: bytes) -> None:
        route = self.ice.selected
        if self.keys is None or route is None or self.state is not MediaState.CONNECTED:
            return
        protected = self.keys.protect_control(compound)
        if protected is not None:
            route[0].send_datagram(protected, route[1])

    def _send_dtls(self, datagram: bytes) -> None:
        route = self.ice.selected
        if route is not None:
            self._asked_at = self.exchange.clock()
            route[0].send_datagram(datagram, route[1])

    # --- life ---------------------------------------------------------------------------------------------------

    def _established(self, keys: Keys) -> None:
        self.keys = keys
        self.last_heard = self.exchange.clock()
        if self.ice.selected is not None:
            self.ice.verified(self.ice.selected)
        self._change(MediaState.CONNECTED)

    def _association_ended(self) -> None:
        self.keys = None
        self._change(MediaState.CLOSED)

    def _change(self, state: MediaState) -> None:
        if state is self.state or self.state is MediaState.CLOSED:
            return
        self.state = state
        if state is MediaState.CONNECTED:
            self.connected()
        else:
            self.disconnected()
        self.exchange.state_changed(self, state)

    def broke(self) -> None:
        """A rule of ours did not hold for this peer: it ends; its seat can make a new one."""
        self._change(MediaState.CLOSED)
        self._end_association()

    def check_consent(self, now: float) -> None:
        """Once a second: forgets addresses nobody checks and notices a lost line."""
        for port, source in self.ice.expire(now):
            self._unroute(port, source)
        if self.state is MediaState.CONNECTED and now - self.last_heard > LOST_AFTER:
            self._change(MediaState.LOST)

    def close(self) -> None:
        """Ends the peer for good; says so to the other side."""
        self._change(MediaState.CLOSED)
        self._end_association()
        for port, source in self.ice.routes:
            self._unroute(port, source)
        for credentials in self.ice.credentials:
            self.exchange.ufrags.pop(credentials.ufrag, None)

    def _end_association(self) -> None:
        association, self.association = self.association, None
        self.keys = None
        if association is None:
            return
        if self.state is not MediaState.CLOSED:
            self.disconnected()
            self.state = MediaState.NEW
        task = asyncio.get_running_loop().create_task(association.close())
        self.exchange.closing.add(task)
        task.add_done_callback(self.exchange.closing.discard)

    def _unroute(self, port: UdpPort, source: Address) -> None:
        if port.routes.get(source) is self:
            del port.routes[source]

    # --- for subclasses -----------------------------------------------------------------------------------------

    def expects(self, ssrc: int, payload_type: int) -> bool:
        """Whether packets of this source are wanted; asked before any cryptography, so that sources stay bounded."""
        return False

    def received_packet(self, ssrc: int, size: int, now: float) -> None:
        """A verified RTP packet of `size` bytes lies in `srtp.IN`."""

    def received_control(self, compound: bytes, now: float) -> None:
        raise NotImplementedError

    def connected(self) -> None:
        raise NotImplementedError

    def disconnected(self) -> None:
        raise NotImplementedError

    def moved(self) -> None:
        """The address media goes to is another one."""

    def report(self, now: float) -> None:
        """Once a second while connected: RTCP reports."""
        raise NotImplementedError
