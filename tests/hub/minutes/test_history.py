"""A case page lists its turns with recordings and minutes."""

import pytest

from hub.errors import Code, Refused
from hub.minutes.history import HistoryRow, case_history
from hub.minutes.models import MinutesState
from signaling.protocol.vocabulary import TurnState
from tests.support.office import Office


async def _history(office: Office, username: str, number: int) -> list[HistoryRow]:
    case = await office.case(number)
    async with office.database.reading() as work:
        return await case_history(work, await office.reader(username), case.id)


async def test_turns_are_listed_newest_first_with_their_minutes(office: Office) -> None:
    rows = await _history(office, "lanhdao", 1)
    assert [row.session_code for row in rows] == ["PH-2026-017", "PH-2026-012"]
    assert [(row.turn_state, row.lines, row.minutes) for row in rows] == [
        (TurnState.WAITING, 0, None),
        (TurnState.ENDED, 14, MinutesState.DRAFT),
    ]


async def test_the_history_of_a_case_one_may_not_read_is_not_found(office: Office) -> None:
    for username, number in (("naduong", 2), ("lanhdao", 6), ("kiemtoan", 1)):
        with pytest.raises(Refused) as refused:
            await _history(office, username, number)
        assert refused.value.code is Code.NOT_FOUND
    assert [row.session_code for row in await _history(office, "chanhthanhtra", 6)] == ["PH-2026-014"]
