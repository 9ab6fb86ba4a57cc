import itertools

import pytest

from signaling.protocol.slots import MediaKind
from signaling.protocol.vocabulary import Consent
from signaling.rooms.consent import KINDS, of_seat

AV, V, N, U = Consent.AUDIO_VIDEO, Consent.VOICE, Consent.NONE, Consent.UNDECIDED


@pytest.mark.parametrize(
    ("people", "expected"),
    [([], N), ([AV], AV), ([V], V), ([N], N), ([U], N), ([AV, V], V), ([AV, N], N), ([V, U], N), ([AV, AV], AV)],
)
def test_the_most_restrictive_person_of_a_seat_decides(people: list[Consent], expected: Consent) -> None:
    assert of_seat(people) is expected


def test_one_more_person_never_allows_more() -> None:
    for people in itertools.product(Consent, repeat=2):
        for newcomer in Consent:
            assert KINDS[of_seat([*people, newcomer])] <= KINDS[of_seat(people)]


def test_voice_keeps_no_picture() -> None:
    assert KINDS[V] == {MediaKind.AUDIO}
    assert set(KINDS) == set(Consent)
