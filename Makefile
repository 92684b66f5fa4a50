# Lotsman. `make` alone says what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PY := .venv/bin/python
KILLS ?= 20
SEED ?=
DATABASE ?=
POLICY ?=
export UV_PROJECT_ENVIRONMENT := .venv
unexport LOTSMAN_DATABASE_URL

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /  make \1\t/' | expand -t 20

venv: .venv/.ready ## the environment: .venv from uv.lock
.venv/.ready: pyproject.toml uv.lock scripts/venv.sh
	@scripts/venv.sh

run: venv ## start everything: database, demo account, built-in SMSC, API; prints what to paste
	@exec .venv/bin/lotsman up

test: venv packages ## everything, as CI runs it
	@scripts/test.sh

check: venv ## format, lint, types, contracts and the quick tests
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(PY) -m pytest -q tests/unit tests/property tests/architecture tests/conformance

packages: ## install the Debian packages that the tests need (as root), or name them
	@scripts/packages.sh

crash: venv ## kill -9 under load: make crash KILLS=100 SEED=7 DATABASE=postgresql POLICY=resend
	@PYTHONPATH=tests $(PY) -m e2e.crash --kills $(KILLS) $(if $(SEED),--seed $(SEED)) $(if $(DATABASE),--database $(DATABASE)) $(if $(POLICY),--policy $(POLICY))

bench: venv ## measure end to end: make bench PRELOAD=10000000
	@$(PY) bench/bench.py $(BENCH)

docs: venv ## write anew what pages of docs/ repeat of the code: errors, settings, life cycle, metrics
	@$(PY) scripts/docs.py

format: venv ## format and fix what can be fixed
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

clean: ## remove the environment and caches; data stays
	rm -rf .venv .uv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache bench/build bench/run bench/profiles

.PHONY: help venv run test check packages crash bench docs format clean
