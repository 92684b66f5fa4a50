#!/usr/bin/env bash
# Makes .venv from pyproject.toml and uv.lock. Says in one line what is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { echo "lotsman: $*" >&2; exit 1; }

python=${PYTHON:-python3}
command -v "$python" >/dev/null || fail "no $python found; install Python 3.11 or newer (apt-get install python3 python3-venv)"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
    || fail "$("$python" --version) is too old; Python 3.11 or newer is needed (set PYTHON to its path)"
[ -w . ] || fail "cannot write to $PWD"

uv=$(command -v uv || true)
if [ -z "$uv" ]; then
    # A private uv beside the environment, so that nothing is installed into the system.
    uv=$PWD/.uv/bin/uv
    if [ ! -x "$uv" ]; then
        if "$python" -m pip --version >/dev/null 2>&1; then
            "$python" -m pip install --quiet --target .uv uv || fail "pip could not install uv; is a package index reachable?"
        elif "$python" -m venv .uv 2>/dev/null; then
            .uv/bin/pip install --quiet uv || fail "pip could not install uv; is a package index reachable?"
        else
            rm -rf .uv
            fail "$python has neither pip nor venv; apt-get install python3-pip (or put uv on PATH)"
        fi
    fi
fi
"$uv" sync --quiet --frozen --python "$python" || fail "uv could not install the packages of uv.lock"
touch .venv/.ready
