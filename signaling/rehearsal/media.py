"""The two media connections of a simulated site: what it sends, and what arrives in each slot."""

import asyncio
import contextlib
import struct
from collections.abc import Callable
from typing import Any

from signaling.rehearsal import rtp
from signaling.rehearsal.descriptions import (
    AUDIO_LEVEL,
    MID,
    OPUS,
    RTX,
    VP8,
    Description,
    new_credentials,
    new_outgoing,
    read_description,
    write_answer,
    write_offer,
)
from signaling.rehearsal.dtls import Identity
from signaling.rehearsal.peer import MediaPeer, random_sequence
from signaling.rehearsal.sound import SAMPLE_RATE
from signaling.rehearsal.studio import VIDEO_CLOCK, Picture, Sound, Studio

#: Between two looks at what is missing: shorter than a frame, long enough to cost nothing.
NACK_INTERVAL = 0.03
#: Between two sender reports: as browsers do for video.
REPORT_INTERVAL = 1.0


class Publisher:
    """Sends the studio's picture and sound under sources of its own."""

    def __init__(self, studio: Studio, identity: Identity, *, on_lost: Callable[[], None] | None = None) -> None:
        self._studio = studio
        self._identity = identity
        self._outgoing = new_outgoing()
        self._version = 0
        self._level_id: int | None = None
        self._started = False
        self.peer = MediaPeer(identity, on_rtcp=self._take_rtcp, on_lost=on_lost)
        self.microphone = True
        self.camera = True
        assert self._outgoing.audio and self._outgoing.video and self._outgoing.video_repeat
        self.audio = rtp.SendingTrack(self._outgoing.audio, OPUS, SAMPLE_RATE, random_sequence())
        self.video = rtp.SendingTrack(
            self._outgoing.video, VP8, VIDEO_CLOCK, random_sequence(), repeat=(self._outgoing.video_repeat, RTX)
        )
        self._starts_with_keyframe = False
        self._credentials = self.peer.credentials

    def offer(self, *, restart: bool = False) -> str:
        """SDP for `PublishOffer`; with `restart` the same sources under new ICE credentials."""
        self._version += 1
        if restart:
            self._credentials = new_credentials()
        return write_offer(
            self._outgoing, self._credentials, self._identity.fingerprint, self.peer.port, version=self._version
        )

    async def take_answer(self, sdp: str) -> None:
        """Connects, or restarts. Raises `PeerFailed`, `ValueError`."""
        answer = read_description(sdp)
        for section in answer.sections:
            track = self.audio if section.kind == "audio" else self.video
            track.mid = (section.extensions[MID], section.mid.encode()) if MID in section.extensions else None
            if section.kind == "audio":
                self._level_id = section.extensions.get(AUDIO_LEVEL)
        if self._started:
            await self.peer.restart(answer, self._credentials)
            return
        await self.peer.connect(answer)
        self._started = True
        self._studio.want_keyframe()
        self._studio.join(self)

    def take_picture(self, picture: Picture) -> None:
        if not self.camera:
            self._starts_with_keyframe = False
            return
        if not (self._starts_with_keyframe or picture.keyframe):
            self._studio.want_keyframe()
            return
        self._starts_with_keyframe = True
        last = len(picture.payloads) - 1
        for n, payload in enumerate(picture.payloads):
            self.peer.send_rtp(self.video.packet(payload, picture.timestamp, marker=n == last))

    def take_sound(self, sound: Sound) -> None:
        if not self.microphone:
            return
        level = [(self._level_id, bytes((0x80 | sound.level,)))] if self._level_id is not None else None
        self.peer.send_rtp(self.audio.packet(sound.payload, sound.timestamp, marker=False, extensions=level))

    def report(self) -> None:
        """Sender reports of both tracks."""
        now = self._studio.now
        for track in (self.audio, self.video):
            if track.packets:
                packet = rtp.write_sender_report(
                    track, self._studio.unix_time(now), int(now * track.clock_rate), self._outgoing.cname
                )
                self.peer.send_rtcp(packet)

    def close(self) -> None:
        self._studio.leave(self)
        self.peer.close()

    def _take_rtcp(self, packet: bytes) -> None:
        feedback = rtp.read_rtcp(packet)
        if self.video.ssrc in feedback.keyframes:
            self._studio.want_keyframe()
        for source, sequence in feedback.repeats:
            if source == self.video.ssrc and (again := self.video.repeat(sequence)) is not None:
                self.peer.send_rtp(again)


