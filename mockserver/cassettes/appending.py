"""Adds turns to the text of a cassette: all that is there stays as it is, but for the time of the newest exchange."""

from __future__ import annotations

import re
from collections.abc import Callable

from mockserver.records.errors import ScenarioError
from mockserver.scenarios.reading.source import Document, read

_KEEPS = re.compile(r"[|>]\d?\+")
_SCENARIOS, _RECORDED, _SIDE = ("scenarios",), ("cassette", "recorded"), ("cassette", "exchanges")


class NotAppendableError(ValueError):
    """A file that turns cannot be added to: it is no YAML, or has no list of scenarios in lines of their own."""


def append_turns(earlier: str, write: Callable[[int], str], recorded: str) -> str:
    """The text of a cassette with more turns behind its others.

    Args:
        earlier: the text.
        write: writes the turns as items of a list, at a column.
        recorded: the time of the newest exchange; "": it is not known.

    Raises:
        NotAppendableError: turns cannot be added to it.
    """
    text = earlier.removeprefix("\ufeff")
    try:
        document = read(text, "cassette")
    except ScenarioError as error:
        raise NotAppendableError(str(error)) from error
    scenarios, root = document.find(_SCENARIOS), document.root
    if scenarios is None or scenarios.id != "sequence" or scenarios.flow_style or root is None or root.flow_style:
        raise NotAppendableError("it has no list of scenarios that more can be added to")
    turns = write(scenarios.start_mark.column)
    at = _find_end(text, scenarios.end_mark.index)
    # An empty line would be part of a text that keeps its line ends.
    blank = "" if _KEEPS.search(text[:at]) or not turns else "\n"
    gap = "" if text[:at].endswith(("\n", "\r")) else "\n"
    added = f"{gap}{blank}{turns}"
    if "\r\n" in text:
        added = added.replace("\n", "\r\n")
    whole = f"{text[:at]}{added}{text[at:]}"
    return earlier[: len(earlier) - len(text)] + _date(whole, document, recorded)


def read_side_name(earlier: str) -> str:
    """The name of the side file, as a cassette says it.

    Raises:
        NotAppendableError: it says none.
    """
    try:
        node = read(earlier.removeprefix("\ufeff"), "cassette").find(_SIDE)
    except ScenarioError as error:
        raise NotAppendableError(str(error)) from error
    if node is None or node.id != "scalar" or not node.value:
        raise NotAppendableError("it is no cassette")
    return str(node.value)


def count_names(text: str, stem: str) -> int:
    """The highest number of the names that a file's own turns have in a text."""
    return max(map(int, re.findall(rf"{re.escape(stem)}-(\d{{1,9}})\b", text)), default=0)


def _find_end(text: str, index: int) -> int:
    """Where the list ends: at the end of the text, or before the line of what follows it and the remarks above that."""
    if not text[index:].strip():
        return len(text)
    end = text.rfind("\n", 0, index) + 1
    while text[(before := text.rfind("\n", 0, max(end - 1, 0)) + 1) : end].startswith("#"):
        end = before
    return end


def _date(text: str, document: Document, recorded: str) -> str:
    """The text with another time of the newest exchange, where it has one; it stands before those turns."""
    node = document.find(_RECORDED)
    if not recorded or node is None or node.id != "scalar":
        return text
    return f'{text[: node.start_mark.index]}"{recorded}"{text[node.end_mark.index :]}'
