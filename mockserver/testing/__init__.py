"""A test's own corner of a mock server: script it, look at what came, claim what should have come."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from mockserver.endpoints.parts import Mock
from mockserver.journey import ENDPOINTS
from mockserver.records.settings import one_of
from mockserver.serving.transport import ServiceTransport
from mockserver.store import Entry, Session
from mockserver.testing import adding, asserting, returning
from mockserver.testing.asserting import Count, Request
from mockserver.testing.calling import checked
from mockserver.testing.scripting import Scripting

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from mockserver.scenarios import Scenario
    from mockserver.testing.words import FaultName, PaceWords, WhenWords

__all__ = ["MockSession", "Scripting"]

# What requests a script answers; counting tokens and listing models are not among them.
ANSWERED = "messages"
BASE_URL = "ANTHROPIC_BASE_URL"
CHECKS = ("unmatched", "valid", "used")


class MockSession(Scripting):
    """One session of a mock server, by its API key.

    Of the scripts that fit a request the newest answers; those without ``when`` come after those with one.

    Attributes:
        url: the server's address; "" without a socket.
        api_key: the key that leads a client to this session.
    """

    def __init__(
        self,
        mock: Mock,
        api_key: str,
        url: str = "",
        folders: Sequence[Path] = (),
        *,
        transport: ServiceTransport | None = None,
    ) -> None:
        super().__init__(self._script_one, {})
        self._mock = mock
        self._folders = tuple(folders)
        self._transport = transport or ServiceTransport(mock)
        self._scripts: list[Scenario] = []
        self._checks: tuple[str, ...] = ("unmatched",)
        # What came before is none of this session's business.
        self._since = mock.state.received
        self.api_key = api_key
        self.url = url

    def __repr__(self) -> str:
        return f"<MockSession {self.url or 'without a socket'} with {len(self.requests)} requests>"

    # Scripting

    @checked
    def when(self, **words: Unpack[WhenWords]) -> Scripting:
        """Script only requests that fit: ``api.when(user="weather").reply("Sunny.")``.

        Args:
            words: ``user``, ``model``, ``system``, ``tools``, ``turn``, ``stream`` ...: the words of a scenario's
                ``when``; all must hold.
        """
        return Scripting(self._script_one, words)

    @checked
    def fault(self, then: FaultName | str, *, calls: int = 1, **options: Any) -> None:
        """Let the next ``calls`` answers fail on their way, whatever scenario gives them.

        Args:
            then: the fault's name: ``disconnect``, ``stall``, ``malformed``, ``truncate`` ... (docs/faults.md).
            calls: how many answers. A later ``fault`` takes the place of what is left of this one.
            options: ``after_events``, ``after_ms``, ``at_block`` and the fault's own.

        Raises:
            ValueError: there is no such fault, or it has no such option.
        """
        self._override(faults=adding.fault_plan(then, calls, options))

    @checked
    def load(self, *paths: str | Path) -> None:
        """Add the scenarios of fixture files or folders, in front of what was added before.

        Args:
            paths: relative ones are looked for beside the test, at pytest's root, then in the current directory.

        Raises:
            ScenarioError: a file is missing or holds mistakes.
        """
        with self._mock.state.lock:
            self._session.add(adding.loaded(paths, self._folders))

    @checked
    def configure(
        self, *, unmatched: str | None = None, validation: str | None = None, pace: str | PaceWords | None = None
    ) -> None:
        """Change settings of the server for this session; None leaves one as it is.

        Args:
            unmatched: ``generate`` or ``error``.
            validation: ``strict``, ``warn`` or ``off``.
            pace: ``none``, ``realtime``, or a pace as in a scenario.

        Raises:
            ValueError: a setting has no such value.
            ScenarioError: the pace holds mistakes.
        """
        given = adding.settings(unmatched, validation, pace)
        self._override(**{name: value for name, value in given.items() if value is not None})

    def reset(self) -> None:
        """Start over: no scripts, no counters, no requests."""
        with self._mock.state.lock:
            self._mock.state.reset(self.api_key)
            self._scripts = []
            self._since = self._mock.state.received

    def close(self) -> None:
        """Forget the session, and what it holds of memory."""
        self._mock.state.forget(self.api_key)

    # Looking

    @property
    def requests(self) -> tuple[Entry, ...]:
        """Everything this session received, oldest first: ``body``, ``json``, ``headers``, ``prompt``, ``scenario``,
        ``answer``, ``usage``, ``status`` and more. Those answered a moment ago may not be ``finished``: see ``wait``.
        """
        return self._mock.state.entries(self.api_key)

    @property
    def last_request(self) -> Entry:
        """The latest request.

        Raises:
            AssertionError: there was none.
        """
        __tracebackhide__ = True
        requests = self.requests
        _claim("" if requests else self._nothing_came("a request"))
        return requests[-1]

    def wait(self, timeout: float = 1.0) -> bool:
        """Wait until every answer has left, at most ``timeout`` seconds; False when one is still on its way."""
        return self._session.journal.wait(timeout)

    @property
    def transport(self) -> ServiceTransport:
        """For clients without a socket: ``http_client=httpx2.Client(transport=api.transport)``, httpx alike."""
        return self._transport

    def summary(self) -> str:
        """What came and who answered it, a line a request; "" when nothing came."""
        return "\n".join([*asserting.story(self._listed())[1:], *asserting.strayed(self._strays())])

    # Claiming

    @checked
    def assert_called(
        self,
        times: int | None = None,
        *,
        at_least: int | None = None,
        at_most: int | None = None,
        when: WhenWords | None = None,
        endpoint: str = ANSWERED,
    ) -> None:
        """So many messages were asked for; without a number, one or more.

        Args:
            times: exactly so many.
            at_least: so many or more.
            at_most: so many or fewer.
            when: only requests that fit these words of a scenario's ``when``: ``{"user": "weather"}``.
            endpoint: which requests: ``messages``, ``messages/count_tokens``, ``models`` or ``models/{id}``.

        Raises:
            ValueError: the numbers contradict each other, or there is no such endpoint.
        """
        __tracebackhide__ = True
        one_of("endpoint", tuple(ENDPOINTS), endpoint)
        count = Count(times, at_least, at_most)
        complaint = asserting.called(self._listed(), when or {}, count, endpoint)
        _claim(complaint if self.requests or not complaint else self._nothing_came(str(count)))

    def assert_no_unmatched(self) -> None:
        """Every request found its scenario; one that the API refuses needs none."""
        __tracebackhide__ = True
        _claim(asserting.unmatched(self._listed()))

    def assert_all_used(self) -> None:
        """Every script of this session gave an answer, every list of ``calls`` all of them. Files do not count."""
        __tracebackhide__ = True
        _claim(asserting.unused(self._scripts, self._listed(ANSWERED)))

    def assert_valid(self) -> None:
        """The API would have taken every request."""
        __tracebackhide__ = True
        _claim(asserting.invalid(self._listed()))

    def assert_thinking_returned(self) -> None:
        """Every tool loop sent the thinking blocks back: complete, unchanged and in order. Turns before the latest
        question may leave theirs out, where the API lets them.
        """
        __tracebackhide__ = True
        _claim(returning.thinking_lost(self._listed(ANSWERED)))

    def assert_cached(self) -> None:
        """At least one answer was read from the prompt cache."""
        __tracebackhide__ = True
        _claim(asserting.uncached(self._listed(ANSWERED)))

    @checked
    def check_at_end(self, *checks: str) -> None:
        """Choose what is claimed when the test ends, instead of what the ini file says; nothing at all without names.

        Args:
            checks: ``unmatched`` (no request went without a scenario and got the error for it), ``valid`` (as
                ``assert_valid``), ``used`` (as ``assert_all_used``).

        Raises:
            ValueError: there is no such check.
        """
        wrong = [check for check in checks if check not in CHECKS]
        if wrong:
            raise ValueError(f"there is no check {wrong[0]!r}; there are {', '.join(CHECKS)}")
        self._checks = checks

    def finish(self) -> None:
        """Claim what was chosen for the end of the test.

        Raises:
            AssertionError: it does not hold.
        """
        __tracebackhide__ = True
        claims: Mapping[str, Callable[[], object]] = {
            "unmatched": self._assert_none_refused,
            "valid": self.assert_valid,
            "used": self.assert_all_used,
        }
        for check in self._checks:
            claims[check]()

    def _assert_none_refused(self) -> None:
        """No request got the error of an unmatched one; where answers are generated instead, all is well."""
        __tracebackhide__ = True
        _claim(asserting.unmatched([each for each in self._listed() if each.entry.status != 200]))
        _claim(asserting.escaped(self._strays()))

    @property
    def _session(self) -> Session:
        return self._mock.state.session(self.api_key, time.time())

    def _listed(self, endpoint: str | None = None) -> list[Request]:
        listed = [Request(index, entry) for index, entry in enumerate(self.requests)]
        return [each for each in listed if endpoint in (None, each.entry.endpoint)]

    def _script_one(self, scenario: Mapping[str, Any]) -> None:
        with self._mock.state.lock:
            script = adding.script(scenario, len(self._scripts) + 1)
            adding.add(self._session, script)
            self._scripts.append(script)

    def _override(self, **changes: Any) -> None:
        with self._mock.state.lock:
            session = self._session
            self._mock.state.override(replace(session.overrides, **changes), session)

    def _strays(self) -> list[Entry]:
        """What came meanwhile with keys for which nothing was scripted: none of these is another test's."""
        others = [each for each in self._mock.state.sessions() if each.name != self.api_key and not each.added]
        return [entry for each in others for entry in each.journal.entries() if entry.number > self._since]

    def _nothing_came(self, wanted: str) -> str:
        told = f"expected {wanted}, but none came with the key of this session"
        others = asserting.strayed(self._mock.state.entries())
        return "\n".join([f"{told}:", *others]) if others else f"{told}: is {BASE_URL} read before the test begins?"


def _claim(complaint: str) -> None:
    __tracebackhide__ = True
    if complaint:
        raise AssertionError(complaint)
