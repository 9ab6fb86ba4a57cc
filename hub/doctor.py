"""`hub doctor`: what an administrator should know before a session, found by looking, never by changing."""

import shutil
import socket
import stat
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from hub.accounts.models import Account
from hub.commands import database_exists
from hub.db import migrate
from hub.db.engine import Database
from hub.nodes.models import ClockAnchor
from hub.settings import HubSettings
from hub.supervisor.children import is_locked
from hub.supervisor.preflight import check_ports
from hub.supervisor.refusals import StartRefused

#: An hour of a turn with three recorded seats at 360p is about 1 GB; below five hours a person should act.
LOW_DISK_BYTES = 5 * 10**9
#: The writer refuses from 99 % on; below this nothing can be recorded.
NO_DISK_BYTES = 500 * 10**6
#: Minutes are flagged when hub and browser differ by 2 s; half of that may come from the machine.
CLOCK_TOLERANCE = 1.0
#: Before this year the machine's clock was never set (this program was written later).
_FIRST_PLAUSIBLE_TIME = 1_780_000_000


class Verdict(StrEnum):
    GOOD = "good"
    DOUBT = "doubt"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    code: str
    verdict: Verdict
    sentence: str


async def examine(settings: HubSettings) -> list[Finding]:
    found = [_clock(), _ports(settings), _disk(settings), _keys(settings), _names(settings)]
    return found + await _database(settings)


def _clock() -> Finding:
    if time.time() < _FIRST_PLAUSIBLE_TIME:
        return Finding(
            "CLOCK", Verdict.BAD, "Đồng hồ của máy sai năm. Hãy bật đồng bộ giờ (chrony hoặc systemd-timesyncd)."
        )
    if Path("/run/systemd/timesync/synchronized").exists() or Path("/run/chrony").exists():
        return Finding("CLOCK", Verdict.GOOD, "Đồng hồ của máy được đồng bộ.")
    return Finding(
        "CLOCK",
        Verdict.DOUBT,
        "Không thấy dịch vụ đồng bộ giờ trên máy này. Giờ trong biên bản lấy từ đồng hồ của máy.",
    )


def _ports(settings: HubSettings) -> Finding:
    if is_locked(settings.run_dir, "supervisor"):
        return Finding("PORTS", Verdict.GOOD, "Hệ thống đang chạy và giữ các cổng của mình.")
    try:
        check_ports(settings)
    except StartRefused as refused:
        return Finding(refused.code, Verdict.BAD, refused.sentence)
    ports = f"{settings.http_port}, {settings.signaling_port} (TCP), {settings.media_port} (UDP)"
    return Finding("PORTS", Verdict.GOOD, f"Các cổng {ports} đều trống.")


def _disk(settings: HubSettings) -> Finding:
    folder = settings.data_dir
    while not folder.exists() and folder != folder.parent:
        folder = folder.absolute().parent
    free = shutil.disk_usage(folder).free
    text = f"Còn {free / 1e9:.1f} GB trống tại {folder}."
    if free < NO_DISK_BYTES:
        return Finding("DISK", Verdict.BAD, f"{text} Không đủ chỗ để ghi âm, ghi hình.")
    if free < LOW_DISK_BYTES:
        return Finding("DISK", Verdict.DOUBT, f"{text} Nên dọn đĩa trước buổi tiếp dài.")
    return Finding("DISK", Verdict.GOOD, text)


def _keys(settings: HubSettings) -> Finding:
    if not settings.keys_dir.exists():
        return Finding("KEYS", Verdict.DOUBT, "Chưa có khóa; khóa được tạo ở lần khởi động đầu tiên.")
    private = [path for path in settings.keys_dir.rglob("*") if path.is_file() and path.suffix == ".key"]
    open_ones = [path.name for path in private if stat.S_IMODE(path.stat().st_mode) & 0o077]
    if open_ones:
        return Finding(
            "KEYS", Verdict.BAD, f"Người khác trên máy đọc được khóa: {', '.join(open_ones)}. Hãy đặt quyền 0600."
        )
    return Finding("KEYS", Verdict.GOOD, f"{len(private)} khóa, chỉ chủ sở hữu đọc được.")


def _names(settings: HubSettings) -> Finding:
    """The node resolves no names while it carries media, and a name must lead to this machine."""
    host = settings.visible_host.strip("[]")
    try:
        socket.getaddrinfo(host, settings.http_port)
    except OSError:
        return Finding("ADDRESS", Verdict.BAD, f"Không phân giải được tên {host} của địa chỉ {settings.address}.")
    return Finding("ADDRESS", Verdict.GOOD, f"Địa chỉ của hệ thống là {settings.address}.")


async def _database(settings: HubSettings) -> list[Finding]:
    database = Database(settings.database)
    try:
        if not database_exists(settings):
            return [Finding("DATABASE", Verdict.DOUBT, "Chưa có cơ sở dữ liệu; được tạo ở lần khởi động đầu tiên.")]
        if not await migrate.is_current(database):
            return [Finding("DATABASE", Verdict.BAD, "Cơ sở dữ liệu chưa ở bản mới nhất. Hãy chạy «hub migrate».")]
        async with database.reading() as work:
            demo = await work.session.scalar(select(func.count()).select_from(Account).where(Account.demo)) or 0
            newest = select(ClockAnchor.round_trip).order_by(ClockAnchor.measured_at.desc()).limit(1)
            round_trip: float | None = await work.session.scalar(newest)
    except (TimeoutError, SQLAlchemyError, OSError) as error:
        return [Finding("DATABASE", Verdict.BAD, f"Không đọc được cơ sở dữ liệu ({type(error).__name__}).")]
    finally:
        await database.dispose()
    found = [Finding("DATABASE", Verdict.GOOD, "Cơ sở dữ liệu đọc được và ở bản mới nhất.")]
    found.append(_demo_accounts(settings, demo))
    if round_trip is not None:
        verdict = Verdict.GOOD if round_trip / 2 < CLOCK_TOLERANCE else Verdict.DOUBT
        text = f"Đồng hồ của nút cuộc gọi được so với máy này, sai số dưới {round_trip * 500:.1f} ms."
        found.append(Finding("NODE_CLOCK", verdict, text))
    return found


def _demo_accounts(settings: HubSettings, count: int) -> Finding:
    if not count:
        return Finding("DEMO", Verdict.GOOD, "Không có tài khoản mẫu.")
    if settings.on_loopback:
        return Finding("DEMO", Verdict.GOOD, f"Có {count} tài khoản mẫu, chỉ dùng được trên máy này.")
    if settings.allow_demo_off_loopback:
        return Finding(
            "DEMO", Verdict.DOUBT, f"{count} tài khoản mẫu dùng được từ mạng (HUB_ALLOW_DEMO). Chỉ để trình diễn."
        )
    return Finding("DEMO", Verdict.GOOD, f"{count} tài khoản mẫu bị từ chối vì hệ thống mở ra mạng.")
