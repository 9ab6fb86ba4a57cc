"""Pure rules of consent: who is recorded by notice, and what a shared seat's people allow together."""

from collections.abc import Iterable

from signaling.protocol.vocabulary import Consent

#: The notice read to people before they choose (domain, section 7.3, opening script). A new text is a new version.
NOTICE_VERSION = "2026-07"

#: From what allows most to what allows least; undecided counts as none.
_ORDER = (Consent.AUDIO_VIDEO, Consent.VOICE, Consent.UNDECIDED, Consent.NONE)


def consent_in_force(on_duty: bool, newest: Consent | None) -> Consent:
    """Officials on duty are recorded by notice (domain 3.5, purpose a); everybody else as they last chose."""
    if newest is not None:
        return newest
    return Consent.AUDIO_VIDEO if on_duty else Consent.UNDECIDED


def most_restrictive(consents: Iterable[Consent]) -> Consent:
    """What a seat shared by several people allows: its most restrictive person decides. Nobody there: none."""
    return max(consents, key=_ORDER.index, default=Consent.NONE)
