"""The connection a browser publishes on: its tracks, losses asked for again, keyframe requests, reports about it."""

from signaling.protocol.ids import SeatId, SessionId
from signaling.protocol.vocabulary import Connection
from signaling.relay import bandwidth, rtp
from signaling.relay.clocks import SeatClock
from signaling.relay.sequence import FIRST_CYCLE
from signaling.relay.tracks import Device, PublishedTrack
from signaling.wire import negotiation, rtcp
from signaling.wire.forwarding import Forwarder, Source, Tap
from signaling.wire.negotiation import AcceptedTrack, RemoteTransport
from signaling.wire.peer import Exchange, Peer
from signaling.wire.sdp import Description
from signaling.wire.srtp import IN_VIEW

#: Sources beyond those the offer names (a browser that names none has four: two devices and their retransmissions).
MAX_SOURCES = 16


class _Published:
    """A track with what only the wire knows of it: whose payload types, which SSRC, the last report."""

    __slots__ = ("accepted", "last_report", "last_report_at", "ssrc", "track")

    def __init__(self, accepted: AcceptedTrack, track: PublishedTrack) -> None:
        self.accepted = accepted
        self.track = track
        self.ssrc = accepted.ssrc
        self.last_report = 0
        self.last_report_at = 0.0


class PublishPeer(Peer):
    connection = Connection.PUBLISH

    def __init__(self, exchange: Exchange, session: SessionId, seat: SeatId, forwarder: Forwarder, name: str) -> None:
        super().__init__(exchange, session, seat)
        self._forwarder = forwarder
        self._name = name
        self._clock = SeatClock()
        self._published: dict[Device, _Published] = {}
        self._sources: dict[int, Source] = {}
        self._ufrag = ""

    def accept(self, offer: Description, remote: RemoteTransport, accepted: list[AcceptedTrack]) -> str:
        """A first offer, one with new ICE credentials, or one with other sections. Returns the answer."""
        if remote.ufrag != self._ufrag:
            self._ufrag = remote.ufrag
            self.renew_credentials()
        self._take_tracks(accepted)
        self.associate(remote)
        return negotiation.write_answer(offer, accepted, remote, self.local())

    def _take_tracks(self, accepted: list[AcceptedTrack]) -> None:
        for device in set(self._published) - {track.device for track in accepted}:
            self._remove(device)
        for one in accepted:
            standing = self._published.get(one.device)
            if standing is not None and standing.accepted == one:
                continue
            if standing is not None:
                self._remove(one.device)
            track = PublishedTrack(self.seat, one.device, self._clock)
            self._published[one.device] = _Published(one, track)
            if one.ssrc:
                self._sources[one.ssrc] = Source(track, one.payload_type, False, one.level_id)
            if one.rtx_ssrc:
                self._sources[one.rtx_ssrc] = Source(track, one.rtx_payload_type, True, 0)
            self.want_keyframes(self.exchange.router.publish(track))

    def _remove(self, device: Device) -> None:
        published = self._published.pop(device)
        self.exchange.router.unpublish(self.seat, device)
        for ssrc in [ssrc for ssrc, source in self._sources.items() if source.track is published.track]:
            del self._sources[ssrc]

    # --- packets ------------------------------------------------------------------------------------------------

    def expects(self, ssrc: int, payload_type: int) -> bool:
        source = self._sources.get(ssrc)
        if source is not None:
            return source.payload_type == payload_type
        return len(self._sources) < MAX_SOURCES and any(
            payload_type in (one.accepted.payload_type, one.accepted.rtx_payload_type)
            for one in self._published.values()
        )

    def received_packet(self, ssrc: int, size: int, now: float) -> None:
        source = self._sources.get(ssrc) or self._adopt(ssrc, size)
        if source is not None:
            self._forwarder.forward(source, size, now)
            if source.track.losses:
                self.request(now)

    def _adopt(self, ssrc: int, size: int) -> Source | None:
        """A source the offer did not name: by its media id, or by a payload type that only one section has."""
        payload_type = IN_VIEW[1] & 0x7F
        located = rtp.locate(IN_VIEW, size)
        if located is None:
            return None
        candidates = [
            one
            for one in self._published.values()
            if payload_type in (one.accepted.payload_type, one.accepted.rtx_payload_type)
        ]
        for one in candidates:
            at, length = rtp.find_extension(IN_VIEW, located[2], located[3], one.accepted.mid_id)
            if at and bytes(IN_VIEW[at : at + length]) == one.accepted.mid.encode():
                candidates = [one]
                break
        if len(candidates) != 1:
            return None
        one = candidates[0]
        repeats = payload_type == one.accepted.rtx_payload_type
        if not repeats:
            if one.ssrc:
                return None  # simulcast layers beyond the first, or a stranger's numbers in a known section
            one.ssrc = ssrc
        source = Source(one.track, payload_type, repeats, 0 if repeats else one.accepted.level_id)
        self._sources[ssrc] = source
        return source

    def received_control(self, compound: bytes, now: float) -> None:
        for packet in rtcp.parse(compound):
            if not isinstance(packet, rtcp.SenderReport):
                continue
            for one in self._published.values():
                if one.ssrc == packet.ssrc:
                    one.last_report = packet.ntp >> 16 & 0xFFFFFFFF
                    one.last_report_at = now
                    one.track.clock.report(packet.ntp, packet.timestamp, now)
                    self._record_report(one.track, packet, now)

    def _record_report(self, track: PublishedTrack, report: rtcp.SenderReport, now: float) -> None:
        tap = track.tap
        if tap is None or tap.track is not track:
            return
        owner: Tap = tap.owner
        timestamp = (report.timestamp + tap.timestamp_offset) & 0xFFFFFFFF
        owner.sink.sender_report(owner.track, int(now * 1e9), report.ntp, timestamp)

    # --- requests and reports -----------------------------------------------------------------------------------

    def want_keyframes(self, tracks: list[PublishedTrack]) -> None:
        for track in tracks:
            track.keyframes.want()
        self.request(self.exchange.clock())

    def request(self, now: float) -> None:
        """Asks for lost packets and keyframes that are due."""
        if self.keys is None:
            return
        for one in self._published.values():
            track = one.track
            if not one.ssrc:
                continue
            if track.losses and one.accepted.nack:
                due = track.losses.due(now)
                if due:
                    track.line.lost(len(due), now)
                    self.send_control(rtcp.nack(self.ssrc, one.ssrc, [raw & 0xFFFF for raw in due]))
                if track.losses.take_given_up() and track.is_video and (track.live or track.tap is not None):
                    track.keyframes.want()
            elif track.losses:
                track.losses.clear()
            if track.keyframes.wanted and track.keyframes.due(now):
                self.send_control(rtcp.picture_loss(self.ssrc, one.ssrc))

    def report(self, now: float) -> None:
        blocks = []
        for one in self._published.values():
            track = one.track
            if not one.ssrc or track.highest_raw < 0:
                continue
            blocks.append(
                rtcp.ReportBlock(
                    ssrc=one.ssrc,
                    fraction_lost=track.take_fraction_lost(),
                    lost=track.lost,
                    highest=(track.highest_raw - FIRST_CYCLE) & 0xFFFFFFFF,
                    jitter=int(track.jitter),
                    last_report=one.last_report,
                    delay=round((now - one.last_report_at) * 65536) & 0xFFFFFFFF if one.last_report else 0,
                )
            )
        compound = rtcp.receiver_report(self.ssrc, blocks) + rtcp.source_description(self.ssrc, self._name)
        video = [one.ssrc for one in self._published.values() if one.track.is_video and one.ssrc]
        if video:
            compound += rtcp.receiver_estimate(self.ssrc, bandwidth.PUBLISHER_LIMIT_BPS, video)
        self.send_control(compound)

    # --- life ---------------------------------------------------------------------------------------------------

    def connected(self) -> None:
        now = self.exchange.clock()
        for one in self._published.values():
            one.track.losses.round_trip = self.handshake_round_trip or one.track.losses.round_trip
            one.track.line.begin(self.handshake_round_trip, now)
        self.report(now)
        self.request(now)

    def disconnected(self) -> None:
        pass

    def moved(self) -> None:
        pass

    def close(self) -> None:
        for device in list(self._published):
            self._remove(device)
        super().close()
