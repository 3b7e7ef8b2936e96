"""Cassettes in tests: a session that replays one, and records what is not in it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypedDict

from msgspec import Struct
from msgspec.structs import replace

from mockserver.endpoints.parts import Parts
from mockserver.recordings.cassette import IGNORABLE, Match
from mockserver.recordings.errors import RecordingError
from mockserver.recordings.modes import ALL, NONE, can_record, resolve_mode
from mockserver.recordings.recorder import Recorder
from mockserver.recordings.redacting import make_rules
from mockserver.recordings.volatile import compile_volatile
from mockserver.records.exchanges import RecordedExchange
from mockserver.records.masks import show_line, show_value
from mockserver.records.settings import RECORD_MODES, REPLAYS, check_choice
from mockserver.serving.recording import check_writable, find_upstream, make_recorder
from mockserver.testing import scripts

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from mockserver.scenarios import Scenario
    from mockserver.store import Script

NOTHING: Mapping[str, Any] = {}
# Seconds for which answers under way are waited for before what was recorded is written.
PATIENCE = 5.0
_MATCH_KEYS = ("ignore", "volatile")


class CassetteWords(TypedDict, total=False):
    """How a cassette is recorded and replayed.

    Args:
        mode: ``none`` (the default) replays; ``once`` records when there is no file; ``new_episodes`` records what is
            not in it; ``all`` records all anew; ``auto`` is ``new_episodes``, and ``none`` where ``CI`` is set.
        replay: ``content``, ``paced`` or ``exact``; by default what the server, or the file, says.
        match: keys of the file's ``match``, ``ignore`` and ``volatile``. Written with what is recorded, and holds
            over what the file says when it is replayed.
        redact: what to take out of what is recorded, besides secrets and what the server's settings name.
        upstream: the URL of the server to record; by default that of the server's settings.
        record_errors: whether to record what failed, too; by default as the server's settings say.
        test: names the test in which it is recorded.
    """

    mode: str
    replay: str
    match: Mapping[str, Any]
    redact: str | Sequence[str]
    upstream: str
    record_errors: bool
    test: str


class Turn(Struct, frozen=True):
    """A turn of a cassette: how many answers it holds, and how many of them were given."""

    name: str
    line: int
    answers: int
    given: int

    def __str__(self) -> str:
        return self.name if not self.given else f"{self.name} ({self.given} of {self.answers} answers)"


class MockCassette:
    """A cassette that a session replays, or all sessions do, and to which it adds what it records.

        with session.cassette("cassettes/weather.yaml", mode="once"):
            ...

    What was recorded is written by ``save``, at the end of the ``with``, or when the session is closed.

    Attributes:
        path: the file.
        mode: ``once``, ``new_episodes``, ``all`` or ``none``.
        is_replayed: whether there was a file to replay.
        problem: why it neither replays nor records; "": it does.
        was_left: whether the file was left as it was, since it was not to be replaced.
    """

    def __init__(
        self, mock: Parts, session: str | None, path: Path, environ: Mapping[str, str], words: CassetteWords
    ) -> None:
        self._mock, self._session, self._words = mock, session, check_words(words)
        self.path, self.mode = path, resolve_mode(words.get("mode", NONE), environ)
        exists = path.is_file()
        self.is_replayed = exists and self.mode != ALL
        self.problem, self._kept = "", list[RecordedExchange]()
        self._scripts: tuple[Script, ...] = ()
        self.was_left = False
        self._match = _make_match(words, mock.settings.redact)
        _check_patterns(self._match)
        if self.is_replayed:
            self._load()
        self._recorder = self._record(environ) if can_record(self.mode, has_cassette=exists) else None
        if not self.is_replayed and self.mode == NONE:
            self.problem = f"there is no cassette {show_line(str(path))}"
        if self._session is not None:
            mock.store.sessions.touch(self._session)
        mock.store.overrides.change(self._session, {"unmatched": "error"})

    def __repr__(self) -> str:
        return f"<MockCassette {self.path} in mode {self.mode}>"

    @property
    def is_recording(self) -> bool:
        """Whether what it does not hold is forwarded, and recorded."""
        return self._recorder is not None

    @property
    def forwards_auth(self) -> bool:
        """Whether what is recorded is asked with the keys of the clients."""
        return self._recorder is not None and self._recorder.upstream.forwards_auth

    @property
    def was_asked(self) -> bool:
        """Whether any request came to the session, besides probes."""
        entries = self._mock.journal.entries(self._session)
        return not all(entry.is_probe for entry in entries)

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The turns that are replayed, in the order of the file; ``given`` counts the answers of this session."""
        counts = self._mock.store.counters.counts(self._session or "")
        return tuple(make_turn(each, counts.get(each.counter, 0)) for each in self.list_scenarios())

    def list_scenarios(self) -> tuple[Scenario, ...]:
        """The turns of the file as scenarios, in its order."""
        return tuple(sorted(self._mock.compiler.scenarios(self._scripts), key=lambda each: each.place))

    def save(self, *, replaces: bool = True) -> Path | None:
        """Write what was recorded, and record no more. Returns the file; None when nothing was. Where turns cannot be
        added to a file, it is another one beside it.

        Args:
            replaces: whether a file that is there already may be replaced, in mode ``all``.
        """
        if self._recorder is None:
            return None
        self._wait()
        self._mock.recorders.set(None, self._session or "")
        upstream, self._recorder = self._recorder.upstream, None
        kept, self._kept = self._kept, []
        self.was_left = bool(kept) and self.mode == ALL and not replaces and self.path.is_file()
        if not kept or self.was_left:
            return None
        from mockserver.cassettes.writing import add_exchanges, write_cassette

        write = write_cassette if self.mode == ALL else add_exchanges
        secrets = upstream.secrets
        return write(self.path, kept, self._mock, upstream=upstream.url, match=self._match, secrets=secrets)

    def _wait(self) -> None:
        """Wait for answers under way, and until they are kept."""
        if self._session is not None:
            self._mock.journal.wait(self._session, PATIENCE)
        self._mock.recorders.queue.wait()

    def _load(self) -> None:
        words = self._words
        nearer = {key: _as_tuple(value) for key, value in words.get("match", NOTHING).items()}
        path = [self.path.absolute()]
        self._scripts = scripts.read_files(path, (), self._mock.compiler, words.get("replay", ""), nearer)
        if self._session is None:
            self._mock.store.server_scripts.add(self._scripts)
        else:
            self._mock.store.sessions.touch(self._session)
            self._mock.store.scripts.add(self._session, self._scripts)

    def _record(self, environ: Mapping[str, str]) -> Recorder | None:
        settings, words = self._mock.settings, self._words
        try:
            upstream = find_upstream(replace(settings, upstream=words.get("upstream") or settings.upstream), environ)
            check_writable(self.path.parent)
            if self.path.is_dir():
                raise RecordingError(f"record: {show_line(str(self.path))} is a folder")
        except RecordingError as error:
            self.problem = "" if self.is_replayed else str(error)
            return None
        errors = words.get("record_errors", settings.record_errors)
        recorder = make_recorder(upstream, self._keep, keeps_errors=errors)
        self._mock.recorders.set(recorder, self._session or "")
        return recorder

    def _keep(self, exchange: RecordedExchange) -> None:
        self._kept.append(replace(exchange, test=self._words.get("test", "")))

    def __enter__(self) -> MockCassette:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.save(replaces=error is None)


