"""Reads fixture files and folders into scenarios, and reports all mistakes at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from mockserver.recordings import side_file
from mockserver.recordings.cassette import Cassette
from mockserver.records.config_names import CONFIG
from mockserver.records.errors import Place, Problem, ScenarioError
from mockserver.scenarios.batches import check_batches, gather_batches
from mockserver.scenarios.cassettes import read_cassette
from mockserver.scenarios.choosing import ScenarioSet
from mockserver.scenarios.declared import DeclarationReader
from mockserver.scenarios.defaults import read_defaults
from mockserver.scenarios.format.checking import check
from mockserver.scenarios.format.files import FILE, PATH, SCRIPTS
from mockserver.scenarios.format.kinds import find_misspelt
from mockserver.scenarios.keeping import KeptFile, can_keep, keep
from mockserver.scenarios.models import ModelReader
from mockserver.scenarios.reading.content import read_content
from mockserver.scenarios.reading.file_reader import FileReader, UnreadableError, is_folder, is_missing
from mockserver.scenarios.reading.lines import is_within
from mockserver.scenarios.reading.node import ENOUGH_PROBLEMS, Node
from mockserver.scenarios.reading.python_file import is_python
from mockserver.scenarios.reading.searching import WILD
from mockserver.scenarios.reading.sizes import count_values
from mockserver.scenarios.reading.soundness import list_sound
from mockserver.scenarios.reading.source import Document, KeyPath
from mockserver.scenarios.scenario import ScenarioReader
from mockserver.scenarios.scripts import Extensions, Scenario
from mockserver.scenarios.web_search import check_search_limits, gather_search_limits

_SCENARIOS = re.compile(rb"""^["']?scenarios["']?\s*:""", re.MULTILINE)
_CONFIG_NAMED = f"a file named {CONFIG} holds the options of the server, so give scenario files another name"
NOTHING_KEPT: Mapping[str, KeptFile] = {}


def load(
    paths: Sequence[str | Path],
    extensions: Extensions | None = None,
    reader: FileReader | None = None,
    earlier: Mapping[str, KeptFile] = NOTHING_KEPT,
) -> ScenarioSet:
    """Load fixture files, and folders of them (in name order, without their subfolders).

    Args:
        paths: the files and folders.
        extensions: functions of other parts.
        reader: reads the files, and knows afterwards what was looked at, also when loading failed.
        earlier: what was kept of files when they were loaded before, with the same extensions.

    Raises:
        ScenarioError: there is at least one mistake; the error holds all of them.
    """
    loader = Loader(extensions or Extensions(), reader or FileReader(), earlier)
    for path in paths:
        loader.add(Path(path))
    if loader.problems:
        raise ScenarioError(*sorted(set(loader.problems)))
    scenarios = loader.result()
    # Built now, so that the first request does not wait for it.
    _ = scenarios.index
    return scenarios


class Loader:
    """Gathers the scenarios of files, and the problems found on the way.

    Args:
        extensions: functions of other parts.
        reader: reads files; None when a document may name none.
        earlier: what was kept of files when they were loaded before.
    """

    def __init__(
        self,
        extensions: Extensions,
        reader: FileReader | None = None,
        earlier: Mapping[str, KeptFile] = NOTHING_KEPT,
    ) -> None:
        self.extensions = extensions
        self.reader = reader
        self.earlier = earlier
        self.kept: dict[str, KeptFile] = {}
        # What is still to be loaded, the next one last: each path, the node that included it, and whether it may be a
        # folder. No recursion: files may include one another in a long row.
        self.waiting: list[tuple[Path, Node | None, bool]] = []
        self.problems: list[Problem] = []
        self.documents: dict[Path, Document] = {}
        self.scenarios: list[Scenario] = []
        # Those in which there are no mistakes.
        self.sound: list[Scenario] = []
        self.scenario_reader = ScenarioReader(extensions, reader)
        self.models = ModelReader()
        self.declarations = DeclarationReader()
        self.cassettes: list[Cassette] = []
        # Of the document being read: how many values its defaults are, which each of its scenarios holds too, whether
        # they are without mistakes, and where its scenarios stand.
        self.default_values = 0
        self.has_defaults = True
        self.paths: list[KeyPath] = []

    @property
    def warnings(self) -> list[Problem]:
        """What the texts of files may not mean, and is no mistake for sure."""
        return [each for read in self.documents.values() for each in read.problems if each.level == "warning"]

    def result(self) -> ScenarioSet:
        """The scenarios gathered, by priority, else in the order they were read."""
        by_priority = sorted(self.scenarios, key=lambda scenario: -scenario.priority)
        read = {file for scenario in by_priority for step in scenario.steps for file in step.files}
        limits = gather_search_limits(document.value for document in self.documents.values())
        files = (*map(str, self.documents), *sorted(read), *(file for each in self.cassettes for file in each.files))
        changes, lifecycle = self.models.changes, self.models.lifecycle
        declared = self.declarations.declared
        batches = gather_batches(document.value for document in self.documents.values())
        return ScenarioSet(
            tuple(by_priority), files, self.kept, limits, changes, lifecycle, declared, batches, (*self.cassettes,)
        )

    def add(self, path: Path) -> None:
        """Load a file or a folder, and what it includes."""
        if self.reader is None:
            raise TypeError("this loader has no reader of files")
        self.waiting.append((path, None, True))
        while self.waiting:
            self.add_next(self.reader, *self.waiting.pop())

    def add_next(self, reader: FileReader, path: Path, included_by: Node | None, may_be_folder: bool) -> None:
        """Load a file; of a folder, note the files. One that cannot be read is told at the line that includes it."""
        try:
            if may_be_folder and is_folder(path):
                self.check_config(reader, path / CONFIG)
                self.waiting += [(below, included_by, False) for below in reversed(reader.list_folder(path))]
            elif included_by is not None and is_python(path):
                included_by.complain(f"{path} is a program: give it to the server by its own name, not by include")
            else:
                self.add_file(reader, path)
        except UnreadableError as error:
            if included_by is None:
                self.problems.append(Problem(Place(str(path)), f"this file cannot be read: {error}"))
            else:
                included_by.complain(f"the file {path} cannot be read: {error}")
            if reader.is_spent:
                self.waiting.clear()

    def check_config(self, reader: FileReader, path: Path) -> None:
        """Complain about a config file in a folder if it holds scenarios, which nobody would hear of."""
        if not is_missing(path) and _SCENARIOS.search(reader.read(path)):
            self.problems.append(Problem(Place(str(path)), f"{_CONFIG_NAMED}; this one holds scenarios"))

    def add_file(self, reader: FileReader, path: Path) -> None:
        """Load a file, unless that was done before."""
        if path.name == CONFIG:
            self.problems.append(Problem(Place(str(path)), f"{_CONFIG_NAMED}; --config reads it"))
            return
        if path.name.endswith(side_file.SUFFIX):
            name = path.name.removesuffix(side_file.SUFFIX)
            message = f"this is the side file of a cassette, and holds no scenarios: give {name}.yaml, which names it"
            self.problems.append(Problem(Place(str(path)), message))
            return
        resolved = reader.resolve(path)
        if resolved in self.documents:
            return
        content = reader.read(path)
        kept = self.earlier.get(str(path))
        if kept is not None and kept.fits(content, self.scenario_reader.names):
            self.documents[resolved], self.kept[str(path)] = kept.document, kept
            self.scenarios += kept.scenarios
            self.sound += kept.scenarios
            self.scenario_reader.names.update(kept.names)
            return
        try:
            document = read_content(path, content)
        except ScenarioError as error:
            self.problems.extend(error.problems)
            return
        self.documents[resolved], before = document, (len(self.problems), len(self.scenarios))
        if document.value is not None or document.problems:
            self.read_source(document)
        added = self.scenarios[before[1] :]
        if len(self.problems) == before[0] and can_keep(document, added):
            self.kept[str(path)] = keep(content, document, added, self.scenario_reader.names)

    def read_source(self, source: Document) -> None:
        """Load a document: one of the form of a file, or where no files are read one scenario."""
        node = Node(source, source.value, (), self.problems)
        cassette = read_cassette(node, self.reader, self.extensions.replay, self.extensions.match)
        if cassette is not None:
            self.cassettes.append(cassette)
            source = replace(source, cassette=cassette)
            node = Node(source, source.value, (), self.problems)
        before, first, self.paths, self.has_defaults = len(self.problems), len(self.scenarios), [], True
        if self.reader is None and isinstance(node.value, dict) and not node.value.keys() & FILE.fields.keys():
            self.read_scenario(node, 0, {})
        else:
            self.read_document(node)
        # Of what was read as something else than it was meant, enough is said.
        problems = [each for each in self.problems[before:] if not is_within(each, source.unread)]
        self.problems[before:] = [*problems, *(each for each in source.problems if each.level == "error")]
        if self.has_defaults:
            read = zip(self.scenarios[first:], self.paths, strict=True)
            self.sound += list_sound(source, read, self.problems[before:])

    def read_document(self, node: Node) -> None:
        """Load the content of a file: its own scenarios first, then those it includes."""
        if isinstance(node.value, dict) and "interactions" in node.value:
            node.at("interactions").complain(
                "this is a recording of vcr: `mockserver import` makes a cassette of it", key=True
            )
            return
        rest = self.read_strays(node)
        if rest is None or not rest.is_mapping(FILE.fields, FILE.name, prefix=FILE.prefix):
            return
        node = rest
        if not node.value:
            node.complain('a scenario file has the key "scenarios"')
        self.models.read(node, is_file=self.reader is not None)
        self.declarations.read(node, self.reader)
        # A mistake in a name hides none below it.
        keys = {name: key for key, name in find_misspelt(node, FILE.fields).items()}
        defaults = self.read_defaults(node, keys.get("defaults", "defaults"))
        for number, item in enumerate(_list_items(node, keys.get("scenarios", "scenarios"))):
            if len(self.problems) > ENOUGH_PROBLEMS:
                return
            self.read_scenario(item, number, defaults)
        if "tool_schemas" in node.value:
            check(FILE.fields["tool_schemas"].spec, node.at("tool_schemas"))
        check_search_limits(node, in_file=self.reader is not None)
        check_batches(node, in_file=self.reader is not None)
        included = [(path, item, True) for item in _list_items(node, "include") for path in self.find_included(item)]
        self.waiting += reversed(included)

    def read_defaults(self, node: Node, key: str) -> Mapping[str, Any]:
        """What a document gives to all of its scenarios; nothing when there are mistakes in it."""
        before = len(self.problems)
        defaults = read_defaults(node, key)
        self.default_values = count_values(node.value[key]) if defaults else 0
        self.has_defaults = len(self.problems) == before
        return defaults

    def read_strays(self, node: Node) -> Node | None:
        """Read scenarios that stand where the keys of a file belong. Returns what else there is, None for nothing."""
        value = node.value
        if isinstance(value, list):
            strays, rest = [item for item in node if isinstance(item.value, dict)], {}
        elif isinstance(value, dict) and set(SCRIPTS) & value.keys():
            rest = {key: below for key, below in value.items() if key in FILE.fields or key.startswith(FILE.prefix)}
            strays = [node.with_value({key: below for key, below in value.items() if key not in rest})]
        else:
            return node
        node.complain('scenarios stand in a list below the key "scenarios"')
        for number, stray in enumerate(strays):
            self.read_scenario(stray, number, {})
        return node.with_value(rest) if rest else None

    def read_scenario(self, node: Node, number: int, defaults: Mapping[str, Any]) -> None:
        """Load one scenario."""
        scenario = self.scenario_reader.read(node, number, defaults, self.default_values)
        if scenario is not None:
            self.scenarios.append(scenario)
            self.paths.append(node.path)

    def find_included(self, node: Node) -> Sequence[Path]:
        """The files an ``include`` names; a folder or a glob stands for several."""
        if self.reader is None:
            node.complain("include works in fixture files only")
            return ()
        if not check(PATH, node):
            return ()
        folder = Path(node.document.file).parent
        try:
            paths = self.reader.find(folder, node.value) if set(node.value) & WILD else [folder / node.value]
        except UnreadableError as error:
            node.complain(f"the files of this pattern cannot be read: {error}")
            return ()
        for path in paths:
            self.reader.note(path)
        if all(map(is_missing, paths)):
            node.complain(f"there is no file {node.value} beside this one")
            return ()
        return paths


def _list_items(node: Node, key: str) -> Iterator[Node]:
    if key not in node.value or node.value[key] is None:
        return
    below = node.at(key)
    if key != "include" and not isinstance(below.value, list):
        below.expect('a list of scenarios, each beginning with "- "')
        return
    yield from below
