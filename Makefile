# make run and make test need nothing but Python 3.11 to 3.14 and a package index; everything else they set up.
SHELL := /bin/bash
.DEFAULT_GOAL := help
# The Python of the environment; empty: the first that fits (.ci/find-python).
PYTHON ?=
VENV := .venv
BIN := $(VENV)/bin
SAMPLE := data/sample
-include .env
export

.PHONY: help env run test test-all lint bench lock docs browser clean

help:
	@echo "make run    sample data, a nightly run, a weekly report"
	@echo "make test   lint, types and the tests"
	@echo "make test-all   the same with the wide tests, which take longer, and coverage"
	@echo "make env    the environment alone: $(BIN)/aftercall"
	@echo "make lint | bench | lock | docs | clean"

env: $(VENV)/.complete

$(VENV)/.complete: requirements.lock pyproject.toml
	@python=$$(PYTHON="$(PYTHON)" .ci/find-python) && echo "$$python -m venv $(VENV)" && "$$python" -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.env:
	@umask 077; echo "AFTERCALL_PSEUDONYM_KEY=$$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')" > .env

$(SAMPLE)/aftercall.toml: | env
	$(BIN)/aftercall simulate --out $(SAMPLE) --contacts 20000 --days 120 --seed 1

run: env .env $(SAMPLE)/aftercall.toml
	@set -a; . ./.env; set +a; \
	$(BIN)/aftercall run --config $(SAMPLE)/aftercall.toml && \
	$(BIN)/aftercall report --config $(SAMPLE)/aftercall.toml
	@echo
	@echo "Look next at"
	@echo "  the weekly report   $(SAMPLE)/data/reports/"
	@echo "  the dashboards      $(BIN)/aftercall dashboard --demo"
	@echo "  the lineage         $(BIN)/dagster dev"
	@echo "  your own data       $(BIN)/aftercall init"

browser: env
	@.ci/install-browser $(BIN)

# In the order of tests/conftest.py: by number of tests, the few long ones would come last, on one core.
test: env browser lint
	$(BIN)/python -m pytest -n auto --dist loadscope --no-loadscope-reorder --durations=25

# Also what is marked as wide, and as many examples of every property as it was written for; with coverage. The floor lies a
# little below what the suite gives; raise it when that rises.
COVERAGE_FLOOR := 85
test-all: env browser lint
	AFTERCALL_TESTS=wide $(BIN)/python -m pytest -m "wide or not wide" -n auto --dist loadscope --no-loadscope-reorder --durations=25 --cov --cov-report=term --cov-fail-under=$(COVERAGE_FLOOR)

lint: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# SIZE=small takes minutes, full hours. Writes docs/benchmarks.md.
SIZE ?= full
bench: env
	$(BIN)/python -m benchmarks --size $(SIZE)

docs: env
	$(BIN)/python -m pipelines.documentation

# requirements.lock is the environment of the tests; requirements-run.lock what an installation needs (Dockerfile), at its versions.
COMPILE = $(BIN)/uv pip compile pyproject.toml --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --universal --python-version 3.11
lock: env
	$(COMPILE) --extra dev --no-strip-extras -o requirements.lock
	$(COMPILE) --extra oidc --constraint requirements.lock -o requirements-run.lock

clean:
	rm -rf $(VENV) $(SAMPLE) build *.egg-info
