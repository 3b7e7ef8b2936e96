"""The lines of a text, and what stands in them where the nodes that were made of it stand."""

from __future__ import annotations

import re

from msgspec import Struct

from mockserver.records.errors import Place, Problem
from mockserver.scenarios.reading.children import YamlNode

# The first and the last place of a part of a text.
Span = tuple[Place, Place]
# Line ends, as YAML has them.
_ENDS = re.compile("\r\n|[\r\n\x85\u2028\u2029]")


class Lines(Struct, frozen=True):
    """The lines of a file, without their ends."""

    file: str
    lines: list[str]

    def place(self, node: YamlNode) -> Place:
        """The place where a node begins."""
        return Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def span(self, first: YamlNode, last: YamlNode | None = None) -> Span:
        """What a node takes up, or all from one to another."""
        mark = (last or first).end_mark
        return self.place(first), Place(self.file, mark.line + 1, mark.column + 1)

    def line(self, number: int) -> str:
        """A line, counted from 0; nothing when there is none."""
        return self.lines[number] if 0 <= number < len(self.lines) else ""

    def after(self, node: YamlNode) -> str:
        """What follows a node on the line where it ends."""
        return self.line(node.end_mark.line)[node.end_mark.column :]

    def between(self, first: YamlNode, last: YamlNode) -> str:
        """What is written from the beginning of one node to the end of another; nothing when it is several lines."""
        start, end = first.start_mark, last.end_mark
        return self.line(start.line)[start.column : end.column] if start.line == end.line else ""

    def placeholder(self, node: YamlNode) -> str:
        """The placeholder that was read as a mapping, since it has no quotes; nothing when a node is none."""
        if not node.flow_style or not any(key.id == "mapping" for key, _ in node.value):
            return ""
        text = self.between(node, node)
        return text if text.startswith("{{") and text.endswith("}}") else ""


def split_lines(text: str, file: str) -> Lines:
    """The lines of a text."""
    return Lines(file, _ENDS.split(text))


def is_within(problem: Problem, spans: list[Span] | tuple[Span, ...]) -> bool:
    """Whether a problem stands in one of some parts of a text."""
    return any(first <= problem.place <= last for first, last in spans)
