"""The marker ``messages_cassette``: which file each test has, and which files and turns no test used.

Every pytest run imports this, so it imports the rest when a test has a cassette.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mockserver.testing.cassette_names import find_path, resolve
from mockserver.testing.environment import OWN
from mockserver.testing.unplayed import Usage

if TYPE_CHECKING:
    from mockserver.testing.cassettes import MockCassette
    from mockserver.testing.session import MockSession

MARKER, FIXTURE = "messages_cassette", "messages_api"
WORDS = ("match", "replay", "redact", "record", "upstream")
MODES = ("once", "new_episodes", "all", "none")
TITLE = "cassettes of the Messages API"
# Under these names a worker of pytest-xdist hands over what it saw, and is handed the variables of the user.
HANDED_OVER, HANDED_DOWN = "messages_cassettes", "messages_environ"

PATH = pytest.StashKey[Path]()
ENVIRON = pytest.StashKey[dict[str, "str | None"]]()
USAGE = pytest.StashKey[Usage]()
OPENED = pytest.StashKey["MockCassette"]()


def add_options(parser: pytest.Parser) -> None:
    """Declare the options of cassettes."""
    group = parser.getgroup("messages", "Anthropic Messages API")
    group.addoption(
        "--messages-record",
        choices=MODES,
        help="Record tests with the marker messages_cassette: once (those without a file), new_episodes (what is not "
        "in it), all (anew), none.",
    )
    group.addoption(
        "--strict-cassettes", action="store_true", help="Fail when turns or files of cassettes were not used."
    )
    parser.addini("messages_record", "As --messages-record, but none where CI is set; default: none.", default="none")
    parser.addini("messages_cassettes", "The folder of cassettes, beside the test file.", default="cassettes")
    parser.addini("messages_upstream", "The server that is recorded; default: $ANTHROPIC_BASE_URL, else the API.")
    parser.addini("messages_strict_cassettes", "As --strict-cassettes.", "bool", default=False)


def configure(config: pytest.Config) -> None:
    """Declare the marker, and have the hooks of this module called."""
    config.addinivalue_line(
        "markers",
        f"{MARKER}(path=None, *, match=None, replay='', redact=(), record='', upstream=''): answer the test from a "
        "file that was recorded, or record it",
    )
    if (mode := config.getini("messages_record") or "none") not in MODES:
        raise pytest.UsageError(f"messages_record: expected {' or '.join(MODES)}, got {mode!r}")
    config.stash.setdefault(USAGE, Usage(config.rootpath))
    if handed_down := getattr(config, "workerinput", {}).get(HANDED_DOWN):
        config.stash[ENVIRON] = handed_down
    config.pluginmanager.register(sys.modules[__name__], MARKER)


def remember_environment(config: pytest.Config) -> None:
    """Keep the variables of the user before clients are directed to the server of the tests."""
    config.stash[ENVIRON] = {name: os.environ.get(name) for name in OWN}


def read_environment(config: pytest.Config) -> dict[str, str]:
    """The environment with the variables of the user."""
    own = config.stash.get(ENVIRON, None) or {}
    merged = {**os.environ, **own}
    return {name: value for name, value in merged.items() if value is not None}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Find the file of each marked test, before any is deselected; have it ask for the session that has it."""
    usage, folder = config.stash[USAGE], str(config.getini("messages_cassettes"))
    for item in items:
        marks = list(item.iter_markers(MARKER))
        usage.note_module(item.path, resolve(item, folder), has_cassette=bool(marks))
        if marks:
            path = item.stash[PATH] = find_path(item, marks, folder)
            usage.note_test(path, item.nodeid, records=find_mode(config, marks) != "none")
            _ask_for_session(item)


def pytest_deselected(items: list[pytest.Item]) -> None:
    """Note that not all tests run."""
    if items:
        items[0].config.stash[USAGE].is_whole = False


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Hand the variables of the user down to a worker of pytest-xdist."""
    node.workerinput[HANDED_DOWN] = node.config.stash.get(ENVIRON, None)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker of pytest-xdist saw."""
    if seen := getattr(node, "workeroutput", {}).get(HANDED_OVER):
        node.config.stash[USAGE].absorb(seen)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    """Say of a failed test without a cassette what to run, in place of how its client took it."""
    report = (yield).get_result()
    cassette = item.stash.get(OPENED, None)
    if cassette is not None and report.failed and _is_missing(cassette):
        report.longrepr = explain_missing(item, cassette)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand over what a worker saw; where all is known, fail a run that asked to be strict."""
    config, usage = session.config, session.config.stash[USAGE]
    handed_over = getattr(config, "workeroutput", None)
    if handed_over is not None:
        handed_over[HANDED_OVER] = usage.hand_over()
        return
    is_strict = config.getoption("--strict-cassettes") or config.getini("messages_strict_cassettes")
    if is_strict and usage.describe(config, session.testsfailed) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Tell what no test used."""
    usage = config.stash[USAGE]
    failed = len(terminalreporter.stats.get("failed", ())) + len(terminalreporter.stats.get("error", ()))
    if lines := [*usage.list_recorded(), *usage.describe(config, failed)]:
        terminalreporter.section(TITLE)
        for line in lines:
            terminalreporter.write_line(line)


