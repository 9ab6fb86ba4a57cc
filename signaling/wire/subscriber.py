"""The connection a browser receives on: a fixed pool of slots, retransmissions, sender reports on the node's clock."""

import secrets
from collections.abc import Callable

from signaling.protocol.ids import SeatId, SessionId
from signaling.protocol.slots import SLOTS, MediaKind
from signaling.protocol.vocabulary import Connection
from signaling.relay import rtp
from signaling.relay.playout import LONGEST_HOLD, LineWatch, delay_word
from signaling.relay.rewriting import retransmission, rewrite
from signaling.relay.streams import Stream
from signaling.relay.tracks import PublishedTrack
from signaling.wire import negotiation, rtcp
from signaling.wire.negotiation import AcceptedSlots, SlotTerms
from signaling.wire.peer import Exchange, Peer

#: Reports in one compound: sixteen slots need 16 x 28 bytes and a name, far below a datagram.
_ROUND_TRIP_SMOOTHING = 0.25
#: Above this a round trip is a clock error.
_LONGEST_ROUND_TRIP = 5.0


class SubscribePeer(Peer):
    connection = Connection.SUBSCRIBE

    def __init__(
        self,
        exchange: Exchange,
        session: SessionId,
        seat: SeatId,
        name: str,
        ntp: Callable[[float], int],
        wanted: Callable[[list[PublishedTrack]], None],
    ) -> None:
        super().__init__(exchange, session, seat)
        self._name = name
        self._ntp = ntp
        self._wanted = wanted
        self._offered = False
        self._streams = {slot: self._new_stream(slot) for slot in SLOTS}
        self._by_ssrc = {stream.ssrc: stream for stream in self._streams.values()}
        self._by_ssrc.update({stream.rtx_ssrc: stream for stream in self._streams.values() if stream.rtx_ssrc})
        self._accepted: dict[str, SlotTerms] = {}
        self._line = LineWatch()
        self.estimate = 0
        self.round_trip = 0.0
        self.retransmitted = 0
        self.unavailable = 0

    def _new_stream(self, slot: str) -> Stream:
        video = SLOTS[slot] is MediaKind.VIDEO
        return Stream(
            self.seat,
            slot,
            is_video=video,
            ssrc=secrets.randbits(31) | 1,
            rtx_ssrc=secrets.randbits(31) & ~1 | 0x80000000 if video else 0,
            first_sequence=secrets.randbits(15),
        )

    # --- negotiation --------------------------------------------------------------------------------------------

    def offer(self) -> str:
        """The same slots each time; new ICE credentials each time."""
        self.renew_credentials()
        self._offered = True
        sources = {slot: (stream.ssrc, stream.rtx_ssrc) for slot, stream in self._streams.items()}
        return negotiation.write_offer(self.local(), sources, self._name)

    @property
    def awaits_answer(self) -> bool:
        return self._offered

    def accept(self, answer: AcceptedSlots) -> None:
        self._offered = False
        self._accepted = answer.slots
        self.associate(answer.transport)

    # --- control packets ----------------------------------------------------------------------------------------

    def received_control(self, compound: bytes, now: float) -> None:
        for packet in rtcp.parse(compound):
            match packet:
                case rtcp.ReceiverReport(blocks=blocks) | rtcp.SenderReport(blocks=blocks):
                    for block in blocks:
                        self._measure_round_trip(block, now)
                case rtcp.Nack(media_ssrc=ssrc, sequences=sequences):
                    stream = self._by_ssrc.get(ssrc)
                    if stream is not None:
                        self._resend(stream, sequences, now)
                case rtcp.KeyframeRequest(ssrcs=ssrcs):
                    self._want_keyframes(ssrcs)
                case rtcp.ReceiverEstimate(bitrate=bitrate):
                    self.estimate = bitrate
                case rtcp.Goodbye():
                    pass

    def _measure_round_trip(self, block: rtcp.ReportBlock, now: float) -> None:
        stream = self._by_ssrc.get(block.ssrc)
        if stream is None or not block.last_report:
            return
        middle = self._ntp(now) >> 16 & 0xFFFFFFFF
        measured = ((middle - block.last_report - block.delay) & 0xFFFFFFFF) / 65536
        if measured > _LONGEST_ROUND_TRIP:
            return
        before = self.round_trip or measured
        self.round_trip = before + (measured - before) * _ROUND_TRIP_SMOOTHING
        for each in self._streams.values():
            each.round_trip = self.round_trip

    def _want_keyframes(self, ssrcs: tuple[int, ...]) -> None:
        tracks = []
        for ssrc in ssrcs:
            stream = self._by_ssrc.get(ssrc)
            if stream is not None and stream.is_video and stream.track is not None:
                tracks.append(stream.track)
        self._wanted(tracks)

    def _resend(self, stream: Stream, sequences: tuple[int, ...], now: float) -> None:
        route = self.ice.selected
        keys = self.keys
        if keys is None or route is None:
            return
        terms = self._accepted.get(stream.slot)
        by_rtx = terms is not None and terms.retransmission
        if stream.is_video and not by_rtx:
            return
        self._line.lost(len(sequences) if stream.is_video else 0, now)
        for sequence in sequences:
            found = stream.locate(sequence)
            kept = found[0].track.kept(found[1]) if found is not None else None
            if found is None or kept is None:
                self.unavailable += 1
                continue
            if not stream.may_resend(sequence, now):
                continue
            run, position = found
            if by_rtx:
                data = retransmission(kept, run, position, stream.rtx_ssrc, stream.next_rtx_sequence())
            else:
                # Sound: the very same bytes under the very same number, which tells a listener nothing new.
                data = rewrite(kept, run, position, stream.ssrc)
            protected = keys.protect(bytes(data))
            if protected is not None:
                self.retransmitted += 1
                route[0].send_datagram(protected, route[1])

    def hold_back(self, now: float) -> None:
        """Lets pictures wait for repeats while this line or the publisher's loses packets, and no longer."""
        own = self._line.hold(self.round_trip, now)
        for stream in self._streams.values():
            track = stream.track
            if track is None or not stream.is_video or not self._accepted[stream.slot].playout_delay:
                continue
            hold = min(LONGEST_HOLD, own + track.line.hold(track.losses.round_trip, now))
            if hold or stream.delay_word:
                stream.ask_delay(delay_word(rtp.PLAYOUT_DELAY_ID, hold))

    # --- reports ------------------------------------------------------------------------------------------------

    def report(self, now: float) -> None:
        self.hold_back(now)
        ntp = self._ntp(now)
        compound = b""
        for stream in self._streams.values():
            timestamp = stream.timestamp_at(now)
            if timestamp is None:
                continue
            packets, octets = stream.counts()
            compound += rtcp.sender_report(rtcp.SenderReport(stream.ssrc, ntp, timestamp, packets, octets))
            compound += rtcp.source_description(stream.ssrc, self._name)
        if compound:
            self.send_control(compound)

    # --- life ---------------------------------------------------------------------------------------------------

    def connected(self) -> None:
        self.round_trip = self.round_trip or self.handshake_round_trip
        self._line.begin(self.round_trip, self.exchange.clock())
        self.moved()
        self._wanted(
            self.exchange.router.connect(self.seat, [self._streams[slot] for slot in SLOTS if slot in self._accepted])
        )

    def disconnected(self) -> None:
        self.exchange.router.disconnect(self.seat)

    def moved(self) -> None:
        route = self.ice.selected
        if route is None or self.keys is None:
            return
        for stream in self._streams.values():
            stream.session = self.keys.handle
            stream.send = route[0].send
            stream.address = route[1]
