"""A test's session of a mock server: scripts answers, shows the requests received, asserts which were expected."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mockserver.endpoints.parts import Parts
from mockserver.records.call import SESSION_PATH
from mockserver.serving.transport import ServiceTransport
from mockserver.store import NotAppendableError, Store
from mockserver.store.scripts import FILES, find_appendable
from mockserver.testing import scripts, settings
from mockserver.testing.asserting import Asserting
from mockserver.testing.callers import raise_at_call
from mockserver.testing.clock import MockClock
from mockserver.testing.environment import name_openai_url
from mockserver.testing.files import MockFiles
from mockserver.testing.scripting import Scripting, as_list

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from mockserver.testing.cassette_words import CassetteWords
    from mockserver.testing.cassettes import MockCassette
    from mockserver.testing.names import FaultName
    from mockserver.testing.words import BatchWords, Item, PaceWords, WhenWords


class MockSession(Scripting, Asserting):
    """One session of a mock server, by its API key.

    Of the scripts that fit a request the newest answers; those without ``when`` come after those with one.

    Attributes:
        api_key: the key that leads a client to this session.
    """

    def __init__(
        self,
        mock: Parts,
        api_key: str,
        find_url: Callable[[], str] = str,
        folders: Sequence[Path] = (),
        *,
        transport: ServiceTransport | None = None,
    ) -> None:
        Scripting.__init__(self, self._add_script, {})
        Asserting.__init__(self, mock, api_key)
        self._folders = tuple(folders)
        self._transport = transport or ServiceTransport(mock)
        self._lock = Lock()
        self._cassettes: list[MockCassette] = []
        self._find_url = find_url

    def __repr__(self) -> str:
        return f"<MockSession {self.url or 'without a socket'} with {len(self.requests)} requests>"

    @property
    def url(self) -> str:
        """The server's address, for clients that send ``api_key``; of a server that was started again the new one, ""
        without a socket.
        """
        return self._find_url()

    @property
    def openai_url(self) -> str:
        """The base URL of clients that use the chat wire; "" without a socket. ``OPENAI_BASE_URL`` has it in a test."""
        return name_openai_url(self.url)

    @property
    def session_url(self) -> str:
        """An address that leads a client to this session whatever key it sends; "" without a socket, and for keys that
        cannot stand in a path.
        """
        can_stand_in_path = self.url and "/" not in self.api_key and self.api_key.strip(".")
        return f"{self.url}{SESSION_PATH}{quote(self.api_key, safe='')}" if can_stand_in_path else ""

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
        """Let the next ``calls`` answers to requests for messages fail on their way, whatever scenario gives them, and
        those of scenarios for any path. For another endpoint: ``when(endpoint="count_tokens").fault(...)``.

        It waits for answers that the fault changes: for a stream, a tool's input, a thought (docs/faults.md).

        Args:
            then: the fault's name: ``disconnect``, ``stall``, ``malformed``, ``truncate`` ... (docs/faults.md).
            calls: how many answers. A later ``fault`` takes the place of what is left of this one.
            options: ``after_events``, ``after_ms``, ``at_block`` and the fault's own; ``for``, a keyword of Python, as
                ``for_`` or ``duration``.

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
    def cassette(self, path: str | Path, **words: Unpack[CassetteWords]) -> MockCassette:
        """Replay a cassette, a file that was recorded, or record one; requests that are not in it get an error.

            with api.cassette("cassettes/weather.yaml", mode="once"):
                ...

        What was recorded is written, and the replay over, at the end of the ``with``, else by ``close``. The marker
        ``messages_cassette`` does the same for a test, ``mockserver record`` for a command.

        Args:
            path: the file; a relative one is beside the test, or starts at the current directory.
            words: ``mode``: ``none`` (the default: replay), ``once``, ``new_episodes``, ``all`` or ``auto``;
                ``replay``, ``match``, ``redact``, ``upstream``, ``record_errors`` (docs/recording.md).

        Raises:
            RecordingError: there is nothing to replay and nothing may be recorded, or there is no key for the upstream.
            ScenarioError: the file holds mistakes.
            ValueError: a word has no such value.
        """
        from mockserver.testing.cassettes import open_cassette

        found = open_cassette(self._mock, self.api_key, Path(*self._folders[:1], path), **words)
        self.keep_cassette(found)
        return found

    def keep_cassette(self, cassette: MockCassette) -> None:
        """Have a cassette of this session begin again with each reset, and saved at the end."""
        self._cassettes.append(cassette)

    @raise_at_call
    def append(self, answers: Item | Sequence[Item], name: str | None = None) -> None:
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
            held = self._store.scripts.current(self.api_key).scripts
            kind = "turns" if [each.kind for each in held if each.name == name] == ["turns"] else "calls"
            listed = as_list(answers if isinstance(answers, list | tuple) else [answers])
            try:
                script = find_appendable(held, kind, name)
                given = scripts.read_answers(listed, script, self._mock.compiler, self.api_key)
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
        batches: BatchWords | None = None,
    ) -> None:
        """Change settings of the server for this session; None leaves one as it is.

        Args:
            unmatched: ``generate``, ``error``, or ``auto``: an error where there are cassettes.
            validation: ``strict``, ``warn`` or ``off``.
            pace: ``none``, ``realtime``, or a pace as in a scenario.
            tool_use: which tools generated answers call: ``asked``, ``once``, ``all`` or ``none`` (docs/scenarios.md).
            batches: how message batches go on: ``{"takes": "30s", "fail": "2%"}`` (docs/batches.md).

        Raises:
            ValueError: a setting has no such value.
            ScenarioError: the pace or the batches hold mistakes.
        """
        changes = settings.read_settings(unmatched, validation, pace, tool_use, batches)
        self._store.sessions.touch(self.api_key)
        self._store.overrides.change(self.api_key, changes)

    def reset(self) -> None:
        """Start over: no scripts, no counters, no requests; cassettes begin again."""
        with self._lock:
            self._store.reset(self.api_key)
            self._mock.compiler.functions.forget(self.api_key)
            self._scripts = []
            self._since = self._mock.journal.latest()
            for cassette in self._cassettes:
                cassette.begin()

    def close(self) -> None:
        """Write what its cassettes recorded, forget the session, and free its memory."""
        for cassette in self._cassettes:
            cassette.save()
        self._store.forget(self.api_key)
        self._mock.compiler.functions.forget(self.api_key)

    @property
    def clock(self) -> MockClock:
        """The clock of this session, which can be moved: ``api.clock.advance("6m")`` (docs/pytest.md)."""
        return MockClock(self._mock, self.api_key)

    @property
    def files(self) -> MockFiles:
        """The files that this session holds: what was uploaded, and what is added (docs/pytest.md)."""
        return MockFiles(self._mock, self.api_key, self._folders)

    @property
    def transport(self) -> ServiceTransport:
        """For clients without a socket: ``http_client=httpx2.Client(transport=api.transport)``, httpx alike."""
        return self._transport

    @property
    def mock(self) -> Parts:
        """The parts of its server."""
        return self._mock

    def list_files(self) -> set[str]:
        """The scenario files that were loaded into the session, those that they include and use among them, and its
        cassettes.
        """
        held = self._store.scripts.current(self.api_key).scripts
        texts = {script.document.text for script in held if script.document.kind == FILES}
        files = [file for text in texts for file, *_ in json.loads(text)["files"]]
        return {str(Path(file).absolute()) for file in (*files, *(cassette.path for cassette in self._cassettes))}

    @property
    def _store(self) -> Store:
        return self._mock.store

    def _add_script(self, scenario: Mapping[str, Any]) -> None:
        with self._lock:
            script = scripts.read_words(scenario, len(self._scripts) + 1, self._mock.compiler, self.api_key)
            self._store.sessions.touch(self.api_key)
            self._scripts += self._store.scripts.add(self.api_key, [script], before_defaults=True)
