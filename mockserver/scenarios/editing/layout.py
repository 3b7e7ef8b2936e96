"""Finds in the text of a scenario file which lines each of its scenarios takes up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from mockserver.scenarios.reading.children import YamlNode
from mockserver.scenarios.reading.parser import build_parser

# An event of PyYAML, which has no useful types for them.
Event = Any
# Lines with their ends, as YAML counts them.
_LINES = re.compile("[^\r\n\x85\u2028\u2029]*(?:\r\n|[\r\n\x85\u2028\u2029])|[^\r\n\x85\u2028\u2029]+\\Z")


class Part(Struct, frozen=True):
    """The lines of a part of a text, from ``start`` to before ``end``, counted from 0; comments behind it are none."""

    start: int
    end: int


class Layout(Struct, frozen=True):
    """Where the scenarios of a text stand.

    ``items`` are those of the list ``scenarios``, each from its dash on, which stands in ``column``. ``is_open`` says
    that the list can take further lines: it is written in lines, or empty, or there is none yet. ``end`` is the line
    behind the last item, behind the key of an empty list, or behind all where there is none; ``key`` is the line of
    that key, None where there is none. ``content`` is all that is no comment.
    """

    lines: tuple[str, ...]
    items: tuple[Part, ...] = ()
    column: int = 0
    is_open: bool = True
    end: int = 0
    key: int | None = None
    content: Part = Part(0, 0)

    @property
    def newline(self) -> str:
        """The line end of the text."""
        ends = [line[len(line.rstrip("\r\n")) :] for line in self.lines[:1]]
        return ends[0] if ends and ends[0] else "\n"


def split(text: str) -> tuple[str, ...]:
    """The lines of a text with their ends, as YAML counts them."""
    return tuple(_LINES.findall(text))


def find_part(text: str, root: YamlNode, index: int) -> tuple[tuple[str, ...], Part, int] | None:
    """The lines of a text, the part that the item of a list of scenarios takes up, and its column, found without
    reading the text once more; None where it takes that. ``root`` is the node of the text.

    A block of text that ends in what looks like a comment seems to end before it.
    """
    nodes = [value for key, value in root.value if key.value == "scenarios" and key.id == "scalar"]
    if not nodes or nodes[0].id != "sequence" or nodes[0].flow_style or root.flow_style:
        return None
    lines, items, column = split(text), nodes[0].value, nodes[0].start_mark.column
    start = items[index].start_mark.line
    end = items[index + 1].start_mark.line if index + 1 < len(items) else nodes[0].end_mark.line
    while end - 1 > start and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return (lines, Part(start, min(end, len(lines))), column) if _has_dash(lines, start, column) else None


def find_layout(text: str) -> Layout:
    """Where the scenarios of a sound YAML text stand."""
    lines, events = split(text), _list_events(text)
    first = next((event for event in events if hasattr(event, "implicit") or _is(event, "Alias")), None)
    if first is None:
        return Layout(lines, end=len(lines), content=Part(len(lines), len(lines)))
    start = first.start_mark.line
    if not _is(first, "MappingStart") or first.flow_style:
        return Layout(lines, is_open=False, content=Part(start, _find_end(lines, start, _skip(events, first))))
    found, last, column = None, first, first.start_mark.column
    while not _is(key := next(events), "MappingEnd"):
        name = key.value if _is(key, "Scalar") else None
        _skip(events, key)
        value = next(events)
        if name == "scenarios":
            found, last = _read_list(lines, events, key, value)
        else:
            last = _skip(events, value)
    content = Part(start, _find_end(lines, start, last))
    if found is None:
        return Layout(lines, column=column + 2, end=content.end, content=content)
    return replace(found, content=content)


def _read_list(lines: tuple[str, ...], events: Iterator[Event], key: Event, value: Event) -> tuple[Layout, Event]:
    """The layout as the list of scenarios gives it, and the last event of the list."""
    line, column = key.start_mark.line, value.start_mark.column
    if not _is(value, "SequenceStart") or value.flow_style:
        last = _skip(events, value)
        is_empty = _is(value, "Scalar") and not value.value and value.start_mark.index == value.end_mark.index
        end = _find_end(lines, line, last)
        return Layout(lines, (), key.start_mark.column + 2, is_empty and line + 1 == end, end, line), last
    items, floor, last = list[Part](), line + 1, value
    while not _is(item := next(events), "SequenceEnd"):
        last = _skip(events, item)
        start = next((row for row in range(item.start_mark.line, floor - 1, -1) if _has_dash(lines, row, column)), -1)
        if start < 0:
            return Layout(lines, (), column, False, line, line), _skip_rest(events, last)
        floor = _find_end(lines, item.start_mark.line, last)
        items.append(Part(start, floor))
    return Layout(lines, tuple(items), column, True, floor, line), last


def _has_dash(lines: tuple[str, ...], row: int, column: int) -> bool:
    return not lines[row][:column].strip() and lines[row][column : column + 1] == "-"


def _skip_rest(events: Iterator[Event], last: Event) -> Event:
    """The last event of a list of which some items were read."""
    while not _is(item := next(events), "SequenceEnd"):
        last = _skip(events, item)
    return last


def _list_events(text: str) -> Iterator[Event]:
    parser = build_parser()(text)
    while (event := parser.get_event()) is not None:
        yield event


def _is(event: Event, kind: str) -> bool:
    return type(event).__name__ == f"{kind}Event"


def _skip(events: Iterator[Event], first: Event) -> Event:
    """The last event of a node for which something is written; ``first`` is its first one."""
    depth, last, event = 0, first, first
    while True:
        name = type(event).__name__
        depth += name.endswith("StartEvent") - name.endswith("EndEvent")
        # The end of a block has no sign of its own: it stands where the next thing begins.
        if not name.endswith("EndEvent") or event.start_mark.index < event.end_mark.index:
            last = event
        if not depth:
            return last
        event = next(events)


def _find_end(lines: tuple[str, ...], start: int, last: Event) -> int:
    """The line behind an event, without empty lines before it."""
    mark = last.end_mark
    end: int = mark.line if getattr(last, "style", None) in ("|", ">") and not mark.column else mark.line + 1
    while end - 1 > start and not lines[end - 1].strip():
        end -= 1
    return min(end, len(lines))
