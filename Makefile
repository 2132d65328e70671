# Two commands do everything: `make demo` and `make test`. The rest is for developers.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
# Numeric libraries default to one thread per core and fight each other on a busy machine.
export OMP_NUM_THREADS      ?= 1
export OPENBLAS_NUM_THREADS ?= 1
export MKL_NUM_THREADS      ?= 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test check format lock clean

help: ## list the commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

setup: $(READY) ## create .venv from requirements.lock

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "routecause needs Python >= 3.11; name one with: make PYTHON=python3.12"; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.9"
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

demo: $(READY) ## simulate, train, register, show the gain and serve on 127.0.0.1:8000
	$(BIN)/routecause demo $(DEMO_FLAGS)

test: $(READY) ## run every test
	$(BIN)/python -m pytest -q -n 2 $(PYTEST_FLAGS)

check: $(READY) ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY) ## rewrite the code in the house format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(READY) ## renew requirements.lock, by name and hash, without addresses
	$(BIN)/uv pip compile --universal --generate-hashes --python-version 3.11 --group dev --no-emit-index-url \
	  --no-header --upgrade --quiet pyproject.toml --output-file requirements.lock

clean: ## remove what `make demo` made, but not the virtual environment
	rm -rf var .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
