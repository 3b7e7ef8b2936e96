"""The pytest plugin: a real server a worker, a session of its own for each test.

Imported by every pytest run of an environment that has this package, so it imports nothing until a fixture is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mockserver.server import MockServer
    from mockserver.testing import MockSession

MARKER = "messages_scenarios"
BASE_URL, API_KEY, AUTH_TOKEN = "ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declares the ini options."""
    parser.addini(
        "messages_strict", "Be as exact as the real API, and fail what no scenario fits.", "bool", default=True
    )
    parser.addini("messages_profile", "relay or anthropic; default: what messages_strict says.", default="")
    parser.addini("messages_unmatched", "generate or error; default: what messages_strict says.", default="")
    parser.addini("messages_validation", "strict, warn or off.", default="strict")
    parser.addini("messages_fixtures", "Scenario files and folders served to every test.", "paths", default=[])


def pytest_configure(config: pytest.Config) -> None:
    """Declares the marker."""
    config.addinivalue_line("markers", f"{MARKER}(*paths): serve these scenario files to the test")


@pytest.fixture(scope="session")
def messages_server(pytestconfig: pytest.Config) -> Iterator[MockServer]:
    """A running mock server, one a worker process, on a free port."""
    from mockserver.server import MockServer

    with MockServer(*pytestconfig.getini("messages_fixtures"), **_settings(pytestconfig)) as server:
        yield server


@pytest.fixture
def messages_api(
    messages_server: MockServer, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MockSession]:
    """A session of its own on the server; official SDKs find it by the environment variables that are set."""
    folders = (request.path.parent, request.config.rootpath)
    session = messages_server.session(_key(request.node.nodeid), *folders)
    session.reset()
    monkeypatch.setenv(BASE_URL, session.url)
    monkeypatch.setenv(API_KEY, session.api_key)
    # A token of the developer's own would be sent along with the key.
    monkeypatch.delenv(AUTH_TOKEN, raising=False)
    for marker in reversed(list(request.node.iter_markers(MARKER))):
        session.load(*marker.args)
    yield session
    try:
        session.check_at_end()
    finally:
        session.close()


def _settings(config: pytest.Config) -> dict[str, Any]:
    strict = config.getini("messages_strict")
    return {
        "profile": config.getini("messages_profile") or ("anthropic" if strict else "relay"),
        "unmatched": config.getini("messages_unmatched") or ("error" if strict else "generate"),
        "validation": config.getini("messages_validation"),
    }


def _key(nodeid: str) -> str:
    """The same key for the same test in every run, so that its answers are the same, ids included."""
    from hashlib import blake2b

    return f"sk-mock-{blake2b(nodeid.encode('utf-8', 'replace'), digest_size=12).hexdigest()}"