class Receiver:
    """Counts what arrives, slot by slot; asks for what is lost; decodes nothing."""

    def __init__(self, identity: Identity, *, on_lost: Callable[[], None] | None = None) -> None:
        self._identity = identity
        self._own_ssrc = 1
        self._by_ssrc: dict[int, tuple[str, int | None]] = {}
        self._repeat_types: set[int] = set()
        self._level_id: int | None = None
        self.peer = MediaPeer(identity, on_rtp=self._take_rtp, on_rtcp=self._take_rtcp, on_lost=on_lost)
        #: Per source: the middle of the newest sender report's NTP time, and when it came.
        self._reports: dict[int, tuple[int, float]] = {}
        self.slots: dict[str, rtp.ReceivedTrack] = {}
        self._sources: dict[str, int] = {}
        self._offer: Description | None = None
        self._started = False
        self._credentials = self.peer.credentials

    def answer(self, sdp: str) -> str:
        """The answer to the node's offer; after the first one it is an ICE restart. Raises `ValueError`."""
        if self._started:
            self._credentials = new_credentials()
        self._offer = offer = read_description(sdp)
        for section in offer.sections:
            clock = SAMPLE_RATE if section.kind == "audio" else VIDEO_CLOCK
            self.slots.setdefault(section.mid, rtp.ReceivedTrack(clock))
            if not section.ssrcs:
                raise ValueError(f"slot {section.mid} names no source")
            self._sources[section.mid] = section.ssrcs[0]
            for ssrc in section.ssrcs:
                self._by_ssrc[ssrc] = (section.mid, section.ssrcs[0] if ssrc != section.ssrcs[0] else None)
            self._repeat_types |= set(section.repeats)
            self._level_id = section.extensions.get(AUDIO_LEVEL, self._level_id)
        return write_answer(offer, self._credentials, self._identity.fingerprint, self.peer.port)

    async def connect(self) -> None:
        """After the answer was sent. Raises `PeerFailed`."""
        assert self._offer is not None
        if self._started:
            await self.peer.restart(self._offer, self._credentials)
            return
        self._started = True
        await self.peer.connect(self._offer)

    def ask_again(self) -> None:
        """NACKs for what is missing now."""
        now = asyncio.get_running_loop().time()
        for slot, track in self.slots.items():
            wanted = track.wanted(now) if track.missing else []
            # Only video has a repetition stream.
            if wanted and track.clock_rate == VIDEO_CLOCK:
                self.peer.send_rtcp(rtp.write_nack(self._own_ssrc, self._sources[slot], wanted))

    def report(self) -> None:
        """A receiver report about every slot that carries something.

        It also shows the node where this end now is: after an ICE restart media moves to where SRTP last verified.
        """
        now = asyncio.get_running_loop().time()
        blocks = []
        for slot, track in self.slots.items():
            if track.highest is None:
                continue
            source = self._sources[slot]
            middle, came = self._reports.get(source, (0, now))
            highest = track.cycles << 16 | track.highest
            jitter = int(track.jitter * track.clock_rate)
            blocks.append(rtp.ReportBlock(source, track.lost, highest, jitter, middle, now - came))
        self.peer.send_rtcp(rtp.write_receiver_report(self._own_ssrc, blocks))

    def close(self) -> None:
        self.peer.close()

    def _take_rtcp(self, packet: bytes) -> None:
        now = asyncio.get_running_loop().time()
        for source, ntp, _ in rtp.read_rtcp(packet).reports:
            self._reports[source] = (ntp >> 16 & 0xFFFFFFFF, now)

    def _take_rtp(self, packet: bytes) -> None:
        try:
            header = rtp.read_header(packet)
        except ValueError:
            return
        slot, repeats = self._by_ssrc.get(header.ssrc, (None, None))
        if slot is None:
            return
        track = self.slots[slot]
        if repeats is not None:
            if header.end - header.begin >= 2:
                track.take_repeat(struct.unpack_from("!H", packet, header.begin)[0], header)
            return
        track.take(header, len(packet), asyncio.get_running_loop().time())
        level = header.extensions.get(self._level_id) if self._level_id is not None else None
        if level:
            track.level = level[0] & 0x7F


def slot_figures(receiver: Receiver) -> dict[str, dict[str, Any]]:
    """What arrived, for slots that ever carried something. `level`: dB below full scale; `jitter_ms`: RFC 3550."""
    return {
        slot: {
            "packets": track.packets,
            "frames": track.frames,
            "lost": track.lost,
            "repaired": track.repaired,
            "jitter_ms": round(track.jitter * 1e3, 1),
            "level": track.level,
        }
        for slot, track in receiver.slots.items()
        if track.packets
    }


async def every(interval: float, action: Callable[[], None]) -> None:
    """Calls `action` again and again until cancelled."""
    while True:
        await asyncio.sleep(interval)
        with contextlib.suppress(OSError):
            action()
