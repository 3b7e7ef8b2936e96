"""Tells what is recorded from where to where, and in the end how much it was."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mockserver.cli.output import count, tell_error
from mockserver.endpoints.parts import Parts
from mockserver.recordings.modes import AUTO, NONE, resolve_mode
from mockserver.recordings.upstreams import hide_user
from mockserver.records.masks import show_line
from mockserver.records.settings import Settings
from mockserver.serving.recording import list_cassettes

# So many names of files are listed.
SHOWN = 5
# The state of a file: its time and size.
State = tuple[int, int]


class _Teller:
    """Tells what a server records. Made when the server is, since it compares the folder with what was there then."""

    def __init__(self, mock: Parts) -> None:
        self._mock = mock
        self._folder = Path(mock.settings.record)
        self._before = self._read_states()

    def describe_start(self) -> str:
        """What is recorded, or replayed; "" when neither."""
        settings, recorder = self._mock.settings, self._mock.recorders.find("")
        if not settings.record:
            return ""
        mode, known = resolve_mode(settings.record_mode, os.environ), count("cassette", len(self._before))
        is_replayed = bool(self._before) and settings.record in settings.fixtures
        replayed = f", replays {known} of it" if is_replayed else ""
        if recorder is not None:
            source = hide_user(recorder.upstream.url)
            return show_line(f"mockserver: records {source} in {self._folder} (mode {mode}){replayed}")
        return show_line(f"mockserver: records nothing ({_explain(settings, mode)}); replays {known} of {self._folder}")

    def describe_end(self) -> str:
        """How much was recorded, and what was not; "" when nothing was to be."""
        recorder = self._mock.recorders.find("")
        if recorder is None:
            return ""
        # The process ends no earlier anyway.
        self._mock.recorders.queue.wait(None)
        changed = sorted(path.name for path, state in self._read_states().items() if self._before.get(path) != state)
        names = ", ".join([*changed[:SHOWN], *([f"and {len(changed) - SHOWN} more"] if len(changed) > SHOWN else [])])
        told = "recorded nothing"
        if recorder.tally.kept:
            kept = count("exchange", recorder.tally.kept)
            told = f"recorded {kept} in {count('file', len(changed))} of {self._folder}: {names}"
        skipped = recorder.tally.describe_skipped()
        return show_line(f"mockserver: {told}{'; ' if skipped else ''}{skipped}")

    def _read_states(self) -> dict[Path, State]:
        if not self._mock.settings.record:
            return {}
        states = {path: path.stat() for path in list_cassettes(self._folder)}
        return {path: (state.st_mtime_ns, state.st_size) for path, state in states.items()}


@contextmanager
def tell_recording(mock: Parts, *, quiet: bool) -> Iterator[None]:
    """Tell what a server records while it runs, and when it has stopped, how much."""
    teller = _Teller(mock)
    if not quiet and (line := teller.describe_start()):
        tell_error(line)
    yield
    if not quiet and (line := teller.describe_end()):
        tell_error(line)


def list_played(mock: Parts) -> list[dict[str, Any]]:
    """The cassettes that are served, each with the turns that no request has played so far."""
    from mockserver.testing.assertions import list_used  # only for reports
    from mockserver.testing.cassettes import make_turn

    entries = mock.journal.entries()
    given = Counter(name for entry in entries for name in list_used(entry) if name)
    loaded = mock.fixtures.scenarios
    found = []
    for cassette in loaded.cassettes:
        own = [each for each in loaded.scenarios if each.place.file == cassette.file]
        turns = [make_turn(each, given[each.name]) for each in own]
        unplayed = [str(turn) for turn in turns if turn.given < turn.answers]
        found.append({"file": cassette.file, "turns": len(turns), "unplayed": unplayed})
    return found


def _explain(settings: Settings, mode: str) -> str:
    if mode == NONE:
        return "CI is set; --record-mode says otherwise" if settings.record_mode == AUTO else "mode none"
    return f"mode {mode}, and there are cassettes"