def open_cassette(mock: Parts, session: str | None, path: Path, **words: Unpack[CassetteWords]) -> MockCassette:
    """A cassette for a session, or for all that have none of their own.

    Raises:
        RecordingError: it neither replays nor records; the error says why.
        ScenarioError: the file holds mistakes.
        ValueError: a word has no such value.
    """
    cassette = MockCassette(mock, session, path, os.environ, words)
    if cassette.problem:
        raise RecordingError(cassette.problem)
    return cassette


def make_turn(scenario: Scenario, given: int) -> Turn:
    """The turn that a scenario is, of which so many answers were given."""
    answers = sum(step.times or 1 for step in scenario.steps)
    return Turn(scenario.name, scenario.place.line or 0, answers, min(given, answers))


def check_words(words: CassetteWords) -> CassetteWords:
    """The words, once they were found right.

    Raises:
        ValueError: a word is unknown, or has no such value.
    """
    for word in words:
        if word not in CassetteWords.__annotations__:
            raise ValueError(f"expected {', '.join(CassetteWords.__annotations__)}, got {show_value(word)}")
    check_choice("mode", RECORD_MODES, words.get("mode", NONE))
    if words.get("replay"):
        check_choice("replay", REPLAYS[1:], words["replay"])
    match = words.get("match", NOTHING)
    if not isinstance(match, Mapping) or not match.keys() <= {*_MATCH_KEYS}:
        raise ValueError(f"match: expected a mapping with {' or '.join(_MATCH_KEYS)}, got {show_value(match)}")
    for name, value in (*match.items(), ("redact", words.get("redact", ()))):
        if not isinstance(value, str | list | tuple) or not all(isinstance(part, str) for part in value):
            raise ValueError(f"{name}: expected a text or a list of texts, got {show_value(value)}")
    for part in _as_tuple(match.get("ignore", ())):
        check_choice("match: ignore", IGNORABLE, part)
    return words


def _make_match(words: CassetteWords, redact: tuple[str, ...]) -> Match:
    """How requests match what is recorded now."""
    own = words.get("redact", ())
    given = {key: _as_tuple(value) for key, value in words.get("match", NOTHING).items()}
    return Match(**given, redact=(*redact, *_as_tuple(own)))


def _check_patterns(match: Match) -> None:
    """Check what is looked for in texts, before anything is paid for.

    Raises:
        ValueError: a pattern is none.
    """
    make_rules(match.redact)
    for pattern in match.volatile:
        try:
            compile_volatile(pattern)
        except ValueError as error:  # noqa: PERF203  the message names the pattern
            raise ValueError(f"volatile: /{pattern}/ is no regular expression: {error}") from None


def _as_tuple(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
