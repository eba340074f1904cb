# Each target makes .venv by itself from constraints.txt; nothing is installed outside this folder.
# Another Python: make PYTHON=python3.12 test

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
APP := $(VENV)/.app-ready
DEV := $(VENV)/.dev-ready

# Constraints hold for the build backend as well; pip names that option differently from version to version.
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_BUILD_CONSTRAINT := $(CURDIR)/constraints.txt
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test check bench soak clean
.DELETE_ON_ERROR:

demo: $(APP)
	$(BIN)/mtsession demo

test: $(DEV)
	$(BIN)/pytest --numprocesses 2 --dist loadgroup

check: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy --strict src
	$(BIN)/lint-imports

bench: $(DEV)
	$(BIN)/python benchmarks/run.py bench

soak: $(DEV)
	$(BIN)/python benchmarks/run.py soak

clean:
	rm -rf $(VENV) out build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "Python is not installed (looked for $(PYTHON)). Install Python 3.11 or newer."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "mtsession needs Python 3.11 or newer; $(PYTHON) is `$(PYTHON) --version 2>&1`."; \
	  echo "Name a newer one: make PYTHON=python3.12 $(firstword $(MAKECMDGOALS))"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "This Python comes without its venv module. On Debian and Ubuntu: sudo apt install python3-venv"; exit 1; }
	@echo "Making $(VENV) (once; it takes a minute or two)"
	@$(PYTHON) -m venv --clear $(VENV)

$(APP): pyproject.toml constraints.txt | $(BIN)/python
	@$(PIP) --editable .
	@touch $@

# What is needed to work on the code includes what is needed to run it.
$(DEV): pyproject.toml constraints.txt | $(BIN)/python
	@$(PIP) --editable '.[dev]'
	@touch $(APP) $@
