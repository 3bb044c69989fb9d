# `make demo` and `make test` work in a fresh clone; every target makes .venv itself when needed.
# Wanted from the system: Python 3.11 or newer, g++, make, perl (and Icarus Verilog for the tests
# of the second simulator); `.venv/bin/db2hdl doctor` says what is missing.
#
#   make PYTHON=/path/to/python3.12 …   another interpreter for .venv
#   make PIP_FLAGS='--extra-index-url https://download.pytorch.org/whl/cpu' …   the small CPU-only torch
#   make JOBS=8 test                    more test processes

PYTHON ?= python3
PIP_FLAGS ?=
JOBS ?= 2

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# Each test process gets one core; more threads only get in each other's way.
export OMP_NUM_THREADS ?= 1

# make paper SEEDS=20 DATA=folder: fewer runs; where the data are
SEEDS ?=
DATA ?= ../shared/data

.PHONY: demo test test-slow lint type docs bench paper clean help
.NOTPARALLEL:
.DELETE_ON_ERROR:

help:
	@echo "make demo | test | test-slow | lint | type | docs | bench | paper | clean"

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "error: $(PYTHON) is older than Python 3.11; choose another: make PYTHON=/path/to/python3.11" >&2; exit 2; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { rm -rf $(VENV); $(PYTHON) -m venv $(VENV); }
	$(BIN)/python -m pip install --quiet $(PIP_FLAGS) -c constraints.txt -e '.[dev]'
	@touch $@

demo: $(STAMP)
	@mkdir -p build
	$(BIN)/db2hdl run noisy-xor -o build/demo --force --prove
	$(BIN)/db2hdl explain build/demo
	$(BIN)/db2hdl synth build/demo --target ice40

test: $(STAMP)
	$(BIN)/pytest -n $(JOBS) -m 'not slow'

test-slow: $(STAMP)
	$(BIN)/pytest -n $(JOBS) -m slow

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

type: $(STAMP)
	$(BIN)/mypy

docs: $(STAMP)
	$(BIN)/pytest tests/system/test_docs.py

bench: $(STAMP)
	$(BIN)/python benchmarks/bench_kernels.py --check
	@set -e; for bench in $(filter-out benchmarks/bench_kernels.py,$(wildcard benchmarks/*.py)); do \
	  echo "== $$bench"; $(BIN)/python "$$bench"; done

paper: $(STAMP)
	PYTHONPATH=benchmarks $(BIN)/python -m paper --data $(DATA) $(if $(SEEDS),--seeds $(SEEDS))

clean:
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
