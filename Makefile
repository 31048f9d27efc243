# Every target works on a fresh clone with Python 3.11+ and a package registry, nothing else.

SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS   += --no-builtin-rules --no-print-directory

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
LEGACY ?=
KEEP   ?=
BENCH  ?=
CHAOS  ?=
FUZZ   ?=

# Test files run side by side. Each process starts servers of its own if a test needs them. Stories on
# servers wait more than they work, so they get two processes more than there are cores.
# A traceback without columns parses no source. Python 3.11 before 3.11.8 gives up its own parsing of
# source when a finalizer formats a traceback with columns meanwhile (AST constructor recursion depth).
export PYTHONNODEBUGRANGES := 1
APART := --maxprocesses 4 --dist loadfile --no-loadscope-reorder
# Each of the hundreds of processes that tests and demo start reads what Python compiled once.
unexport PYTHONDONTWRITEBYTECODE
CORES := $(shell $(PYTHON) -c "import os; print(os.cpu_count() or 1)")

# The name of a stamp has the checksum of its lock, so that only a changed lock is installed again.
sum = $(shell cat $(1) pyproject.toml 2>/dev/null | cksum | cut -d' ' -f1)
MADE := $(VENV)/made.stamp
RUNS := $(VENV)/runs-$(call sum,requirements.lock).stamp
DEVELOPS := $(VENV)/develops-$(call sum,requirements.lock requirements-dev.lock).stamp

PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
INSTALL := $(PIP) install --require-hashes --only-binary :all:
COMPILE := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
  --generate-hashes --no-emit-index-url --no-header --no-annotate --only-binary :all:

# pip writes several lines for each package. This shows one.
define install
	@echo "归一: installing the $$(grep -c '==' $(1)) packages of $(1) ..."
	@$(INSTALL) -r $(1) | sed -un -e 's/^Collecting \([^ ]*\).*/  \1/p' -e '/^Installing/s/:.*/ .../p'
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q guiyi services shared deploy
	@touch $(2)
	@echo "归一: ready."
endef

.PHONY: help setup check fix generate test demo up down bench chaos fuzz lock

help:  ## list the targets (this)
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

setup: $(DEVELOPS)  ## install what runs and what develops into .venv

check: $(DEVELOPS)  ## style, types, import rules and unit tests: about a minute, no network
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	GUIYI_QUICK=1 $(BIN)/python -m pytest -q -m "not stack and not long and not slow" $(APART) --numprocesses auto

fix: $(DEVELOPS)  ## format, and correct what ruff can correct
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

generate: $(DEVELOPS)  ## write golden files of new facts, the catalogue and the tables of steps
	$(BIN)/python -m tests.generate

test: $(DEVELOPS)  ## every test except the slow ones, on a real Kafka and PostgreSQL
	$(BIN)/python -m pytest -m "not slow" $(APART) --numprocesses $$(( $(CORES) + 2 ))

demo: $(RUNS)  ## repairs to the filed dossier, a month of the store; LEGACY=FILE imports that log, KEEP=1 stays up
	$(BIN)/guiyi demo $(if $(LEGACY),--legacy "$(LEGACY)") $(if $(KEEP),--keep)

up: $(RUNS)  ## run everything on this machine until Ctrl-C
	$(BIN)/guiyi up

down: $(RUNS)  ## stop what `make up` runs
	$(BIN)/guiyi down

bench: $(DEVELOPS)  ## measure speed and memory, and print the table; LEGACY=FILE imports that log too
	$(BIN)/python -m tests.bench $(if $(LEGACY),--legacy "$(LEGACY)") $(BENCH)

chaos: $(DEVELOPS)  ## load and faults of every kind, then a full check; CHAOS="--seconds 1200 --seed 7"
	$(BIN)/python -m tests.chaos $(CHAOS)

fuzz: $(DEVELOPS)  ## 20,000 odd requests to four rooms in 10 minutes at most; FUZZ="--requests 500 --seed 7"
	$(BIN)/python -m tests.fuzz $(FUZZ)

lock: $(DEVELOPS)  ## choose new versions within the bounds of pyproject.toml
	$(COMPILE) --upgrade --output-file requirements.lock
	$(COMPILE) --upgrade --group dev --constraint requirements.lock \
	  --output-file requirements-dev.lock

$(MADE):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "归一 needs Python 3.11 or later; '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || true)." >&2; \
	  echo "Name another one: make setup PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "This Python comes without venv; install it (Debian: python3-venv)" >&2; \
	  echo "or name another one: make setup PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "归一: making $(VENV) with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(RUNS): | $(MADE)
	$(call install,requirements.lock,$@)

$(DEVELOPS): | $(MADE)
	$(call install,requirements-dev.lock,$@)
	@touch $(RUNS)
