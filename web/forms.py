"""Reading forms people fill in: dates as they write them, lists of boxes, numbered rows."""

from datetime import datetime

from starlette.datastructures import FormData

from hub.clock import VIETNAM

#: What people type and what date fields of browsers send.
_DATES = ("%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y")
_HOURS = ("%H:%M", "%Hh%M", "%H.%M")


def fields_of(form: FormData) -> dict[str, str]:
    """Single text fields, stripped, without the token."""
    return {name: value.strip() for name, value in form.items() if isinstance(value, str) and name != "csrf"}


def list_of(form: FormData, name: str) -> list[str]:
    """All values of a group of boxes."""
    return [value for value in form.getlist(name) if isinstance(value, str) and value]


def vietnamese_date(text: str) -> str:
    """ "06/03/2026" → "2026-03-06"; what cannot be read stays as it is and is refused by the model."""
    for form in _DATES:
        try:
            return datetime.strptime(text.strip(), form).date().isoformat()  # noqa: DTZ007
        except ValueError:
            continue
    return text


def vietnamese_moment(day: str, hour: str) -> datetime | None:
    """A day and an hour on Vietnam's clocks; none when either cannot be read."""
    iso = vietnamese_date(day)
    for form in _HOURS:
        try:
            return datetime.strptime(f"{iso} {hour.strip()}", f"%Y-%m-%d {form}").replace(tzinfo=VIETNAM)
        except ValueError:
            continue
    return None
