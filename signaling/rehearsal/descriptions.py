"""SDP as a simulated site writes and reads it: one offer for what it sends, one answer for what it receives."""

import re
import secrets
from dataclasses import dataclass, field

OPUS, VP8, RTX = 111, 96, 97
AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"

_RTPMAP = re.compile(r"rtpmap:(\d+) ([^/\s]+)/(\d+)")
_EXTMAP = re.compile(r"extmap:(\d+)(?:/\S+)? (\S+)")
_APT = re.compile(r"fmtp:(\d+) .*\bapt=(\d+)")


@dataclass(frozen=True, slots=True)
class Credentials:
    """ICE user fragment and password of one side. RFC 8445, section 5.3."""

    ufrag: str
    password: str


def new_credentials() -> Credentials:
    return Credentials(secrets.token_hex(4), secrets.token_hex(16))


@dataclass(slots=True)
class Section:
    """One media section of the node's description."""

    kind: str
    mid: str = ""
    protocol: str = "UDP/TLS/RTP/SAVPF"
    rejected: bool = False
    direction: str = "sendrecv"
    codecs: dict[int, str] = field(default_factory=dict)
    repeats: dict[int, int] = field(default_factory=dict)
    extensions: dict[str, int] = field(default_factory=dict)
    feedback: list[str] = field(default_factory=list)
    parameters: list[str] = field(default_factory=list)
    ssrcs: list[int] = field(default_factory=list)
    rtpmaps: list[str] = field(default_factory=list)

    def payload_type(self, codec: str) -> int | None:
        return next((number for number, name in self.codecs.items() if name.upper() == codec.upper()), None)


@dataclass(slots=True)
class Description:
    """What the far side says of itself. `candidates`: UDP addresses, best first."""

    credentials: Credentials
    fingerprint: str
    setup: str
    candidates: list[tuple[str, int]]
    sections: list[Section]


def read_description(sdp: str) -> Description:
    """Raises `ValueError` where something a peer cannot do without is missing."""
    ufrag = password = fingerprint = setup = ""
    candidates: list[tuple[int, tuple[str, int]]] = []
    sections: list[Section] = []
    for line in sdp.splitlines():
        if line.startswith("m="):
            kind, port, protocol = line[2:].split()[:3]
            sections.append(Section(kind, protocol=protocol, rejected=port == "0"))
        if not line.startswith("a="):
            continue
        name, _, value = line[2:].partition(":")
        if name == "ice-ufrag":
            ufrag = ufrag or value
        elif name == "ice-pwd":
            password = password or value
        elif name == "fingerprint" and value.lower().startswith("sha-256 "):
            fingerprint = fingerprint or value.split()[1]
        elif name == "setup":
            setup = setup or value
        elif name == "candidate":
            words = value.split()
            if words[1] == "1" and words[2].lower() == "udp" and ":" not in words[4]:
                candidates.append((-int(words[3]), (words[4], int(words[5]))))
        elif sections:
            _read_media_line(sections[-1], name, value, line[2:])
    if not (ufrag and password and fingerprint):
        raise ValueError("the description has no ICE credentials or no SHA-256 fingerprint")
    addresses = list(dict.fromkeys(address for _, address in sorted(candidates)))
    return Description(Credentials(ufrag, password), fingerprint, setup, addresses, sections)


