"""`hub serve` from the first check to the printed address."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from hub import tls
from hub.accounts.models import AccountRole
from hub.nodes.keys import KeyUnusable, load_or_create
from hub.settings import HubSettings
from hub.supervisor import preflight
from hub.supervisor.children import environment
from hub.supervisor.parent import Supervisor, file_reporter
from hub.supervisor.refusals import StartCode, StartRefused

#: As the office calls them; the person who tries the system chooses by these.
ROLE_NAMES: dict[AccountRole, str] = {
    AccountRole.LEADER: "Lãnh đạo",
    AccountRole.SECRETARY: "Thư ký",
    AccountRole.REVIEWER: "Người rà soát",
    AccountRole.RECORDS_CLERK: "Văn thư",
    AccountRole.DISPATCHER: "Điều phối",
    AccountRole.RECEIVING_OFFICER: "Người tiếp công dân",
    AccountRole.COMMUNE_OFFICER: "Công chức xã",
    AccountRole.SITE_HEAD: "Trưởng điểm cầu",
    AccountRole.DEPARTMENT: "Sở, ngành",
    AccountRole.INSPECTOR: "Thanh tra",
    AccountRole.CENTRAL_OFFICER: "Cán bộ Trung ương",
    AccountRole.TASK_GROUP_MEMBER: "Tổ công tác",
    AccountRole.AUDITOR: "Kiểm toán truy cập",
    AccountRole.ADMIN: "Quản trị",
}

#: The last lines of a failed step's output that a person is shown.
_SHOWN_LINES = 12


def serve(settings: HubSettings, console: Console) -> None:
    """Check, prepare, start, watch until stopped. Raises `StartRefused` before anything of what ran was touched."""
    preflight.prepare_folders(settings)
    preflight.refuse_second_parent(settings)
    preflight.check_ports(settings)
    _make_keys(settings)
    if settings.tls and settings.tls_cert is None:
        files = tls.ensure(settings.keys_dir / "tls", tls.hosts_of(settings), datetime.now(UTC))
        settings = settings.model_copy(update={"tls_cert": files.certificate, "tls_key": files.key})
        console.print(f"Chứng thư của máy này: cài tệp {files.authority} vào các máy trong mạng, một lần.")
    supervisor = Supervisor(settings, console.print, file_reporter(settings.log_dir / "supervisor.log"))
    supervisor.take_place()
    _step(settings, ["migrate"], StartCode.MIGRATION_FAILED)
    if settings.demo:
        _step(settings, ["seed"], StartCode.SEED_FAILED)
    supervisor.run(lambda: announce(settings, console))


def _make_keys(settings: HubSettings) -> None:
    try:
        load_or_create(settings.keys_dir, settings.link_key_file)
    except KeyUnusable as error:
        raise StartRefused(StartCode.KEY_UNUSABLE, path=settings.keys_dir, detail=error) from None


def _step(settings: HubSettings, arguments: list[str], code: StartCode) -> str:
    """Run one of our own commands to its end, in a process of its own: the parent stays small."""
    done = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-m", "hub.cli", *arguments],
        env=environment(settings, os.environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = (done.stderr + done.stdout).strip().splitlines()[-_SHOWN_LINES:]
        raise StartRefused(code, detail="\n".join(said) or f"mã thoát {done.returncode}")
    return done.stdout


def announce(settings: HubSettings, console: Console) -> None:
    """Where to go, and with which accounts."""
    accounts = json.loads(_step(settings, ["accounts", "--demo", "--json"], StartCode.NOT_READY))
    console.print(f"\nHệ thống đã sẵn sàng: [bold]{settings.address}[/bold]", highlight=False)
    console.print(f"Dữ liệu: {settings.data_dir.absolute()}. Dừng: Ctrl-C hoặc «hub stop».", highlight=False)
    if not accounts["accounts"]:
        return
    if not settings.demo_accounts_allowed:
        console.print(str(StartRefused(StartCode.DEMO_OFF_LOOPBACK, bind=settings.bind)), style="yellow")
        return
    table = Table("Tên đăng nhập", "Vai trò", "Người", title="Tài khoản mẫu", box=SIMPLE_HEAD, pad_edge=False)
    for account in accounts["accounts"]:
        roles = ", ".join(ROLE_NAMES[AccountRole(role)] for role in account["roles"])
        table.add_row(account["username"], roles, f"{account['full_name']}, {account['title']}")
    console.print(table)
    console.print(f"Mật khẩu chung của các tài khoản mẫu: [bold]{accounts['password']}[/bold]\n", highlight=False)
