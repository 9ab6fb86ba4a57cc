"""Rules of sessions that need no database."""

from datetime import date

import pytest

from hub.cases.models import CaseClass
from hub.sessions.models import SessionKind
from hub.sessions.rules import RECORDING_POLICIES, TITLE_LENGTH, policy_of, turn_title
from signaling.protocol.vocabulary import RecordingPolicy


@pytest.mark.parametrize("kind", SessionKind)
def test_every_kind_has_a_policy_today_and_sealed_ones_are_never_recorded(kind: SessionKind) -> None:
    never = kind is SessionKind.SEALED
    assert (policy_of(kind, date(2026, 11, 22)) is RecordingPolicy.NEVER) is never


def test_where_no_rule_is_known_nothing_is_recorded() -> None:
    assert policy_of(SessionKind.DIALOGUE, date(2000, 1, 1)) is RecordingPolicy.NEVER


def test_every_rule_names_its_source() -> None:
    assert all(rule.source for rule in RECORDING_POLICIES)


def test_a_title_is_short_and_tells_nothing_of_a_sealed_case() -> None:
    assert (
        turn_title("LS-2026-0006", "Tố cáo khai khống", CaseClass.SEALED, "Công dân 06") == "LS-2026-0006 · Công dân 06"
    )
    long = turn_title("LS-2026-0001", "đất " * 100, CaseClass.NORMAL, "")
    assert len(long) <= TITLE_LENGTH
    assert long.endswith("…")
