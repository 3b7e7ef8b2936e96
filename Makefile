# The verbs of this project; CI calls the same ones. Everything needed is installed into .venv.
PYTHON ?= python3
BIN := .venv/bin
FIXTURES ?= fixtures

.PHONY: install format check test run bench schemas clean

install: .venv/.installed

.venv/.installed: pyproject.toml tests/typescript/package-lock.json
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@# The TypeScript SDK is tested where npm is present; its test says so when it is not.
	@if command -v npm >/dev/null; then npm ci --silent --no-audit --no-fund --prefix tests/typescript || true; fi
	touch $@

format: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: install
	$(BIN)/pytest -n auto

run: install
	$(BIN)/mockserver serve $(FIXTURES)

bench: install
	@# aimock is measured where npm is present; its rows say so when it is not.
	@if command -v npm >/dev/null; then npm ci --silent --no-audit --no-fund --prefix tests/bench/aimock || true; fi
	$(BIN)/python -m tests.bench

schemas: install
	$(BIN)/python -m mockserver.derive

clean:
	rm -rf .venv dist build
