"""Words of texts and of tools' names, to see whether a text speaks of a tool."""

from __future__ import annotations

import re
from collections.abc import Callable

# Runs of letters of languages that write no spaces are cut into pairs of characters.
UNSPACED = "\u30a0-\u30ff\u3400-\u9fff"
RUNS = rf"[{UNSPACED}]+|[^\W_{UNSPACED}\u3040-\u309f]+"
NAME = r"[A-Za-z0-9]+(?:[_-]+[A-Za-z0-9]+)+|[A-Za-z0-9]+"
# The parts of createIssue, HTTPServer and get_weather2.
PARTS = r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+"
WHOLE = r"[^\W_]+"
SHORTEST, SHORTEST_PART = 4, 3
# So many words of a name stand for it; these do not count.
SHARED = 2
COMMON = {"and", "for", "the", "with"}


def split(text: str) -> list[str]:
    """The words of four letters or more, in lower case, each once, in their order; pairs in Chinese and Japanese."""
    found: list[str] = []
    for run in re.findall(RUNS, text.lower()):
        if re.match(rf"[{UNSPACED}]", run):
            found += (run[at : at + 2] for at in range(len(run) - 1))
        elif len(run) >= SHORTEST:
            found.append(run)
    return list(dict.fromkeys(found))


def list_names(text: str) -> set[str]:
    """The names in the text, in lower case, that no ordinary word is: get_weather, send-mail, createIssue."""
    return {name.lower() for name in re.findall(NAME, text) if re.search(r"[_\d-]|[a-z][A-Z]", name)}


def find_named(text: str) -> Callable[[str], bool]:
    """Tells of the name of a tool whether the text holds it, or two words of it."""
    names, said = list_names(text), _split_name(text)
    return lambda name: name.lower() in names or len(said & _split_name(name)) >= SHARED


def _split_name(name: str) -> set[str]:
    """The words of a name, or of a text, of three letters or more: ``create`` and ``issue`` of ``createIssue``."""
    found = (part.lower() for pattern in (PARTS, WHOLE) for part in re.findall(pattern, name))
    return {part for part in found if len(part) >= SHORTEST_PART} - COMMON
