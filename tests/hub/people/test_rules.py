"""Consent: who is asked, what counts, who decides for a shared seat."""

import itertools

import pytest

from hub.people.rules import consent_in_force, most_restrictive
from hub.people.service import clean_name
from signaling.protocol.vocabulary import Consent

C = Consent


@pytest.mark.parametrize(
    ("on_duty", "newest", "in_force"),
    [
        (True, None, C.AUDIO_VIDEO),
        (False, None, C.UNDECIDED),
        *[(on_duty, choice, choice) for on_duty in (True, False) for choice in (C.AUDIO_VIDEO, C.VOICE, C.NONE)],
    ],
)
def test_officials_by_notice_others_as_they_chose(on_duty: bool, newest: Consent | None, in_force: Consent) -> None:
    assert consent_in_force(on_duty, newest) is in_force


def test_the_most_restrictive_person_decides_in_whatever_order_they_sit() -> None:
    for people, decides in (
        ((), C.NONE),
        ((C.AUDIO_VIDEO, C.AUDIO_VIDEO), C.AUDIO_VIDEO),
        ((C.AUDIO_VIDEO, C.VOICE), C.VOICE),
        ((C.AUDIO_VIDEO, C.VOICE, C.UNDECIDED), C.UNDECIDED),
        ((C.AUDIO_VIDEO, C.VOICE, C.UNDECIDED, C.NONE), C.NONE),
    ):
        for order in itertools.permutations(people):
            assert most_restrictive(order) is decides


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Bà   Nông Thị\tPết\n", "Bà Nông Thị Pết"),
        ("Nông\u202eThị", "Nông Thị"),
        ("Hòa", "Hòa"),
        ("<b>A</b>", "<b>A</b>"),
        ("\x00\u200b", ""),
    ],
)
def test_names_are_kept_as_written_without_invisible_characters(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept
