"""Makes cassettes of files in which others keep exchanges with the API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from mockserver.cassettes.conversations import Conversations
from mockserver.cassettes.drafts import Draft
from mockserver.cassettes.emitting import emit
from mockserver.cassettes.files import replace_file
from mockserver.cassettes.folder import API
from mockserver.cassettes.formats.form import Reading, UnknownFormatError
from mockserver.cassettes.formats.parsing import read_file
from mockserver.cassettes.formats.table import read_data
from mockserver.cassettes.formats.vcr import VCR
from mockserver.cassettes.naming import make_slug
from mockserver.endpoints.parts import Parts
from mockserver.recordings.cassette import Match
from mockserver.recordings.redacting import make_rules, redact, redact_body
from mockserver.recordings.side_file import SUFFIX
from mockserver.records.exchanges import RecordedExchange


class Made(Struct, frozen=True):
    """A file that was made, or would be. ``exact`` names the turns given only as recorded, with reasons."""

    path: Path
    turns: int
    exact: tuple[tuple[str, str], ...] = ()


class Import(Struct, frozen=True):
    """What became of a file. ``error`` says why it could not be read or its cassettes not be written; "": they were."""

    source: Path
    reading: Reading = Reading("")
    made: tuple[Made, ...] = ()
    error: str = ""
    is_named: bool = True

    @property
    def is_whole(self) -> bool:
        """Whether all that the API was asked is there now. A file in a folder need not be one of exchanges."""
        return not self.reading.broken and not (self.error and (self.is_named or self.reading.format))


def read_source(source: Path) -> Reading:
    """What a file holds.

    Raises:
        UnknownFormatError: it cannot be read, or has none of the forms.
    """
    return read_data(read_file(source), source.parent)


def find_sources(files: Sequence[Path], to: Path | None = None) -> Iterator[tuple[Path, bool]]:
    """The files to read, each once, and whether it was named: else it was found in a folder.

    Hidden files, links and what is below ``to`` are not looked for.
    """
    made, seen = to and to.resolve(), set[Path]()
    for file in files:
        is_named = not file.is_dir()
        for path in [file] if is_named else _search(file):
            real = path.resolve()
            if real not in seen and (is_named or made not in real.parents):
                seen.add(real)
                yield path, is_named


def _search(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        is_hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        # The exchanges of a cassette are read with it.
        if path.is_file() and not (path.is_symlink() or is_hidden or path.name.endswith(SUFFIX)):
            yield path


class _Rules(Struct, frozen=True):
    """The scenario file of entries that are rules already, and no exchanges."""

    path: Path
    scenarios: Sequence[Mapping[str, Any]]

    def write(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(self.path, f"scenarios:\n{emit(self.scenarios, 2)}".encode())


class Importer:
    """Imports files, one after the other, each into cassettes with names of its own.

    Args:
        to: the folder of the cassettes.
        parts: those of a server, whose engine proves the words of the answers.
        match: how requests will be held against the recorded ones, with what is redacted.
        replaces: whether a cassette that is there is written anew; else it stays, and its import fails.
        writes: whether anything is written.

    Raises:
        ValueError: an expression of ``match.redact`` is none.
    """

    def __init__(
        self, to: Path, parts: Parts, match: Match | None = None, *, replaces: bool = False, writes: bool = True
    ) -> None:
        self.to = Path(to)
        self.parts = parts
        self.match = match or Match()
        self.rules = make_rules(self.match.redact)
        self.replaces = replaces
        self.writes = writes
        self._taken: set[str] = set()

    def import_file(self, source: Path, *, is_named: bool = True) -> Import:
        """Import a file."""
        try:
            reading = read_source(source)
        except UnknownFormatError as error:
            return Import(source, error=str(error), is_named=is_named)
        return self.take(source, reading, is_named=is_named)

    def take(self, source: Path, reading: Reading, *, is_named: bool = True) -> Import:
        """Import what was read of a source."""
        try:
            files: list[Draft | _Rules] = [*self._draft(source, reading), *self._list_rules(source, reading)]
            made = tuple(map(_describe, files))
            if there := [each.path for each in files if each.path.exists() and not self.replaces]:
                error = f"{there[0]} is there already: remove it, or give --replace"
                return Import(source, reading, made, error, is_named)
            for file in files if self.writes else ():
                file.write()
        except (OSError, ValueError) as error:
            return Import(source, reading, (), f"its cassettes cannot be written: {error}", is_named)
        return Import(source, reading, made, "", is_named)

    def _draft(self, source: Path, reading: Reading) -> Iterator[Draft]:
        groups = _group(reading, self.match)
        for key, exchanges in groups.items():
            name = self._choose_name(source, key if len(groups) > 1 else "")
            draft = Draft(self.to / f"{name}.yaml", self.parts, match=self.match)
            for exchange in exchanges:
                draft.add(redact(exchange, self.rules))
            yield draft

    def _list_rules(self, source: Path, reading: Reading) -> Iterator[_Rules]:
        if reading.scenarios:
            scenarios = [redact_body(each, self.rules) for each in reading.scenarios]
            yield _Rules(self.to / f"{self._choose_name(source, '')}.yaml", scenarios)

    def _choose_name(self, source: Path, part: str) -> str:
        """A name that no other cassette of this import has: the file's, with its folder's where need be."""
        stem = source.name.removesuffix(SUFFIX)
        stem = stem if stem != source.name else source.stem
        tail = f"-{part}" if part else ""
        name = (make_slug(stem) or "cassette") + tail
        if name in self._taken:
            name = (make_slug(f"{source.parent.name} {stem}") or "cassette") + tail
        plain, number = name, 2
        while name in self._taken:
            name, number = f"{plain}-{number}", number + 1
        self._taken.add(name)
        return name


def _group(reading: Reading, match: Match) -> dict[str, list[RecordedExchange]]:
    """The exchanges of each cassette: a cassette of others is one of ours; of anything else, each conversation is."""
    if reading.format == VCR.name:
        return {"": [*reading.exchanges]} if reading.exchanges else {}
    conversations, groups = Conversations(match), dict[str, list[RecordedExchange]]()
    for exchange in reading.exchanges:
        key = conversations.find(exchange)
        if key is None:
            title = conversations.read_title(exchange)
            key = API if title is None else str(len(groups.keys() - {API}) + 1)
        conversations.add(exchange, key)
        groups.setdefault(key, []).append(exchange)
    return groups


def _describe(file: Draft | _Rules) -> Made:
    if isinstance(file, _Rules):
        return Made(file.path, len(file.scenarios))
    notes = [(f"{file.path.stem}-{number}", turn.note) for number, turn in enumerate(file.turns, 1) if turn.note]
    return Made(file.path, len(file.turns), tuple(notes))
