"""Reads the scripts of a test: the words of a call, and scenario files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
from msgspec.structs import replace

from mockserver import scenarios
from mockserver.endpoints.compiler import Compiler
from mockserver.records.errors import Place, Problem, ScenarioError
from mockserver.scenarios.reading.file_reader import FileReader, UnreadableError, is_folder, is_missing
from mockserver.scenarios.reading.source import plain
from mockserver.serving.assembly import HOOKS
from mockserver.store import Document, Script
from mockserver.store.scripts import FILES, WORDS
from mockserver.testing.callers import find_caller

NOTHING: Mapping[str, Any] = {}
# A path, and the state of the file there.
Version = tuple[str, scenarios.Signature]


def read_words(words: Mapping[str, Any], number: int, compiler: Compiler, owner: str | None) -> Script:
    """Make a script of the words of a call in a test; its place is the line of that call.

    Args:
        words: those of a scenario; ``{"function": …}`` may stand for an answer.
        number: names the script.
        compiler: compiles it.
        owner: the session that its functions belong to, or None for all.

    Raises:
        ScenarioError: the words hold mistakes.
    """
    place = find_caller()
    named = compiler.functions.name_functions({"name": f"script {number}", **words}, owner, place)
    text = json.dumps(plain(named), default=lambda value: _to_json_value(value, place))
    (script,) = compiler.scripts(Document(WORDS, text, place.file, place.line))
    return script


def read_answers(answers: Sequence[Any], script: Script, compiler: Compiler, owner: str) -> Script:
    """Make a script of answers that a test appends; their place is the line of that call.

    Args:
        answers: as in ``calls``; ``{"function": …}`` may stand for one.
        script: the one that they are for.
        compiler: compiles it.
        owner: the session that its functions belong to.

    Raises:
        ScenarioError: the answers hold mistakes.
    """
    place = find_caller()
    named = compiler.functions.name_functions({script.kind: answers}, owner, place)
    text = json.dumps(plain(named[script.kind]), default=lambda value: _to_json_value(value, place))
    (more,) = compiler.scripts(Document(WORDS, text, place.file, place.line, script.kind, script.endpoints))
    return more


def read_files(
    paths: Sequence[str | Path],
    folders: Sequence[Path],
    compiler: Compiler,
    replay: str = "",
    match: Mapping[str, Any] = NOTHING,
) -> tuple[Script, ...]:
    """The scripts in files and folders; relative paths start at the first of ``folders`` that has them.

    Answers of cassettes are given as ``replay`` says, "": as the server's option or their files do. Keys of ``match``
    win over those of their files.

    Raises:
        ScenarioError: a file is missing or holds mistakes.
    """
    resolved = tuple(_find_path(Path(path), folders) for path in paths)
    versions = tuple(version for path in resolved for version in _read_versions(path))
    replay = replay or compiler.hooks.replay
    hooks = replace(HOOKS, replay=replay, match=match)
    loaded = scenarios.load(resolved, hooks) if match else _load_cached(resolved, versions, replay)
    # The cache does not see changes of files that others include.
    if not {file for file, *_ in versions} >= set(loaded.files):
        loaded = scenarios.load(resolved, hooks)
    if loaded.models or loaded.lifecycle or loaded.declared:
        message = "models, lifecycle and files are for the whole server: give this file to it (messages_fixtures)"
        raise ScenarioError(Problem(Place(str(paths[0])), message))
    files = [version for file in loaded.files for version in _read_versions(Path(file))]
    text = json.dumps({"paths": list(map(str, resolved)), "files": files, "replay": replay, "match": match})
    document = Document(FILES, text, "files")
    compiler.remember(document, loaded.scenarios)
    return compiler.scripts(document)


@lru_cache(maxsize=256)
def _load_cached(paths: tuple[Path, ...], _: tuple[Version, ...], replay: str) -> scenarios.ScenarioSet:
    """Load the files once for all tests that use them, and again when one has changed."""
    return scenarios.load(paths, replace(HOOKS, replay=replay))


def _read_versions(path: Path) -> Iterator[Version]:
    """The version of a file, or of each scenario file in a folder. Why one cannot be read is for loading to tell."""
    try:
        files = FileReader().list_folder(path) if is_folder(path) else [path]
    except UnreadableError:
        files = [path]
    for file in files:
        yield str(file), scenarios.sign(scenarios.Look(str(file)))


def _find_path(path: Path, folders: Sequence[Path]) -> Path:
    if path.is_absolute() or not folders:
        return path
    places = [folder / path for folder in (*folders, Path.cwd())]
    for place in places:
        if not is_missing(place):
            return place
    parents = ", ".join(dict.fromkeys(str(place.parent) for place in places))
    raise ScenarioError(Problem(Place(str(path)), f"there is no such file or folder; looked in {parents}"))


def _to_json_value(value: object, place: Place) -> Any:
    """A value that JSON does not know, such as a date, as it would be sent.

    Raises:
        ScenarioError: it cannot be sent.
    """
    try:
        return orjson.loads(orjson.dumps(value))
    except orjson.JSONEncodeError as error:
        raise ScenarioError(
            Problem(place, f"a value of the type {type(value).__name__} cannot be sent as JSON")
        ) from error
