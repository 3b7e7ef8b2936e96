"""Texts without quotes that YAML reads as something else: cut by a comment, parted by a comma, taken for a mapping."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from msgspec import Struct

from mockserver.records.errors import Problem
from mockserver.records.masks import HIDDEN, is_secret
from mockserver.scenarios.reading.children import YamlNode
from mockserver.scenarios.reading.lines import Lines, Span

# Lines without these hold nothing that is looked for here: a comment behind a text, the end of a pattern behind a comma
# or a colon, a key in braces without a value, an escape.
_SUSPECT = re.compile(r"[^\s#][ \t]+#|[,:].*/|[{,][^:]*[,}]|\{.*\w:[^\s,}]|/.*,\s*$|\\b|\{\{")
# A pattern as it stands in a fixture, and what may be the end of one.
PATTERN = re.compile(r"/.+/[gimsux]*", re.DOTALL)
_PATTERN_END = re.compile(r"(?:[^/].*)?/[gimsux]*", re.DOTALL)
# The shortest pattern that holds the beginning of a comment.
_CUT_PATTERN = re.compile(r"/.*?[ \t]#(?:.*?\S)?/[gimsux]*(?=[\s,\]}]|$)")
# Keys whose values are paths: they begin with a slash and need no other.
_PATHS = ("path", "body_file", "include")
# Keys below which nothing is searched for a pattern.
_WITHOUT_PATTERNS = frozenset(
    ("reply", "turns", "calls", "answer", "models", "tool_schemas", "web_search", "description")
)
_BRACKETS = ("()", "[]", "{}")
_LONGEST = 100
# Of a text so many characters are searched for a pattern, and longer lines are not searched for what is suspect.
_LONG_LINE = 1_000


class Misread(Struct, frozen=True):
    """A text that was read as something else, and the part of the file of which nothing more need be said."""

    problem: Problem
    span: Span


def quote(text: str) -> str:
    """A text as it is written in quotes."""
    if len(text) > _LONGEST:
        text = text[: _LONGEST - 1] + "…"
    return f'"{text}"' if not {*'"\\'} & {*text} else "'" + text.replace("'", "''") + "'"


def find_misread(root: YamlNode, lines: Lines) -> Iterator[Misread]:
    """The values below a node that were read as something else. A warning is told of what may be meant so."""
    suspects = [number for number, line in enumerate(lines.lines) if _may_be_misread(line)]
    waiting: list[tuple[YamlNode, tuple[str, ...]]] = [(root, ())]
    seen: set[int] = set()
    while waiting:
        node, keys = waiting.pop()
        at = bisect_left(suspects, node.start_mark.line)
        if id(node) in seen or at == len(suspects) or suspects[at] > node.end_mark.line:
            continue
        seen.add(id(node))
        finder = Finder(lines, keys)
        if node.id == "scalar":
            yield from finder.check_scalar(node)
        elif node.id == "sequence":
            yield from finder.check_list(node)
            waiting += [(item, keys) for item in node.value]
        else:
            yield from finder.check_mapping(node)
            waiting += [(value, (*keys, name.value if name.id == "scalar" else "")) for name, value in node.value]


def _may_be_misread(line: str) -> bool:
    if len(line) > _LONG_LINE:
        return True
    # The search alone takes ten times as long.
    return ("#" in line or "/" in line or "{" in line or "\\b" in line) and _SUSPECT.search(line) is not None


class Finder(Struct, frozen=True):
    """Finds what was misread in a node below some keys."""

    lines: Lines
    keys: tuple[str, ...]

    @property
    def key(self) -> str:
        """The key whose value, or an item of whose value, the node is."""
        return self.keys[-1] if self.keys else ""

    @property
    def may_be_pattern(self) -> bool:
        """Whether a text between slashes is a pattern here: it is no path, and stands in no answer."""
        return self.key not in _PATHS and _WITHOUT_PATTERNS.isdisjoint(self.keys)

    def check_scalar(self, node: YamlNode) -> Iterator[Misread]:
        """A pattern whose escape is none of a pattern, or a text that a comment has cut."""
        has_backspace = node.style == '"' and "\b" in node.value and self.may_be_pattern
        if has_backspace and (self.key == "matches" or PATTERN.fullmatch(node.value)):
            reason = "\\b in double quotes is a backspace: put the pattern in single quotes"
            yield self.note(reason, node.value.replace("\b", "\\b"), node)
        elif is_plain(node) and re.match(r"[ \t]+#", rest := self.lines.after(node)):
            yield from self.check_comment(node, rest)

    def check_comment(self, node: YamlNode, rest: str) -> Iterator[Misread]:
        """A text that a comment has cut: the comment is ``rest``, with the spaces before it."""
        reads = f'" #" begins a comment, so that this reads as {self.show(node.value)}'
        if self.may_be_pattern and _is_begun(node.value) and (pattern := _find_cut(node.value, rest)):
            # With two spaces before it and one behind, it may be a comment all the same.
            level = "warning" if re.match(r"[ \t]{2,}#\s", rest) else "error"
            yield self.note(f"{reads}: put the pattern in quotes", pattern, node, level=level)
        elif node.value.count("{{") > node.value.count("}}") and "}}" in rest:
            yield self.note(f"{reads}: put the text in quotes", "", node)
        elif _belongs(rest, node.value):
            yield self.note(f"{reads}: put the text in quotes if the rest belongs to it", "", node, level="warning")

    def check_list(self, node: YamlNode) -> Iterator[Misread]:
        """Patterns that commas in brackets have parted."""
        first = None
        for item in node.value if node.flow_style and self.may_be_pattern else ():
            if first is not None and is_plain(item) and _PATTERN_END.fullmatch(item.value):
                yield self.note_text('"," in brackets begins another item', first, item)
                first = None
            elif first is None or not is_plain(item) or item.value.startswith("/"):
                first = item if is_plain(item) and _is_begun(item.value) else None

    def check_mapping(self, node: YamlNode) -> Iterator[Misread]:
        """Placeholders without quotes, patterns that a colon has parted, and texts that commas in braces have."""
        if placeholder := self.lines.placeholder(node):
            yield self.note("{{ … }} without quotes reads as a mapping: write it in quotes", placeholder, node)
            return
        for name, value in node.value if self.may_be_pattern else ():
            if is_plain(name) and is_plain(value) and _is_begun(name.value) and _PATTERN_END.fullmatch(value.value):
                yield self.note_text('": " makes a mapping of a text', name, value)
        if node.flow_style:
            yield from self.check_braces(node)

    def check_braces(self, node: YamlNode) -> Iterator[Misread]:
        """Keys without values, each behind the text that it may belong to."""
        key, text = "", None
        rest: list[YamlNode] = []
        for name, value in (*node.value, (None, None)):
            if name is not None and self.has_no_value(name, value):
                rest.append(name)
                continue
            yield from Finder(self.lines, (*self.keys, key)).check_rest(text, rest)
            key, text, rest = str(name.value) if name is not None else "", value, []

    def check_rest(self, text: YamlNode | None, rest: list[YamlNode]) -> Iterator[Misread]:
        """Keys in braces without values, behind the text that they may belong to."""
        for name in rest:
            if colon := re.fullmatch(r"(\w+):(\S.*)", name.value):
                shown = HIDDEN if is_secret(colon[1]) else colon[2]
                yield self.note(f"a colon needs a space behind it: {colon[1]}: {shown}", "", name)
                return
        if rest and text is not None and is_plain(text):
            yield self.note_text('"," in braces begins another key', text, rest[-1])

    def has_no_value(self, name: YamlNode, value: YamlNode) -> bool:
        """Whether a key in braces has neither a value nor a colon."""
        is_empty = value.id == "scalar" and not value.style and not value.value
        return is_empty and is_plain(name) and not self.lines.after(name).lstrip().startswith(":")

    def note_text(self, reason: str, first: YamlNode, last: YamlNode) -> Misread:
        """What is to be said of one text that was read as several nodes."""
        text = self.lines.between(first, last)
        what = "the pattern" if PATTERN.fullmatch(text) else "the text"
        return self.note(f"{reason}: put {what} in quotes", text, first, last)

    def note(
        self, message: str, text: str, first: YamlNode, last: YamlNode | None = None, level: str = "error"
    ) -> Misread:
        """What is to be said of some nodes, with the text that is to be put in quotes."""
        message += text and f": {self.show(text)}"
        return Misread(Problem(self.lines.place(first), message, level), self.lines.span(first, last))

    def show(self, text: str) -> str:
        """The text in quotes; hidden when it stands at or below the name of a secret."""
        return HIDDEN if any(map(is_secret, self.keys)) else quote(text)


def explain_key(node: YamlNode, key: str) -> str:
    """What is to be said of an unknown key of a mapping that seems to be part of a text without quotes."""
    before = None
    for name, value in node.value if node.id == "mapping" else ():
        if name.value == key and not name.style:
            if len(node.value) == 1 and is_plain(value) and re.match(r"[^a-z]|.* ", key):
                return f'a text that holds ": " needs quotes: {quote(f"{key}: {value.value}")}'
            is_parted = node.flow_style and before is not None and is_plain(before)
            return 'a text that holds "," needs quotes here' if is_parted else ""
        before = value
    return ""


def is_plain(node: YamlNode) -> bool:
    """Whether a node is a text without quotes."""
    return node.id == "scalar" and not node.style and bool(node.value) and bool(node.tag.endswith(":str"))


def _is_begun(text: str) -> bool:
    """Whether a text begins as a pattern does, but does not end so."""
    return text.startswith("/") and not PATTERN.fullmatch(text)


def _find_cut(text: str, comment: str) -> str:
    """The pattern that a text and the comment behind it are; nothing when they are none."""
    found = _CUT_PATTERN.match((text + comment)[:_LONG_LINE])
    return found[0] if found else ""


def _belongs(comment: str, text: str) -> bool:
    """Whether a comment seems to be the rest of a text: it closes what that opens, or is a number behind one space."""
    is_quoted = text.count('"') % 2 == 1 and comment.count('"') % 2 == 1
    is_closed = any(
        text.count(pair[0]) > text.count(pair[1]) and comment.count(pair[1]) > comment.count(pair[0])
        for pair in _BRACKETS
    )
    return is_quoted or is_closed or re.match(r" #\d", comment) is not None
