"""Every state has its word and a sign that exists; dates and names are said as offices say them."""

import re
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.presentation import dates, names, words
from web.presentation.words import _ALL, Sign

SPRITE = set(re.findall(r'symbol id="([^"]+)"', Path("web/static/icons.svg").read_text(encoding="utf-8")))
TEMPLATES = sorted(Path("web/templates").rglob("*.html"))


@pytest.mark.parametrize("enum", list(_ALL), ids=lambda enum: enum.__name__)
def test_every_member_has_a_word(enum: type[StrEnum]) -> None:
    assert set(_ALL[enum]) == set(enum)
    for member in enum:
        assert words.word(member)
        assert "!" not in words.word(member)


def test_every_sign_is_drawn() -> None:
    used = {found.icon for table in _ALL.values() for found in table.values() if isinstance(found, Sign)}
    for template in TEMPLATES:
        used |= set(re.findall(r"icon\(\"([a-z-]+)\"", template.read_text(encoding="utf-8")))
    assert used - {""} <= SPRITE


def test_no_template_writes_a_style_or_a_handler_into_html() -> None:
    for template in TEMPLATES:
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|\son[a-z]+=\"", text), template
        assert "http://" not in text and "https://" not in text, template


def test_a_moment_is_shown_as_clocks_in_vietnam_show_it() -> None:
    moment = datetime(2026, 3, 5, 18, 5, tzinfo=UTC)
    assert dates.day(moment) == "06/03/2026"
    assert dates.hour(moment) == "01:05"
    assert dates.weekday(moment) == "thứ Sáu"
    assert dates.day_and_hour(moment) == "06/03/2026 01:05"


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        (timedelta(minutes=12), "còn 12 phút"),
        (timedelta(hours=2), "còn 2 giờ"),
        (timedelta(hours=3, minutes=20), "còn 3 giờ 20 phút"),
        (timedelta(days=3), "còn 3 ngày"),
        (timedelta(seconds=20), "đã đến giờ"),
        (timedelta(minutes=-40), "đã đến giờ"),
        (timedelta(hours=-2), "đã qua 2 giờ"),
    ],
)
def test_how_far_away_a_session_is(ahead: timedelta, said: str) -> None:
    now = datetime(2026, 3, 6, 7, 0, tzinfo=UTC)
    assert dates.until(now + ahead, now) == said


@pytest.mark.parametrize(
    ("on", "said"),
    [(date(2026, 3, 9), "còn 3 ngày"), (date(2026, 3, 6), "hết hạn hôm nay"), (date(2026, 3, 4), "quá hạn 2 ngày")],
)
def test_how_near_a_deadline_is(on: date, said: str) -> None:
    assert dates.deadline(on, date(2026, 3, 6)) == said


@given(st.integers(min_value=60, max_value=10**8))
def test_a_span_is_never_nothing(seconds: int) -> None:
    assert re.fullmatch(r"\d+ (phút|giờ|ngày)( \d+ phút)?", dates.span(seconds))


def test_a_running_length() -> None:
    assert dates.clock_span(27 * 60 + 12.9) == "27:12"
    assert dates.clock_span(3972) == "1:06:12"
    assert dates.clock_span(-1) == "00:00"


def test_a_name_never_breaks_and_is_composed() -> None:
    decomposed = "Hoa\u0300ng Va\u0306n Sli\u0300nh"
    assert names.unbroken(decomposed) == "Hoàng\u00a0Văn\u00a0Slình"
    assert names.addressed("ông", "Đỗ Quang Thử") == "Ông\u00a0Đỗ\u00a0Quang\u00a0Thử"
