"""What we agree to: our answer to a publisher, our offer to a subscriber, and what their descriptions gave us."""

from dataclasses import dataclass, field

from signaling.protocol.slots import SLOTS, MediaKind
from signaling.relay import bandwidth, rtp
from signaling.relay.tracks import Device
from signaling.wire.sdp import Codec, Description, SdpError, Section

#: The receiving connection's fixed header extensions.
_OFFERED_EXTENSIONS = {
    MediaKind.AUDIO: ((rtp.AUDIO_LEVEL_ID, rtp.AUDIO_LEVEL_URI), (rtp.ABS_SEND_TIME_ID, rtp.ABS_SEND_TIME_URI)),
    MediaKind.VIDEO: ((rtp.ABS_SEND_TIME_ID, rtp.ABS_SEND_TIME_URI), (rtp.PLAYOUT_DELAY_ID, rtp.PLAYOUT_DELAY_URI)),
}
#: Echoed to a publisher where it offers them. Transport-wide feedback and rid come with estimation and simulcast.
_ACCEPTED_EXTENSIONS = (rtp.AUDIO_LEVEL_URI, rtp.ABS_SEND_TIME_URI, rtp.MID_URI)
#: In-band FEC repairs a lost packet from the next one; DTX saves a muted-by-silence commune's uplink.
_OPUS_PARAMETERS = f"minptime=10;useinbandfec=1;usedtx=1;maxaveragebitrate={bandwidth.AUDIO_BITRATE_BPS}"
_VIDEO_FEEDBACK = ("nack", "nack pli", "ccm fir", "goog-remb")


@dataclass(frozen=True, slots=True)
class LocalTransport:
    """Our side, to be written. `candidates`: (address, port) pairs; `fingerprint`: SHA-256 with colons."""

    ufrag: str
    password: str
    fingerprint: str
    candidates: list[tuple[str, int]]
    session_id: int
    version: int


@dataclass(frozen=True, slots=True)
class AcceptedTrack:
    """One section of a publisher that we take. Payload types and extension ids are the publisher's; 0 = none."""

    mid: str
    device: Device
    payload_type: int
    rtx_payload_type: int
    ssrc: int
    rtx_ssrc: int
    level_id: int
    mid_id: int
    nack: bool


@dataclass(frozen=True, slots=True)
class RemoteTransport:
    """Theirs. `client`: we begin the DTLS handshake."""

    ufrag: str
    fingerprints: tuple[str, ...]
    client: bool


@dataclass(frozen=True, slots=True)
class SlotTerms:
    """What the answer allows in one slot: retransmissions on their own stream, and the wish to show later."""

    retransmission: bool
    playout_delay: bool


@dataclass(frozen=True, slots=True)
class AcceptedSlots:
    """What a subscriber's answer allows; slots it does not take are absent."""

    transport: RemoteTransport
    slots: dict[str, SlotTerms] = field(default_factory=dict)


def _is_rtp(section: Section) -> bool:
    return section.protocol in ("UDP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP")


def _remote(description: Description, section: Section) -> RemoteTransport:
    transport = section.transport.over(description.transport)
    if not transport.ufrag or not transport.password:
        raise SdpError("no ICE credentials")
    if not transport.fingerprints:
        raise SdpError("no SHA-256 fingerprint")
    return RemoteTransport(transport.ufrag, tuple(transport.fingerprints), transport.setup == "passive")


def _find_codec(section: Section, name: str, clock_rate: int) -> int | None:
    for payload_type in map(int, section.formats):
        codec = section.codecs.get(payload_type)
        if codec is not None and codec.name == name and codec.clock_rate == clock_rate:
            return payload_type
    return None


def _find_rtx(section: Section, primary: int) -> int:
    for payload_type in map(int, section.formats):
        codec = section.codecs.get(payload_type)
        if (
            codec is not None
            and codec.name == "rtx"
            and f"apt={primary}" in codec.parameters.replace(" ", "").split(";")
        ):
            return payload_type
    return 0


# --- publisher: their offer, our answer ---------------------------------------------------------------------------


