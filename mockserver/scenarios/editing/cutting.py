"""Cuts one scenario out of a text, as a text of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from msgspec import Struct

from mockserver.records.errors import ScenarioError
from mockserver.scenarios.editing.layout import Layout, find_layout, find_part
from mockserver.scenarios.format.files import FILE
from mockserver.scenarios.reading.file_reader import join_lines
from mockserver.scenarios.reading.source import Document, read

# Writes a list or a mapping as YAML, at a column.
Emit = Callable[[Any, int], str]


class Cut(Struct, frozen=True):
    """A scenario of a text: its value, and its lines as those of an item of a list, without their ends.

    ``comments`` are those directly before it. ``line`` is where it begins in the text, from 0, and ``shift`` how many
    columns further left it is now. ``is_own`` says that the lines are those of the text, with the comments among them;
    else they say the same in other words.
    """

    value: Any
    lines: tuple[str, ...]
    comments: tuple[str, ...] = ()
    line: int = 0
    shift: int = 0
    is_own: bool = True


def is_one(document: Document) -> bool:
    """Whether a document holds one scenario in place of a file's keys."""
    return isinstance(document.value, dict) and not document.value.keys() & FILE.fields.keys()


def list_values(document: Document) -> list[Any]:
    """The scenarios of a document, as values."""
    if is_one(document):
        return [document.value]
    found = document.value.get("scenarios") if isinstance(document.value, dict) else None
    return found if isinstance(found, list) else []


def cut_all(text: str, document: Document, emit: Emit) -> list[Cut]:
    """All scenarios of a text, of which this is the document."""
    return [_check(cut, value, emit) for cut, value in _cut_values(text, document)]


def cut_one(text: str, document: Document, index: int, emit: Emit) -> Cut:
    """The scenario at an index of ``list_values``."""
    found = None if is_one(document) else find_part(text, document.root, index)
    if found is not None:
        lines, part, column = found
        own = tuple(_dedent(lines[part.start : part.end], column))
        cut = _check(Cut(None, own, (), part.start, column), list_values(document)[index], emit)
        if cut.is_own:
            return cut
    return _check(*_cut_values(text, document)[index], emit)


def _cut_values(text: str, document: Document) -> list[tuple[Cut, Any]]:
    layout, values = find_layout(text), list_values(document)
    cuts = [_cut_root(layout)] if is_one(document) else _cut_items(layout)
    if len(cuts) != len(values) or (is_one(document) and not layout.is_open):
        cuts = [Cut(None, (), (), document.place(("scenarios", index)).line - 1) for index in range(len(values))]
    return list(zip(cuts, values, strict=True))


def write_file(cut: Cut, comments: tuple[str, ...] = ()) -> str:
    """A scenario as the text of a file, with these comments before it."""
    return "".join(["scenarios:\n", *(f"  {line}\n" if line else "\n" for line in (*comments, *cut.lines))])


def _check(cut: Cut, value: Any, emit: Emit) -> Cut:
    """The cut with its value; in other words where its lines alone mean something else, as aliases do."""
    try:
        is_own = bool(cut.lines) and read(join_lines(write_file(cut)), "").value == {"scenarios": [value]}
    except ScenarioError:
        is_own = False
    lines = cut.lines if is_own else tuple(emit([value], 0).splitlines())
    return Cut(value, lines, cut.comments, cut.line, cut.shift if is_own else 0, is_own)


def _cut_items(layout: Layout) -> list[Cut]:
    cuts, floor = list[Cut](), 0
    for part in layout.items:
        lines = tuple(_dedent(layout.lines[part.start : part.end], layout.column))
        comments = _find_comments(layout.lines, floor, part.start)
        cuts.append(Cut(None, lines, comments, part.start, layout.column))
        floor = part.end
    return cuts


def _find_comments(lines: Sequence[str], floor: int, end: int) -> tuple[str, ...]:
    """The comments directly before a line, each on a line of its own."""
    start = end
    while start > floor and lines[start - 1].lstrip().startswith("#"):
        start -= 1
    return tuple(line.strip() for line in lines[start:end])


def _cut_root(layout: Layout) -> Cut:
    """The scenario that is the whole text."""
    start, end = layout.content.start, layout.content.end
    column = layout.column - 2
    own = list(_dedent(layout.lines[start:end], column))
    dashed = [f"{'- ' if number == 0 else '  '}{line}".rstrip() for number, line in enumerate(own)]
    return Cut(None, tuple(dashed), _find_comments(layout.lines, 0, start), start, column - 2)


def _dedent(lines: Sequence[str], column: int) -> Iterator[str]:
    for each in lines:
        line = each.rstrip("\r\n\x85\u2028\u2029")
        yield "" if not line.strip() else line[column:] if not line[:column].strip() else line.lstrip()