def _read_media_line(section: Section, name: str, value: str, line: str) -> None:
    if name == "mid":
        section.mid = value
    elif name in ("sendrecv", "sendonly", "recvonly", "inactive"):
        section.direction = name
    elif found := _RTPMAP.match(line):
        section.codecs[int(found[1])] = found[2]
        section.rtpmaps.append(line)
    elif found := _EXTMAP.match(line):
        section.extensions[found[2]] = int(found[1])
    elif name == "rtcp-fb":
        section.feedback.append(line)
    elif name == "fmtp":
        section.parameters.append(line)
        if found := _APT.match(line):
            section.repeats[int(found[1])] = int(found[2])
    elif name == "ssrc":
        ssrc = int(value.split()[0])
        if ssrc not in section.ssrcs:
            section.ssrcs.append(ssrc)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Sources a site sends from; None where it does not send that kind."""

    audio: int | None
    video: int | None
    video_repeat: int | None
    cname: str


def new_outgoing(*, audio: bool = True, video: bool = True) -> Outgoing:
    def number() -> int:
        return secrets.randbelow(2**32 - 2) + 1

    return Outgoing(
        number() if audio else None,
        number() if video else None,
        number() if video else None,
        secrets.token_hex(6),
    )


def _head(sections: list[str], version: int) -> list[str]:
    return [
        "v=0",
        f"o=- {secrets.randbelow(2**62)} {version} IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        f"a=group:BUNDLE {' '.join(sections)}",
    ]


def _transport(credentials: Credentials, fingerprint: str, setup: str, port: int) -> list[str]:
    return [
        "c=IN IP4 0.0.0.0",
        "a=rtcp:9 IN IP4 0.0.0.0",
        f"a=candidate:1 1 udp 2130706431 127.0.0.1 {port} typ host",
        f"a=ice-ufrag:{credentials.ufrag}",
        f"a=ice-pwd:{credentials.password}",
        f"a=fingerprint:sha-256 {fingerprint}",
        f"a=setup:{setup}",
        "a=rtcp-mux",
    ]


def write_offer(
    outgoing: Outgoing,
    credentials: Credentials,
    fingerprint: str,
    port: int,
    *,
    version: int = 1,
    setup: str = "actpass",
) -> str:
    """The publish offer: Opus in section `0`, VP8 with RTX in section `1` (or alone in `0`).

    `setup`: `active` insists on the DTLS client's part, for servers that would take it themselves.
    """
    kinds = [kind for kind in ("audio", "video") if getattr(outgoing, kind) is not None]
    lines = _head([str(n) for n in range(len(kinds))], version)
    for mid, kind in enumerate(kinds):
        payloads = f"{OPUS}" if kind == "audio" else f"{VP8} {RTX}"
        lines += [f"m={kind} 9 UDP/TLS/RTP/SAVPF {payloads}"]
        lines += _transport(credentials, fingerprint, setup, port)
        lines += [f"a=mid:{mid}", "a=sendonly", f"a=msid:{outgoing.cname} {kind}", f"a=extmap:4 {MID}"]
        if kind == "audio":
            lines += [
                f"a=extmap:1 {AUDIO_LEVEL}",
                f"a=rtpmap:{OPUS} opus/48000/2",
                f"a=fmtp:{OPUS} minptime=10;useinbandfec=1",
                f"a=ssrc:{outgoing.audio} cname:{outgoing.cname}",
            ]
        else:
            lines += [
                f"a=rtpmap:{VP8} VP8/90000",
                *(f"a=rtcp-fb:{VP8} {kind}" for kind in ("nack", "nack pli", "ccm fir")),
                f"a=rtpmap:{RTX} rtx/90000",
                f"a=fmtp:{RTX} apt={VP8}",
                f"a=ssrc-group:FID {outgoing.video} {outgoing.video_repeat}",
                f"a=ssrc:{outgoing.video} cname:{outgoing.cname}",
                f"a=ssrc:{outgoing.video_repeat} cname:{outgoing.cname}",
            ]
    return "\r\n".join(lines) + "\r\n"


def write_answer(offer: Description, credentials: Credentials, fingerprint: str, port: int) -> str:
    """Takes everything the node offers to send."""
    lines = _head([section.mid for section in offer.sections], 1)
    for section in offer.sections:
        payloads = " ".join(str(number) for number in section.codecs)
        lines += [f"m={section.kind} 9 {section.protocol} {payloads}"]
        lines += _transport(credentials, fingerprint, "active", port)
        lines += [f"a=mid:{section.mid}", "a=recvonly"]
        lines += [f"a=extmap:{number} {uri}" for uri, number in section.extensions.items()]
        lines += [f"a={line}" for line in (*section.rtpmaps, *section.feedback, *section.parameters)]
    return "\r\n".join(lines) + "\r\n"