def accept_offer(offer: Description) -> tuple[RemoteTransport, list[AcceptedTrack]]:
    """Chooses one Opus section, one VP8 section for the camera and one for the screen, in that order of appearance.

    Raises `SdpError` where the offer cannot be answered: no bundle with rtcp-mux, nothing we can forward, no credentials.
    """
    accepted: list[AcceptedTrack] = []
    first: Section | None = None
    free = [Device.MICROPHONE, Device.CAMERA, Device.SCREEN]
    for section in offer.sections:
        if section.port == 0 and section.mid not in offer.bundle:
            continue
        track = _accept(section, free) if section.mid in offer.bundle else None
        if track is None:
            continue
        first = first or section
        free.remove(track.device)
        accepted.append(track)
    if first is None:
        raise SdpError("nothing to forward")
    ssrcs = [ssrc for track in accepted for ssrc in (track.ssrc, track.rtx_ssrc) if ssrc]
    if len(ssrcs) != len(set(ssrcs)):
        raise SdpError("a source is used twice")
    return _remote(offer, first), accepted


def _accept(section: Section, free: list[Device]) -> AcceptedTrack | None:
    if not _is_rtp(section) or not section.rtcp_mux:
        return None
    if section.kind == "audio":
        devices, name, rate = [Device.MICROPHONE], "opus", 48_000
    else:
        devices, name, rate = [Device.CAMERA, Device.SCREEN], "vp8", 90_000
    if section.kind not in ("audio", "video"):
        return None
    device = next((device for device in devices if device in free), None)
    payload_type = _find_codec(section, name, rate)
    if device is None or payload_type is None:
        return None
    rtx = _find_rtx(section, payload_type) if name == "vp8" else 0
    ssrc, rtx_ssrc = _sources(section)
    return AcceptedTrack(
        mid=section.mid,
        device=device,
        payload_type=payload_type,
        rtx_payload_type=rtx,
        ssrc=ssrc,
        rtx_ssrc=rtx_ssrc if rtx else 0,
        level_id=section.extensions.get(rtp.AUDIO_LEVEL_URI, 0),
        mid_id=section.extensions.get(rtp.MID_URI, 0),
        nack="nack" in section.codecs[payload_type].feedback,
    )


def _sources(section: Section) -> tuple[int, int]:
    """(main, retransmission); 0 where the section names none, as with simulcast by rid."""
    for semantics, ssrcs in section.groups:
        if semantics == "FID" and len(ssrcs) == 2:
            return ssrcs[0], ssrcs[1]
    return (section.ssrcs[0] if section.ssrcs else 0), 0


def write_answer(
    offer: Description, accepted: list[AcceptedTrack], remote: RemoteTransport, local: LocalTransport
) -> str:
    tracks = {track.mid: track for track in accepted}
    lines = _session_lines(local, [section.mid for section in offer.sections if section.mid in tracks])
    for section in offer.sections:
        track = tracks.get(section.mid) if section.mid else None
        if track is None:
            lines += _refused_section(section)
            continue
        lines += [
            f"m={section.kind} 9 {section.protocol} {track.payload_type}"
            + (f" {track.rtx_payload_type}" if track.rtx_payload_type else ""),
            *_transport_lines(local, "active" if remote.client else "passive"),
            f"a=mid:{track.mid}",
            "a=recvonly" if section.direction in ("sendrecv", "sendonly") else "a=inactive",
            "a=rtcp-mux",
            *(["a=rtcp-rsize"] if section.reduced_size else []),
        ]
        for uri in _ACCEPTED_EXTENSIONS:
            if uri in section.extensions:
                lines.append(f"a=extmap:{section.extensions[uri]} {uri}")
        lines += _answer_codec_lines(track, section.codecs[track.payload_type])
    return "\r\n".join(lines) + "\r\n"


def _refused_section(section: Section) -> list[str]:
    lines = [f"m={section.kind} 0 {section.protocol} {' '.join(section.formats)}", "c=IN IP4 0.0.0.0"]
    if section.mid:
        lines.append(f"a=mid:{section.mid}")
    return [*lines, "a=inactive"]


def _answer_codec_lines(track: AcceptedTrack, offered: Codec) -> list[str]:
    main, rtx = track.payload_type, track.rtx_payload_type
    if track.device is Device.MICROPHONE:
        lines = [f"a=rtpmap:{main} opus/48000/2", f"a=fmtp:{main} {_OPUS_PARAMETERS}"]
        if track.nack:
            lines.append(f"a=rtcp-fb:{main} nack")
        return lines
    lines = [f"a=rtpmap:{main} VP8/90000", f"a=fmtp:{main} x-google-start-bitrate={bandwidth.START_BITRATE_KBPS}"]
    lines += [f"a=rtcp-fb:{main} {feedback}" for feedback in _VIDEO_FEEDBACK if feedback in offered.feedback]
    if rtx:
        lines += [f"a=rtpmap:{rtx} rtx/90000", f"a=fmtp:{rtx} apt={main}"]
    return lines


# --- subscriber: our offer, their answer --------------------------------------------------------------------------


