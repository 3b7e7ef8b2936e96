"""Puts scenarios into the text of a file: each in place of the one of its name, else in front of all others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from mockserver.records.errors import ScenarioError
from mockserver.scenarios.editing.cutting import Cut
from mockserver.scenarios.editing.layout import Layout, find_layout
from mockserver.scenarios.reading.file_reader import join_lines
from mockserver.scenarios.reading.source import Document, read

# An empty list in brackets: without them it takes lines.
_EMPTY = re.compile(r"^(scenarios:)[ \t]*\[[ \t]*\](?=[ \t]*(?:#|[\r\n]|\Z))", re.MULTILINE)


class SpliceError(Exception):
    """The scenarios cannot be put into the file; the text says why, and what to do."""


class Insertion(Struct, frozen=True):
    """A scenario in the new text of a file: its lines there, from 0, and how far it moved to the right."""

    start: int
    end: int
    shift: int
    cut: Cut


class Spliced(Struct, frozen=True):
    """The new text of a file, the names of the scenarios that are new in it, and of those that replace others."""

    text: str
    added: tuple[str, ...]
    replaced: tuple[str, ...]
    insertions: tuple[Insertion, ...] = ()


class _Edit(Struct, frozen=True):
    """Lines that come in place of those from ``start`` to before ``end``; ``first`` of them belong to no scenario."""

    start: int
    end: int
    cut: Cut
    lines: tuple[str, ...]
    first: int = 0


def splice(text: str, document: Document, cuts: Sequence[Cut]) -> Spliced:
    """The text of a file with other scenarios in it; everything else stays as it is, byte for byte.

    Args:
        text: the text as it is, with its line ends.
        document: what it holds: a mapping, or nothing.
        cuts: the scenarios; each has a name.

    Raises:
        SpliceError: the list of scenarios is not written in lines, or something else would change its meaning.
    """
    held = document.value or {}
    values = held.get("scenarios") or []
    layout = find_layout(text if values else _EMPTY.sub(r"\1", text, count=1))
    if not layout.is_open or len(layout.items) != len(values):
        raise SpliceError('its list of scenarios is not written as lines that begin with "- "')
    names = [find_name(value) for value in values]
    new = [cut for cut in cuts if cut.value["name"] not in names]
    old = [cut for cut in cuts if cut.value["name"] in names]
    edits = [_replace(layout, names.index(cut.value["name"]), cut) for cut in old]
    spliced = _apply(layout, [*edits, *_add(layout, new)])
    by_name = {cut.value["name"]: cut.value for cut in old}
    kept = [by_name.get(name, value) for name, value in zip(names, values, strict=True)]
    _check(spliced.text, {**held, "scenarios": [*(cut.value for cut in new), *kept]})
    added, replaced = (tuple(cut.value["name"] for cut in each) for each in (new, old))
    return Spliced(spliced.text, added, replaced, spliced.insertions)


def find_name(value: Any) -> str | None:
    """The name that a scenario gives itself."""
    name = value.get("name") if isinstance(value, dict) else None
    return name if isinstance(name, str) else None


def _replace(layout: Layout, index: int, cut: Cut) -> _Edit:
    part = layout.items[index]
    return _Edit(part.start, part.end, cut, _indent(cut.lines, layout))


def _add(layout: Layout, cuts: Sequence[Cut]) -> list[_Edit]:
    """New scenarios come first, as those that are added to a session do: behind others they might never be reached."""
    if not cuts:
        return []
    if layout.key is None:
        gap = ("",) if layout.lines else ()
        head, at = (*gap, f"{' ' * (layout.column - 2 if layout.content.end else 0)}scenarios:"), layout.end
        layout = layout if layout.column else _with_column(layout)
    else:
        head, at = (), layout.key + 1
    is_apart, edits = _has_gap(layout), list[_Edit]()
    for number, cut in enumerate(cuts):
        own = head if number == 0 else ()
        lines = (*own, *_indent((*cut.comments, *cut.lines), layout), *(("",) if is_apart else ()))
        edits.append(_Edit(at, at, cut, lines, len(own) + len(cut.comments)))
    return edits


def _has_gap(layout: Layout) -> bool:
    """Whether an empty line stands between the last two scenarios."""
    between = layout.lines[layout.items[-2].end : layout.items[-1].start] if len(layout.items) > 1 else ()
    return any(not line.strip() for line in between)


def _with_column(layout: Layout) -> Layout:
    return Layout(layout.lines, column=2, end=layout.end, content=layout.content)


def _indent(lines: Sequence[str], layout: Layout) -> tuple[str, ...]:
    return tuple(f"{' ' * layout.column}{line}" if line else "" for line in lines)


def _apply(layout: Layout, edits: Sequence[_Edit]) -> Spliced:
    lines, insertions, done, end = list[str](), list[Insertion](), 0, layout.newline
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        lines += layout.lines[done : edit.start]
        if lines and not lines[-1].endswith(("\n", "\r")):
            lines[-1] += end
        start = len(lines) + edit.first
        lines += [f"{line}{end}" for line in edit.lines]
        insertions.append(Insertion(start, len(lines), layout.column - edit.cut.shift, edit.cut))
        done = edit.end
    text = "".join([*lines, *layout.lines[done:]])
    return Spliced(text, (), (), tuple(insertions))


def _check(text: str, wanted: Any) -> None:
    """The new text holds what it shall hold: an anchor, for one, may be gone that others use."""
    try:
        found = read(join_lines(text), "").value
    except ScenarioError as error:
        reason = error.problems[0].message if error.problems else str(error)
        raise SpliceError(f"with them it could not be read any more: {reason}") from error
    if found != wanted:
        raise SpliceError("they would change what else stands in it: look for anchors and aliases")
