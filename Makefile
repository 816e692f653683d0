# make census  the census, from nothing, into data/public/gpu_census.duckdb
# make test    lint, types and the whole test suite
# make ui      the Dagster UI on http://127.0.0.1:3000
# make bench   time and memory beside peers and floors, into benchmarks/RESULTS.md

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.installed

.PHONY: census test ui bench lint clean

census: $(READY)
	@$(BIN)/gpu-census refresh

test: lint
	@$(BIN)/python -m pytest

ui: $(READY)
	@$(BIN)/gpu-census ui

bench: $(READY)
	@if command -v uv >/dev/null 2>&1; then \
	  uv pip install --quiet --python $(BIN)/python -e '.[bench]'; \
	else \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[bench]'; \
	fi
	@$(BIN)/python -m benchmarks

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

# uv when it is there, else venv and pip; again only when pyproject.toml changed
$(READY): pyproject.toml
	@if command -v uv >/dev/null 2>&1; then \
	  test -x $(BIN)/python || uv venv --quiet --python $(PYTHON) $(VENV); \
	  uv pip install --quiet --python $(BIN)/python -e '.[test]'; \
	else \
	  test -x $(BIN)/python || $(PYTHON) -m venv $(VENV); \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'; \
	fi
	@touch $(READY)

clean:
	rm -rf $(VENV) data .mypy_cache .ruff_cache .pytest_cache
