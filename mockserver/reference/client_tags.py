"""Removes from the user's messages what clients add in tags, such as reminders; what the user said is left."""

from __future__ import annotations

import re
from functools import lru_cache

from mockserver.reference import prebuilt


def remove(text: str) -> str:
    """The text without what stands between the tags in ``client_tags.yaml`` that mark additions of clients.

    Of tags that mark what the user said, only the text between them stays. A tag that is not closed is left alone.
    """
    if "</" not in text:
        return text
    added, said = _compile()
    left = said.sub("", _remove_spans(text, added))
    return left if left == text else left.strip()


@lru_cache(maxsize=1)
def _compile() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The opening tags of additions, and the tags around what the user said."""
    tags = prebuilt.read("client_tags")
    added, said = ("|".join(map(re.escape, tags[kind])) for kind in ("added", "said"))
    return re.compile(rf"<({added})(?:\s[^<>]{{0,500}})?>"), re.compile(rf"</?(?:{said})>")


def _remove_spans(text: str, opening: re.Pattern[str]) -> str:
    kept: list[str] = []
    unclosed: set[str] = set()
    uneven: set[str] = set()
    at = 0
    for found in opening.finditer(text):
        # Each closing tag that is not there is searched for once.
        if found.start() < at or found[1] in unclosed:
            continue
        first, outer = _find_ends(text, found[1], found.end(), outermost=found[1] not in uneven)
        if first < 0:
            unclosed.add(found[1])
            continue
        if outer < 0:
            uneven.add(found[1])
        kept.append(text[at : found.start()])
        at = outer if outer >= 0 else first
    return "".join([*kept, text[at:]])


def _find_ends(text: str, tag: str, start: int, *, outermost: bool) -> tuple[int, int]:
    """Where the first closing tag behind ``start`` ends, and the one that closes a tag opened there; -1 for none."""
    first, depth = -1, 1
    for found in re.compile(rf"<(/?){re.escape(tag)}(?:\s[^<>]{{0,500}})?>").finditer(text, start):
        depth += -1 if found[1] else 1
        if found[1] and first < 0:
            first = found.end()
            if not outermost:
                break
        if depth == 0:
            return first, found.end()
    return first, -1
