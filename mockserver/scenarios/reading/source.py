"""Reads YAML and JSON text into plain values, and remembers where each one stood."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from math import inf
from typing import Any

from msgspec import Struct, field

from mockserver.recordings.cassette import Cassette
from mockserver.records.budget import LIMITS, Budget, OverBudgetError
from mockserver.records.errors import Place, Problem, ScenarioError
from mockserver.scenarios.reading.children import Children, Found, YamlNode, list_children
from mockserver.scenarios.reading.lines import Span, split_lines
from mockserver.scenarios.reading.quoting import find_misread
from mockserver.scenarios.reading.sizes import check_number
from mockserver.scenarios.reading.syntax import parse
from mockserver.scenarios.reading.values import ENOUGH, ValueBuilder

KeyPath = tuple[str | int, ...]


class Document(Struct, frozen=True):
    """A parsed file. ``value`` is its plain content; ``root`` its YAML nodes, None for a document given in Python, on
    ``line``, its scenarios on ``lines``. ``budget`` counts what compiling it takes; None for files: any time.

    ``problems`` were found in the text itself; of what stands in the spans of ``unread`` nothing more can be said.
    """

    file: str
    value: Any
    root: YamlNode | None = None
    line: int = 1
    budget: Budget | None = None
    lines: tuple[int, ...] = ()
    problems: tuple[Problem, ...] = ()
    unread: tuple[Span, ...] = ()
    # What it is a cassette of, if it is one.
    cassette: Cassette | None = None
    # What is below the mappings in which a place was sought, by the ids of their nodes.
    _below: dict[int, Children] = field(default_factory=dict)

    @property
    def is_cassette(self) -> bool:
        """Whether it is meant to be a cassette, also where it is one with mistakes."""
        return isinstance(self.value, Mapping) and "cassette" in self.value

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

    def find(self, path: KeyPath) -> YamlNode:
        """The node at a path, None where there is none."""
        node = self.root
        for part in path:
            node, _ = self._find_child(node, part)
        return node

    def plain_text(self, path: KeyPath) -> str:
        """The value at a path as it is written, when it is a scalar without quotes; else nothing."""
        node = self.find(path)
        return node.value if node is not None and node.id == "scalar" and not node.style else ""

    def has_anchor(self, path: KeyPath) -> bool:
        """Whether there is nothing but an anchor at a path."""
        node = self.find(path)
        return node is not None and node.value == "" and bool(node.start_mark.index < node.end_mark.index)

    def span(self, path: KeyPath) -> Span | None:
        """What the value at a path takes up; None where there is none."""
        node = self.find(path)
        if node is None:
            return None
        return self.place(path), Place(self.file, node.end_mark.line + 1, node.end_mark.column + 1)

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
    document = read_parts(text, file, most, budget)
    if errors := [problem for problem in document.problems if problem.level == "error"]:
        raise ScenarioError(*errors)
    return document


def read_parts(text: str, file: str, most: float = inf, budget: Budget | None = None) -> Document:
    """What can be read of ``text``, with the mistakes in the rest; the arguments are those of ``read``.

    Raises:
        ScenarioError: nothing can be read of it.
    """
    parsed, lines = parse(text, file, most), split_lines(text, file)
    root, builder = parsed.root, ValueBuilder(lines)
    value = None if root is None else builder.build(root)
    if builder.is_too_large:
        raise ScenarioError(*builder.problems)
    # With those that aliases repeat.
    check_number(builder.count, file, most)
    misread = [] if root is None else list(islice(find_misread(root, lines), ENOUGH))
    problems = (*parsed.problems, *builder.problems, *(each.problem for each in misread))
    spans = (each.span for each in misread if each.problem.level == "error")
    return Document(
        file, value, root, budget=budget, problems=problems, unread=(*parsed.left_out, *builder.unread, *spans)
    )


def plain(value: Any) -> Any:
    """A value given in Python, as YAML would give it."""
    if isinstance(value, Mapping):
        return {str(key): plain(below) for key, below in value.items()}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value
