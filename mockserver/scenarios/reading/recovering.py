"""Leaves scenarios that are no YAML out of a text, so that the mistakes in the others are found, too."""

from __future__ import annotations

import re

from msgspec import Struct

from mockserver.records.errors import Place
from mockserver.records.suggesting import find_similar
from mockserver.scenarios.reading.lines import Span

_KEY = re.compile(r"(\w+)[ \t]*:[ \t]*(?:#.*)?")
_ITEM = re.compile(r"( *)-(?: |$)")
_BLANK = re.compile(r"[ \t]*(?:#.*)?")
# Behind every column.
_LAST = 1_000_000_000


class Rest(Struct, frozen=True):
    """A text without one of its scenarios, of which the place and the lines are kept."""

    text: str
    span: Span
    left_out: str


def leave_out(text: str, line: int, file: str) -> Rest | None:
    """The text without the scenario that takes up a line, counted from 0; None when that is part of no scenario.

    In its place stands an empty one, so that all others have the same lines and numbers.
    """
    lines = text.split("\n")
    items = _find_items(lines)
    found = [each for each in items if each.start <= line < each.stop]
    if not found or not _has_content(lines, found[0]):
        return None
    (item,) = found
    dash = _ITEM.match(lines[item.start])
    left_out = "\n".join(lines[item.start : item.stop])
    lines[item.start : item.stop] = [f"{dash[1] if dash else ''}- ~", *[""] * (len(item) - 1)]
    return Rest("\n".join(lines), (Place(file, item.start + 1), Place(file, item.stop, _LAST)), left_out)


def _has_content(lines: list[str], item: range) -> bool:
    return lines[item.start].strip() != "- ~"


def _begins_list(line: str) -> bool:
    """Whether a line is the key of the list of scenarios, misspelt perhaps."""
    key = _KEY.fullmatch(line)
    return key is not None and find_similar(key[1], ("scenarios",)) is not None


def _find_items(lines: list[str]) -> list[range]:
    """The lines of each scenario in the list of a file."""
    top = next((number for number, line in enumerate(lines) if _begins_list(line)), len(lines))
    starts: list[int] = []
    indent = None
    end = len(lines)
    for number in range(top + 1, len(lines)):
        line = lines[number]
        if _BLANK.fullmatch(line):
            continue
        dash = _ITEM.match(line)
        if indent is None:
            if dash is None:
                return []
            indent = len(dash[1])
        if dash is not None and len(dash[1]) == indent:
            starts.append(number)
        elif len(line) - len(line.lstrip(" \t")) <= indent and not line.startswith("\t"):
            end = number
            break
    return [range(start, stop) for start, stop in zip(starts, [*starts[1:], end], strict=True)] if starts else []
