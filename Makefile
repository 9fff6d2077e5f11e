# Each target sets up all it needs in .venv; nothing else on the machine is touched.
.DEFAULT_GOAL := help
.PHONY: help demo slow test check lint types docs pictures snapshots day faults soak clean
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
# Container images set it; without compiled files every process of the tests takes ten seconds more to read them.
unexport PYTHONDONTWRITEBYTECODE
# For half of its time a test waits for a process or for a moment: four share two cores.
TESTS = $(or $(ARGS),-n 4 --dist worksteal -q)

help: ## what can be made here
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /  make \1\t/' | expand -t 20

demo: $(VENV)/.run ## draw a sample film on the built-in emulator; ARGS="--headless" without a screen
	@$(BIN)/shotmill demo $(ARGS)
	@echo "In this clone shotmill is $(BIN)/shotmill: $(BIN)/shotmill attach shotmill-demo" >&2

test: $(VENV)/.dev ## set up and run the tests; ARGS="tests/story -k javascript" for some of them
	@$(BIN)/python tests/needs.py
	@$(BIN)/python -m pytest $(TESTS)

check: $(VENV)/.dev ## what CI runs: lint, types, import contracts, the tests with those that are slow
	@$(MAKE) --no-print-directory lint types
	@$(MAKE) --no-print-directory test ARGS='-m "not faults" $(TESTS)'

slow: $(VENV)/.dev ## the tests that take long for what they show
	@$(BIN)/python tests/needs.py
	@$(BIN)/python -m pytest -m slow $(TESTS)

lint: $(VENV)/.dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports --no-cache

types: $(VENV)/.dev
	@$(BIN)/mypy && MYPYPATH=core:tui:tests:bench $(BIN)/mypy tests bench

docs: $(VENV)/.run ## write docs/troubleshooting.md anew from the checks and their pages
	@$(BIN)/python -m shotmill.doctor.guide > docs/troubleshooting.md

faults: $(VENV)/.dev ## run the fault matrix against real processes and write docs/faults.md
	@$(BIN)/python tests/needs.py
	@$(BIN)/python tests/faults/report.py $(ARGS)

soak: $(VENV)/.dev ## 2,000 beats, random faults, 50 kills; ARGS="--beats 200 --kills 5" for less, --write for the table
	@$(BIN)/python bench/soak.py $(ARGS)

snapshots: $(VENV)/.dev ## take the tests' pictures of the screens anew; read the diff before it is committed
	@$(BIN)/python -m pytest tests/tui/test_screen_pictures.py tests/tui/test_screen_pictures_of_states.py -n 0 -q \
	  --snapshot-update

day: $(VENV)/.dev ## play a whole day in a real terminal and write docs/day.md, what it showed
	@$(BIN)/python tests/needs.py
	@SHOTMILL_DAY_PAGE=docs/day.md $(BIN)/python -m pytest tests/e2e/test_play_the_day.py -k day_at -n 0 -q

pictures: $(VENV)/.dev ## draw the README's pictures of the screen anew (needs rsvg-convert)
	@$(BIN)/python bench/pictures.py

clean: ## remove .venv and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Shotmill needs Python 3.11 or newer; this is $$($(PYTHON) --version). Say which: make PYTHON=python3.12 …" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { echo "venv is missing; on Debian: apt install python3-venv" >&2; exit 2; }

$(VENV)/.run: pyproject.toml | $(VENV)/bin/python
	@echo "Setting up .venv (about half a minute, once) …" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/bin/python
	@echo "Setting up .venv for development (about a minute, once) …" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]"
	@touch $@ $(VENV)/.run
