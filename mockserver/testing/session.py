"""A test's session of a mock server: scripts answers, shows the requests received, asserts which were expected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mockserver.endpoints.parts import Parts
from mockserver.records.call import SESSION_PATH
from mockserver.serving.transport import ServiceTransport
from mockserver.store import NotAppendableError, Store
from mockserver.testing import scripts, settings
from mockserver.testing.asserting import Asserting
from mockserver.testing.callers import raise_at_call
from mockserver.testing.scripting import Scripting

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from mockserver.testing.names import FaultName
    from mockserver.testing.words import Answer, PaceWords, WhenWords


class MockSession(Scripting, Asserting):
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
        Scripting.__init__(self, self._add_script, {})
        Asserting.__init__(self, mock, api_key)
        self._folders = tuple(folders)
        self._transport = transport or ServiceTransport(mock)
        self._lock = Lock()
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
    def append(self, answers: Answer | Sequence[Answer], *, name: str | None = None) -> None:
        """Put answers behind those of a script: ``api.append("Later.")``. One of ``calls`` that ran out fits again.

        Args:
            answers: one answer or several, as in ``calls``.
            name: the script's, when it was loaded from a file or added by the control interface; of ``calls`` or
                ``turns``. None: the newest of ``calls``.

        Raises:
            ScenarioError: an answer holds mistakes.
            ValueError: there is no such script, or its last answer is given always.
        """
        with self._lock:
            kinds = [each.kind for each in self._store.scripts.current(self.api_key).scripts if each.name == name]
            kind = "turns" if kinds == ["turns"] else "calls"
            is_alone = isinstance(answers, (str, Mapping)) or not isinstance(answers, Iterable)
            given = scripts.read_answers([answers] if is_alone else list(answers), kind, self._mock.compiler)
            try:
                grown = self._store.scripts.append(self.api_key, given, name)
            except NotAppendableError as error:
                raise ValueError(str(error)) from None
            self._scripts = [grown if each.first_id == grown.first_id else each for each in self._scripts]

    @raise_at_call
    def configure(
        self,
        *,
        unmatched: str | None = None,
        validation: str | None = None,
        pace: str | PaceWords | None = None,
        tool_use: str | None = None,
    ) -> None:
        """Change settings of the server for this session; None leaves one as it is.

        Args:
            unmatched: ``generate`` or ``error``.
            validation: ``strict``, ``warn`` or ``off``.
            pace: ``none``, ``realtime``, or a pace as in a scenario.
            tool_use: which tools generated answers call: ``asked``, ``once``, ``all`` or ``none`` (docs/scenarios.md).

        Raises:
            ValueError: a setting has no such value.
            ScenarioError: the pace holds mistakes.
        """
        changes = settings.read_settings(unmatched, validation, pace, tool_use)
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

    @property
    def transport(self) -> ServiceTransport:
        """For clients without a socket: ``http_client=httpx2.Client(transport=api.transport)``, httpx alike."""
        return self._transport

    @property
    def _store(self) -> Store:
        return self._mock.store

    def _add_script(self, scenario: Mapping[str, Any]) -> None:
        with self._lock:
            script = scripts.read_words(scenario, len(self._scripts) + 1, self._mock.compiler)
            self._store.sessions.touch(self.api_key)
            self._scripts += self._store.scripts.add(self.api_key, [script], before_defaults=True)
