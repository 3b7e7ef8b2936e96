"""Reads fixture files and folders into scenarios, and reports all mistakes at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mockserver.records.budget import LIMITS, Budget
from mockserver.records.errors import Place, Problem, ScenarioError
from mockserver.scenarios.choosing import ScenarioSet
from mockserver.scenarios.defaults import read_defaults
from mockserver.scenarios.format.checking import check
from mockserver.scenarios.format.files import FILE, PATH, SCRIPTS
from mockserver.scenarios.keeping import KeptFile, can_keep, keep
from mockserver.scenarios.matching.conditions import condition
from mockserver.scenarios.models import ModelReader
from mockserver.scenarios.reading.file_reader import FileReader, UnreadableError, is_folder, is_missing, join_lines
from mockserver.scenarios.reading.node import ENOUGH_PROBLEMS, Node
from mockserver.scenarios.reading.searching import WILD
from mockserver.scenarios.reading.sizes import check_number, count_values
from mockserver.scenarios.reading.source import Document, plain, read
from mockserver.scenarios.scenario import ScenarioReader
from mockserver.scenarios.scripts import Extensions, Scenario
from mockserver.scenarios.web_search import check_search_limits, gather_search_limits

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
        raise ScenarioError(*sorted(loader.problems))
    scenarios = loader.result()
    # Built now, so that the first request does not wait for it.
    _ = scenarios.index
    return scenarios


def parse(
    document: Mapping[str, Any] | str, name: str, extensions: Extensions | None = None, *, line: int = 1
) -> tuple[Scenario, ...]:
    """The scenarios of a document that is no file: YAML or JSON text, or its content as a mapping.

    The document has the form of a file, or is one scenario. ``include`` and ``body_file`` are not followed.

    Args:
        document: the text, or a mapping.
        name: stands for the file in messages and counters.
        extensions: functions of other parts.
        line: where a mapping stands in that file.

    Raises:
        ScenarioError: there is at least one mistake; the error holds all of them.
    """
    source = _read_source(document, name, line)
    value = source.value
    loader = Loader(extensions or Extensions())
    node = Node(source, value, (), loader.problems)
    if isinstance(value, Mapping) and not value.keys() & FILE.fields.keys():
        loader.read_scenario(node, 0, {})
    else:
        loader.read_document(node)
    if loader.problems:
        raise ScenarioError(*sorted(loader.problems))
    return loader.result().scenarios


def parse_answers(
    answers: Sequence[Any] | str, script: str, name: str, extensions: Extensions | None = None, *, line: int = 1
) -> Scenario:
    """Answers for a script that there is already, as a scenario without a name that fits every request.

    Args:
        answers: YAML or JSON text that holds one answer or a list of them, or the list itself.
        script: ``calls`` or ``turns``.
        name: stands for the file in messages.
        extensions: functions of other parts.
        line: where a list stands in that file.

    Raises:
        ScenarioError: there is at least one mistake; the error holds all of them.
    """
    source, problems = _read_source(answers, name, line), list[Problem]()
    node = Node(source, source.value, (), problems)
    steps = ScenarioReader(extensions or Extensions()).read_answers(node, script)
    if problems:
        raise ScenarioError(*sorted(problems))
    return Scenario("", source.place(()), condition({}), script, steps, values=count_values(source.value))


def _read_source(document: Any, name: str, line: int) -> Document:
    most, budget = LIMITS.document_values, Budget(LIMITS.document_steps)
    if isinstance(document, str):
        return read(document, name, most, budget)
    check_number(count_values(document), name, most)
    return Document(name, plain(document), line=line, budget=budget)


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
        self.scenario_reader = ScenarioReader(extensions, reader)
        self.models = ModelReader()
        self.default_values = 0  # of the document being read: each of its scenarios holds them too

    def result(self) -> ScenarioSet:
        """The scenarios gathered, by priority, else in the order they were read."""
        by_priority = sorted(self.scenarios, key=lambda scenario: -scenario.priority)
        read = {step.file for scenario in by_priority for step in scenario.steps if step.file}
        limits = gather_search_limits(document.value for document in self.documents.values())
        files = (*map(str, self.documents), *sorted(read))
        changes, lifecycle = self.models.changes, self.models.lifecycle
        return ScenarioSet(tuple(by_priority), files, self.kept, limits, changes, lifecycle)

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
                self.waiting += [(below, included_by, False) for below in reversed(reader.list_folder(path))]
            else:
                self.add_file(reader, path)
        except UnreadableError as error:
            if included_by is None:
                self.problems.append(Problem(Place(str(path)), f"this file cannot be read: {error}"))
            else:
                included_by.complain(f"the file {path} cannot be read: {error}")
            if reader.is_spent:
                self.waiting.clear()

    def add_file(self, reader: FileReader, path: Path) -> None:
        """Load a file, unless that was done before."""
        resolved = reader.resolve(path)
        if resolved in self.documents:
            return
        content = reader.read(path)
        kept = self.earlier.get(str(path))
        if kept is not None and kept.fits(content, self.scenario_reader.names):
            self.documents[resolved], self.kept[str(path)] = kept.document, kept
            self.scenarios += kept.scenarios
            self.scenario_reader.names.update(kept.names)
            return
        try:
            document = read(join_lines(content.decode()), str(path))
        except UnicodeDecodeError as error:
            place = Place(str(path), content.count(b"\n", 0, error.start) + 1)
            byte = content[error.start]
            self.problems.append(Problem(place, f"the byte 0x{byte:02x} is no UTF-8 text: save this file as UTF-8"))
            return
        except ScenarioError as error:
            self.problems.extend(error.problems)
            return
        self.documents[resolved], before = document, (len(self.problems), len(self.scenarios))
        if document.value is not None:
            self.read_document(Node(document, document.value, (), self.problems))
        added = self.scenarios[before[1] :]
        if len(self.problems) == before[0] and can_keep(document, added):
            self.kept[str(path)] = keep(content, document, added, self.scenario_reader.names)

    def read_document(self, node: Node) -> None:
        """Load the content of a file: its own scenarios first, then those it includes."""
        if isinstance(node.value, list) or (isinstance(node.value, dict) and set(SCRIPTS) & node.value.keys()):
            node.complain('scenarios stand in a list below the key "scenarios"')
            return
        if not node.is_mapping(FILE.fields, FILE.name, prefix=FILE.prefix):
            return
        if not node.value:
            node.complain('a scenario file has the key "scenarios"')
        self.models.read(node, is_file=self.reader is not None)
        defaults = read_defaults(node)
        self.default_values = count_values(node.value["defaults"]) if defaults else 0
        for number, item in enumerate(_list_items(node, "scenarios")):
            if len(self.problems) > ENOUGH_PROBLEMS:
                return
            self.read_scenario(item, number, defaults)
        check_search_limits(node, in_file=self.reader is not None)
        included = [(path, item, True) for item in _list_items(node, "include") for path in self.find_included(item)]
        self.waiting += reversed(included)

    def read_scenario(self, node: Node, number: int, defaults: Mapping[str, Any]) -> None:
        """Load one scenario."""
        scenario = self.scenario_reader.read(node, number, defaults, self.default_values)
        if scenario is not None:
            self.scenarios.append(scenario)

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
    if key == "scenarios" and not isinstance(below.value, list):
        below.expect('a list of scenarios, each beginning with "- "')
        return
    yield from below
