"""Finds cassettes in files and folders, also in folders below, without loading their scenarios."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from mockserver.recordings.cassette import Cassette
from mockserver.records.config_names import is_passed_over
from mockserver.records.errors import Place, Problem, ScenarioError
from mockserver.scenarios.cassettes import read_cassette
from mockserver.scenarios.reading.content import read_content
from mockserver.scenarios.reading.file_reader import SUFFIXES, FileReader, UnreadableError, is_folder
from mockserver.scenarios.reading.node import Node

_IS_CASSETTE = re.compile(rb"""^["']?cassette["']?\s*:|^\s*\{\s*"cassette"\s*:""", re.MULTILINE)
# How deep folders are looked into, and the files of one.
_DEEPEST, _MOST = 16, 10_000


def find_cassettes(paths: Sequence[Path]) -> list[Cassette]:
    """The cassettes among files, and below folders, in name order.

    Raises:
        ScenarioError: one has mistakes, or a path cannot be read.
    """
    problems: list[Problem] = []
    cassettes = [each for path in list_files(paths, problems) if (each := _read(path, problems)) is not None]
    if problems:
        raise ScenarioError(*sorted(set(problems)))
    return cassettes


def find_below(folder: Path) -> list[Path]:
    """The cassettes in the folders below a folder: tests that are recorded have one each, and load no other."""
    files = islice((file for file in _walk(folder) if file.parent != folder), _MOST)
    return [file for file in files if _is_cassette(file)]


def _is_cassette(path: Path) -> bool:
    try:
        return _IS_CASSETTE.search(FileReader().read(path)) is not None
    except UnreadableError:
        return False


def list_files(paths: Sequence[Path], problems: list[Problem]) -> list[Path]:
    """The scenario files among paths, and below folders; what cannot be read is noted."""
    found: dict[str, Path] = {}
    for path in paths:
        for file in _list_below(path, problems):
            found.setdefault(os.path.realpath(file), file)
    return list(found.values())


def _list_below(path: Path, problems: list[Problem]) -> list[Path]:
    try:
        return list(islice(_walk(path), _MOST)) if is_folder(path) else [path]
    except UnreadableError as error:
        problems.append(Problem(Place(str(path)), f"this folder cannot be read: {error}"))
        return []


def _walk(folder: Path) -> Iterator[Path]:
    depth = len(folder.parts)
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if len(Path(parent).parts) - depth >= _DEEPEST:
            folders.clear()
        yield from (
            Path(parent) / name for name in sorted(names) if name.endswith(SUFFIXES) and not is_passed_over(name)
        )


def _read(path: Path, problems: list[Problem]) -> Cassette | None:
    reader = FileReader()
    try:
        content = reader.read(path)
        if not _IS_CASSETTE.search(content):
            return None
        document = read_content(path, content)
    except UnreadableError as error:
        problems.append(Problem(Place(str(path)), f"this file cannot be read: {error}"))
        return None
    except ScenarioError as error:
        problems.extend(error.problems)
        return None
    return read_cassette(Node(document, document.value, (), problems), reader)
