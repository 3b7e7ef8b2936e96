"""Plain values of YAML nodes, with the mistakes in them that are no matter of the scenario format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

from mockserver.records.depth import DEEPEST
from mockserver.records.errors import Problem
from mockserver.records.masks import HIDDEN
from mockserver.scenarios.reading.children import YamlNode, find_merged
from mockserver.scenarios.reading.lines import Lines, Span
from mockserver.scenarios.reading.sizes import TOO_DEEP

# Stands for a value that is still being read.
_OPEN = object()
# Values that the aliases of a file may repeat: they are read once, but checked and compiled at each place.
_MOST_REPEATED = 100_000
# So many values are told to be read as something else.
ENOUGH = 1_000


class ValueBuilder:
    """Makes plain values of nodes. An alias gives the same object again; the number of repeated values is bounded.

    ``problems`` are the mistakes found; ``unread`` are the spans of those values of which something else was made than
    their author meant, so that further mistakes there say nothing.
    """

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.problems: list[Problem] = []
        self.unread: list[Span] = []
        self.values: dict[int, Any] = {}
        # The number of values in all, below each list or mapping that was read, and repeated by aliases.
        self.count = 0
        self.sizes: dict[int, int] = {}
        self.repeated = 0
        self.depth = 0

    @property
    def is_too_large(self) -> bool:
        """Whether aliases repeat so much that nothing more should be done with the value."""
        return self.repeated > _MOST_REPEATED

    def build(self, node: YamlNode) -> Any:
        """The value of a node."""
        self.count += 1
        if node.id == "scalar":
            return self.scalar(node)
        if id(node) not in self.values:
            if not node.tag.endswith((":map", ":seq")):
                self.complain(node, _word_tag(node.tag))
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
        """Count a value that an alias repeats."""
        size, allowed = self.sizes[id(node)], not self.is_too_large
        self.count += size
        self.repeated += size
        if allowed and self.is_too_large:
            problem = f"with the aliases of this anchor, more than {_MOST_REPEATED:,} values are repeated"
            self.complain(node, f"{problem}: use fewer aliases, or make this smaller")

    def mapping(self, node: YamlNode) -> Any:
        """The mapping of a node; the text of one that is a placeholder without quotes, which is told elsewhere."""
        if placeholder := self.lines.placeholder(node):
            return placeholder
        value: dict[str, Any] = {}
        keys: dict[str, YamlNode] = {}
        for key_node, value_node in node.value:
            if key_node.tag.endswith(":merge"):
                continue
            if key_node.id != "scalar":
                self.complain(key_node, "a key is a text: one that begins with [ or { needs quotes")
                continue
            key = key_node.value
            if key in keys:
                self.complain_repeated(key_node, keys[key], value_node)
                continue
            keys[key] = key_node
            value[key] = self.build(value_node)
        for mapping in reversed([self.build(item) for item in find_merged(node)]):
            if isinstance(mapping, Mapping):
                value = {**mapping, **value}
            else:
                self.complain(node, "<< takes a mapping or a list of mappings")
        return value

    def complain_repeated(self, node: YamlNode, first: YamlNode, value: YamlNode) -> None:
        """Note a key that stands in its mapping already. Its value is read for the mistakes in it alone."""
        line = first.start_mark.line + 1
        message = f'the key "{node.value}" stands here a second time (first on line {line}): leave out one of them'
        self.problems.append(Problem(self.lines.place(node), message))
        self.build(value)

    def scalar(self, node: YamlNode) -> Any:
        """The value of a scalar; its text where it is none that JSON can hold."""
        make = _SCALARS.get(node.tag.rpartition(":")[2])
        if make is None:
            self.complain(node, _word_tag(node.tag))
            return node.value
        try:
            return make(node.value)
        except ValueError:
            self.complain(node, f"{node.value} is no number that JSON can hold: put it in quotes to have it as a text")
            return node.value

    def complain(self, node: YamlNode, message: str) -> None:
        """Note a mistake in the whole of a value."""
        self.problems.append(Problem(self.lines.place(node), message))
        if len(self.unread) < ENOUGH:
            self.unread.append(self.lines.span(node))


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


def _word_tag(tag: str) -> str:
    help_ = ": use plain values" if tag.startswith("tag:") else ": a text that begins with ! needs quotes"
    return f"the tag {_show_tag(tag)} is not known here{help_}"


def _show_tag(tag: str) -> str:
    """The tag, unless it is rather a value that begins with an exclamation mark."""
    last = tag.rpartition(":")[2]
    return tag if len(last) < 12 or not any(map(str.isdigit, last)) else HIDDEN
