"""Reads fixture files and folders into scenarios, and tells every mistake at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mockserver.records.errors import Place, Problem, ScenarioError
from mockserver.scenarios.answering.answers import read_entry
from mockserver.scenarios.answering.forms import check_form
from mockserver.scenarios.answering.templates import compile_all
from mockserver.scenarios.choosing import ScenarioSet
from mockserver.scenarios.matching.conditions import read_condition
from mockserver.scenarios.reading.paces import read_pace
from mockserver.scenarios.reading.source import Document, plain, read
from mockserver.scenarios.reading.spot import Spot, excerpt
from mockserver.scenarios.scripts import Entry, Hooks, Scenario

SUFFIXES = (".yaml", ".yml", ".json")
TOP = ("scenarios", "include", "defaults", "tool_schemas")
SCENARIO = ("name", "when", "reply", "turns", "calls", "priority", "description")
SCRIPTS = ("reply", "turns", "calls")
DEFAULTS = ("when", "answer", "priority")
DEFAULT_ANSWER = ("headers", "usage", "model", "container", "extra", "pace")


def load(paths: Sequence[str | Path], hooks: Hooks | None = None) -> ScenarioSet:
    """Load fixture files, and folders of them (in name order, without their subfolders).

    Raises:
        ScenarioError: there is at least one mistake; the error holds all of them.
    """
    found = Loader(hooks or Hooks())
    for path in paths:
        found.add(Path(path))
    if found.problems:
        raise ScenarioError(*sorted(found.problems))
    loaded = found.result()
    # Made now, lest the first request wait for it.
    _ = loaded.index
    return loaded


def parse(
    document: Mapping[str, Any] | str, name: str, hooks: Hooks | None = None, *, line: int = 1
) -> tuple[Scenario, ...]:
    """The scenarios of a document that is no file: YAML or JSON text, or what such a text would hold.

    Besides the form of a file, one scenario alone will do. ``include`` and ``body_file`` are not followed.

    Args:
        document: the text, or a mapping.
        name: stands for the file in messages and counters.
        hooks: what other parts know.
        line: where a mapping stands in that file.

    Raises:
        ScenarioError: there is at least one mistake; the error holds all of them.
    """
    source = read(document, name) if isinstance(document, str) else Document(name, plain(document), line=line)
    value = source.value
    found = Loader(hooks or Hooks(), files=False)
    spot = Spot(source, value, (), found.problems)
    if isinstance(value, Mapping) and not value.keys() & {*TOP}:
        found.scenario(spot, 0, {})
    else:
        found.document(spot)
    if found.problems:
        raise ScenarioError(*sorted(found.problems))
    return found.result().scenarios


class Loader:
    """Gathers the scenarios of files, and the problems found on the way."""

    def __init__(self, hooks: Hooks, *, files: bool = True) -> None:
        self.hooks = hooks
        self.files = files
        self.problems: list[Problem] = []
        self.documents: dict[Path, Document] = {}
        self.scenarios: list[Scenario] = []
        self.names: dict[str, Place] = {}

    def result(self) -> ScenarioSet:
        """What was gathered, by priority, else in the order given."""
        ordered = sorted(self.scenarios, key=lambda scenario: -scenario.priority)
        read = {entry.file for scenario in ordered for entry in scenario.entries if entry.file}
        return ScenarioSet(tuple(ordered), (*map(str, self.documents), *sorted(read)))

    def add(self, path: Path) -> None:
        """Load a file or a folder."""
        if path.is_dir():
            for below in sorted(path.iterdir()):
                if below.suffix in SUFFIXES and not below.name.startswith("."):
                    self.file(below)
        else:
            self.file(path)

    def file(self, path: Path) -> None:
        """Load a file, unless that was done before."""
        known = path.resolve()
        if known in self.documents:
            return
        try:
            document = read(path.read_text("utf-8"), str(path))
        except OSError as error:
            self.problems.append(Problem(Place(str(path)), f"this file cannot be read: {error.strerror}"))
            return
        except UnicodeDecodeError as error:
            place = Place(str(path), error.object.count(b"\n", 0, error.start) + 1)
            byte = error.object[error.start]
            self.problems.append(Problem(place, f"the byte 0x{byte:02x} is no UTF-8 text: save this file as UTF-8"))
            return
        except ScenarioError as error:
            self.problems.extend(error.problems)
            return
        self.documents[known] = document
        if document.value is not None:
            self.document(Spot(document, document.value, (), self.problems))

    def document(self, spot: Spot) -> None:
        """Load the content of a file: its own scenarios first, then those it includes."""
        keys = (
            (*TOP, *(key for key in spot.value if str(key).startswith("x-"))) if isinstance(spot.value, dict) else TOP
        )
        if isinstance(spot.value, list) or (isinstance(spot.value, dict) and set(SCRIPTS) & spot.value.keys()):
            spot.complain('scenarios stand in a list below the key "scenarios"')
            return
        if not spot.is_mapping(keys, "a scenario file"):
            return
        if not spot.value:
            spot.complain('a scenario file has the key "scenarios"')
        defaults = self.defaults(spot)
        for number, item in enumerate(_listed(spot, "scenarios")):
            self.scenario(item, number, defaults)
        for item in _listed(spot, "include"):
            self.include(item)

    def include(self, spot: Spot) -> None:
        """Load the files an ``include`` names; a folder or a glob stands for several."""
        if not self.files:
            spot.complain("include works in fixture files only")
            return
        if not isinstance(spot.value, str):
            spot.expect("a path")
            return
        folder = Path(spot.document.file).parent
        found = sorted(folder.glob(spot.value)) if set(spot.value) & set("*?[") else [folder / spot.value]
        if not any(path.exists() for path in found):
            spot.complain(f"there is no file {spot.value} beside this one")
            return
        for path in found:
            self.add(path)

    def defaults(self, spot: Spot) -> Mapping[str, Any]:
        """What ``defaults`` gives to every scenario of its file: ``when``, ``answer`` and ``priority``."""
        if "defaults" not in spot.value:
            return {}
        at, before = spot.at("defaults"), len(spot.problems)
        if not at.is_mapping(DEFAULTS, "defaults"):
            return {}
        given = dict(at.value)
        if "answer" in given:
            answer = at.at("answer")
            if answer.is_mapping(DEFAULT_ANSWER, "defaults.answer"):
                check_form(answer)
                given["answer"] = {
                    key: read_pace(below) if key == "pace" else compile_all(below) for key, below in answer.items()
                }
        if "when" in given:
            read_condition(at.at("when"))
        if "priority" in given:
            _whole(at.at("priority"))
        # What is wrong was said here, and need not be said again of every scenario.
        return given if len(spot.problems) == before else {}

    def scenario(self, spot: Spot, number: int, defaults: Mapping[str, Any]) -> None:
        """Read one scenario."""
        if not spot.is_mapping(SCENARIO, "a scenario"):
            return
        name = self.name(spot, number)
        scripts = [key for key in SCRIPTS if key in spot.value]
        if len(scripts) != 1:
            given = f"has both {' and '.join(scripts)}" if scripts else "says nothing"
            spot.complain(f"scenario {name} {given}: it needs one of reply, turns or calls")
            return
        condition = read_condition(_merged(spot, "when", defaults.get("when") or {}))
        place = spot.document.place(spot.path)
        # Higher ones are tried first.
        priority = _whole(spot.at("priority")) if "priority" in spot.value else defaults.get("priority", 0)
        entries = self.entries(spot.at(scripts[0]), scripts[0], defaults.get("answer") or {})
        self.scenarios.append(Scenario(name, place, condition, scripts[0], entries, priority))

    def name(self, spot: Spot, number: int) -> str:
        """The scenario's name; one without is called after its file."""
        if "name" not in spot.value:
            return f"{Path(spot.document.file).stem} #{number + 1}"
        name = spot.value["name"]
        if not isinstance(name, str):
            spot.at("name").expect("a text")
            return str(name)
        if name in self.names:
            spot.at("name").complain(f'there is another scenario "{name}" at {self.names[name]}')
        self.names.setdefault(name, spot.document.place(spot.path))
        return name

    def entries(self, spot: Spot, script: str, defaults: Mapping[str, Any]) -> tuple[Entry, ...]:
        """The entries of a script."""
        if script == "reply":
            return (self.entry(spot, defaults, always=True),)
        if not isinstance(spot.value, list) or not spot.value:
            meant = f", such as [{excerpt(spot.value)}]" if isinstance(spot.value, str) else ""
            spot.expect(f"a list of answers{meant}")
            return ()
        return tuple(self.entry(item, defaults, always=False) for item in spot)

    def entry(self, spot: Spot, defaults: Mapping[str, Any], *, always: bool) -> Entry:
        """One entry of a script."""
        return read_entry(spot, self.hooks, defaults=defaults, files=self.files, always=always)


def _listed(spot: Spot, key: str) -> Iterator[Spot]:
    if key not in spot.value or spot.value[key] is None:
        return
    below = spot.at(key)
    if key == "scenarios" and not isinstance(below.value, list):
        below.expect('a list of scenarios, each beginning with "- "')
        return
    yield from below


def _whole(spot: Spot) -> int:
    if isinstance(spot.value, bool) or not isinstance(spot.value, int):
        spot.expect("a whole number")
        return 0
    return spot.value


def _merged(spot: Spot, key: str, defaults: Mapping[str, Any]) -> Spot:
    """The mapping at a key, filled up from the file's defaults."""
    below = spot.at(key) if key in spot.value else Spot(spot.document, {}, (*spot.path, key), spot.problems)
    if isinstance(below.value, dict) and isinstance(defaults, Mapping):
        return below.with_value({**defaults, **below.value})
    return below
