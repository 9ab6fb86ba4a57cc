"""Session descriptions as browsers write them (RFC 8866, 8829, 8843): a strict, bounded reader.

What we do not use is passed over; what cannot be a description is refused as a whole. `negotiation` writes ours.
"""

import re
from dataclasses import dataclass, field

MAX_BYTES = 64 * 1024
MAX_LINES = 4000
MAX_LINE = 4096
MAX_SECTIONS = 32
MAX_CANDIDATES = 100
#: Per section. A browser names two to six streams, some 60 payload types and 20 extensions.
MAX_SSRCS = 32
MAX_EXTENSIONS = 64

_LINE = re.compile(r"([a-z])=([^\x00-\x08\x0a-\x1f\x7f]*)")
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+\-.^_`{|}~]{1,64}")
_UFRAG = re.compile(r"[A-Za-z0-9+/]{4,256}")
_PASSWORD = re.compile(r"[A-Za-z0-9+/]{22,256}")
_SHA_256 = re.compile(r"[0-9A-F]{2}(:[0-9A-F]{2}){31}")
_NUMBER = re.compile(r"[0-9]{1,10}")

DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")
SETUPS = ("actpass", "active", "passive")


class SdpError(ValueError):
    """The text is no description we can work with."""


@dataclass(slots=True)
class Codec:
    name: str = ""
    clock_rate: int = 0
    parameters: str = ""
    feedback: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Transport:
    """ICE and DTLS attributes, of the session or of one section. `fingerprints`: SHA-256 only, upper case."""

    ufrag: str = ""
    password: str = ""
    fingerprints: list[str] = field(default_factory=list)
    setup: str = ""

    def over(self, session: "Transport") -> "Transport":
        """These values, with the session's where this section has none."""
        return Transport(
            ufrag=self.ufrag or session.ufrag,
            password=self.password or session.password,
            fingerprints=self.fingerprints or session.fingerprints,
            setup=self.setup or session.setup,
        )


@dataclass(slots=True)
class Section:
    """One `m=` section. `port` 0 means refused; `extensions`: URI → id; `groups`: (semantics, SSRCs)."""

    kind: str
    port: int
    protocol: str
    formats: list[str]
    mid: str = ""
    direction: str = "sendrecv"
    rtcp_mux: bool = False
    reduced_size: bool = False
    transport: Transport = field(default_factory=Transport)
    codecs: dict[int, Codec] = field(default_factory=dict)
    extensions: dict[str, int] = field(default_factory=dict)
    ssrcs: list[int] = field(default_factory=list)
    groups: list[tuple[str, list[int]]] = field(default_factory=list)
    #: Restriction ids the section would send as simulcast layers.
    rids: list[str] = field(default_factory=list)

    def codec(self, payload_type: int) -> Codec:
        return self.codecs.setdefault(payload_type, Codec())


@dataclass(slots=True)
class Description:
    transport: Transport = field(default_factory=Transport)
    bundle: list[str] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)


def _require(condition: object, what: str) -> None:
    if not condition:
        raise SdpError(what)


def _integer(text: str, limit: int, what: str) -> int:
    _require(_NUMBER.fullmatch(text), what)
    number = int(text)
    _require(number <= limit, what)
    return number


def parse(text: str) -> Description:
    """Reads an offer or answer. Raises `SdpError` for anything malformed or beyond the limits above."""
    _require(len(text) <= MAX_BYTES, "description too long")
    try:
        encoded = text.encode()
    except UnicodeEncodeError as error:
        raise SdpError("not UTF-8") from error
    _require(len(encoded) <= MAX_BYTES, "description too long")
    lines = text.replace("\r\n", "\n").split("\n")
    if lines and lines[-1] == "":
        lines.pop()
    _require(len(lines) <= MAX_LINES, "too many lines")
    description = Description()
    section: Section | None = None
    candidates = 0
    for number, line in enumerate(lines):
        match = _LINE.fullmatch(line) if len(line) <= MAX_LINE else None
        if match is None:
            raise SdpError("not a line of a description")
        kind, value = match.groups()
        if number == 0:
            _require(kind == "v" and value == "0", "does not begin with v=0")
        elif kind == "m":
            _require(len(description.sections) < MAX_SECTIONS, "too many sections")
            section = _media(value)
            description.sections.append(section)
        elif kind == "a":
            name, _, rest = value.partition(":")
            if name == "candidate":
                candidates += 1
                _require(candidates <= MAX_CANDIDATES, "too many candidates")
            elif section is None:
                _session_attribute(description, name, rest)
            else:
                _section_attribute(section, name, rest)
    _require(lines, "empty")
    _check_mids(description)
    return description


def _check_mids(description: Description) -> None:
    mids = [section.mid for section in description.sections if section.mid]
    _require(len(mids) == len(set(mids)), "a mid is used twice")
    _require(set(description.bundle) <= set(mids), "bundle names an unknown mid")


def _media(value: str) -> Section:
    parts = value.split(" ")
    _require(len(parts) >= 4 and len(parts) <= 132, "media line incomplete")
    kind, port, protocol, formats = parts[0], parts[1], parts[2], parts[3:]
    _require(_TOKEN.fullmatch(kind), "media kind")
    _require(all(_TOKEN.fullmatch(part) for part in protocol.split("/")), "media protocol")
    _require(all(_TOKEN.fullmatch(part) for part in formats), "media format")
    if protocol.startswith(("UDP/TLS/RTP", "RTP/")):
        for payload_type in formats:
            _integer(payload_type, 127, "payload type")
    return Section(kind=kind, port=_integer(port, 65535, "port"), protocol=protocol, formats=formats)


def _transport_attribute(transport: Transport, name: str, value: str) -> bool:
    if name == "ice-ufrag":
        _require(_UFRAG.fullmatch(value), "ice-ufrag")
        transport.ufrag = value
    elif name == "ice-pwd":
        _require(_PASSWORD.fullmatch(value), "ice-pwd")
        transport.password = value
    elif name == "setup":
        _require(value in SETUPS, "setup")
        transport.setup = value
    elif name == "fingerprint":
        algorithm, _, digest = value.partition(" ")
        if algorithm.lower() == "sha-256":
            digest = digest.upper()
            _require(_SHA_256.fullmatch(digest), "fingerprint")
            _require(len(transport.fingerprints) < 4, "too many fingerprints")
            transport.fingerprints.append(digest)
    else:
        return False
    return True


def _session_attribute(description: Description, name: str, value: str) -> None:
    if name == "group":
        semantics, *mids = value.split(" ")
        if semantics == "BUNDLE":
            _require(not description.bundle, "two bundles")
            _require(all(_TOKEN.fullmatch(mid) for mid in mids) and len(mids) <= MAX_SECTIONS, "bundle")
            description.bundle = mids
    else:
        _transport_attribute(description.transport, name, value)


def _section_attribute(section: Section, name: str, value: str) -> None:
    if _transport_attribute(section.transport, name, value):
        return
    if name in DIRECTIONS:
        section.direction = name
    elif name == "mid":
        _require(_TOKEN.fullmatch(value), "mid")
        section.mid = value
    elif name == "rtcp-mux":
        section.rtcp_mux = True
    elif name == "rtcp-rsize":
        section.reduced_size = True
    elif name in ("rtpmap", "fmtp", "rtcp-fb"):
        _codec_attribute(section, name, value)
    elif name == "extmap":
        _extension(section, value)
    elif name in ("ssrc", "ssrc-group"):
        _source(section, name, value)
    elif name == "rid":
        parts = value.split(" ")
        if len(parts) >= 2 and parts[1] == "send":
            _require(re.fullmatch(r"[A-Za-z0-9]{1,16}", parts[0]) and len(section.rids) < 8, "rid")
            section.rids.append(parts[0])


def _codec_attribute(section: Section, name: str, value: str) -> None:
    payload_type, _, rest = value.partition(" ")
    if payload_type == "*" and name == "rtcp-fb":
        return
    codec = section.codec(_integer(payload_type, 127, "payload type"))
    if name == "rtpmap":
        parts = rest.split("/")
        _require(2 <= len(parts) <= 3 and _TOKEN.fullmatch(parts[0]), "rtpmap")
        codec.name = parts[0].lower()
        codec.clock_rate = _integer(parts[1], 1_000_000, "clock rate")
    elif name == "fmtp":
        codec.parameters = rest
    elif len(codec.feedback) < 32:
        codec.feedback.add(rest)


def _extension(section: Section, value: str) -> None:
    identifier, _, uri = value.partition(" ")
    number = _integer(identifier.partition("/")[0], 4095, "extension id")
    _require(len(section.extensions) < MAX_EXTENSIONS, "too many extensions")
    if 1 <= number <= 255:
        section.extensions[uri.partition(" ")[0]] = number


def _source(section: Section, name: str, value: str) -> None:
    if name == "ssrc":
        ssrc = _integer(value.partition(" ")[0], 0xFFFFFFFF, "ssrc")
        if ssrc not in section.ssrcs:
            _require(len(section.ssrcs) < MAX_SSRCS, "too many sources")
            section.ssrcs.append(ssrc)
        return
    semantics, *ssrcs = value.split(" ")
    _require(len(section.groups) < MAX_SSRCS and len(ssrcs) <= MAX_SSRCS, "too many source groups")
    section.groups.append((semantics, [_integer(ssrc, 0xFFFFFFFF, "ssrc") for ssrc in ssrcs]))
