# Sourced by deploy/start and tests/run: finds Python, makes the virtual environment, installs what the lock names.
# shellcheck shell=bash

say() { printf '%s\n' "$*" >&2; }

die() { # CODE SENTENCE
  printf '%s: %s\n' "$1" "$2" >&2
  exit 2
}

# need_system_packages PROBE:PACKAGE…  Installs missing Debian packages as root, names them otherwise.
need_system_packages() {
  local missing=() pair probe package
  for pair in "$@"; do
    probe="${pair%:*}"
    package="${pair##*:}"
    have "$probe" || missing+=("$package")
  done
  [ "${#missing[@]}" -eq 0 ] && return 0
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    die SYSTEM_PACKAGES_MISSING "Máy còn thiếu: ${missing[*]}. Hãy cài bằng quyền quản trị (apt-get install ${missing[*]}) rồi chạy lại."
  fi
  say "    Cài gói hệ thống: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq </dev/null >/dev/null || say "    Không cập nhật được danh mục gói, thử cài bằng danh mục cũ."
  apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >/dev/null ||
    die SYSTEM_PACKAGES_MISSING "Không cài được: ${missing[*]}. Hãy kiểm tra mạng hoặc kho gói rồi chạy lại."
}

# have PROBE: a command, or one of the special probes below.
have() {
  case "$1" in
    python3) python_found >/dev/null ;;
    python3-venv) "$(python_found)" -c 'import ensurepip, venv' 2>/dev/null ;;
    font:*) [ -n "$(find /usr/share/fonts -iname "${1#font:}*" -print -quit 2>/dev/null)" ] ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

# The first Python of 3.11 or newer; HUB_PYTHON overrides.
python_found() {
  local candidate
  for candidate in ${HUB_PYTHON:+"$HUB_PYTHON"} python3.11 python3.12 python3.13 python3; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$candidate"
      return 0
    fi
  done
  return 1
}

# make_environment VENV LOCK: a virtual environment with what the lock names. Quick when nothing changed.
make_environment() {
  local venv="$1" lock="$2" mark noted
  python_found >/dev/null || die PYTHON_MISSING "Cần Python 3.11 trở lên."
  noted="$venv/.installed-$(basename "$lock")"
  mark="$(cat "$lock" "$project/pyproject.toml" | sha256sum | cut -d' ' -f1) $project"
  if [ -x "$venv/bin/python" ] && [ "$(cat "$noted" 2>/dev/null)" = "$mark" ] && "$venv/bin/python" -c '' 2>/dev/null; then
    return 0
  fi
  if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    say "    Tạo môi trường Python tại $venv"
    "$(python_found)" -m venv --clear "$venv" || die VENV_FAILED "Không tạo được môi trường Python tại $venv."
  fi
  rm -f "$noted"
  say "    Cài thư viện (lần đầu mất vài phút)"
  "$venv/bin/python" -m pip install -qq --disable-pip-version-check --no-input --require-hashes --requirement "$lock" </dev/null ||
    die INSTALL_FAILED "Không cài được thư viện. Những gì đã có được giữ nguyên. Hãy kiểm tra mạng rồi chạy lại."
  "$venv/bin/python" -m pip install -qq --disable-pip-version-check --no-input --no-deps --no-build-isolation --editable "$project" </dev/null ||
    die INSTALL_FAILED "Không cài được chương trình vào $venv."
  printf '%s\n' "$mark" >"$noted"
}
