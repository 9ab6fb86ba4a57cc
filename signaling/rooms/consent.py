"""What may be kept of a seat. The most restrictive of its people decides; who was not asked counts as a refusal."""

from collections.abc import Iterable

from signaling.protocol.slots import MediaKind
from signaling.protocol.vocabulary import Consent

#: Larger = more restrictive.
_RESTRICTION = {Consent.AUDIO_VIDEO: 0, Consent.VOICE: 1, Consent.NONE: 2, Consent.UNDECIDED: 2}

KINDS: dict[Consent, frozenset[MediaKind]] = {
    Consent.AUDIO_VIDEO: frozenset({MediaKind.AUDIO, MediaKind.VIDEO}),
    Consent.VOICE: frozenset({MediaKind.AUDIO}),
    Consent.NONE: frozenset(),
    Consent.UNDECIDED: frozenset(),
}


def of_seat(people: Iterable[Consent]) -> Consent:
    """`AUDIO_VIDEO`, `VOICE` or `NONE`. A seat nobody is listed at is not recorded: closed by default."""
    strictest = max(people, key=_RESTRICTION.__getitem__, default=Consent.NONE)
    return Consent.NONE if strictest is Consent.UNDECIDED else strictest
