"""The pytest plugin: a real server a worker, a session of its own for each test.

Imported by every pytest run of an environment that has this package, so it imports nothing until a fixture is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

    from mockserver.server import MockServer
    from mockserver.testing import MockSession

SCENARIOS, SETTINGS = "messages_scenarios", "messages_settings"
BASE_URL, API_KEY, AUTH_TOKEN = "ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"
# Behind a company's proxy, clients would ask it for 127.0.0.1.
NO_PROXY = ("NO_PROXY", "no_proxy")

FAILED = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declares the ini options."""
    parser.addini(
        "messages_strict", "Be as exact as the real API, and fail what no scenario fits.", "bool", default=True
    )
    parser.addini("messages_profile", "relay or anthropic; default: what messages_strict says.", default="")
    parser.addini("messages_unmatched", "generate or error; default: what messages_strict says.", default="")
    parser.addini("messages_validation", "strict, warn or off.", default="strict")
    parser.addini("messages_fixtures", "Scenario files and folders served to every test.", "paths", default=[])
    parser.addini(
        "messages_check", "What is claimed when a test ends: unmatched, valid, used.", "args", default=["unmatched"]
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declares the markers."""
    config.addinivalue_line("markers", f"{SCENARIOS}(*paths): serve these scenario files to the test")
    config.addinivalue_line(
        "markers",
        f"{SETTINGS}(*, unmatched=None, validation=None, pace=None, check=None): settings of messages_api for the test",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Shows what a failed test asked, and who answered."""
    report = yield
    if report.failed and report.when == "call":
        item.stash[FAILED] = True
        session = getattr(item, "funcargs", {}).get("messages_api")
        if session is not None and (told := session.summary()):
            report.sections.append(("Messages API requests", told))
    return report


@pytest.fixture(scope="session")
def messages_server(pytestconfig: pytest.Config) -> Iterator[MockServer]:
    """A running mock server, one a worker process, on a free port."""
    from mockserver.server import MockServer

    with MockServer(*pytestconfig.getini("messages_fixtures"), **_settings(pytestconfig)) as server:
        yield server


@pytest.fixture
def messages_api(messages_server: MockServer, request: pytest.FixtureRequest) -> Iterator[MockSession]:
    """A session of its own on the server; official SDKs find it by the environment variables that are set.

    When the test has passed, fails it for requests that no scenario fitted (ini option ``messages_check``).
    """
    folders = (request.path.parent, request.config.rootpath)
    session = messages_server.session(_key(request.node.nodeid), *folders)
    session.reset()
    _prepare(session, request)
    with pytest.MonkeyPatch.context() as patch:
        _lead_clients(patch, session)
        yield session
    try:
        # A test that failed already has told its story.
        if not request.node.stash.get(FAILED, False):
            session.finish()
    finally:
        session.close()


def _settings(config: pytest.Config) -> dict[str, Any]:
    from mockserver.settings import PROFILES, UNMATCHED, VALIDATION

    strict = config.getini("messages_strict")
    allowed = {"profile": PROFILES, "unmatched": UNMATCHED, "validation": VALIDATION}
    implied = {"profile": PROFILES[strict], "unmatched": UNMATCHED[strict], "validation": "strict"}
    settings = {name: config.getini(f"messages_{name}") or implied[name] for name in allowed}
    for name, value in settings.items():
        if value not in allowed[name]:
            raise pytest.UsageError(f"messages_{name}: expected {' or '.join(allowed[name])}, got {value!r}")
    return settings


def _prepare(session: MockSession, request: pytest.FixtureRequest) -> None:
    """What ini file and markers say; the marker nearest to the test has the last word."""
    settings: dict[str, Any] = {"check": request.config.getini("messages_check")}
    for marker in reversed(list(request.node.iter_markers())):
        if marker.name == SCENARIOS:
            session.load(*marker.args)
        elif marker.name == SETTINGS:
            settings.update(marker.kwargs)
    session.check_at_end(*settings.pop("check"))
    if settings:
        session.configure(**settings)


def _lead_clients(patch: pytest.MonkeyPatch, session: MockSession) -> None:
    patch.setenv(BASE_URL, session.url)
    patch.setenv(API_KEY, session.api_key)
    # A token of the developer's own would be sent along with the key.
    patch.delenv(AUTH_TOKEN, raising=False)
    for name in NO_PROXY:
        patch.setenv(name, "127.0.0.1", prepend=",")


def _key(nodeid: str) -> str:
    """The same key for the same test in every run, so that its answers are the same, ids included."""
    from hashlib import blake2b

    return f"sk-mock-{blake2b(nodeid.encode('utf-8', 'replace'), digest_size=12).hexdigest()}"
