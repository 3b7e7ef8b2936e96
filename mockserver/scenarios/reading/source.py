"""Reads YAML and JSON text into plain values, and remembers where each one stood."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from math import inf, isfinite
from typing import Any

from msgspec import Struct, field

from mockserver.records.budget import LIMITS, Budget, OverBudgetError
from mockserver.records.depth import DEEPEST
from mockserver.records.errors import Place, Problem, ScenarioError
from mockserver.records.masks import HIDDEN
from mockserver.scenarios.reading.children import Children, Found, YamlNode, find_merged, list_children
from mockserver.scenarios.reading.hints import hint
from mockserver.scenarios.reading.sizes import TOO_DEEP, check_depth, check_number, check_text

KeyPath = tuple[str | int, ...]
# Stands for a value that is still being read.
_OPEN = object()
# Values that the aliases of a file may repeat: they are read once, but checked and compiled at each place.
_MOST_REPEATED = 100_000

# Plain scalars mean what YAML 1.2 says, so that "no" stays a text and 12:30 is not 750: each kind, its pattern, and its
# possible beginnings.
_PLAIN = (
    ("null", r"(?:~|null|Null|NULL|)\Z", ("~", "n", "N", "")),
    ("bool", r"(?:true|True|TRUE|false|False|FALSE)\Z", "tTfF"),
    ("int", r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\Z", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z", "-+0123456789."),
    ("float", r"(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z", "-+."),
    ("merge", r"<<\Z", "<"),
)
_TAG = "tag:yaml.org,2002:"


class Document(Struct, frozen=True):
    """A parsed file. ``value`` is its plain content; ``root`` its YAML nodes, None for a document given in Python, on
    ``line``, its scenarios on ``lines``. ``budget`` counts what compiling it takes; None for files: any time."""

    file: str
    value: Any
    root: YamlNode | None = None
    line: int = 1
    budget: Budget | None = None
    lines: tuple[int, ...] = ()
    # What is below the mappings in which a place was sought, by the ids of their nodes.
    _below: dict[int, Children] = field(default_factory=dict)

    def place(self, path: KeyPath, *, key: bool = False) -> Place:
        """The place of the value at ``path``, or with ``key`` of its key; if it has none, the nearest known place."""
        node = name_node = self.root
        for part in path:
            below, name_node = self._find_child(node, part)
            if below is None:
                name_node = node
                break
            node = below
        node = name_node if key else node
        if node is None:
            lines = dict[str | int, int](enumerate(self.lines)) if path[:1] == ("scenarios",) else {}
            return Place(self.file, lines.get(path[1], self.line) if path[1:] else self.line)
        return Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def charge(self, path: KeyPath, steps: int) -> None:
        """Count steps to compile what stands at ``path``.

        Raises:
            ScenarioError: these are too many for a document that was sent to a running server.
        """
        try:
            if self.budget is not None:
                self.budget.take_steps(steps)
        except OverBudgetError as error:
            message = (
                f"the placeholders and patterns up to here take more than {LIMITS.document_steps:,} steps to compile: "
                "send the scenarios in several parts, or load them from a file"
            )
            raise ScenarioError(Problem(self.place(path), message)) from error

    def _find_child(self, node: YamlNode, key: str | int) -> Found:
        """The value below ``node`` at ``key``, and the node that names it (its key, or itself in a list)."""
        if node is None or node.id == "scalar":
            return None, None
        if node.id == "sequence":
            item = node.value[key] if isinstance(key, int) and key < len(node.value) else None
            return item, item
        if id(node) not in self._below:
            self._below[id(node)] = list_children(node)
        return self._below[id(node)].get(key, (None, None))


def read(text: str, file: str, most: float = inf, budget: Budget | None = None) -> Document:
    """Parse ``text``, YAML or JSON.

    Args:
        text: the text.
        file: the name of its file, for messages.
        most: how many values it may hold.
        budget: counts the steps to compile it.

    Raises:
        ScenarioError: the text is no YAML, repeats a key, holds a value that JSON does not have, or too many values.
    """
    import yaml  # only servers with fixtures need it

    try:
        check_text(text, _build_loader(), file, most)
        check_depth(text, _build_loader(), file)
        root = _build_loader()(text).get_single_node()
        builder = _Builder(file)
        value = None if root is None else builder.build(root)
    except yaml.MarkedYAMLError as error:
        raise ScenarioError(_describe_error(error, text, file)) from error
    except yaml.reader.ReaderError as error:
        raise ScenarioError(_describe_character(error, text, file)) from error
    if builder.problems:
        raise ScenarioError(*builder.problems)
    # With those that aliases repeat.
    check_number(builder.count, file, most)
    return Document(file, value, root, budget=budget)


def plain(value: Any) -> Any:
    """A value given in Python, as YAML would give it."""
    if isinstance(value, Mapping):
        return {str(key): plain(below) for key, below in value.items()}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


def _describe_character(error: Any, text: str, file: str) -> Problem:
    """The complaint about a character that YAML does not allow. Its position is counted in bytes or in characters."""
    character = chr(error.character) if isinstance(error.character, int) else str(error.character)
    place = Place(file, text.count("\n", 0, max(text.find(character), 0)) + 1)
    return Problem(place, f"this is not YAML: {character!a} cannot stand in it")


def _describe_error(error: Any, text: str, file: str) -> Problem:
    """The parser's complaint, with a hint at the solution."""
    mark, context = error.problem_mark or error.context_mark, error.context_mark
    if "nesting depth" in (error.problem or ""):
        # The bound of newer versions: brackets are read far ahead, so it is met before ours.
        return Problem(Place(file), TOO_DEEP)
    words = f"{error.problem} ({error.context} that began on line {context.line + 1})" if context else error.problem
    lines = text.splitlines()
    line = lines[mark.line] if mark and mark.line < len(lines) else ""
    help_ = hint(words, line[mark.column : mark.column + 1] if mark else "")
    if "quoted scalar" in words and context:
        mark = context
    place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
    return Problem(place, f"this is not YAML: {words}{help_ and ': ' + help_}")


