"""Which cassettes a run of pytest used, and which of their turns: what no test used is told at its end."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mockserver.records.config_names import is_passed_over

if TYPE_CHECKING:
    from mockserver.testing.cassettes import MockCassette
    from mockserver.testing.session import MockSession

SUFFIXES = (".yaml", ".yml")
# Answers of a turn, and how many of them were given.
Played = tuple[int, int]


class Usage:
    """What tests of one process used; a worker of pytest-xdist hands its own over.

    A file is judged when every test that names it has passed. Whether a test names a file is known only of those that
    were collected: files are judged where whole modules were.

    Attributes:
        is_whole: whether all tests that were collected are to run.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self.is_whole = True
        # By the path of a file: the tests that have it, those of them that may record, and those that passed.
        self.tests: dict[str, set[str]] = {}
        self.recording: dict[str, set[str]] = {}
        self.passed: dict[str, set[str]] = {}
        # By the path of a file: its turns, in order.
        self.turns: dict[str, dict[str, Played]] = {}
        # By the path of a file: the test that wrote it in this run; the one that did not, since it failed.
        self.saved: dict[str, str] = {}
        self.left: dict[str, str] = {}
        # Of files to which nothing could be added: where it is instead.
        self.beside: dict[str, str] = {}
        # By the path of a file: what is not in it, and why.
        self.skipped: dict[str, str] = {}
        # Files that were loaded in some other way.
        self.loaded: set[str] = set()
        # Modules of tests, by path: the folder of cassettes beside each; and those folders that are in use.
        self.modules: dict[str, str] = {}
        self.folders: set[str] = set()

    def note_module(self, module: Path, folder: Path, *, has_cassette: bool) -> None:
        """A test of a module was collected."""
        self.modules.setdefault(str(module), str(folder))
        if has_cassette:
            self.folders.add(str(folder))

    def note_test(self, path: Path, test: str, *, records: bool) -> None:
        """A test has this file."""
        self.tests.setdefault(str(path), set()).add(test)
        if records:
            self.recording.setdefault(str(path), set()).add(test)

    def note_played(self, cassette: MockCassette, test: str, *, passed: bool) -> None:
        """A test is over, and what it recorded is not yet written."""
        path = str(cassette.path)
        if passed:
            self.passed.setdefault(path, set()).add(test)
        known = self.turns.setdefault(path, {})
        for turn in cassette.turns:
            known[turn.name] = turn.answers, max(turn.given, known.get(turn.name, (0, 0))[1])

    def note_saved(self, cassette: MockCassette, test: str, written: Path | None) -> None:
        """A test is over, and what it recorded was written, or not."""
        if written is not None:
            self.saved[str(cassette.path)] = test
            self.left.pop(str(cassette.path), None)  # the test ran again
        if written not in (None, cassette.path):
            self.beside[str(cassette.path)] = str(written)
        if cassette.skipped:
            self.skipped[str(cassette.path)] = cassette.skipped
        if cassette.was_left:
            self.left[str(cassette.path)] = test

    def note_files(self, session: MockSession) -> None:
        """A test that has no file is over: it may have loaded some."""
        if self.folders:
            self.loaded |= session.list_files()

    def was_recorded(self, path: Path, test: str) -> bool:
        """Whether this test wrote the file in this run."""
        return self.saved.get(str(path)) == test

    def check_alone(self, path: Path, mode: str) -> None:
        """Check that no other test records the same file.

        Raises:
            ValueError: one does.
        """
        from mockserver.recordings.modes import can_record

        tests = sorted(self.recording.get(str(path), ()))
        if len(tests) > 1 and can_record(mode, has_cassette=path.is_file()):
            raise ValueError(
                f"{self._shorten(path)} would be recorded by {' and '.join(tests[:2])}: give each test a file of its "
                "own, or all but one of them record='none'"
            )

    def hand_over(self) -> str:
        """All of it, for the process that collects it."""
        return json.dumps({name: value for name, value in vars(self).items() if name != "_root"}, default=sorted)

    def absorb(self, handed_over: str) -> None:
        """Add what another process used."""
        other: dict[str, Any] = json.loads(handed_over)
        self.is_whole &= other["is_whole"]
        for name in ("tests", "recording", "passed"):
            for path, tests in other[name].items():
                getattr(self, name).setdefault(path, set()).update(tests)
        for path, turns in other["turns"].items():
            known = self.turns.setdefault(path, {})
            for name, (answers, given) in turns.items():
                known[name] = answers, max(given, known.get(name, (0, 0))[1])
        self.saved.update(other["saved"])
        self.left.update(other["left"])
        self.beside.update(other["beside"])
        self.skipped.update(other["skipped"])
        self.loaded.update(other["loaded"])
        self.modules.update(other["modules"])
        self.folders.update(other["folders"])

    def list_recorded(self) -> Iterator[str]:
        """A line for each file that was written, that was left as it was, or that lacks something."""
        yield from (f"recorded: {self._shorten(self.beside.get(path, path))}" for path in sorted(self.saved))
        for path, beside in sorted(self.beside.items()):
            yield f"{self._shorten(path)} is not in the form to add to: move the turns of {self._shorten(beside)} there"
        for path, test in sorted(self.left.items()):
            yield f"not recorded anew, since {test} did not pass: {self._shorten(path)}"
        for path, skipped in sorted(self.skipped.items()):
            yield f"{self._shorten(path)}: {skipped}; record_errors in the config file records what failed, too"

    def describe(self, config: pytest.Config, failed: int) -> list[str]:
        """What no test used, a line each: turns of files, and files.

        Args:
            config: says what was to run.
            failed: how many tests failed.
        """
        lines = []
        for path, turns in sorted(self.turns.items()):
            if self.tests[path] <= self.passed.get(path, set()):
                left = [_describe(name, *played) for name, played in turns.items() if played[1] < played[0]]
                if left:
                    lines.append(f"unplayed turns: {self._shorten(path)}: {', '.join(left)}")
        return [*lines, *(f"no test uses {self._shorten(path)}" for path in self._list_unused(config, failed))]

    def _list_unused(self, config: pytest.Config, failed: int) -> list[str]:
        """Files in folders of cassettes that no test has. Those of tests that were not collected are not known."""
        if any("::" in arg for arg in config.args) or config.getoption("lf", False):
            return []
        used, found = {*self.tests, *self.loaded, *self.beside.values()}, set[str]()
        for module, folder in self.modules.items():
            found |= _list_files(Path(folder, Path(module).stem))
        for folder in self.folders:
            if _is_covered(Path(folder), config):
                found |= self._list_of_folder(Path(folder), failed)
        return sorted(found - used)

    def _list_of_folder(self, folder: Path, failed: int) -> set[str]:
        """The files of a folder and of modules that are gone; those that tests may load by name only if all ran."""
        own = _list_files(folder) if self.is_whole and not failed else set()
        beside = {Path(module).stem for module, each in self.modules.items() if Path(each) == folder}
        for below in sorted(folder.iterdir()) if folder.is_dir() else ():
            if below.is_dir() and below.name not in beside and not any(folder.parent.glob(f"{below.name}.*")):
                own |= _list_files(below)
        return own

    def _shorten(self, path: str | Path) -> str:
        return os.path.relpath(path, self._root)


def _describe(name: str, answers: int, given: int) -> str:
    return f"{name} ({given} of {answers} answers)" if given else name


def _list_files(folder: Path) -> set[str]:
    paths = folder.iterdir() if folder.is_dir() else ()
    return {str(path) for path in paths if path.suffix in SUFFIXES and not is_passed_over(path.name)}


def _is_covered(folder: Path, config: pytest.Config) -> bool:
    """Whether all tests beside a folder of cassettes were to be collected."""
    places = [Path(config.invocation_params.dir, arg).resolve() for arg in config.args]
    return any(place.is_dir() and folder.parent.resolve().is_relative_to(place) for place in places)
