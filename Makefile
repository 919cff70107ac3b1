.DEFAULT_GOAL := help
.PHONY: help setup demo up check test fault soak bench bench-quick growth fmt down
SHELL := /bin/bash
PYTHON ?= python3
UV := $(or $(shell command -v uv 2>/dev/null),.baton/uv/bin/uv)
BIN := .venv/bin

help: ## what you can do here
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

setup: .venv/.ready ## make the environment (uv is installed into .baton/ where it is missing)

.venv/.ready: pyproject.toml uv.lock
	@command -v $(UV) >/dev/null 2>&1 || { $(PYTHON) -m venv .baton/uv && .baton/uv/bin/pip install --quiet uv; } \
	  || { echo "Baton needs Python 3.11 or newer with its venv module (Debian: apt-get install python3-venv)" >&2; exit 1; }
	@$(UV) sync --locked --all-extras --quiet
	@touch $@

demo: setup ## the whole system with a simulated company: real Kafka and Postgres, a page, Ctrl-C stops all
	@$(BIN)/baton demo

up: setup ## the same stack without the simulated company; data is kept in .baton/
	@$(BIN)/baton up

down: setup ## stop what a crashed `make up` or `make demo` has left running
	@$(BIN)/baton down

check: setup ## format, lint, types, import contracts, budgets, docs, compose file and Dockerfile
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python tests/house/budgets.py
	@$(BIN)/pytest -q tests/house
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec docker-compose.yml
	@$(BIN)/hadolint deploy/Dockerfile
	@if command -v promtool >/dev/null; then promtool test rules deploy/prometheus/tests/*.yaml; \
	  else echo "promtool is not here: alert rules not run against their tests (Debian: apt-get install prometheus)"; fi

test: setup ## the tests, on real Kafka and Postgres
	@$(BIN)/pytest tests -m "not long" -n 2 --dist loadfile

fault: setup ## the whole suite of faults, the long ones too: kills, cuts, full disks, rebalances
	@$(BIN)/pytest tests -m "row or long"

MINUTES ?= 30
soak: setup ## random faults under load for MINUTES=30, checked after each round
	@$(BIN)/python -m tests.fault.soak --minutes $(MINUTES)

bench: setup ## how fast, beside its peers in one run: the better part of an hour; figures in .baton/bench.json
	@$(BIN)/python -m tests.bench --json .baton/bench.json

bench-quick: setup ## the same with small loads, to see that it works: two minutes
	@$(BIN)/python -m tests.bench --quick

growth: setup ## ten million activities of a million leads: pace, disk and memory as they grow; goes on where it stopped
	@$(BIN)/python -m tests.bench.long_run

fmt: setup ## format and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
