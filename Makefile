# Every target sets up what it needs; `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

setup: $(READY) ## make .venv with everything that is needed

$(READY): requirements/dev.txt pyproject.toml tools/check_machine.py
	@$(PYTHON) tools/check_machine.py
	@echo "making .venv (once; about a minute)"
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## the guided tour: an application with every kind of hook, on an embedded cluster
	@$(BIN)/tenter demo

renderers: setup ## build Helm and Kustomize from source, which the tests hold Tenter to (needs go; once)
	@$(BIN)/python -m tools.io_renderers

test: setup renderers ## all tests
	@$(BIN)/pytest -q -n 2 --dist loadfile

controlplane: setup ## build a real Kubernetes control plane from source (needs go; once, about eight minutes)
	@$(BIN)/python -m conformance.io_build

conformance: controlplane ## what holds the embedded cluster to that control plane
	@$(BIN)/pytest -q -n 3 --cluster real tests/behaviour tests/conformance

check: setup ## format, lint, types, layers, and that every rule has its test and its planted break
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m tests.rules.check

format: setup ## rewrite the code in the house's format
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format --quiet .

simulate: setup ## play seeds of random applications and trouble (SEEDS=n FROM=n, or SEED=n)
	@$(BIN)/python -m tests.simulation $(if $(SEED),--seed $(SEED) --without "$(WITHOUT)",--seeds $(or $(SEEDS),1000) --from $(or $(FROM),0))

bench: setup ## benchmarks, each beside its floor in the same run
	@$(BIN)/python -m bench

lock: setup ## resolve requirements/dev.txt anew
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile pyproject.toml --group dev --universal --generate-hashes --python-version 3.11 --no-header --no-annotate --quiet --upgrade --output-file requirements/dev.txt

clean: ## remove .venv and caches
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.PHONY: help setup demo test renderers controlplane conformance check format simulate bench lock clean
