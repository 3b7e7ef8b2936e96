"""Words of texts and of tools' names, to see whether a text speaks of a tool."""

from __future__ import annotations

import re

# Runs of letters of languages that write no spaces are cut into pairs of characters.
UNSPACED = "\u30a0-\u30ff\u3400-\u9fff"
RUNS = rf"[{UNSPACED}]+|[^\W_{UNSPACED}\u3040-\u309f]+"
NAME = r"[A-Za-z0-9]+(?:[_-]+[A-Za-z0-9]+)+|[A-Za-z0-9]+"
# The parts of createIssue, HTTPServer and get_weather2.
PARTS = r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+"
SHORTEST, SHORTEST_PART = 4, 3


def split(text: str) -> list[str]:
    """The words of four letters or more, in lower case, each once, in their order; pairs in Chinese and Japanese."""
    found: list[str] = []
    for run in re.findall(RUNS, text.lower()):
        if re.match(rf"[{UNSPACED}]", run):
            found += (run[at : at + 2] for at in range(len(run) - 1))
        elif len(run) >= SHORTEST:
            found.append(run)
    return list(dict.fromkeys(found))


def split_name(name: str) -> set[str]:
    """The parts of a name, or of a text with names, of three letters or more: ``create`` and ``issue``."""
    return {part.lower() for part in re.findall(PARTS, name) if len(part) >= SHORTEST_PART}


def list_names(text: str) -> set[str]:
    """The names in the text, in lower case, that no ordinary word is: get_weather, send-mail, createIssue."""
    return {name.lower() for name in re.findall(NAME, text) if re.search(r"[_\d-]|[a-z][A-Z]", name)}
