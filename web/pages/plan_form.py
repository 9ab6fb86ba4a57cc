"""The form that plans a session, as fields on paper: read, said again with its errors, turned into a plan.

Rows of turns are numbered fields ("turn-0-case", "turn-0-sites"); a button adds or takes away a row without a script.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from starlette.datastructures import FormData

from hub.errors import Code
from hub.sessions.models import SessionKind
from hub.sessions.schemas import PlanSession, PlanTurn
from web.forms import fields_of, list_of, vietnamese_moment

#: A long reception day of a commune; more turns than that are two sessions.
MAX_TURNS = 20
#: What an action button of a row is called: "remove-3".
_REMOVE = "remove-"


@dataclass(frozen=True)
class TurnFields:
    case: str = ""
    sites: tuple[str, ...] = ()


@dataclass
class PlanForm:
    """`values` and `turns` as typed; `errors` by field, "" for what concerns the whole."""

    values: dict[str, str]
    turns: list[TurnFields]
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, form: FormData) -> "PlanForm":
        values = fields_of(form)
        turns = []
        for number in range(MAX_TURNS):
            if f"turn-{number}-case" not in values:
                break
            turns.append(TurnFields(values[f"turn-{number}-case"], tuple(list_of(form, f"turn-{number}-sites"))))
        return cls(values, turns or [TurnFields()])

    def rearrange(self) -> bool:
        """Carries out a row button. True when there was one, so nothing is to be saved yet."""
        action = self.values.get("action", "")
        if action == "add-turn" and len(self.turns) < MAX_TURNS:
            # Without sites: a commune gets into another's turn only by being chosen for it.
            self.turns.append(TurnFields())
            return True
        if action.startswith(_REMOVE) and action.removeprefix(_REMOVE).isdigit():
            number = int(action.removeprefix(_REMOVE))
            if number < len(self.turns) and len(self.turns) > 1:
                del self.turns[number]
            return True
        return False

    def plan(self) -> PlanSession | None:
        """The plan, or none with `errors` filled in."""
        values = self.values
        start = vietnamese_moment(values.get("day", ""), values.get("hour", ""))
        end = vietnamese_moment(values.get("day", ""), values["end_hour"]) if values.get("end_hour") else None
        needed = {
            "title": "Hãy ghi tên buổi tiếp.",
            "chair": "Hãy chọn người chủ trì.",
            "secretary": "Hãy chọn thư ký.",
        }
        self.errors = {name: sentence for name, sentence in needed.items() if not values.get(name)}
        if values.get("kind") not in set(SessionKind):
            self.errors["kind"] = "Hãy chọn loại buổi tiếp."
        if start is None:
            self.errors["day"] = "Ngày giờ chưa đúng. Ví dụ: 06/03/2026 và 14:00."
        for number, turn in enumerate(self.turns):
            if not turn.case:
                self.errors[f"turn-{number}-case"] = "Hãy chọn vụ việc của lượt này."
        if self.errors or start is None:
            return None
        return self._made(start, end)

    def _made(self, start: datetime, end: datetime | None) -> PlanSession:
        host = self.values["host_site"]
        # the host sits in every turn; only the others are invited
        turns = tuple(PlanTurn(turn.case, tuple(site for site in turn.sites if site != host)) for turn in self.turns)
        return PlanSession(
            kind=SessionKind(self.values["kind"]),
            title=self.values["title"],
            start_plan=start,
            end_plan=end,
            host_site_id=host,
            chair_account_id=self.values["chair"],
            secretary_account_id=self.values["secretary"],
            reviewer_account_id=self.values.get("reviewer") or None,
            turns=turns,
            sites=invited(turns),
        )


def invited(turns: Sequence[PlanTurn]) -> tuple[str, ...]:
    """All sites that take part in some turn, once, in order."""
    return tuple(dict.fromkeys(site for turn in turns for site in turn.site_ids))


#: Beside which field a refusal of the service stands.
FIELD_OF: dict[str, str] = {
    Code.START_IN_PAST: "day",
    Code.END_BEFORE_START: "end_hour",
    Code.CHAIR_UNFIT: "chair",
    Code.SEAT_DUPLICATE: "secretary",
    Code.CASE_TWICE: "turns",
    Code.CASE_UNKNOWN: "turns",
    Code.SEALED_ALONE: "turns",
    Code.OFFICIAL_CANNOT_READ: "chair",
    Code.SITE_WITHOUT_TURN: "turns",
    Code.SITE_NOT_INVITED: "turns",
}
