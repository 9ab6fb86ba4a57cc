"""Dates as dd/mm/yyyy, times as 24 hours, spans in words. Moments come in aware and are shown as Vietnam's clocks do."""

from datetime import date, datetime

from hub.clock import in_vietnam

WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")

_DAY = 24 * 3600


def day(moment: datetime | date) -> str:
    """06/03/2026"""
    return (in_vietnam(moment) if isinstance(moment, datetime) else moment).strftime("%d/%m/%Y")


def hour(moment: datetime) -> str:
    """14:05"""
    return in_vietnam(moment).strftime("%H:%M")


def day_and_hour(moment: datetime) -> str:
    """06/03/2026 14:05"""
    return f"{day(moment)} {hour(moment)}"


def weekday(moment: datetime | date) -> str:
    """ "thứ Sáu" """
    return WEEKDAYS[(in_vietnam(moment) if isinstance(moment, datetime) else moment).weekday()]


def iso(moment: datetime | date) -> str:
    """For `<time datetime>`: a moment in UTC, a date as it is."""
    return moment.isoformat()


def until(moment: datetime, now: datetime) -> str:
    """How far away a planned start is: "còn 12 phút", "còn 3 ngày", "đã đến giờ", "đã qua 2 giờ"."""
    seconds = (moment - now).total_seconds()
    if -3600 < seconds < 60:
        return "đã đến giờ"
    return f"còn {span(seconds)}" if seconds > 0 else f"đã qua {span(-seconds)}"


def deadline(on: date, today: date) -> str:
    """ "còn 3 ngày", "hết hạn hôm nay", "quá hạn 2 ngày"."""
    days = (on - today).days
    if days == 0:
        return "hết hạn hôm nay"
    return f"còn {days} ngày" if days > 0 else f"quá hạn {-days} ngày"


def span(seconds: float) -> str:
    """A span in its largest sensible unit: "12 phút", "3 giờ", "3 giờ 20 phút", "5 ngày"."""
    minutes = round(seconds / 60)
    if seconds >= 2 * _DAY:
        return f"{int(seconds // _DAY)} ngày"
    if minutes >= 60:
        hours, rest = divmod(minutes, 60)
        return f"{hours} giờ {rest} phút" if rest and hours < 6 else f"{hours} giờ"
    return f"{max(minutes, 1)} phút"


def clock_span(seconds: float) -> str:
    """A running length: 27:12, 1:06:12."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes:02}:{left:02}"
