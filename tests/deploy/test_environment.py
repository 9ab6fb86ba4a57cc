"""The start script and what it stands on."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from hub.supervisor.children import CHILDREN

ROOT = Path(__file__).parents[2]
SCRIPTS = ["deploy/start", "deploy/environment.sh", "deploy/lock", "tests/run", ".ci/run"]
LOCKS = ["requirements.lock", "requirements-test.lock"]


def shell(line: str, *, user: int | None = None, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a line after the script's functions, in an environment of its own. Another user may not read our folder."""
    functions = (ROOT / "deploy" / "environment.sh").read_text()
    return subprocess.run(
        ["bash", "-c", f'project="{ROOT}"\n{functions}\n{line}'],
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        user=user,
        cwd="/",
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("script", SCRIPTS)
def test_script_is_sound_bash(script: str) -> None:
    assert subprocess.run(["bash", "-n", ROOT / script], check=False).returncode == 0


@pytest.mark.parametrize("script", [script for script in SCRIPTS if not script.endswith(".sh")])
def test_script_can_be_run(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)


def test_python_that_is_found_is_new_enough() -> None:
    found = shell("python_found")
    assert found.returncode == 0
    version = subprocess.run(
        [found.stdout.strip(), "-c", "import sys; print(sys.version_info >= (3, 11))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert version.stdout == "True\n"


def test_missing_package_is_named_where_it_cannot_be_installed(tmp_path: Path) -> None:
    """Somebody who is not root reads what to ask the administrator for."""
    if os.getuid() == 0:
        said = shell("need_system_packages no-such-program:ten-goi", user=65534)
    else:
        said = shell("need_system_packages no-such-program:ten-goi")
    assert said.returncode == 2
    assert "SYSTEM_PACKAGES_MISSING" in said.stderr
    assert "ten-goi" in said.stderr


def test_probe_for_a_font_is_told_from_its_package() -> None:
    user = 65534 if os.getuid() == 0 else None
    said = shell("need_system_packages font:NoSuchFont:goi-phong-chu", user=user)
    assert said.returncode == 2
    assert "font:" not in said.stderr and "goi-phong-chu" in said.stderr


def test_nothing_is_installed_where_nothing_is_missing() -> None:
    said = shell("need_system_packages bash:bash python3:python3 && echo done")
    assert said.stdout == "done\n"


def test_environment_that_is_up_to_date_is_left_alone(tmp_path: Path) -> None:
    """The mark is of the lock, the project file and the place; with it nothing is fetched."""
    lock = tmp_path / "requirements.lock"
    lock.write_text("")
    line = f'make_environment "{tmp_path}/venv" "{lock}"'
    subprocess.run(["python3", "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    mark = shell(f'cat "{lock}" "{ROOT}/pyproject.toml" | sha256sum | cut -d" " -f1').stdout.strip()
    (tmp_path / "venv" / ".installed-requirements.lock").write_text(f"{mark} {ROOT}\n")
    done = shell(line)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_versions_and_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert not re.search(r"://|^--(?!hash)|^-[if]\b|file:/|/(home|root|opt|work)\b", text, re.MULTILINE)
    pins = re.findall(r"^([A-Za-z0-9_.-]+)==(\S+) \\$", text, re.MULTILINE)
    assert len(pins) > 50
    assert text.count("==") == len(pins)
    blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)
    assert [block.split("==")[0] for block in blocks if "==" in block and "--hash=sha256:" not in block] == []


@pytest.mark.parametrize(("lock", "extras"), [("requirements.lock", []), ("requirements-test.lock", ["test"])])
def test_lock_holds_what_the_project_asks_for(lock: str, extras: list[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *[name for extra in extras for name in project["optional-dependencies"][extra]]]
    names = {re.split(r"[\[<>=~!; ]", name)[0].lower().replace("_", "-") for name in wanted}
    locked = {name.lower() for name in re.findall(r"^([A-Za-z0-9_.-]+)==", (ROOT / lock).read_text(), re.MULTILINE)}
    assert names - locked == set()


@pytest.mark.parametrize("child", CHILDREN, ids=lambda child: child.name)
def test_unit_of_systemd_runs_the_same_program_as_the_parent(child) -> None:
    unit = (ROOT / "deploy" / "systemd" / f"diem-cau-{child.name}.service").read_text()
    assert f"ExecStart=/opt/diem-cau/.venv/bin/python -m {child.module}\n" in unit
    assert f"TimeoutStopSec={child.stop_timeout:.0f}s\n" in unit
    assert f"diem-cau-{child.name}.service" in (ROOT / "deploy" / "systemd" / "diem-cau.target").read_text()
