# Every target does its own set-up: the virtual environment, the engine, the images.
# `ENGINE=none` forbids to bring up a Docker engine. Where there is none and none may be brought
# up, the step exits 3 and says in two lines what to do; make shows the 3 and itself exits 2, as
# it does for every step that fails.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules
BIN := .venv/bin
ENGINE ?=
export ENGINE
# How long `make fuzz` tries each of its targets, and `make soak` goes on.
SECONDS ?= 600
# The folder of others' data sets, which are not part of this repository.
FOREIGN ?=

# What Python compiles is kept, whatever the shell says of that: else each worker of the tests, and
# each command that one starts, compiles hundreds of modules before it does anything.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest
# A log waits until the disk has it. The fast tests, which ask no disk for anything, write theirs to
# memory where there is enough; what a failed one wrote stays there.
MEMORY := $(shell [ "$$(df -kP /dev/shm 2>/dev/null | awk 'END { print $$4 }')" -gt 1000000 ] \
    2>/dev/null && echo PYTEST_DEBUG_TEMPROOT=/dev/shm)

# Each target uses the whole machine, and two would set up the same things.
.NOTPARALLEL:

.PHONY: help demo demo-organism organism organism-evaluate test test-fast attacks fuzz soak check format bench bench-check bench-viewer screenshots corpus evaluate up chromium venv venv-dev clean

help: ## this page
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

demo: up ## run the demo suite in real containers; its log is build/demo.db
	@mkdir -p build
	@$(BIN)/longleash run examples/demo.yaml --parallel 4 --log build/demo.db

# The committed weights, unless MODEL names others.
MODEL ?= examples/model_organism/model
ORGANISM = HF_HUB_OFFLINE=1 $(BIN)/longleash run build/organism-tasks --agent transformers:$(MODEL) --forecast off --parallel 4

demo-organism: venv-dev up ## a language model of a million weights acts in real containers, offline
	@rm -rf build/organism-tasks && $(BIN)/python -m examples.model_organism.tasks build/organism-tasks --count 2
	@$(ORGANISM) --temperature 0 --log build/organism.db

organism: venv-dev ## train that model again from nothing, into build/organism; half an hour of two idle cores
	@$(BIN)/python -m examples.model_organism.train --out build/organism

organism-evaluate: venv-dev up ## measure it on tasks that it never saw, without temperature and with 1.2
	@rm -rf build/organism-tasks build/greedy.db* build/warm.db* && $(BIN)/python -m examples.model_organism.tasks build/organism-tasks
	@$(ORGANISM) --temperature 0 --log build/greedy.db || true
	@$(ORGANISM) --temperature 1.2 --resample 16 --log build/warm.db || true
	@$(BIN)/python -m examples.model_organism.evaluate build/greedy.db build/warm.db --out examples/model_organism/measured.json --page docs/evaluation.md

test: venv-dev chromium up ## every test; those without a container first
	@$(PYTEST) -n auto --dist worksteal -m "not docker"
	@$(PYTEST) -m docker

test-fast: venv-dev ## the quick tests that need no container; a minute of two cores
	@$(MEMORY) $(PYTEST) -n auto --dist worksteal --hypothesis-profile=few \
	    -o tmp_path_retention_policy=failed -m "not docker and not slow"

check: venv-dev ## lint, types, import rules, generated pages
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python docs/generate.py --check

format: venv-dev ## put the code in the project's format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

attacks: venv-dev up ## try every attack, with each layer alone too, and write docs/attacks.md
	@$(PYTEST) -q tests/escapes
	@cp build/attacks.md docs/attacks.md

fuzz: venv-dev ## feed anything to each line and each reader of files, SECONDS=600 for each
	@$(BIN)/python -c 'import atheris' 2>/dev/null || $(BIN)/python -m pip install --quiet --editable '.[fuzz]'
	@set -e; for target in channel reply proxy guest browser egress shell policy log; do \
	    echo "fuzz: $$target"; \
	    $(BIN)/python -m tests.fuzz $$target -max_total_time=$(SECONDS); \
	done

soak: venv-dev up ## 16 episodes at once for SECONDS=600, everything killed at random; takes root
	@$(BIN)/python -m benchmarks.soak --seconds $(SECONDS)

bench: venv-dev up ## measure; writes build/bench.json
	@mkdir -p build
	@$(BIN)/python benchmarks/run.py --out build/bench.json

bench-viewer: venv-dev chromium ## measure the viewer on a log of a million steps
	@mkdir -p build
	@$(BIN)/python benchmarks/view.py

screenshots: venv-dev chromium up ## take the pictures of README and docs/viewer.md anew
	@mkdir -p build
	@$(BIN)/python docs/screenshots.py

bench-check: venv-dev up ## measure, and fail where a ratio is past twice what must hold
	@mkdir -p build
	@$(BIN)/python benchmarks/run.py --out build/bench.json --check

corpus: venv-dev up ## play the labelled corpus anew from its seed into build/corpus; minutes
	@$(BIN)/python -m benchmarks.corpus.build --half tune
	@$(BIN)/python -m benchmarks.corpus.build --half test

evaluate: venv-dev ## measure the taggers, once more on the test half; FOREIGN=FOLDER for others' logs too
	@$(BIN)/longleash evaluate --data corpus --half test --page docs/evaluation.md
	@if [ -n "$(FOREIGN)" ]; then $(BIN)/longleash evaluate --data natural --data mirage --data who-when --foreign "$(FOREIGN)" --page docs/evaluation.md; fi

up: venv ## bring up the engine and make the images
	@$(BIN)/longleash up

chromium:
	@.ci/chromium

venv:
	@.ci/venv

venv-dev:
	@.ci/venv dev

clean: ## remove containers that a crash left, and what was built here; images and .venv stay
	@if [ -x $(BIN)/longleash ]; then ENGINE=none $(BIN)/longleash clean || true; fi
	@rm -rf build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
