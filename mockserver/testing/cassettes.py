"""Cassettes in tests: a session that replays one, and records what is not in it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from mockserver.endpoints.parts import Parts
from mockserver.recordings.errors import RecordingError
from mockserver.recordings.modes import ALL, NONE, can_record, resolve_mode
from mockserver.recordings.recorder import Recorder
from mockserver.records.exchanges import RecordedExchange
from mockserver.records.masks import show_line
from mockserver.serving.recording import check_writable, find_upstream, make_recorder
from mockserver.testing import scripts
from mockserver.testing.cassette_words import NOTHING, CassetteWords, as_tuple, check_patterns, check_words, make_match

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from mockserver.scenarios import Scenario
    from mockserver.store import Script

# Seconds for which answers under way are waited for before what was recorded is written.
PATIENCE = 5.0


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

    What was recorded is written by ``save``, at the end of the ``with``, or when the session is closed. The ``with``
    ends the replay, too.

    Attributes:
        path: the file.
        mode: ``once``, ``new_episodes``, ``all`` or ``none``.
        is_replayed: whether there was a file to replay.
        problem: why it neither replays nor records; "": it does.
        was_left: whether the file was left as it was, since it was not to be replaced.
        skipped: what was not recorded, and why: ``1 not recorded (status 529)``; "": nothing.
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
        self._held: tuple[Script, ...] = ()
        self._played: tuple[Turn, ...] | None = None
        self._advice = ""
        self._unmatched = mock.store.overrides.get(session).unmatched
        self.was_left, self.skipped = False, ""
        self._match = make_match(words, mock.settings.redact)
        check_patterns(self._match)
        if self.is_replayed:
            self._scripts = self._read()
        self._recorder = self._record(environ) if can_record(self.mode, has_cassette=exists) else None
        if not self.is_replayed and self.mode == NONE:
            self.problem = f"there is no cassette {show_line(str(path))}"
        self.begin()

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
        """Whether a request came to the session that no scenario answered, besides probes."""
        entries = self._mock.journal.entries(self._session)
        return not all(entry.is_probe or entry.scenario for entry in entries)

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The turns that are replayed, in the order of the file; ``given`` counts the answers of this session."""
        if self._played is not None:
            return self._played
        counts = self._mock.store.counters.counts(self._session or "")
        return tuple(make_turn(each, counts.get(each.counter, 0)) for each in self.list_scenarios())

    def list_scenarios(self) -> tuple[Scenario, ...]:
        """The turns of the file as scenarios, in its order."""
        return tuple(sorted(self._mock.compiler.scenarios(self._scripts), key=lambda each: each.place))

    def advise(self, advice: str) -> None:
        """Say this to requests that it does not fit."""
        self._advice = advice
        self._mock.store.overrides.change(self._session, {"advice": advice})

    def begin(self) -> None:
        """Replay it from its first answers on, unless its ``with`` is over: a reset makes the session forget it."""
        if self._played is not None:
            return
        store = self._mock.store
        if self._session is None:
            self._held = store.server_scripts.add(self._scripts)
        else:
            store.sessions.touch(self._session)
            self._held = store.scripts.add(self._session, self._scripts)
            if self.is_replayed and self._recorder is None:
                self._mock.recorders.except_session(self._session)
        store.overrides.change(self._session, {"unmatched": "error", "advice": self._advice or None})

    def _end(self) -> None:
        """Replay it no more; the next to replay it in this session gets its first answers."""
        self._played = self.turns
        self._give_back()
        store, session, ids = self._mock.store, self._session, {script.id for script in self._held}
        held = store.server_scripts.current() if session is None else store.scripts.current(session)
        for name in [script.name for script in held.scripts if script.id in ids]:
            _ = store.server_scripts.remove(name) if session is None else store.scripts.remove(session, name)
        if store.overrides.get(session).unmatched == "error":
            store.overrides.change(session, {"unmatched": self._unmatched, "advice": None})

    def _give_back(self) -> None:
        if self._session is None:
            return
        counters = self._mock.store.counters
        counts, era = counters.counts(self._session), counters.era(self._session)
        for scenario in self.list_scenarios():
            for position in range(counts.get(scenario.counter, 0)):
                counters.put_back(self._session, scenario.counter, position, era)

    def save(self, *, replaces: bool = True) -> Path | None:
        """Write what was recorded, and record no more. Returns the file; None when nothing was. Where turns cannot be
        added to a file, it is another one beside it.

        Args:
            replaces: whether a file that is there already may be replaced, in mode ``all``.
        """
        if self._recorder is None:
            self._mock.recorders.readmit_session(self._session or "")
            return None
        self._wait()
        self._mock.recorders.set(None, self._session or "")
        self.skipped = self._recorder.tally.describe_skipped()
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

    def _read(self) -> tuple[Script, ...]:
        words = self._words
        nearer = {key: as_tuple(value) for key, value in words.get("match", NOTHING).items()}
        path = [self.path.absolute()]
        return scripts.read_files(path, (), self._mock.compiler, words.get("replay", ""), nearer)

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
        self._end()


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
