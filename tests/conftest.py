"""One real server for the tests of a process; each test has a session of its own on it."""

from __future__ import annotations

import gc
import os
import ssl
import sys
import warnings
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import walk_packages

import pytest
from hypothesis import settings

import mockserver
from mockserver.testing import MockSession
from mockserver.testing.server import MockServer
from tests.stores import MEMORY, kinds_of, opening_of, stores_of

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "fixtures"

# A run starts a hundred processes, also where Python is told not to keep what it compiles (images for containers do
# that): what they import is compiled once, not by each.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# The tests are the same on a developer's machine and where CI is set, with a key in the environment and without one.
for name in [name for name in os.environ if name == "CI" or name.startswith(("ANTHROPIC_", "OPENAI_"))]:
    del os.environ[name]

# The same examples in each run; --hypothesis-profile=default draws others.
settings.register_profile("same", derandomize=True, deadline=None)
settings.load_profile("same")


# Bytes of a file with one certificate; one with those of all authorities is larger.
FEW = 10_000


def pytest_configure() -> None:
    """Nothing here asks public servers; each new HTTP client would read all authorities: a quarter of the time."""
    load = ssl.SSLContext.load_verify_locations

    def load_few(context: ssl.SSLContext, cafile: str | None = None, *_: object, **__: object) -> None:
        if cafile is not None and Path(cafile).stat().st_size < FEW:
            load(context, cafile)

    pytest.MonkeyPatch().setattr(ssl.SSLContext, "load_verify_locations", load_few)


def pytest_collection_finish() -> None:
    """Exclude everything imported so far from garbage collection, so that ``swept`` is quick."""
    gc.freeze()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--stores", action="store_true", help="run all tests of servers on SQLite and on an engine")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests of a module once on each kind of store on which it is to be run."""
    path = Path(metafunc.module.__file__ or "")
    if kinds := kinds_of(path, metafunc.function.__name__, everywhere=metafunc.config.getoption("--stores")):
        metafunc.parametrize("store_kind", kinds, indirect=True, scope="module")


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an engine that the tests of a process share."""
    from tests.store.valkey.engine import MISSING, find_engine, running

    if find_engine() is None:
        pytest.skip(MISSING)
    with running(tmp_path_factory.mktemp("engine")) as url:
        yield url


@pytest.fixture(scope="module", autouse=True)
def store_kind(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The kind of the stores of servers that name none."""
    kind = getattr(request, "param", MEMORY)
    if kind == MEMORY:
        yield kind
        return
    with stores_of(opening_of(kind, tmp_path_factory.mktemp(kind), lambda: request.getfixturevalue("engine"))):
        yield kind


@pytest.fixture(scope="session")
def running_in_memory() -> Iterator[MockServer]:
    """A server with the example fixtures, default settings."""
    with MockServer(FIXTURES) as server:
        yield server


@pytest.fixture(scope="session")
def running_strict_in_memory() -> Iterator[MockServer]:
    """A server as exact as the real API, without fixtures."""
    with MockServer(profile="anthropic", unmatched="error") as server:
        yield server


@pytest.fixture(scope="module")
def running(store_kind: str, request: pytest.FixtureRequest) -> Iterator[MockServer]:
    """A server with the example fixtures, default settings; one for all modules where it keeps its state in memory."""
    if store_kind == MEMORY:
        yield request.getfixturevalue("running_in_memory")
        return
    with MockServer(FIXTURES) as server:
        yield server


@pytest.fixture(scope="module")
def running_strict(store_kind: str, request: pytest.FixtureRequest) -> Iterator[MockServer]:
    """A server as exact as the real API, without fixtures; one for all modules where it keeps its state in memory."""
    if store_kind == MEMORY:
        yield request.getfixturevalue("running_strict_in_memory")
        return
    with MockServer(profile="anthropic", unmatched="error") as server:
        yield server


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    """An API key no other test uses."""
    return f"test-{request.node.nodeid}".encode("ascii", "replace").decode()[-120:]


@pytest.fixture
def session(running: MockServer, key: str) -> MockSession:
    """The session of that key, which answers "Hello." when no other script fits."""
    session = running.session(key)
    session.reset()
    session.when().reply("Hello.")
    return session


# Modules that the package and the clients import only when they need them.
LATE = (
    "anthropic",
    "faker",
    "httpcore",
    "httpcore2",
    "httpx",
    "jinja2.sandbox",
    "jsonpath_rfc9535",
    "jsonschema",
    "regex",
    "uvicorn.lifespan.on",
    "uvicorn.protocols.http.httptools_impl",
)


@pytest.fixture(scope="session")
def loaded() -> None:
    """Import everything. Pytester forgets modules that were first imported while it ran a test. Imported again, their
    classes would be others, and exceptions would not be caught."""
    for name in LATE:
        import_module(name)
    # They need what may not be installed: an extra of ours.
    unneeded = {"mockserver.control.metrics"} if find_spec("prometheus_client") is None else set[str]()
    for module in walk_packages(mockserver.__path__, "mockserver."):
        if not module.name.endswith("__main__") and module.name not in unneeded:
            import_module(module.name)
    gc.freeze()


@pytest.fixture
def swept(loaded: None) -> Iterator[None]:  # noqa: ARG001  asked for by name
    """For tests that run users' code: it leaves clients unclosed, and their warnings must not reach a later test."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