def write_offer(local: LocalTransport, sources: dict[str, tuple[int, int]], name: str) -> str:
    """All slots, sending. `sources`: slot → (SSRC, retransmission SSRC or 0); `name`: the node's canonical name."""
    lines = _session_lines(local, list(SLOTS))
    for slot, kind in SLOTS.items():
        ssrc, rtx_ssrc = sources[slot]
        stream, _, _ = slot.rpartition("-") if slot.startswith(("floor", "chair")) else (slot, "", "")
        formats = f"{rtp.OPUS}" if kind is MediaKind.AUDIO else f"{rtp.VP8} {rtp.VP8_RTX}"
        lines += [
            f"m={kind} 9 UDP/TLS/RTP/SAVPF {formats}",
            *_transport_lines(local, "actpass"),
            f"a=mid:{slot}",
            "a=sendonly",
            "a=rtcp-mux",
            "a=rtcp-rsize",
            f"a=msid:{stream} {slot}",
            *(f"a=extmap:{identifier} {uri}" for identifier, uri in _OFFERED_EXTENSIONS[kind]),
        ]
        if kind is MediaKind.AUDIO:
            lines += [
                f"a=rtpmap:{rtp.OPUS} opus/48000/2",
                f"a=fmtp:{rtp.OPUS} minptime=10;useinbandfec=1",
                f"a=rtcp-fb:{rtp.OPUS} nack",
            ]
        else:
            lines.append(f"a=rtpmap:{rtp.VP8} VP8/90000")
            lines += [f"a=rtcp-fb:{rtp.VP8} {feedback}" for feedback in _VIDEO_FEEDBACK]
            lines += [
                f"a=rtpmap:{rtp.VP8_RTX} rtx/90000",
                f"a=fmtp:{rtp.VP8_RTX} apt={rtp.VP8}",
                f"a=ssrc-group:FID {ssrc} {rtx_ssrc}",
            ]
        for source in (ssrc, rtx_ssrc):
            if source:
                lines += [f"a=ssrc:{source} cname:{name}", f"a=ssrc:{source} msid:{stream} {slot}"]
    return "\r\n".join(lines) + "\r\n"


def accept_answer(answer: Description) -> AcceptedSlots:
    """Reads a subscriber's answer. Raises `SdpError` if it does not answer our offer."""
    if [section.mid for section in answer.sections] != list(SLOTS):
        raise SdpError("not an answer to our offer")
    slots: dict[str, SlotTerms] = {}
    first: Section | None = None
    for section in answer.sections:
        kind = SLOTS[section.mid]
        main = rtp.OPUS if kind is MediaKind.AUDIO else rtp.VP8
        if section.kind != kind:
            raise SdpError("another kind than offered")
        if not _is_rtp(section) or (section.port == 0 and section.mid not in answer.bundle):
            continue
        first = first or section
        if section.direction in ("recvonly", "sendrecv") and str(main) in section.formats:
            slots[section.mid] = SlotTerms(
                retransmission=kind is MediaKind.VIDEO and str(rtp.VP8_RTX) in section.formats,
                playout_delay=section.extensions.get(rtp.PLAYOUT_DELAY_URI) == rtp.PLAYOUT_DELAY_ID,
            )
    if first is None:
        raise SdpError("every slot refused")
    transport = _remote(answer, first)
    if first.transport.over(answer.transport).setup not in ("active", "passive"):
        raise SdpError("an answer says who begins")
    return AcceptedSlots(transport, slots)


# --- lines -------------------------------------------------------------------------------------------------------


def _session_lines(local: LocalTransport, mids: list[str]) -> list[str]:
    return [
        "v=0",
        f"o=- {local.session_id} {local.version} IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE " + " ".join(mids),
        "a=ice-lite",
        "a=msid-semantic: WMS *",
    ]


def _transport_lines(local: LocalTransport, setup: str) -> list[str]:
    lines = [
        "c=IN IP4 0.0.0.0",
        f"a=ice-ufrag:{local.ufrag}",
        f"a=ice-pwd:{local.password}",
        f"a=fingerprint:sha-256 {local.fingerprint}",
        f"a=setup:{setup}",
    ]
    for number, (host, port) in enumerate(local.candidates, 1):
        # RFC 8445 5.1.2.1: host type 126, local preference falling in the order of the setting, component 1.
        priority = (126 << 24) + ((65536 - number) << 8) + 255
        lines.append(f"a=candidate:{number} 1 udp {priority} {host} {port} typ host")
    return [*lines, "a=end-of-candidates"]
