"""Checks scenarios that are to be written into a file: as they were sent, and the whole file with them in it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from mockserver import scenarios
from mockserver.control.requests import RefusalError
from mockserver.endpoints.parts import Parts
from mockserver.records.budget import LIMITS, Budget
from mockserver.records.errors import Problem, ScenarioError
from mockserver.scenarios.editing.cutting import is_one, list_values
from mockserver.scenarios.editing.splicing import Insertion
from mockserver.scenarios.keeping import KeptFile
from mockserver.scenarios.loading import NOTHING_KEPT, Loader
from mockserver.scenarios.reading.file_reader import MAX_DOCUMENT, SUFFIXES, FileReader, UnreadableError, join_lines
from mockserver.scenarios.reading.source import Document, read_parts
from mockserver.scenarios.scenario import ScenarioReader
from mockserver.serving.assembly import make_hooks

_WORDS = "the words of a fixture file"
_MISSING = object()


class PendingFile(Struct, frozen=True):
    """The new text of a file, and where in it stands what was sent; None: it is what was sent."""

    path: Path
    text: str
    insertions: tuple[Insertion, ...] | None = None


class PendingReader(FileReader):
    """Reads files as they will be when one of them has been written."""

    def __init__(self, pending: PendingFile) -> None:
        super().__init__()
        self._path, self._content = pending.path, pending.text.encode()

    def read(self, path: Path, most: int = MAX_DOCUMENT) -> bytes:
        """The content of a regular file, or what will be in it."""
        return self._content if is_same(path, self._path) else super().read(path, most)

    def list_folder(self, path: Path) -> list[Path]:
        """The scenario files directly inside a folder, with the one that may be new."""
        found = super().list_folder(path)
        is_new = is_same(path, self._path.parent) and self._path.suffix in SUFFIXES
        own = path / self._path.name
        return sorted({*found, own}) if is_new else found


class InsideReader(FileReader):
    """Reads the files that scenarios name which were sent: those in the folder that may be written, and no others."""

    def __init__(self, folder: str) -> None:
        super().__init__()
        self._folder = Path(os.path.realpath(folder))

    def read(self, path: Path, most: int = MAX_DOCUMENT) -> bytes:
        """The content of a regular file in the folder."""
        return super().read(self._check(path), most)

    def look_into(self, path: Path, most: int) -> tuple[int, bytes]:
        """The size of one, and its beginning."""
        return super().look_into(self._check(path), most)

    def _check(self, path: Path) -> Path:
        real = Path(os.path.realpath(path))
        hidden = [part for part in real.parts[len(self._folder.parts) :] if part.startswith(".")]
        if not real.is_relative_to(self._folder) or hidden:
            raise UnreadableError("what is sent may name files in the folder of --allow-edit alone, and none hidden")
        return path


def is_same(one: str | Path, path: Path) -> bool:
    """Whether a path, symbolic links followed, is another one that has none."""
    return os.path.realpath(one) == str(path)


def read_sent(mock: Parts, path: Path, text: str) -> Document:
    """What was sent for a file, with nothing wrong in it; what it names is looked for beside the file.

    Raises:
        RefusalError: 400, there are mistakes in it, with the line and the column of each.
    """
    try:
        document = read_parts(join_lines(text), str(path), LIMITS.document_values, Budget(LIMITS.document_steps))
        if document.is_cassette:
            raise RefusalError(400, "This is a cassette: such files are recorded, not edited.", _WORDS)
        reader, hooks = InsideReader(mock.settings.allow_edit), make_hooks(mock.settings, mock.gateway)
        loader = Loader(hooks, None if is_one(document) else reader)
        loader.scenario_reader = ScenarioReader(hooks, reader)
        if isinstance(document.value, dict) and "include" in document.value:
            told = "include is not taken from what is sent: write it into the file by hand"
            raise ScenarioError(Problem(document.place(("include",), key=True), told))
        loader.read_source(document)
        problems = [*loader.problems, *_find_unnamed(document)]
    except ScenarioError as error:
        problems = [*error.problems]
    except RecursionError:
        raise RefusalError(400, "This is nested too deeply.", "a few hundred levels") from None
    if problems:
        raise refuse(sorted(set(problems)), PendingFile(path, text))
    if not list_values(document):
        raise RefusalError(400, "There is no scenario in it.", _WORDS)
    return document


def check_keys(sent: Document, file: Document, name: str) -> None:
    """Only scenarios are put into a file: what else was sent must stand in it already.

    Raises:
        RefusalError: 400, there is something else.
    """
    held = file.value if isinstance(file.value, dict) else {}
    keys = () if is_one(sent) else [key for key in sent.value if key != "scenarios" and not key.startswith("x-")]
    wrong = [key for key in keys if held.get(key, _MISSING) != sent.value[key]]
    problems = [
        Problem(
            sent.place((key,), key=True),
            f"{name} has {'other' if key in held else 'no'} {key}: only scenarios are put into a file, so leave {key} "
            "out here, or edit the file itself",
        )
        for key in wrong
    ]
    if problems:
        raise refuse(problems, PendingFile(Path(file.file), ""))


def check_file(mock: Parts, pending: PendingFile) -> Mapping[str, KeptFile] | None:
    """Load the file as it will be, with all others that the server has if it is one of these.

    Returns:
        What was read of those that the server has, for when they are loaded again; None where it is none of them.

    Raises:
        RefusalError: 400, it cannot be loaded; what was wrong before in other files does not count.
    """
    paths, kept, hooks = mock.settings.fixtures, mock.fixtures.scenarios.kept, make_hooks(mock.settings, mock.gateway)
    reader = PendingReader(pending)
    found = _load(paths, hooks, reader, kept)
    is_served = any(is_same(look.path, pending.path) for look in reader.looked)
    if isinstance(found, scenarios.ScenarioSet) and is_served:
        return found.kept
    alone = _load([str(pending.path)], hooks, PendingReader(pending), NOTHING_KEPT)
    if not isinstance(alone, scenarios.ScenarioSet):
        raise refuse(alone, pending)
    if not is_served or isinstance(found, scenarios.ScenarioSet):
        return None
    before = _load(paths, hooks, FileReader(), kept)
    known = () if isinstance(before, scenarios.ScenarioSet) else before
    problems = [each for each in found if each not in known]
    if problems:
        raise refuse(problems, pending)
    return kept


def _load(
    paths: Sequence[str], hooks: scenarios.Extensions, reader: FileReader, kept: Mapping[str, KeptFile]
) -> scenarios.ScenarioSet | tuple[Problem, ...]:
    try:
        return scenarios.load(paths, hooks, reader, kept)
    except ScenarioError as error:
        return error.problems


def _find_unnamed(document: Document) -> list[Problem]:
    where = "a scenario in a file needs a name here: by its name it is found again"
    paths = [()] if is_one(document) else [("scenarios", index) for index in range(len(list_values(document)))]
    values = list_values(document)
    return [
        Problem(document.place(path), where)
        for path, value in zip(paths, values, strict=True)
        if isinstance(value, dict) and "name" not in value
    ]


def refuse(problems: Sequence[Problem], pending: PendingFile) -> RefusalError:
    """Mistakes, each with its line and column in the text that was sent, as far as it stands there."""
    rows = [_describe(problem, pending) for problem in problems]
    message = "\n".join(_word(row) for row in rows)
    return RefusalError(400, message, _WORDS, problems=rows)


def _describe(problem: Problem, pending: PendingFile) -> dict[str, Any]:
    place = problem.place
    if not is_same(place.file, pending.path):
        return {"line": None, "column": None, "message": str(problem)}
    if pending.insertions is None:
        return {"line": place.line, "column": place.column, "message": problem.message}
    for each in pending.insertions:
        if each.start < place.line <= each.end:
            cut = each.cut
            if not cut.is_own:
                return {"line": cut.line + 1, "column": None, "message": problem.message}
            line, column = cut.line + place.line - each.start, max(1, place.column - each.shift)
            return {"line": line, "column": column, "message": problem.message}
    told = f"{pending.path.name}, line {place.line}: {problem.message}"
    return {"line": None, "column": None, "message": told}


def _word(row: dict[str, Any]) -> str:
    where = ":".join(str(row[key]) for key in ("line", "column") if row[key] is not None)
    return f"{where}: {row['message']}" if where else str(row["message"])
