# Every target makes what it needs, from a bare checkout. `make help` lists them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check
RUN    := $(VENV)/.run-ready
DEV    := $(VENV)/.dev-ready
CLOUD  := $(VENV)/cloud

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-s3 demo-cluster run test test-fast check fmt lint types floors bench docs lock clean

help:  ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | while IFS="$$(printf '\t')" read -r name text; do printf '%-12s %s\n' "$$name" "$$text"; done

setup: $(DEV)  ## make .venv with everything that is locked

$(RUN): requirements/run.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "adce_async needs Python 3.11 or newer: make setup PYTHON=python3.12"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r requirements/run.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): $(RUN) $(CLOUD)/.ready requirements/dev.txt
	@sh tests/postgres_setup.sh
	@sh tests/browser_setup.sh
	@sh tests/prometheus_setup.sh $(VENV)/prometheus
	$(PIP) --require-hashes -r requirements/dev.txt
	@touch $@

# The S3 server of the tests, in an environment of its own: it pins an older botocore than ours.
$(CLOUD)/.ready: $(RUN) requirements/cloud.txt
	@test -x $(CLOUD)/bin/python || $(PYTHON) -m venv $(CLOUD)
	$(CLOUD)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/cloud.txt
	@touch $@

demo: $(RUN)  ## the whole loop offline: from an empty lake to a complete one in about a minute
	$(BIN)/python -m adce_async demo $(if $(STAY),--stay)

demo-s3: $(RUN) $(CLOUD)/.ready  ## the same with a lake in S3, on a real S3 server that it starts and stops itself
	$(BIN)/python -m tests.demo_s3

demo-cluster: $(DEV)  ## the same on three nodes over a PostgreSQL of its own; one is killed and one paused: two minutes
	@sh tests/postgres_setup.sh
	$(BIN)/python -m tests.demo_cluster

run: $(RUN)  ## the service itself, with config/ and inventory/
	$(BIN)/python -m adce_async run

test: $(DEV)  ## all tests
	$(BIN)/python -m pytest

test-fast: $(DEV)  ## the tests that need no servers, no browser and no processes
	$(BIN)/python -m pytest -n 2 -m "not processes"

check: lint types floors test  ## everything that has to be clean

fmt: $(DEV)  ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix --quiet .

lint: $(DEV)  ## ruff
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(DEV)  ## mypy, strict
	$(BIN)/mypy

floors: $(DEV)  ## imports point downwards only
	$(BIN)/lint-imports

bench: $(DEV)  ## the benchmarks, as ratios against a bound or a peer
	$(BIN)/python -m benchmarks

docs: $(RUN)  ## write docs/configuration.md, docs/sources.md and docs/metrics.md anew
	$(BIN)/python -m adce_async config document > docs/configuration.md
	$(BIN)/python -m adce_async scrapers document > docs/sources.md
	$(BIN)/python -m adce_async metrics document > docs/metrics.md
	$(BIN)/python -m adce_async tables document > docs/tables.md

lock: $(DEV)  ## lock the dependencies anew, with hashes
	$(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header --extra build --output-file requirements/run.txt pyproject.toml
	$(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header --extra build --extra dev --output-file requirements/dev.txt pyproject.toml
	$(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header --output-file requirements/cloud.txt requirements/cloud.in

clean:  ## remove what was made
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
