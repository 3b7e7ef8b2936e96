# The verbs of this project; CI calls the same ones. What they need is installed into .venv, as the locks say.
PYTHON ?= python3
BIN := .venv/bin
LATEST := .venv-latest/bin
BARE := .venv-wheel/bin
INSTALL := -m pip install --quiet --disable-pip-version-check
COMPILE = $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.10 --no-emit-index-url \
	--custom-compile-command "make lock" pyproject.toml
FIXTURES ?= fixtures
# A run of the tests starts a hundred processes: what they import is compiled once, not by each.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: install lock format check test test-latest latest drift wheel run bench compare schemas clean

install: .venv/.installed

$(BIN)/python:
	$(PYTHON) -m venv .venv

# The server needs no more than this.
.venv/.runtime: requirements.lock | $(BIN)/python
	$(BIN)/python $(INSTALL) --no-deps --requirement requirements.lock
	touch $@

.venv/.installed: .venv/.runtime requirements-dev.lock pyproject.toml tests/typescript/package-lock.json
	$(BIN)/python $(INSTALL) --no-deps --requirement requirements-dev.lock
	$(BIN)/python $(INSTALL) --no-deps --no-build-isolation --editable .
	@# The TypeScript SDK is tested where npm is present; its test says so when it is not.
	@if command -v npm >/dev/null; then npm ci --silent --no-audit --no-fund --prefix tests/typescript || true; fi
	touch $@

lock: | $(BIN)/python
	$(BIN)/python $(INSTALL) --upgrade uv
	$(COMPILE) --output-file requirements.lock
	$(COMPILE) --group dev --constraint requirements.lock --constraint schemas/sources/sdk.txt \
		--output-file requirements-dev.lock

format: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: install
	$(BIN)/pytest -n auto

# The newest of everything, whatever the locks say.
latest:
	$(PYTHON) -m venv .venv-latest
	$(LATEST)/python $(INSTALL) --upgrade 'pip>=25.1'
	$(LATEST)/python $(INSTALL) --upgrade --upgrade-strategy eager --editable . --group dev

test-latest: latest
	$(LATEST)/ruff check .
	$(LATEST)/ruff format --check .
	$(LATEST)/mypy
	$(LATEST)/pytest -n auto

drift: latest
	$(LATEST)/mockserver drift

# The package as its users get it, with nothing but what it says it needs.
wheel: install
	rm -rf dist .venv-wheel
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	$(PYTHON) -m venv .venv-wheel
	$(BARE)/python $(INSTALL) --constraint requirements.lock dist/*.whl
	MOCKSERVER_WHEEL=dist $(BIN)/pytest tests/cli/test_wheel.py

run: .venv/.runtime
	$(BIN)/python -m mockserver serve $(FIXTURES)

bench: install
	@# aimock is measured where npm is present; its rows say so when it is not.
	@if command -v npm >/dev/null; then npm ci --silent --no-audit --no-fund --prefix tests/bench/aimock || true; fi
	$(BIN)/python -m tests.bench

compare: install
	$(BIN)/python -m tests.exchanges $(BASE)

schemas: install
	$(BIN)/python -m mockserver.derive

clean:
	rm -rf .venv .venv-latest .venv-wheel dist build