class _Builder:
    """Makes plain values of nodes. An alias gives the same object again; the number of repeated values is bounded."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.values: dict[int, Any] = {}
        # The number of values in all, below each list or mapping that was read, and repeated by aliases.
        self.count = 0
        self.sizes: dict[int, int] = {}
        self.repeated = 0
        self.depth = 0

    def build(self, node: YamlNode) -> Any:
        self.count += 1
        if node.id == "scalar":
            return self.scalar(node)
        if id(node) not in self.values:
            if not node.tag.endswith((":map", ":seq")):
                self.complain(node, f"the tag {_show_tag(node.tag)} is not known here: use plain values")
            self.values[id(node)] = _OPEN
            before = self.count
            self.values[id(node)] = self.collection(node)
            self.sizes[id(node)] = min(self.count - before, _MOST_REPEATED + 1)
        elif self.values[id(node)] is _OPEN:
            self.complain(node, "this value holds itself")
            return None
        else:
            self.repeat(node)
        return self.values[id(node)]

    def collection(self, node: YamlNode) -> Any:
        """The list or mapping of a node; of one that is nested too deeply, nothing more is read."""
        if self.depth == DEEPEST:
            self.complain(node, TOO_DEEP)
            return None
        self.depth += 1
        value = self.mapping(node) if node.id == "mapping" else [self.build(item) for item in node.value]
        self.depth -= 1
        return value

    def repeat(self, node: YamlNode) -> None:
        size, allowed = self.sizes[id(node)], self.repeated <= _MOST_REPEATED
        self.count += size
        self.repeated += size
        if allowed and self.repeated > _MOST_REPEATED:
            problem = f"with the aliases of this anchor, more than {_MOST_REPEATED:,} values are repeated"
            self.complain(node, f"{problem}: use fewer aliases, or make this smaller")

    def mapping(self, node: YamlNode) -> dict[str, Any]:
        value: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if key_node.tag.endswith(":merge"):
                continue
            if key_node.id != "scalar":
                self.complain(key_node, 'a key is a text; a value that begins with { is put in quotes: "{{ … }}"')
                continue
            key = key_node.value
            if key in value:
                self.complain(key_node, f'the key "{key}" stands here a second time')
            value[key] = self.build(value_node)
        for mapping in reversed([self.build(item) for item in find_merged(node)]):
            if isinstance(mapping, Mapping):
                value = {**mapping, **value}
            else:
                self.complain(node, "<< takes a mapping or a list of mappings")
        return value

    def scalar(self, node: YamlNode) -> Any:
        make = _SCALARS.get(node.tag.rpartition(":")[2])
        if make is None:
            self.complain(node, f"the tag {_show_tag(node.tag)} is not known here: use plain values")
            return None
        try:
            return make(node.value)
        except ValueError:
            self.complain(node, f"{node.value} is no number that JSON can hold: put it in quotes to have it as a text")
            return None

    def complain(self, node: YamlNode, message: str) -> None:
        self.problems.append(Problem(Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1), message))


def _read_integer(text: str) -> int:
    value = int(text, 0) if text[:2] in ("0x", "0o") else int(text)
    if not -(2**63) <= value < 2**64:
        raise ValueError
    return value


def _read_float(text: str) -> float:
    value = float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    if not isfinite(value):
        raise ValueError
    return value


_SCALARS: dict[str, Callable[[str], Any]] = {
    "str": str,
    "null": lambda _: None,
    "bool": lambda text: text.lower() == "true",
    "int": _read_integer,
    "float": _read_float,
    "timestamp": str,
}


@cache
def _build_loader() -> Any:
    import yaml

    kinds: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
    for name, pattern, beginnings in _PLAIN:
        for first in beginnings:
            kinds.setdefault(first, []).append((_TAG + name, re.compile(pattern)))
    others = {yaml.ScalarNode: _TAG + "str", yaml.SequenceNode: _TAG + "seq", yaml.MappingNode: _TAG + "map"}

    class Resolver:
        """Finds the tags of nodes that have none."""

        def resolve(self, kind: type, value: str | None, implicit: tuple[bool, bool]) -> str:
            if kind is yaml.ScalarNode and implicit[0]:
                for tag, pattern in kinds.get(value[:1] if value else "", ()):
                    if pattern.match(value or ""):
                        return tag
            return others[kind]

        def descend_resolver(self, *_: Any) -> None:
            """No tag depends on the place of a node."""

        ascend_resolver = descend_resolver

    if not hasattr(yaml, "CSafeLoader"):  # pragma: no cover (a PyYAML built without libyaml)
        return type("Loader", (Resolver, yaml.SafeLoader), {})

    from yaml.cyaml import CParser  # type: ignore[attr-defined]

    return type("Loader", (Resolver, CParser), {})


def _show_tag(tag: str) -> str:
    """The tag, unless it is rather a value that begins with an exclamation mark."""
    last = tag.rpartition(":")[2]
    return tag if len(last) < 12 or not any(map(str.isdigit, last)) else HIDDEN
