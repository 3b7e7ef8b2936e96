# The verbs of this project; CI calls the same ones. What they need is installed into .venv, as the locks say.
PYTHON ?= python3
BIN := .venv/bin
LATEST := .venv-latest/bin
BARE := .venv-wheel/bin
TYPESCRIPT := .venv-latest/typescript/node_modules/@anthropic-ai/sdk
INSTALL := -m pip install --quiet --disable-pip-version-check
COMPILE = $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.10 --no-emit-index-url \
	--custom-compile-command "make lock"
FIXTURES ?= fixtures
# A run of the tests starts a hundred processes: what they import is compiled once, not by each.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: install lock format check test test-latest latest drift wheel examples ui browser run bench compare conform sdk-tests crash stores replicas fuzz soak schemas fit clean

install: .venv/.installed

$(BIN)/python:
	@$(PYTHON) mockserver/records/version.py
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
	$(COMPILE) pyproject.toml --output-file requirements.lock
	$(COMPILE) pyproject.toml --group dev --constraint requirements.lock --constraint schemas/sources/sdk.txt \
		--constraint schemas/sources/openai.txt --output-file requirements-dev.lock
	$(COMPILE) --group conform --output-file requirements-conform.lock
	$(COMPILE) --group sdk-tests --constraint schemas/sources/sdk.txt --output-file requirements-sdk-tests.lock
	$(COMPILE) --group publish --output-file requirements-publish.lock

format: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: install
	$(BIN)/pytest -n auto

# Schemathesis has a folder of its own: what it needs does not go with what the server needs.
.venv-conform/.installed: requirements-conform.lock
	$(PYTHON) -m venv .venv-conform
	.venv-conform/bin/python $(INSTALL) --no-deps --requirement requirements-conform.lock
	touch $@

conform: install .venv-conform/.installed
	$(BIN)/python -m tests.conform .venv-conform/bin/st

# The SDK's generated tests are in its source distribution only, of the version that the schemas are derived from.
.venv-sdk-tests/.installed: requirements-sdk-tests.lock schemas/sources/sdk.txt
	rm -rf .venv-sdk-tests
	$(PYTHON) -m venv .venv-sdk-tests
	.venv-sdk-tests/bin/python $(INSTALL) --no-deps --requirement requirements-sdk-tests.lock
	.venv-sdk-tests/bin/python -m pip download --quiet --disable-pip-version-check --no-deps --no-binary anthropic \
		--requirement schemas/sources/sdk.txt --dest .venv-sdk-tests/download
	mkdir .venv-sdk-tests/sdist
	tar -xzf .venv-sdk-tests/download/anthropic-*.tar.gz --strip-components 1 --directory .venv-sdk-tests/sdist
	touch $@

sdk-tests: install .venv-sdk-tests/.installed
	$(BIN)/python -m tests.sdk .venv-sdk-tests/sdist .venv-sdk-tests/bin/python

# Attacks with mutated inputs for MINUTES (60), and mixed load for MINUTES (30).
fuzz: install
	$(BIN)/python -m tests.fuzz --minutes $(or $(MINUTES),60)

soak: install
	$(BIN)/python -m tests.soak --minutes $(or $(MINUTES),30)

# Servers with a data folder, killed under load.
crash: install
	$(BIN)/python -m tests.crash

# The tests of stores and of servers on an engine, with a redis-server of Debian's where none is here and apt and the right
# to use it are; ALL=1: all tests of servers, on SQLite and on an engine.
stores: install
	@if ! command -v valkey-server redis-server >/dev/null && command -v apt-get >/dev/null && test "$$(id -u)" = 0; then \
		(apt-get update && apt-get install --yes --no-install-recommends redis-server) >/dev/null 2>&1 || true; fi
	$(BIN)/pytest -n auto -k "engine or valkey or replicas" $(if $(ALL),--stores tests/clients,tests/store/valkey tests/replicas) \
		tests/control tests/endpoints tests/gateways tests/testing

# Two replicas on an engine under load, one of them killed every 5 seconds, for MINUTES (2).
replicas: install
	$(BIN)/python -m tests.replicas kill --minutes $(or $(MINUTES),2)

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
	@# The TypeScript SDK is compared where npm is present.
	@if command -v npm >/dev/null; then npm install --silent --no-audit --no-fund --no-save --prefix .venv-latest/typescript \
		@anthropic-ai/sdk@latest || true; fi
	$(LATEST)/mockserver drift $$(test ! -d $(TYPESCRIPT) || echo --typescript $(TYPESCRIPT))

.venv-publish/.installed: requirements-publish.lock
	$(PYTHON) -m venv .venv-publish
	.venv-publish/bin/python $(INSTALL) --no-deps --requirement requirements-publish.lock
	touch $@

# What would be published: built, described as the package index wants it, and installed with nothing but what it says
# it needs. Nothing is uploaded.
wheel: install .venv-publish/.installed
	rm -rf dist .venv-wheel
	$(BIN)/python -m hatchling build --directory dist
	.venv-publish/bin/twine check --strict dist/*
	$(PYTHON) -m venv .venv-wheel
	$(BARE)/python $(INSTALL) --constraint requirements.lock dist/*.whl
	MOCKSERVER_WHEEL=dist $(BIN)/pytest tests/packaging

# The examples with the packages that they name, from npm.
examples: install
	@if command -v npm >/dev/null; then \
		npm ci --silent --no-audit --no-fund --prefix examples/javascript && \
		npm ci --silent --no-audit --no-fund --prefix examples/vite && \
		$(BIN)/pytest tests/docs/test_examples.py; \
	else echo "npm is not here: the examples for JavaScript are left out"; fi

# The inspector, from ui/ into mockserver/control/inspector. Users need no Node: the built files are committed.
ui/node_modules/.installed: ui/package-lock.json
	npm ci --silent --no-audit --no-fund --prefix ui
	touch $@

ui: ui/node_modules/.installed
	npm run --silent --prefix ui build
	npm run --silent --prefix ui test

# The inspector in a browser. Debian's Chromium is installed where apt and the right to use it are there; screenshots go
# to .artifacts/.
browser: install
	@if ! command -v chromium >/dev/null && command -v apt-get >/dev/null && test "$$(id -u)" = 0; then \
		(apt-get update && apt-get install --yes --no-install-recommends chromium fonts-dejavu fonts-liberation) >/dev/null 2>&1 || true; fi
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory ui/node_modules/.installed; fi
	MOCKSERVER_BROWSER=1 $(BIN)/pytest -n auto tests/browser

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

# The rates by which tokens are counted, and how far they are from recorded usage: docs/tokens.md.
fit: install
	$(BIN)/python -m tests.fitting

clean:
	rm -rf .artifacts .venv .venv-conform .venv-latest .venv-publish .venv-sdk-tests .venv-wheel dist build
