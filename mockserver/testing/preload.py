"""The ini option ``messages_preload``: clients that are made while modules are imported find the tests' server.

Its port is bound before anything of the project is imported, and the environment leads there. The server itself is
imported with the first request or fixture: this module imports nothing of it before. Connections wait until then.
"""

from __future__ import annotations

import os
import selectors
import socket
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mockserver.testing.directing import Target
    from mockserver.testing.server import MockServer
    from mockserver.testing.session import MockSession

# The key of clients that are made before a test begins. Their requests go to the test that runs.
KEY = "sk-mock-common"
HOST = "127.0.0.1"
# Connections that wait until the server is there.
BACKLOG = 2048
# So many requests that belong to no test are listed.
SHOWN = 10
# What is claimed of a test that did not ask for messages_api, where the ini file says so.
CLAIMED = ("unmatched", "valid", "answers")

FIXTURE = "messages_api"
WHO_ANSWERS = "only the files of messages_fixtures answer it"

# Makes the server for a port: takes its class, and arguments for it besides those of the ini file.
Make = Callable[..., "MockServer"]


class Port:
    """A port that is bound at once. Its server is made when the first connection comes, or somebody asks for it.

    A server that cannot be made is told to every client, and to all who ask for it.

    Args:
        make: makes the server, from the number of the port.
    """

    def __init__(self, make: Callable[[int], MockServer]) -> None:
        self._make = make
        self._listener = socket.create_server((HOST, 0), backlog=BACKLOG)
        self.number: int = self._listener.getsockname()[1]
        self.server: MockServer | None = None
        self._failure: BaseException | None = None
        self._lock = threading.Lock()
        self._process = os.getpid()
        self._waker, self._sleeper = socket.socketpair()
        self._thread = threading.Thread(target=self._wait, name="mockserver-preload", daemon=True)
        self._thread.start()

    @property
    def is_own(self) -> bool:
        """Whether this process bound it: in a fork of that one no thread serves it."""
        return os.getpid() == self._process

    def serve(self) -> MockServer:
        """The running server; made now if there is none.

        Raises:
            Exception: whatever making it raised, each time.
        """
        with self._lock:
            if self._failure is not None:
                raise self._failure.with_traceback(None)
            if self.server is None:
                try:
                    self.server = self._make(self.number).start(self._listener)
                except (Exception, pytest.fail.Exception) as error:
                    self._failure = error
                    raise
                self._waker.close()
            return self.server

    def close(self) -> None:
        """Stop serving and listening."""
        if not self.is_own:
            return
        self._waker.close()
        self._thread.join()
        if self.server is not None:
            self.server.stop()
        self._listener.close()
        self._sleeper.close()

    def _wait(self) -> None:
        """Wait for the first connection, and serve it; or for the one who did that already."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._sleeper, selectors.EVENT_READ)
            ready = [key.fileobj for key, _ in selector.select()]
        if self._sleeper in ready:
            return
        try:
            self.serve()
        except (Exception, pytest.fail.Exception) as error:
            self._serve_failure(str(error))

    def _serve_failure(self, reason: str) -> None:
        from mockserver.testing.server import MockServer

        server = MockServer(unmatched="error")
        server.mock.store.overrides.change(None, {"advice": f"The mock server of the tests could not start: {reason}"})
        self.server = server.start(self._listener)


class Preload:
    """The hooks of a pytest run with this option.

    Args:
        make: makes the server.
        checks: what the ini file claims of every test.
    """

    def __init__(self, make: Make, checks: list[str]) -> None:
        self._port = Port(lambda number: self._make_server(make, number))
        self._checks = [check for check in checks if check in CLAIMED]
        self._led: str | None = None
        self._outcomes: set[str] = set()
        self._item: pytest.Item | None = None
        # Whether it is the test itself, or a fixture of its own, that runs.
        self._is_inside = False
        self._seen, self._strays = 0, list[str]()
        self.url = f"http://{HOST}:{self._port.number}"
        self.serve, self.close = self._port.serve, self._port.close

    @property
    def is_own(self) -> bool:
        """Whether this process serves the port."""
        return self._port.is_own

    @contextmanager
    def lead(self, session: str) -> Iterator[None]:
        """Take requests with the common key to a session."""
        self._led = session
        try:
            yield
        finally:
            self._led = None

    def list_strays(self) -> list[str]:
        """Requests that belong to no test, a line each: with the common key, and those with others that nobody
        scripted and that got an error for it.
        """
        self._collect_strays()
        left_out = len(self._strays) - SHOWN
        return [*self._strays[:SHOWN], *([f"and {left_out} more"] if left_out > 0 else [])]

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, None, None]:
        """Know which test runs."""
        self._item = item
        yield
        self._item = None
        self._forget(item)
        self._collect_strays()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Begin anew; some plugins run a test again."""
        self._outcomes = set()
        self._forget(item)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, None, None]:
        """Take the requests of a test's own fixtures to the test, and those of shared ones to none."""
        with self._inside(fixturedef.scope == "function"):
            yield

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        """Take the requests of a test to it, and see at its end what came of them."""
        item.addfinalizer(lambda: self._finish(item))
        with self._inside(True):
            yield

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, Any, None]:
        """Add to the report of a test the requests that it sent without messages_api."""
        report = (yield).get_result()
        if report.when == "call":
            self._outcomes.add(report.outcome)
        session = self._find_session(item)
        if session is not None and report.when != "teardown":
            title = f"Messages API requests without {FIXTURE}"
            report.sections.append((title, f"{session.summary()}\n{_write_advice(item)}"))

    def _make_server(self, make: Make, port: int) -> MockServer:
        from mockserver.testing.directing import DirectedServer

        return make(DirectedServer, key=KEY, find_target=self._find_target, port=port)

    def _find_target(self) -> Target:
        from mockserver.testing.directing import Target

        item, led = self._item, self._led
        if led is not None:
            return Target(led)
        if item is None:
            return Target(KEY, f"It came while no test ran: {WHO_ANSWERS}.")
        if self._is_inside:
            return Target(_make_key(item), _write_advice(item))
        return Target(KEY, f"It came while {item.nodeid} was set up or torn down: {WHO_ANSWERS}.")

    def _find_session(self, item: pytest.Item) -> MockSession | None:
        """The session of what a test sent without messages_api, if it sent anything."""
        server, key = self._port.server, _make_key(item)
        return server.session(key) if server is not None and server.mock.journal.entries(key) else None

    def _forget(self, item: pytest.Item) -> None:
        if session := self._find_session(item):
            from mockserver.testing import handing_over

            handing_over.add(item.config, session.api_key, item.nodeid)
            session.close()

    def _collect_strays(self) -> None:
        """Note the strays that came since the last time: a test may reset the whole server."""
        server, seen = self._port.server, self._seen
        if server is None or server.mock.journal.latest() == seen:
            return
        from mockserver.testing.assertions import describe, make_printable
        from mockserver.testing.strays import is_lost

        store, journal = server.mock.store, server.mock.journal
        self._seen = journal.latest()
        others = [name for name in store.sessions.names() if name not in {KEY, *store.scripts.owners()}]
        entries = [entry for entry in journal.entries(KEY, after=seen) if not entry.is_probe]
        entries += [each for name in others for each in journal.entries(name, after=seen) if is_lost(each)]
        self._strays += [make_printable([f"{describe(entry)} (its key: {entry.session})"]) for entry in entries]

    @contextmanager
    def _inside(self, is_inside: bool) -> Iterator[None]:
        before, self._is_inside = self._is_inside, is_inside
        try:
            yield
        finally:
            self._is_inside = before

    def _finish(self, item: pytest.Item) -> None:
        """Claim of a test that passed what the ini file claims, also of the requests that it sent without a session.

        Raises:
            Failed: it does not hold.
        """
        session = self._find_session(item)
        if session is None or self._outcomes != {"passed"}:
            return
        from mockserver.testing.ini import report_mistakes

        session.check_at_end(*self._checks)
        with report_mistakes(""):
            session.finish()


def _make_key(item: pytest.Item) -> str:
    """The name of the session for what a test sends before it has one of its own."""
    return f"sk-mock-without-{blake2b(item.nodeid.encode('utf-8', 'replace'), digest_size=12).hexdigest()}"


def _write_advice(item: pytest.Item) -> str:
    if FIXTURE in getattr(item, "fixturenames", ()):
        return f"{item.nodeid} asks for {FIXTURE} later: let the fixture that sends this ask for it, too."
    return f"{item.nodeid} did not ask for {FIXTURE}: ask for it, and script the answer."
