# Everyday commands; all of them work from a fresh clone after `make install`.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: install test check format cover chaos layouts browser frameworks arguments notebooks cluster reliability soak bench

install:            ## a virtual environment with everything that developing needs
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q -e '.[dev]'

test:               ## the tests that run by default (two to four minutes on 2 cores)
	$(BIN)/python -m pytest

check:              ## lint, format, types, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format:             ## let ruff write
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

cover:              ## branch coverage; core/ must stay at 100 %
	$(BIN)/python -m pytest tests/core --cov=sweeper.core --cov-branch --cov-report=term-missing --cov-fail-under=100

chaos:              ## the whole kill-and-resume loops (some minutes)
	CVSWEEP_CHAOS_ROUNDS=30 $(BIN)/python -m pytest -n 2 -m chaos tests/chaos

frameworks:         ## sweeps of real Lightning, Trainer and TensorBoard scripts, and all recipes (minutes, a large download)
	$(BIN)/pip install -q -e '.[dev,frameworks]'
	CVSWEEP_FRAMEWORKS=required $(BIN)/python -m pytest -n 2 tests/frameworks tests/recipes

arguments:          ## programs of click, typer, fire, absl-py, simple-parsing, jsonargparse and tyro
	$(BIN)/pip install -q -e '.[dev,arguments]'
	CVSWEEP_ARGUMENTS=required $(BIN)/python -m pytest -n 2 tests/arguments

notebooks:          ## a notebook that runs sweeps, executed in a Jupyter kernel
	$(BIN)/pip install -q -e '.[dev,notebooks]'
	CVSWEEP_NOTEBOOKS=required $(BIN)/python -m pytest -n 0 -m notebooks tests/notebooks

layouts:            ## frozen copies of projects in all layouts, installed by real build tools (some minutes, downloads)
	$(BIN)/python -m pytest -n 2 -m layouts tests/layouts

browser:            ## the report in a real browser (needs chromium and chromedriver)
	CVSWEEP_BROWSER=required $(BIN)/python -m pytest -n 0 -m browser tests/report

cluster:            ## the tests on a real cluster (as root; see tests/cluster/conftest.py)
	CVSWEEP_CLUSTER=required $(BIN)/python -m pytest -n 4 tests/cluster

reliability:        ## every fault we know, some thousand times, and a table (docs/reliability.md)
	$(BIN)/python -m tests.reliability

soak:               ## half an hour of all faults at once on a real cluster (as root, with CVSWEEP_KUBE)
	$(BIN)/python -m tests.reliability.soak

bench:              ## the benchmark table (some minutes; a quiet machine)
	$(BIN)/pip install -q -e '.[bench]'
	$(BIN)/python -m tests.bench
