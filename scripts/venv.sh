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
    # A private uv, so that nothing is installed into the system.
    "$python" -m venv .venv/uv 2>/dev/null || fail "$python has no venv module; apt-get install python3-venv"
    .venv/uv/bin/pip install --quiet uv || fail "pip could not install uv; is a package index reachable?"
    uv=.venv/uv/bin/uv
fi
"$uv" sync --quiet --frozen --python "$python" || fail "uv could not install the packages of uv.lock"
touch .venv/.ready
