"""One real server for the tests of a process; each test has a session of its own on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

# Pytester forgets what was imported first while it ran a test; what httpx2 imports late would then be there twice,
# with exceptions of two kinds.
import httpcore2  # noqa: F401
import pytest

from mockserver.server import MockServer

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "fixtures"


@pytest.fixture(scope="session")
def running() -> Iterator[MockServer]:
    """A server with the example fixtures, default settings."""
    with MockServer(FIXTURES) as server:
        yield server


@pytest.fixture(scope="session")
def running_strict() -> Iterator[MockServer]:
    """A server as exact as the real API, without fixtures."""
    with MockServer(profile="anthropic", unmatched="error") as server:
        yield server


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    """An API key no other test uses."""
    return f"test-{request.node.nodeid}".encode("ascii", "replace").decode()[-120:]
