# make run and make test need nothing but Python 3.11 or 3.12 and a package index; everything else they set up.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
SAMPLE := data/sample
-include .env
export

.PHONY: help env run test test-all lint bench lock docs browser clean

help:
	@echo "make run    sample data, a nightly run, a weekly report"
	@echo "make test   lint, types and the whole test suite"
	@echo "make test-all   the same with the wide tests, which take longer"
	@echo "make env    the environment alone: $(BIN)/aftercall"
	@echo "make lint | bench | lock | docs | clean"

env: $(VENV)/.complete

$(VENV)/.complete: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' || { echo "aftercall needs Python 3.11 or 3.12; set PYTHON=/path/to/it"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.env:
	@umask 077; echo "AFTERCALL_PSEUDONYM_KEY=$$($(PYTHON) -c 'import secrets; print(secrets.token_hex(32))')" > .env

$(SAMPLE)/aftercall.toml: | env
	$(BIN)/aftercall simulate --out $(SAMPLE) --contacts 20000 --days 120 --seed 1

run: env .env $(SAMPLE)/aftercall.toml
	@set -a; . ./.env; set +a; \
	$(BIN)/aftercall run --config $(SAMPLE)/aftercall.toml && \
	$(BIN)/aftercall report --config $(SAMPLE)/aftercall.toml
	@echo
	@echo "Look next at"
	@echo "  the weekly report   $(SAMPLE)/data/reports/"
	@echo "  the dashboards      $(BIN)/aftercall dashboard --config $(SAMPLE)/aftercall.toml"
	@echo "  the lineage         $(BIN)/dagster dev"
	@echo "  your own data       $(BIN)/aftercall init"

# The browser is for the tests that open pages; without it they are skipped, saying so.
browser:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || command -v chromium-browser >/dev/null || \
	{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } || \
	echo "No Chromium found: install the package 'chromium' to run the page tests; they are skipped now."

# In the order of tests/conftest.py: by number of tests, the few long ones would come last, on one core.
test: env browser lint
	$(BIN)/python -m pytest -n auto --dist loadgroup --no-loadscope-reorder --durations=25

# Also what is marked as wide, and as many examples of every property as it was written for.
test-all: env browser lint
	AFTERCALL_TESTS=wide $(BIN)/python -m pytest -m "wide or not wide" -n auto --dist loadgroup --no-loadscope-reorder --durations=25

lint: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: env
	$(BIN)/python -m benchmarks.nightly

docs: env
	$(BIN)/python -m pipelines.documentation

lock: env
	$(BIN)/uv pip compile pyproject.toml --extra dev --generate-hashes --no-emit-index-url --no-emit-find-links --no-strip-extras --no-annotate --no-header --universal --python-version 3.11 -o requirements.lock

clean:
	rm -rf $(VENV) $(SAMPLE) build *.egg-info
