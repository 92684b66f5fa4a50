#!/usr/bin/env bash
# Everything, as CI runs it. Fails loudly when something is missing: a skipped test is a failed promise.
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/ruff format --check .
.venv/bin/ruff check .
.venv/bin/mypy
.venv/bin/lint-imports
exec .venv/bin/python -m pytest -n 2 --dist loadfile "$@"
