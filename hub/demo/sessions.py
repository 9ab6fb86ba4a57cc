"""The six demo sessions (domain dossier 7.2) and two that follow the first start of the system."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.clock import VIETNAM, in_vietnam
from hub.demo.lines import PH_2026_012, PH_2026_013, DemoLine
from hub.sessions.models import SessionKind
from hub.units.province import CENTRAL, PROVINCE
from signaling.protocol.vocabulary import Role

#: The elections of 15 March 2026, which the first six sessions belong to.
EVENT_TAG = "BAU_CU_2026"


@dataclass(frozen=True)
class DemoTurn:
    """Case number, codes of the sites that take part, and where the citizens sit if not at home."""

    case: int
    sites: tuple[str, ...] = ()
    citizens_at: str | None = None
    lines: tuple[DemoLine, ...] = ()


@dataclass(frozen=True)
class DemoSession:
    """`ended`: when a past session was closed, null for one that is still to come. `unconfirmed`: sites without answer."""

    code: str | None
    kind: SessionKind
    title: str
    start: datetime
    planned_end: datetime
    host: str
    chair: str
    secretary: str
    turns: tuple[DemoTurn, ...]
    reviewer: str | None = "rasoat"
    officials: tuple[tuple[str, Role], ...] = ()
    ended: datetime | None = None
    unconfirmed: tuple[str, ...] = ()
    interpreter: tuple[str, str] | None = None  # site code, account
    tag: str = EVENT_TAG

    @property
    def sites(self) -> tuple[str, ...]:
        named = (site for turn in self.turns for site in turn.sites if site != self.host)
        return tuple(dict.fromkeys(named))


def _at(day: int, hour: int, minute: int) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=VIETNAM)


PAST: tuple[DemoSession, ...] = (
    DemoSession(
        "PH-2026-011",
        SessionKind.PERIODIC,
        "Tiếp công dân định kỳ, trực tuyến",
        _at(5, 8, 0),
        _at(5, 11, 30),
        PROVINCE,
        "lanhdao",
        "thuky",
        (DemoTurn(2, ("06385",)), DemoTurn(3, ("06220",)), DemoTurn(8, ("06325",))),
        ended=_at(5, 11, 12),
    ),
    DemoSession(
        "PH-2026-012",
        SessionKind.DIALOGUE,
        "Đối thoại giải quyết khiếu nại lần hai",
        _at(6, 14, 0),
        _at(6, 16, 0),
        PROVINCE,
        "lanhdao",
        "thuky",
        (DemoTurn(1, ("06526",), lines=PH_2026_012),),
        officials=(("sonnmt", Role.DEPARTMENT), ("thanhtra", Role.INSPECTOR)),
        ended=_at(6, 15, 30),
        interpreter=("06526", "naduong"),
    ),
    DemoSession(
        "PH-2026-013",
        SessionKind.UNSCHEDULED,
        "Tiếp công dân đột xuất theo đề nghị của Trụ sở Trung ương",
        _at(9, 9, 42),
        _at(9, 11, 30),
        PROVINCE,
        "chutich",
        "thuky",
        (DemoTurn(7, (CENTRAL, "06463"), citizens_at=CENTRAL, lines=PH_2026_013),),
        ended=_at(9, 10, 58),
    ),
    DemoSession(
        "PH-2026-014",
        SessionKind.SEALED,
        "Tiếp riêng",
        _at(10, 8, 30),
        _at(10, 10, 0),
        PROVINCE,
        "chanhthanhtra",
        "tiepdan",
        (DemoTurn(6),),
        reviewer=None,
        ended=_at(10, 9, 40),
    ),
    DemoSession(
        "PH-2026-015",
        SessionKind.COMMUNE_DAY,
        "Ngày tiếp công dân xã Tri Lễ",
        _at(11, 7, 30),
        _at(11, 11, 30),
        "06313",
        "trile-ct",
        "trile",
        (DemoTurn(12, (PROVINCE, "06313"), citizens_at="06313"),),
        reviewer=None,
        ended=_at(11, 11, 5),
    ),
    DemoSession(
        "PH-2026-016",
        SessionKind.PERIODIC,
        "Tiếp công dân định kỳ của Chủ tịch UBND tỉnh",
        _at(16, 8, 0),
        _at(16, 11, 30),
        PROVINCE,
        "chutich",
        "thuky",
        (DemoTurn(11, ("06445",)), DemoTurn(10, ("06529",)), DemoTurn(4, ("06184",)), DemoTurn(5, ("06040",))),
        unconfirmed=("06040",),
    ),
)


def coming(now: datetime) -> tuple[DemoSession, ...]:
    """A session that can be joined now, and one of the next afternoon or morning at least two hours away."""
    start = now.replace(second=0, microsecond=0)
    return (
        DemoSession(
            None,
            SessionKind.PERIODIC,
            "Tiếp công dân định kỳ, trực tuyến",
            start,
            start + timedelta(hours=3),
            PROVINCE,
            "lanhdao",
            "thuky",
            (DemoTurn(1, ("06526", CENTRAL)), DemoTurn(2, ("06385", CENTRAL))),
            interpreter=("06526", "naduong"),
            tag="",
        ),
        DemoSession(
            None,
            SessionKind.DIALOGUE,
            "Đối thoại giải quyết khiếu nại lần hai",
            next_half_day(start),
            next_half_day(start) + timedelta(hours=3),
            PROVINCE,
            "chutich",
            "thuky",
            (DemoTurn(7, ("06463",)),),
            tag="",
        ),
    )


def next_half_day(now: datetime) -> datetime:
    """The next 14:00 in Lạng Sơn if it is two hours away or more, else 08:00 of the day after."""
    local = in_vietnam(now)
    afternoon = local.replace(hour=14, minute=0, second=0, microsecond=0)
    if afternoon - local >= timedelta(hours=2):
        return afternoon
    return (local + timedelta(days=1)).replace(hour=8, minute=0, second=0, microsecond=0)
