"""The pytest plugin: one real server for each worker process, one session of it for each test.

Imported by every pytest run of an environment that has this package, so it imports nothing until a fixture is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

    from mockserver.testing.server import MockServer
    from mockserver.testing.session import MockSession

SCENARIOS, SETTINGS = "messages_scenarios", "messages_settings"
CHANGES = ("unmatched", "validation", "pace", "tool_use", "check")
BASE_URL, API_KEY = "ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY"
# A developer's own would be sent along with the key, or in its place.
UNWANTED = ("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_CUSTOM_HEADERS")
# Behind a company's proxy, clients would ask it for 127.0.0.1.
NO_PROXY = ("NO_PROXY", "no_proxy")

# The session of a test, and the outcomes of the test so far: more than one when it has subtests.
SESSION = pytest.StashKey[tuple["MockSession", set[str]]]()
# A line for each model that tests asked for and that retires.
RETIREMENTS = pytest.StashKey[set[str]]()
# The name under which a worker of pytest-xdist hands its lines over.
HANDED_OVER = "messages_retirements"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the ini options."""
    parser.addini(
        "messages_strict", "Be as exact as the real API, and fail what no scenario fits.", "bool", default=True
    )
    parser.addini("messages_profile", "relay or anthropic; default: what messages_strict says.", default="")
    parser.addini("messages_unmatched", "generate or error; default: what messages_strict says.", default="")
    parser.addini("messages_validation", "strict, warn or off.", default="strict")
    parser.addini("messages_tool_use", "Tools of generated answers: asked, once, all or none.", default="asked")
    parser.addini(
        "messages_lifecycle", "Whose day decides which models are retired: release, today, a day.", default=""
    )
    parser.addini("messages_prefixes", "Paths below which the API is found too: /anthropic.", "args", default=[])
    parser.addini("messages_fixtures", "Scenario files and folders served to every test.", "paths", default=[])
    parser.addini(
        "messages_check",
        "What is claimed when a test ends: unmatched, valid, used, answers, called.",
        "args",
        default=["unmatched"],
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers."""
    config.addinivalue_line("markers", f"{SCENARIOS}(*paths): serve these scenario files to the test")
    config.addinivalue_line(
        "markers",
        f"{SETTINGS}(*, unmatched=None, validation=None, pace=None, tool_use=None, check=None): "
        "settings of messages_api for the test",
    )


# A wrapper of the old kind, which every pytest from 7.0 on takes: this is imported by runs that do not use it.
@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    """Record the outcome of a test; add its requests, and what answered them, to the report of a failed one, and that
    there were none to the report of any.
    """
    report = (yield).get_result()
    if SESSION not in item.stash:
        return
    session, outcomes = item.stash[SESSION]
    if report.when == "call":
        outcomes.add(report.outcome)
    if _has_requests_to_show(report, session):
        report.sections.append(("Messages API requests", session.summary()))


def _has_requests_to_show(report: pytest.TestReport, session: MockSession) -> bool:
    """Whether a report shows requests, or that there were none, which needs no word when the test did not run."""
    if report.when == "teardown" or (report.when == "call" and report.skipped):
        return False
    return report.failed if session.requests else report.when == "call"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand over what a worker of pytest-xdist knows of models that retire."""
    handed_over = getattr(session.config, "workeroutput", None)
    if handed_over is not None:
        lines = session.config.stash.get(RETIREMENTS, set[str]())
        handed_over[HANDED_OVER] = sorted(lines)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker of pytest-xdist knows of models that retire."""
    lines = getattr(node, "workeroutput", {}).get(HANDED_OVER, ())
    node.config.stash.setdefault(RETIREMENTS, set()).update(lines)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Tell of models that tests asked for and that retire; no test fails for it."""
    lines = config.stash.get(RETIREMENTS, set[str]())
    if lines:
        terminalreporter.section("models of the Messages API that retire")
        for line in sorted(lines):
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def messages_server(pytestconfig: pytest.Config) -> Iterator[MockServer]:
    """A running mock server, one a worker process, on a free port."""
    from mockserver.testing.server import MockServer

    fixtures = pytestconfig.getini("messages_fixtures")
    with _report_mistakes("messages_fixtures: "):
        server = MockServer(*fixtures, **_read_settings(pytestconfig))
    with server:
        yield server


@pytest.fixture
def messages_api(messages_server: MockServer, request: pytest.FixtureRequest) -> Iterator[MockSession]:
    """A session of the server for one test; environment variables lead the official SDKs to it.

    When the test has passed, fails it for requests that no scenario fitted (ini option ``messages_check``).
    """
    folders = (request.path.parent, request.config.rootpath)
    session, outcomes = messages_server.session(_make_key(request.node.nodeid), *folders), set[str]()
    session.reset()
    request.node.stash[SESSION] = session, outcomes
    try:
        _prepare(session, request)
        with pytest.MonkeyPatch.context() as patch:
            _direct_clients(patch, session)
            yield session
        # A test that did not pass has a failure of its own to report.
        if outcomes == {"passed"}:
            session.finish()
    finally:
        del request.node.stash[SESSION]
        _note_retirements(messages_server, session, request.config)
        session.close()


def _note_retirements(server: MockServer, session: MockSession, config: pytest.Config) -> None:
    from mockserver.records.masks import show_line

    lines = server.mock.fixtures.list_retirements({entry.model for entry in session.requests if entry.model})
    config.stash.setdefault(RETIREMENTS, set()).update(map(show_line, lines))


def _read_settings(config: pytest.Config) -> dict[str, Any]:
    from mockserver.records.settings import PROFILES, UNMATCHED, Settings

    strict = config.getini("messages_strict")
    implied = {"profile": PROFILES[strict], "unmatched": UNMATCHED[strict], "validation": "strict"}
    implied |= {"tool_use": "asked", "lifecycle": ""}
    settings: dict[str, Any] = {name: config.getini(f"messages_{name}") or value for name, value in implied.items()}
    settings["prefixes"] = tuple(config.getini("messages_prefixes"))
    with _report_mistakes("messages_"):
        Settings(**settings)
    return settings


def _prepare(session: MockSession, request: pytest.FixtureRequest) -> None:
    """Apply the ini file and the markers; the marker nearest to the test has the last word."""
    with _report_mistakes("messages_check: "):
        session.check_at_end(*request.config.getini("messages_check"))
    for marker in reversed(list(request.node.iter_markers())):
        if marker.name in MARKERS:
            with _report_mistakes(f"the marker {marker.name}: "):
                MARKERS[marker.name](session, marker)


def _load_scenarios(session: MockSession, marker: pytest.Mark) -> None:
    from os import PathLike

    if marker.kwargs or not marker.args or not all(isinstance(path, (str, PathLike)) for path in marker.args):
        raise ValueError(f"expected paths of scenario files or folders, got {_format_arguments(marker)}")
    session.load(*marker.args)


def _change_settings(session: MockSession, marker: pytest.Mark) -> None:
    if marker.args or not marker.kwargs or not marker.kwargs.keys() <= {*CHANGES}:
        raise ValueError(
            f"expected any of {', '.join(f'{name}=' for name in CHANGES)}, got {_format_arguments(marker)}"
        )
    settings = dict(marker.kwargs)
    check = settings.pop("check", None)
    if check is not None:
        if not isinstance(check, (str, list, tuple, set)):
            raise ValueError(f"check: expected names of checks, got {check!r}")
        session.check_at_end(*(check.split() if isinstance(check, str) else check))
    from mockserver.records.errors import ScenarioError

    try:
        session.configure(**settings)
    except ScenarioError as error:
        # The place of each problem is the call above, which says nothing to the user.
        raise ValueError("; ".join(problem.message for problem in error.problems)) from None


MARKERS = {SCENARIOS: _load_scenarios, SETTINGS: _change_settings}


def _format_arguments(marker: pytest.Mark) -> str:
    arguments = [*map(repr, marker.args), *(f"{name}={value!r}" for name, value in marker.kwargs.items())]
    return ", ".join(arguments) or "nothing"


@contextmanager
def _report_mistakes(source: str) -> Iterator[None]:
    """Fail the test with one line about a mistake in the ini file or in a marker, instead of a trace."""
    from mockserver.records.errors import ScenarioError

    try:
        yield
    except (ScenarioError, ValueError) as error:
        from mockserver.records.masks import show_text

        raise pytest.fail.Exception(show_text(f"{source}{error}"), pytrace=False) from None


def _direct_clients(patch: pytest.MonkeyPatch, session: MockSession) -> None:
    patch.setenv(BASE_URL, session.url)
    patch.setenv(API_KEY, session.api_key)
    for name in UNWANTED:
        patch.delenv(name, raising=False)
    for name in NO_PROXY:
        patch.setenv(name, "127.0.0.1", prepend=",")


def _make_key(nodeid: str) -> str:
    """Return the same key for the same test in every run, so that its answers are the same, ids included."""
    from hashlib import blake2b

    return f"sk-mock-{blake2b(nodeid.encode('utf-8', 'replace'), digest_size=12).hexdigest()}"
