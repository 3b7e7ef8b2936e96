"""How many values a document holds, and how deep they are nested.

One that is sent to a running server may hold so many values, a file any number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mockserver.records.depth import DEEPEST
from mockserver.records.errors import Place, Problem, ScenarioError

# Levels that a text may nest for PyYAML, which before 6.0.4 has no bound, and crashes.
_DEEPEST = 900
TOO_DEEP = f"this is nested too deeply: {DEEPEST} levels at most"
# A text without this is not nested that deeply: each level of a list or mapping in blocks begins at least half a column
# further right.
_INDENTED = re.compile(rf"[ ?:-]{{{_DEEPEST // 2 - 1}}}")


def check_number(number: int, file: str, most: float) -> None:
    """Refuse a document of more values than ``most``.

    Raises:
        ScenarioError: it is one.
    """
    if number > most:
        hint = f"a running server takes {most:,} at once: send the scenarios in several parts, or load them from a file"
        raise ScenarioError(Problem(Place(file), f"this holds too many values: {hint}"))


def check_text(text: str, loader: Any, file: str, most: float) -> None:
    """Refuse a YAML text of far too many values, before nodes are made of it.

    Args:
        text: the text.
        loader: makes a parser of a text, with ``get_event``.
        file: the name of its file, for the message.
        most: how many values it may hold; a few more may pass here.

    Raises:
        ScenarioError: it holds more.
    """
    # A value may have a key. Between two of them stands one of these at least, and most texts have fewer.
    bound = 2 * most + 1
    if sum(map(text.count, ",:[{-?\n")) < bound:
        return
    import yaml  # only servers with fixtures need it

    events, number = loader(text), 0
    while (event := events.get_event()) is not None and number <= bound:
        number += isinstance(event, yaml.NodeEvent)
    if number > bound:
        check_number(number, file, most)


def check_depth(text: str, loader: Any, file: str) -> None:
    """Refuse a text that is nested too deeply for PyYAML, before nodes are made of it.

    Raises:
        ScenarioError: it is one.
    """
    if text.count("[") + text.count("{") < _DEEPEST and not _INDENTED.search(text):
        return
    import yaml

    events, depth = loader(text), 0
    while (event := events.get_event()) is not None:
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEEPEST:
            mark = event.start_mark
            raise ScenarioError(Problem(Place(file, mark.line + 1, mark.column + 1), TOO_DEEP))


def count_values(value: Any) -> int:
    """The number of values in one given in Python, itself included."""
    waiting, number = [value], 0
    while waiting:
        each = waiting.pop()
        number += 1
        if isinstance(each, Mapping):
            waiting.extend(each.values())
        elif isinstance(each, list | tuple):
            waiting.extend(each)
    return number