@contextmanager
def play(session: MockSession, request: pytest.FixtureRequest, outcomes: set[str]) -> Iterator[MockCassette | None]:
    """Answer a test from its cassette, and write what was recorded when it is over; without the marker, do nothing.

    Raises:
        Failed: the marker holds a mistake, two tests record one file, or the file holds mistakes.
    """
    item, config = request.node, request.config
    usage: Usage = config.stash[USAGE]
    if PATH not in item.stash:
        yield None
        usage.note_files(session)
        return
    cassette = _open(session, item)
    item.stash[OPENED] = cassette
    try:
        yield cassette
    finally:
        del item.stash[OPENED]
        passed = outcomes == {"passed"}
        usage.note_played(cassette, item.nodeid, passed=passed)
        written = cassette.save(replaces=passed or usage.was_recorded(cassette.path, item.nodeid))
        usage.note_saved(cassette, item.nodeid, written)
    if passed and _is_missing(cassette):
        raise pytest.fail.Exception(explain_missing(item, cassette), pytrace=False)


def _is_missing(cassette: MockCassette) -> bool:
    """Whether a test wanted something of a cassette that is not there."""
    return bool(cassette.problem) and cassette.was_asked


def _open(session: MockSession, item: pytest.Item) -> MockCassette:
    from mockserver.records.settings import check_choice
    from mockserver.testing.cassettes import MockCassette
    from mockserver.testing.ini import report_mistakes

    config, marks, path = item.config, list(item.iter_markers(MARKER)), item.stash[PATH]
    usage: Usage = config.stash[USAGE]
    with report_mistakes(f"the marker {MARKER}: "):
        words: Any = read_words(marks)
        check_choice("record", MODES, words.pop("record", "") or "none")
        mode = find_mode(config, marks)
        if mode != "none" and usage.was_recorded(path, item.nodeid):
            mode = "all"  # the test runs again, since it failed
        usage.check_alone(path, mode)
        words.update(mode=mode, test=item.nodeid)
        cassette = MockCassette(session.mock, session.api_key, path, read_environment(config), words)
        cassette.advise(explain_missing(item, cassette))
        session.keep_cassette(cassette)
    return cassette


def read_words(marks: list[pytest.Mark]) -> dict[str, Any]:
    """The keywords of the markers of a test; those of the nearest one win.

    Raises:
        ValueError: there is no such keyword.
    """
    words: dict[str, Any] = {}
    for mark in reversed(marks):
        unknown = [name for name in mark.kwargs if name not in WORDS]
        if unknown or len(mark.args) > 1 or not all(isinstance(path, (str, os.PathLike)) for path in mark.args):
            given = ", ".join([*map(repr, mark.args), *(f"{name}={value!r}" for name, value in mark.kwargs.items())])
            raise ValueError(f"expected a path and any of {', '.join(f'{name}=' for name in WORDS)}, got {given}")
        words.update(mark.kwargs)
    return words


def find_mode(config: pytest.Config, marks: list[pytest.Mark]) -> str:
    """The mode of a test: ``none`` where its marker says so; then what the command line says; ``none`` where CI is set;
    then the marker, then the ini file.
    """
    from mockserver.recordings.modes import is_ci

    own = next((str(mark.kwargs["record"]) for mark in marks if mark.kwargs.get("record")), "")
    if own == "none":
        return own
    given = config.getoption("--messages-record")
    if given:
        return str(given)
    return "none" if is_ci(os.environ) else own or str(config.getini("messages_record") or "none")


def explain_missing(item: pytest.Item, cassette: MockCassette) -> str:
    """One sentence: what to run so that the cassette holds what is missing."""
    command, path = f"pytest --messages-record={{}} {shlex.quote(item.nodeid)}", _shorten(cassette.path, item.config)
    if cassette.mode != "none" and cassette.problem:
        missing = "cannot record" if cassette.path.is_file() else "has no cassette"
        told = "" if cassette.path.is_file() else ", and none can be recorded"
        return f"{item.nodeid} {missing} {path}{told}: {cassette.problem}"
    if cassette.problem:
        return f"{item.nodeid} has no cassette {path}: run `{command.format('once')}` with ANTHROPIC_API_KEY set."
    return f"To add it to {path}, run `{command.format('new_episodes')}` with ANTHROPIC_API_KEY set."


def _shorten(path: Path, config: pytest.Config) -> str:
    return os.path.relpath(path, config.rootpath)


def _ask_for_session(item: pytest.Item) -> None:
    """Have a test ask for the session, after what is made for several tests, and before all that is made for it."""
    names: list[str] = getattr(item, "fixturenames", [])
    if FIXTURE in names:
        return
    known: Mapping[str, Any] = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
    shared = [at for at, name in enumerate(names) if name in known and known[name][-1].scope != "function"]
    names.insert(max(shared, default=-1) + 1, FIXTURE)
