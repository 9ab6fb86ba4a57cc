"""The command `hub`: what an administrator types. Text for people is Vietnamese; `--json` is for programs.

Exit codes: 0 done, 1 the answer is no (verification failed, not running), 2 refused (the reason is on stderr with its code).
"""

import asyncio
import json
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from hub.settings import HubSettings
from hub.supervisor.refusals import StartCode, StartRefused

app = typer.Typer(
    name="hub",
    help="Điểm Cầu: tiếp công dân trực tuyến tỉnh Lạng Sơn.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

_T = TypeVar("_T")

JsonFlag = Annotated[bool, typer.Option("--json", help="In JSON cho chương trình.")]


def _settings(**changed: object) -> HubSettings:
    try:
        return HubSettings(**changed)  # type: ignore[arg-type]  # values are checked by the settings themselves
    except (ValidationError, OSError) as error:
        detail = (
            "; ".join(f"{part['loc'][0]}: {part['msg']}" for part in error.errors())
            if isinstance(error, ValidationError)
            else str(error)
        )
        _refuse(StartRefused(StartCode.SETTINGS_INVALID, detail=detail))


def _refuse(reason: object) -> NoReturn:
    err.print(str(reason), markup=False, style="red", soft_wrap=True)
    raise typer.Exit(2)


@contextmanager
def _refusals() -> Iterator[None]:
    """A refusal becomes its sentence and code on stderr, and exit code 2."""
    from hub.commands import CommandRefused
    from hub.errors import Refused

    try:
        yield
    except (CommandRefused, StartRefused) as refused:
        _refuse(refused)
    except Refused as refused:
        _refuse(f"{refused.code}: {refused.entry.sentence}")


def _run(work: Coroutine[Any, Any, _T]) -> _T:
    with _refusals():
        return asyncio.run(work)


def _say(text: str) -> None:
    out.print(text, soft_wrap=True)


def _print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")


# --- the system ---


@app.command()
def serve(tls: Annotated[bool, typer.Option("--tls", help="Chạy https cho mạng nội bộ.")] = False) -> None:
    """Khởi động toàn bộ hệ thống và giữ cho nó chạy."""
    from hub.supervisor.serve import serve as run_all

    with _refusals():
        run_all(_settings(**({"tls": True} if tls else {})), out)
    _say("Hệ thống đã dừng.")


@app.command()
def stop() -> None:
    """Dừng hệ thống theo thứ tự: trang web, cuộc gọi, bộ ghi, việc nền."""
    from hub.supervisor.parent import stop_system

    settings = _settings()
    if not stop_system(settings, _say):
        err.print(str(StartRefused(StartCode.NOT_RUNNING, path=settings.data_dir)), soft_wrap=True)
        raise typer.Exit(1)
    _say("Hệ thống đã dừng.")


@app.command()
def status(as_json: JsonFlag = False) -> None:
    """Các tiến trình đang chạy. Mã thoát 1 khi thiếu tiến trình nào đó."""
    from hub.supervisor.parent import status as look

    found = look(_settings())
    if as_json:
        _print_json([{"name": child.name, "pid": child.pid, "age": child.age} for child in found])
    else:
        table = Table("Tiến trình", "Số hiệu", "Đã chạy")
        for child in found:
            age = "không chạy" if child.age is None else f"{int(child.age // 60)} phút {int(child.age % 60)} giây"
            table.add_row(child.name, str(child.pid or ""), age)
        out.print(table)
    if any(child.pid is None for child in found):
        raise typer.Exit(1)


@app.command()
def doctor(as_json: JsonFlag = False) -> None:
    """Kiểm tra máy: đồng hồ, cổng, đĩa, quyền của khóa, tài khoản mẫu."""
    from hub.doctor import Verdict, examine

    findings = _run(examine(_settings()))
    if as_json:
        _print_json([{"code": f.code, "verdict": f.verdict, "sentence": f.sentence} for f in findings])
    else:
        signs = {
            Verdict.GOOD: "[green]tốt[/green]",
            Verdict.DOUBT: "[yellow]xem lại[/yellow]",
            Verdict.BAD: "[red]lỗi[/red]",
        }
        table = Table("Mục", "Kết quả", "Chi tiết")
        for finding in findings:
            table.add_row(finding.code, signs[finding.verdict], finding.sentence)
        out.print(table)
    if any(finding.verdict is Verdict.BAD for finding in findings):
        raise typer.Exit(1)


# --- data ---


@app.command()
def migrate() -> None:
    """Đưa cơ sở dữ liệu lên bản mới nhất."""
    from hub.commands import migrate_database

    _run(migrate_database(_settings()))
    _say("Cơ sở dữ liệu đã ở bản mới nhất.")


@app.command()
def seed() -> None:
    """Nạp dữ liệu mẫu vào cơ sở dữ liệu trống."""
    from hub.commands import seed_database

    made = _run(seed_database(_settings()))
    _say("Đã nạp dữ liệu mẫu." if made else "Cơ sở dữ liệu đã có dữ liệu, giữ nguyên.")


@app.command()
def accounts(
    demo: Annotated[bool, typer.Option("--demo", help="Chỉ tài khoản mẫu.")] = False, as_json: JsonFlag = False
) -> None:
    """Danh sách tài khoản và vai trò."""
    from hub.commands import list_accounts

    listed = _run(list_accounts(_settings(), demo_only=demo))
    if as_json:
        _print_json(listed)
        return
    table = Table("Tên đăng nhập", "Họ tên", "Đơn vị", "Vai trò")
    for account in listed["accounts"]:
        table.add_row(account["username"], account["full_name"], account["unit"], ", ".join(account["roles"]))
    out.print(table)


@app.command("create-admin")
def create_admin(
    username: Annotated[str, typer.Option(prompt="Tên đăng nhập")],
    full_name: Annotated[str, typer.Option(prompt="Họ tên")],
    title: Annotated[str, typer.Option(help="Chức danh.")] = "Quản trị hệ thống",
    honorific: Annotated[str, typer.Option(help="ông hoặc bà.")] = "ông",
    password_file: Annotated[Path | None, typer.Option(help="Tệp chứa mật khẩu; không có thì hỏi.")] = None,
) -> None:
    """Tạo tài khoản quản trị đầu tiên của một hệ thống thật."""
    from hub.commands import add_admin

    if password_file is not None:
        password = password_file.read_text(encoding="utf-8").rstrip("\r\n")
    else:
        password = typer.prompt("Mật khẩu (ít nhất 12 ký tự)", hide_input=True, confirmation_prompt="Nhập lại mật khẩu")
    _run(add_admin(_settings(), username, full_name, title, honorific, password))
    _say(f"Đã tạo tài khoản quản trị {username}.")


@app.command()
def rehearse(
    session: Annotated[str, typer.Option(help="Mã buổi tiếp, ví dụ PH-2026-015.")],
    sites: Annotated[int, typer.Option(min=1, max=200, help="Số điểm cầu giả lập.")],
    seconds: Annotated[float | None, typer.Option(min=1.0, help="Thời gian chạy; không có thì đến khi Ctrl-C.")] = None,
) -> None:
    """Cho các điểm cầu giả lập vào một buổi tiếp, để trình diễn và thử đường truyền."""
    from hub.rehearse import run_rehearsal

    raise typer.Exit(_run(run_rehearsal(_settings(), session, sites, seconds, _say)))


@app.command()
def verify(path: Annotated[Path, typer.Argument(help="Tệp hoặc thư mục bản ghi.")], as_json: JsonFlag = False) -> None:
    """Kiểm tra bản ghi còn nguyên vẹn. Mã thoát 1 khi có chỗ bị thay đổi."""
    from hub.commands import verify_recording

    with _refusals():
        verdict = verify_recording(_settings(), path)
    if as_json:
        _print_json({"good": verdict.ok, "sentence": verdict.sentence})
    else:
        _say(verdict.sentence)
    if not verdict.ok:
        raise typer.Exit(1)


def main() -> None:
    app()


if __name__ == "__main__":
    main()
