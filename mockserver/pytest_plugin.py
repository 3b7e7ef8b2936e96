"""The pytest plugin: one real server for each worker process, one session of it for each test.

Imported by every pytest run of an environment that has this package, so it imports nothing until a fixture is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

    from mockserver.testing.preload import Preload
    from mockserver.testing.server import MockServer
    from mockserver.testing.session import MockSession

SCENARIOS, SETTINGS = "messages_scenarios", "messages_settings"
CHANGES = ("unmatched", "validation", "pace", "tool_use", "batches", "check")

# The session of a test, and the outcomes of the test so far: more than one when it has subtests.
SESSION = pytest.StashKey[tuple["MockSession", set[str]]]()
PRELOAD: pytest.StashKey[Preload] = pytest.StashKey()
# The lines to be told at the end, by their title.
NOTES = pytest.StashKey[dict[str, set[str]]]()
RETIREMENTS = "models of the Messages API that retire"
STRAYS = "requests of the Messages API that belong to no test"
# The name under which a worker of pytest-xdist hands its lines over.
HANDED_OVER = "messages_notes"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the ini options."""
    from mockserver.testing import cassette_plugin

    cassette_plugin.add_options(parser)
    parser.addini(
        "messages_strict",
        "Be as exact as the real API, and fail what no scenario fits; default: true, below the config file.",
        "bool",
        default="",
    )
    parser.addini("messages_profile", "relay or anthropic; default: what messages_strict says.", default="")
    parser.addini("messages_gateway", "The relay gateway to be like: new-api, one-api, or a YAML file.", default="")
    parser.addini("messages_unmatched", "auto, error or generate; default: what messages_strict says.", default="")
    parser.addini("messages_validation", "strict, warn or off; default: strict.", default="")
    parser.addini(
        "messages_tool_use", "Tools of generated answers: asked, once, all or none; default: asked.", default=""
    )
    parser.addini(
        "messages_lifecycle", "Whose day decides which models are retired: release, today, a day.", default=""
    )
    parser.addini("messages_prefixes", "Paths below which the API is found too: /anthropic.", "args", default=[])
    parser.addini(
        "messages_preload",
        "Let clients that are made while modules are imported find the server.",
        "bool",
        default=False,
    )
    parser.addini("messages_config", "The config file, from the root of the tests; none: no file.", default="")
    parser.addini("messages_fixtures", "Scenario files and folders served to every test.", "paths", default=[])
    parser.addini(
        "messages_check",
        "What is claimed when a test ends: unmatched, valid, used, answers, called.",
        "args",
        default=["unmatched"],
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Direct clients to the server before the first conftest is imported, which may make some."""
    _preload(early_config)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers; direct clients to the server, if this plugin was loaded by a conftest."""
    from mockserver.testing import cassette_plugin

    _preload(config)
    cassette_plugin.configure(config)
    config.addinivalue_line("markers", f"{SCENARIOS}(*paths): serve these scenario files to the test")
    config.addinivalue_line(
        "markers",
        f"{SETTINGS}(*, unmatched=None, validation=None, pace=None, tool_use=None, batches=None, check=None): "
        "settings of messages_api for the test",
    )


def pytest_report_header(config: pytest.Config) -> str | None:
    """Name the config file, which may change what tests see."""
    from mockserver.testing.ini import find_config

    path = find_config(config)
    return f"mockserver: options from {path} where the ini file has none" if path else None


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
    return report.when == "call" if session.is_silent else report.failed


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Note requests that belong to no test; hand over what a worker of pytest-xdist is to tell."""
    config = session.config
    if preload := config.stash.get(PRELOAD, None):
        _note(config, STRAYS, preload.list_strays())
    handed_over = getattr(config, "workeroutput", None)
    if handed_over is not None:
        handed_over[HANDED_OVER] = {title: sorted(lines) for title, lines in config.stash.get(NOTES, {}).items()}


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker of pytest-xdist is to tell."""
    for title, lines in getattr(node, "workeroutput", {}).get(HANDED_OVER, {}).items():
        _note(node.config, title, lines)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Tell of models that tests asked for and that retire, and of requests that belong to no test."""
    for title, lines in config.stash.get(NOTES, {}).items():
        terminalreporter.section(title)
        for line in sorted(lines):
            terminalreporter.write_line(line)


def _note(config: pytest.Config, title: str, lines: Iterable[str]) -> None:
    if noted := {*lines}:
        config.stash.setdefault(NOTES, {}).setdefault(title, set()).update(noted)


def _preload(config: pytest.Config) -> None:
    """Direct clients that are made from now on to the port of this process, if the ini file says so."""
    if PRELOAD in config.stash or not config.getini("messages_preload"):
        return
    from mockserver.testing import cassette_plugin
    from mockserver.testing import preload as preloading
    from mockserver.testing.environment import direct_clients

    make, checks = partial(_make_server, config), config.getini("messages_check")
    preload = config.stash[PRELOAD] = preloading.Preload(make, checks)
    cassette_plugin.remember_environment(config)
    patch = pytest.MonkeyPatch()
    direct_clients(patch, preload.url, preloading.KEY)
    # Unlike pytest_unconfigure, it is called also when a conftest cannot be imported.
    config.add_cleanup(patch.undo)
    config.add_cleanup(preload.close)
    config.pluginmanager.register(preload)


@pytest.fixture(scope="session")
def messages_server(pytestconfig: pytest.Config) -> Iterator[MockServer]:
    """A running mock server, one a worker process, on a free port."""
    preload = pytestconfig.stash.get(PRELOAD, None)
    if preload is not None and preload.is_own:
        yield preload.serve()
        return
    from mockserver.testing.server import MockServer

    with _make_server(pytestconfig, MockServer) as server:
        yield server


@pytest.fixture
def messages_api(messages_server: MockServer, request: pytest.FixtureRequest) -> Iterator[MockSession]:
    """A session of the server for one test; environment variables lead the official SDKs to it.

    When the test has passed, fails it for requests that no scenario fitted (ini option ``messages_check``).
    """
    from mockserver.testing import cassette_plugin, handing_over
    from mockserver.testing.environment import direct_clients
    from mockserver.testing.ini import report_mistakes

    folders, preload = (request.path.parent, request.config.rootpath), request.config.stash.get(PRELOAD, None)
    session, outcomes = messages_server.session(_make_key(request.node.nodeid), *folders), set[str]()
    session.reset()
    request.node.stash[SESSION] = session, outcomes
    try:
        leading = preload.lead(session.api_key) if preload else nullcontext()
        playing = cassette_plugin.play(session, request, outcomes)
        with playing as cassette, leading, pytest.MonkeyPatch.context() as patch:
            _prepare(session, request)
            # To the upstream goes the key of the client, which cannot name the session, too.
            keeps_key = cassette is not None and cassette.forwards_auth
            url, key = (session.session_url, None) if keeps_key else (session.url, session.api_key)
            direct_clients(patch, url, key)
            yield session
        # A test that did not pass has a failure of its own to report.
        if outcomes == {"passed"}:
            with report_mistakes(""):
                session.finish()
    finally:
        del request.node.stash[SESSION]
        _note_retirements(messages_server, session, request.config)
        handing_over.add(request.config, session.api_key, request.node.nodeid)
        session.close()


def _note_retirements(server: MockServer, session: MockSession, config: pytest.Config) -> None:
    from mockserver.records.masks import show_line

    lines = server.mock.fixtures.list_retirements({entry.model for entry in session.requests if entry.model})
    _note(config, RETIREMENTS, map(show_line, lines))


def _make_server(config: pytest.Config, make: Callable[..., MockServer], **more: Any) -> MockServer:
    from mockserver.testing import handing_over
    from mockserver.testing.ini import read_settings, report_mistakes

    settings = read_settings(config)
    fixtures, source = settings.pop("fixtures"), settings.pop("source")
    with report_mistakes(source):
        server = make(*fixtures, **settings, **more)
    handing_over.begin(config, server)
    return server


def _prepare(session: MockSession, request: pytest.FixtureRequest) -> None:
    """Apply the ini file and the markers; the marker nearest to the test has the last word."""
    from mockserver.testing.ini import report_mistakes

    with report_mistakes("messages_check: "):
        session.check_at_end(*request.config.getini("messages_check"))
    for marker in reversed(list(request.node.iter_markers())):
        if marker.name in MARKERS:
            with report_mistakes(f"the marker {marker.name}: "):
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


def _make_key(nodeid: str) -> str:
    """Return the same key for the same test in every run, so that its answers are the same, ids included."""
    from hashlib import blake2b

    return f"sk-mock-{blake2b(nodeid.encode('utf-8', 'replace'), digest_size=12).hexdigest()}"
