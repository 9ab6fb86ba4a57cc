"""The hot path: one verified packet from a publisher to everybody who sees it. Nothing is decoded, little is allocated."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from struct import unpack_from
from typing import Protocol

from signaling.relay import rtp
from signaling.relay.rewriting import rewrite, write_picture
from signaling.relay.router import Router
from signaling.relay.streams import Stream
from signaling.relay.tracks import PublishedTrack
from signaling.relay.vp8 import describe
from signaling.wire.srtp import IN_VIEW, LENGTH, OUT, OUT_VIEW, OUT_VIEWS, memmove, protect

log = logging.getLogger("signaling.wire")

_pack_numbers = rtp.NUMBERS.pack_into
_pack_word = rtp.WORD.pack_into


class PacketSink(Protocol):
    """The recorder, as the engine sees it. Times are the node's monotonic clock in nanoseconds."""

    def packet(self, track: int, at_ns: int, data: bytes | memoryview) -> None: ...

    def sender_report(self, track: int, at_ns: int, ntp: int, rtp: int) -> None: ...


@dataclass(slots=True)
class Tap:
    """Owner of a recorder's stream: the recording's track number and where packets go."""

    track: int
    sink: PacketSink


@dataclass(slots=True)
class Source:
    """One SSRC of a publisher. Payload type and extension id are the publisher's."""

    track: PublishedTrack
    payload_type: int
    repeats: bool
    level_id: int
    restarts: int = 0


class Forwarder:
    """Takes packets from `srtp.IN`. `heard(seat, level, now)` gets the loudness of open microphones."""

    __slots__ = ("_heard", "_router", "_wanted", "malformed", "oversized", "unsent")

    def __init__(
        self,
        router: Router,
        heard: Callable[[PublishedTrack, int, float], None],
        wanted: Callable[[list[PublishedTrack]], None],
    ) -> None:
        self._router = router
        self._heard = heard
        self._wanted = wanted
        self.malformed = self.oversized = self.unsent = 0

    def forward(self, source: Source, size: int, now: float) -> None:
        """`size` bytes of plaintext RTP in `srtp.IN`, arrived at `now`."""
        view = IN_VIEW
        located = rtp.locate(view, size)
        if located is None:
            self.malformed += 1
            return
        start, end, extension_start, extension_end = located
        track = source.track
        sequence, timestamp = unpack_from("!HI", view, 2)
        if source.repeats:
            if end - start < 2:
                return  # a probe on the retransmission stream
            sequence = view[start] << 8 | view[start + 1]
            start += 2
            track.rtx_received += 1
        else:
            track.packets_received += 1
            track.bytes_received += size
        raw = track.arrived(sequence, now, repeated=source.repeats)
        if raw < 0:
            return
        if track.restarts != source.restarts:
            source.restarts = track.restarts
            self._wanted(self._router.restart(track))
        if start == end:
            track.close_gap(raw)
            return
        if not track.open:
            if raw == track.highest_raw:
                track.observe(track.position(raw), timestamp, now)
            return
        position = track.position(raw)
        marker = view[1] & 0x80
        if track.is_video:
            self._video(track, position, timestamp, marker, start, end, now)
        else:
            at, _ = rtp.find_extension(view, extension_start, extension_end, source.level_id)
            level = view[at] if at else 0x7F
            self._heard(track, level & 0x7F, now)
            send_time = rtp.send_time_word(now)
            packet = rtp.audio_header(marker, position & 0xFFFF, timestamp, 0, send_time, level) + view[start:end]
            if position > track.highest:
                track.observe(position, timestamp, now)
                if track.pending:
                    self._router.begin(track, position, timestamp, 0, 0, now)
            self._spread(track, position, timestamp, packet, 0, 0, 0, 0, now)

    def _video(
        self, track: PublishedTrack, position: int, timestamp: int, marker: int, start: int, end: int, now: float
    ) -> None:
        view = IN_VIEW
        described = describe(view, start, end)
        if described is None:
            self.malformed += 1
            return
        picture_at, bits, picture, tl0_at, tl0, _, keyframe = described
        header = rtp.video_header(marker, position & 0xFFFF, timestamp, 0, rtp.send_time_word(now))
        if bits == 7:
            # Seven bits wrap within seconds and cannot carry on after a switch: written as fifteen.
            picture = track.picture(bits, picture)
            wide = (0x8000 | picture).to_bytes(2)
            packet = header + bytes(view[start:picture_at]) + wide + bytes(view[picture_at + 1 : end])
            tl0_at += 1 if tl0_at else 0
        else:
            packet = header + view[start:end]
        if picture_at:
            picture_at += rtp.PAYLOAD_AT - start
        if tl0_at:
            tl0_at += rtp.PAYLOAD_AT - start
        if position > track.highest:
            track.observe(position, timestamp, now)
            track.last_picture = picture
            track.last_tl0 = tl0
            if keyframe:
                track.keyframes.arrived()
                if track.pending:
                    self._router.begin(track, position, timestamp, picture, tl0, now)
        self._spread(track, position, timestamp, packet, picture_at, picture, tl0_at, tl0, now)

    def _spread(
        self,
        track: PublishedTrack,
        position: int,
        timestamp: int,
        packet: bytes,
        picture_at: int,
        picture: int,
        tl0_at: int,
        tl0: int,
        now: float,
    ) -> None:
        size = len(packet)
        if size > rtp.MAX_PACKET:
            self.oversized += 1
            return
        track.history[position & track.history_mask] = (position, packet)
        if track.tap is not None:
            self._record(track, track.tap, position, timestamp, packet, picture, tl0, now)
        late = position < track.highest
        if not late:
            track.packets_forwarded += 1
            track.bytes_forwarded += size - rtp.PAYLOAD_AT
        for stream in track.live:
            if late and position < stream.first:
                continue
            memmove(OUT, packet, size)
            _pack_numbers(
                OUT_VIEW,
                2,
                (position + stream.sequence_offset) & 0xFFFF,
                (timestamp + stream.timestamp_offset) & 0xFFFFFFFF,
                stream.ssrc,
            )
            if stream.special:
                if stream.delay_word:
                    _pack_word(OUT_VIEW, rtp.SECOND_WORD_AT, stream.delay_word)
                write_picture(OUT_VIEW, stream, picture_at, picture, tl0_at, tl0)
            LENGTH[0] = size
            if protect(stream.session, OUT, LENGTH):
                self.unsent += 1
                continue
            try:
                stream.send(OUT_VIEWS[LENGTH[0]], stream.address)
            except OSError:
                self.unsent += 1

    def _record(
        self,
        track: PublishedTrack,
        tap: Stream,
        position: int,
        timestamp: int,
        packet: bytes,
        picture: int,
        tl0: int,
        now: float,
    ) -> None:
        """The recorder's stream is rewritten like any other, so that a publisher that comes back goes on in it."""
        if tap.track is not track:
            tap.start(track, position, timestamp, picture, tl0, now)
        elif position < tap.first:
            return
        owner: Tap = tap.owner
        try:
            owner.sink.packet(owner.track, time.monotonic_ns(), bytes(rewrite(packet, tap, position, tap.ssrc)))
        except Exception:
            log.exception("the recorder refused a packet; its tap is closed, the call goes on")
            self._router.close_tap(track.seat, track.device.kind)
