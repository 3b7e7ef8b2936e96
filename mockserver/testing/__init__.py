"""A test's own corner of a mock server: script it, look at what came, claim what should have come."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mockserver import scenarios
from mockserver.assembly import HOOKS, Mock
from mockserver.delivery import parse_fault
from mockserver.state import Entry, FaultPlan, Session
from mockserver.testing import asserting
from mockserver.testing.scripting import Scripting

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from mockserver.testing.words import WhenWords
    from mockserver.transport import MockTransport

__all__ = ["MockSession", "Scripting"]

# Requests a script answers; counting tokens and listing models are not among them.
ANSWERED = "messages"


class MockSession(Scripting):
    """One session of a mock server, by its API key. What is scripted last is tried first.

    Attributes:
        url: the server's address; "" without a socket.
        api_key: the key that leads a client to this session.
    """

    def __init__(self, mock: Mock, api_key: str, url: str = "", folders: tuple[Path, ...] = ()) -> None:
        super().__init__(self._add_one, {})
        self._mock = mock
        self._folders = folders
        self._scripts = 0
        self._unmatched_allowed = False
        self.api_key = api_key
        self.url = url

    # Scripting

    def when(self, **words: Unpack[WhenWords]) -> Scripting:
        """Script only requests that fit: ``api.when(user="weather").reply("Sunny.")``.

        Args:
            words: ``user``, ``model``, ``system``, ``tools``, ``turn``, ``stream`` ...: the words of a scenario's
                ``when``.
        """
        return Scripting(self._add_one, words)

    def fault(self, then: str, *, calls: int = 1, **options: Any) -> None:
        """Let the next ``calls`` answers fail on their way.

        Args:
            then: the fault's name: ``disconnect``, ``stall``, ``malformed``, ``truncate`` ... (docs/faults.md).
            calls: how many answers.
            options: ``after_events``, ``after_ms``, ``at`` and the fault's own.

        Raises:
            ValueError: there is no such fault, or it has no such option.
        """
        plan = FaultPlan((parse_fault({"then": then, **options}),), calls)
        session = self._session
        self._mock.state.override(replace(session.overrides, faults=plan), session)

    def load(self, *paths: str | Path) -> None:
        """Add the scenarios of fixture files or folders; relative paths start beside the test, then at the root.

        Raises:
            ScenarioError: a file is missing or holds mistakes.
        """
        found = [self._found(Path(path)) for path in paths]
        self._session.add(scenarios.load(found, HOOKS).scenarios)

    def reset(self) -> None:
        """Start over: no scripts, no counters, no requests."""
        self._mock.state.reset(self.api_key)
        self._unmatched_allowed = False

    def close(self) -> None:
        """Forget the session, and what it holds of memory."""
        self._mock.state.forget(self.api_key)

    # Looking

    @property
    def requests(self) -> tuple[Entry, ...]:
        """Everything this session received, oldest first: ``body``, ``json``, ``headers``, ``prompt``, ``scenario``,
        ``answer``, ``usage``, ``status`` and more."""
        return self._mock.state.entries(self.api_key)

    @property
    def last_request(self) -> Entry:
        """The latest request.

        Raises:
            AssertionError: there was none.
        """
        _claim("" if self.requests else "no request came")
        return self.requests[-1]

    def wait(self, timeout: float = 1.0) -> bool:
        """Wait until every answer has left, at most ``timeout`` seconds; False when one is still on its way."""
        return self._session.journal.wait(timeout)

    @property
    def transport(self) -> MockTransport:
        """For clients without a socket: ``http_client=httpx2.Client(transport=api.transport)``, httpx alike."""
        from mockserver.transport import MockTransport

        return MockTransport(self._mock)

    # Claiming

    def assert_called(
        self,
        times: int | None = None,
        *,
        at_least: int | None = None,
        at_most: int | None = None,
        when: Mapping[str, Any] | None = None,
    ) -> None:
        """So many messages were asked for; without a number, one or more.

        Args:
            times: exactly so many.
            at_least: so many or more.
            at_most: so many or fewer.
            when: only requests that fit these words of a scenario's ``when``.
        """
        _claim(asserting.called(self._asked, when or {}, asserting.Count(times, at_least, at_most)))

    def assert_no_unmatched(self) -> None:
        """Every request found its scenario."""
        _claim(asserting.unmatched(self.requests))

    def allow_unmatched(self) -> None:
        """Do not look for unmatched requests when the test ends."""
        self._unmatched_allowed = True

    def assert_valid(self) -> None:
        """The API would have taken every request."""
        _claim(asserting.invalid(self.requests))

    def assert_thinking_returned(self) -> None:
        """Every tool loop sent the thinking blocks back, complete and unchanged."""
        _claim(asserting.thinking_lost(self._asked))

    def assert_cached(self) -> None:
        """At least one answer was read from the prompt cache."""
        _claim(asserting.uncached(self._asked))

    def check_at_end(self) -> None:
        """What is claimed of every test when it ends."""
        if not self._unmatched_allowed:
            self.assert_no_unmatched()

    @property
    def _session(self) -> Session:
        return self._mock.state.session(self.api_key, time.time())

    @property
    def _asked(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.requests if entry.endpoint == ANSWERED)

    def _add_one(self, scenario: Mapping[str, Any]) -> None:
        self._scripts += 1
        named = {"name": f"script {self._scripts}", **scenario}
        self._session.add(scenarios.parse(named, "test", HOOKS))

    def _found(self, path: Path) -> Path:
        candidates = [folder / path for folder in self._folders if (folder / path).exists()]
        return candidates[0] if candidates else path


def _claim(complaint: str) -> None:
    __tracebackhide__ = True
    if complaint:
        raise AssertionError(complaint)
