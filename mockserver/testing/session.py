"""A test's session of a mock server: scripts answers, shows the requests received, asserts which were expected."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mockserver.endpoints.parts import Parts
from mockserver.endpoints.table import ENDPOINTS
from mockserver.records.call import SESSION_PATH
from mockserver.records.settings import check_choice
from mockserver.scenarios import is_open
from mockserver.serving.transport import ServiceTransport
from mockserver.store import Entry, Script, Store
from mockserver.testing import assertions, scripts, settings, strays, thinking
from mockserver.testing.assertions import Count, Request, fail_if
from mockserver.testing.callers import raise_at_call
from mockserver.testing.scripting import Scripting

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from mockserver.testing.words import FaultName, PaceWords, WhenWords

# The endpoint whose requests are answered by scripts.
MESSAGES, ANY = "messages", "any path"


class MockSession(Scripting):
    """One session of a mock server, by its API key.

    Of the scripts that fit a request the newest answers; those without ``when`` come after those with one.

    Attributes:
        url: the server's address, for clients that send ``api_key``; "" without a socket.
        session_url: an address that leads a client to this session whatever key it sends; "" without a socket, and
            for keys that cannot stand in a path.
        api_key: the key that leads a client to this session.
    """

    def __init__(
        self,
        mock: Parts,
        api_key: str,
        url: str = "",
        folders: Sequence[Path] = (),
        *,
        transport: ServiceTransport | None = None,
    ) -> None:
        super().__init__(self._add_script, {})
        self._mock = mock
        self._folders = tuple(folders)
        self._transport = transport or ServiceTransport(mock)
        self._scripts: list[Script] = []
        self._lock = Lock()
        self._checks: tuple[str, ...] = ("unmatched",)
        # Requests received before this session began are not reported as strays.
        self._since = mock.journal.received()
        self.api_key = api_key
        self.url = url
        can_stand_in_path = url and "/" not in api_key and api_key.strip(".")
        self.session_url = f"{url}{SESSION_PATH}{quote(api_key, safe='')}" if can_stand_in_path else ""

    def __repr__(self) -> str:
        return f"<MockSession {self.url or 'without a socket'} with {len(self.requests)} requests>"

    # Scripting

    @raise_at_call
    def when(self, **words: Unpack[WhenWords]) -> Scripting:
        """Script only requests that fit: ``api.when(user="weather").reply("Sunny.")``.

        Args:
            words: those of a scenario's ``when``: ``user``, ``model``, ``tools``, ``stream`` ...; all must hold.
        """
        return Scripting(self._add_script, words)

    @raise_at_call
    def fault(self, then: FaultName | str, *, calls: int = 1, **options: Any) -> None:
        """Let the next ``calls`` answers fail on their way, whatever scenario gives them.

        Args:
            then: the fault's name: ``disconnect``, ``stall``, ``malformed``, ``truncate`` ... (docs/faults.md).
            calls: how many answers. A later ``fault`` takes the place of what is left of this one.
            options: ``after_events``, ``after_ms``, ``at_block`` and the fault's own.

        Raises:
            ValueError: there is no such fault, or it has no such option.
        """
        plan = settings.read_faults(then, calls, options)
        self._store.sessions.touch(self.api_key)
        self._store.faults.set(self.api_key, plan)

    @raise_at_call
    def load(self, *paths: str | Path) -> None:
        """Add the scenarios of fixture files or folders, in front of what was added before.

        Args:
            paths: relative ones are looked for beside the test, at pytest's root, then in the current directory.

        Raises:
            ScenarioError: a file is missing or holds mistakes.
        """
        loaded = scripts.read_files(paths, self._folders, self._mock.compiler)
        self._store.sessions.touch(self.api_key)
        self._store.scripts.add(self.api_key, loaded)

    @raise_at_call
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
        changes = settings.read_settings(unmatched, validation, pace)
        self._store.sessions.touch(self.api_key)
        self._store.overrides.change(self.api_key, changes)

    def reset(self) -> None:
        """Start over: no scripts, no counters, no requests."""
        with self._lock:
            self._store.reset(self.api_key)
            self._scripts = []
            self._since = self._mock.journal.received()

    def close(self) -> None:
        """Forget the session and free its memory."""
        self._store.forget(self.api_key)

    # Looking

    @property
    def requests(self) -> tuple[Entry, ...]:
        """Everything this session received, oldest first: ``body``, ``json``, ``headers``, ``prompt``, ``scenario``,
        ``answer``, ``usage``, ``status`` and more. Those answered a moment ago may not be ``finished``: see ``wait``.
        """
        return self._mock.journal.entries(self.api_key)

    @property
    def last_request(self) -> Entry:
        """The latest request.

        Raises:
            AssertionError: there was none.
        """
        __tracebackhide__ = True
        requests = self.requests
        fail_if("" if requests else self._explain_silence("a request"))
        return requests[-1]

    def wait(self, timeout: float = 1.0) -> bool:
        """Wait until every answer has left, at most ``timeout`` seconds; False when one is still on its way."""
        return self._mock.journal.wait(self.api_key, timeout)

    @property
    def transport(self) -> ServiceTransport:
        """For clients without a socket: ``http_client=httpx2.Client(transport=api.transport)``, httpx alike."""
        return self._transport

    def summary(self) -> str:
        """The requests and what answered them, a line each, or that none came; and those with other keys."""
        return strays.summarize(self._list_requests(), self._find_strays())

    # Asserting

    @raise_at_call
    def assert_called(
        self,
        times: int | None = None,
        *,
        at_least: int | None = None,
        at_most: int | None = None,
        when: WhenWords | None = None,
        endpoint: str | None = None,
    ) -> None:
        """Assert how many requests came; without a number, one or more.

        Args:
            times: exactly so many.
            at_least: so many or more.
            at_most: so many or fewer.
            when: only requests that fit these words of a scenario's ``when``: ``{"user": "weather"}``.
            endpoint: ``messages``, ``messages/count_tokens``, ``models``, ``models/{id}`` or ``any path``; by default
                ``messages``, or ``any path`` when ``when`` holds a ``path`` or a ``method``.

        Raises:
            ValueError: the numbers contradict each other, or there is no such endpoint.
        """
        __tracebackhide__ = True
        endpoint = endpoint or (ANY if is_open(when or {}) else MESSAGES)
        check_choice("endpoint", (*ENDPOINTS, ANY), endpoint)
        count = Count(times, at_least, at_most)
        complaint = assertions.complain_of_calls(self._list_requests(), when or {}, count, endpoint)
        fail_if(complaint if self.requests or not complaint else self._explain_silence(str(count)))

    def assert_no_unmatched(self) -> None:
        """Every request found its scenario; one that the API refuses needs none."""
        __tracebackhide__ = True
        fail_if(assertions.complain_of_unmatched(self._list_requests()))

    def assert_all_used(self) -> None:
        """Every script of this session gave an answer, every list of ``calls`` all of them. Files do not count."""
        __tracebackhide__ = True
        scenarios = self._mock.compiler.scenarios(self._scripts)
        fail_if(assertions.complain_of_unused(scenarios, self._list_requests()))

    def assert_valid(self) -> None:
        """The API would have accepted every request."""
        __tracebackhide__ = True
        fail_if(assertions.complain_of_invalid(self._list_requests()))

    def assert_answers_fit(self) -> None:
        """Every scripted answer is one that the API could give to its request; docs/pytest.md lists what is checked."""
        __tracebackhide__ = True
        fail_if(assertions.complain_of_answers(self._list_requests(MESSAGES)))

    def assert_thinking_returned(self) -> None:
        """Every tool loop sent the thinking blocks back: complete, unchanged and in order. Turns before the latest
        question may leave theirs out, where the API lets them.
        """
        __tracebackhide__ = True
        fail_if(thinking.complain_of_lost_thinking(self._list_requests(MESSAGES), self._mock.fixtures.catalogue))

    def assert_cached(self) -> None:
        """At least one answer was read from the prompt cache."""
        __tracebackhide__ = True
        fail_if(assertions.complain_of_uncached(self._list_requests(MESSAGES)))

    @raise_at_call
    def check_at_end(self, *checks: str) -> None:
        """Choose what is asserted when the test ends, instead of what the ini file says; nothing without names.

        Args:
            checks: ``unmatched`` (no request went without a scenario and got the error for it), ``called`` (any came),
                ``valid`` (as ``assert_valid``), ``used`` (``assert_all_used``), ``answers`` (``assert_answers_fit``).

        Raises:
            ValueError: there is no such check.
        """
        self._checks = settings.read_checks(checks)

    def finish(self) -> None:
        """Assert what was chosen for the end of the test.

        Raises:
            AssertionError: it does not hold.
        """
        __tracebackhide__ = True
        assertions_by_name: Mapping[str, Callable[[], object]] = {
            "unmatched": self._assert_none_refused,
            "valid": self.assert_valid,
            "used": self.assert_all_used,
            "called": lambda: self.last_request,
            "answers": self.assert_answers_fit,
        }
        for check in self._checks:
            assertions_by_name[check]()

    def _assert_none_refused(self) -> None:
        """No request was refused because no scenario fitted; a generated answer is no failure."""
        __tracebackhide__ = True
        fail_if(assertions.complain_of_unmatched([each for each in self._list_requests() if each.entry.status != 200]))
        fail_if(strays.complain_of_strays(self._find_strays()))

    @property
    def _store(self) -> Store:
        return self._mock.store

    def _list_requests(self, endpoint: str | None = None) -> list[Request]:
        numbered = enumerate(self.requests)
        return [Request(index, entry) for index, entry in numbered if endpoint in (None, entry.endpoint)]

    def _add_script(self, scenario: Mapping[str, Any]) -> None:
        with self._lock:
            script = scripts.read_words(scenario, len(self._scripts) + 1, self._mock.compiler)
            self._store.sessions.touch(self.api_key)
            self._scripts += self._store.scripts.add(self.api_key, [script], before_defaults=True)

    def _find_strays(self) -> list[Entry]:
        """Requests received since this session began, with keys that no test has scripted."""
        scripted = {self.api_key, *self._store.scripts.owners()}
        others = [name for name in self._store.sessions.names() if name not in scripted]
        return [entry for name in others for entry in self._mock.journal.entries(name, after=self._since)]

    def _explain_silence(self, wanted: str) -> str:
        return f"expected {wanted}, but none {strays.explain_silence(self._mock.journal.entries())}"
