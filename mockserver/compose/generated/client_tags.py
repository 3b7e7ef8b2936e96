"""What the user said, without what clients add to the user's messages: reminders, files that are open, and the like."""

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
    at = 0
    for found in opening.finditer(text):
        # Each closing tag that is not there is searched for once.
        if found.start() < at or found[1] in unclosed:
            continue
        end = text.find(closing := f"</{found[1]}>", found.end())
        if end < 0:
            unclosed.add(found[1])
            continue
        kept.append(text[at : found.start()])
        at = end + len(closing)
    return "".join([*kept, text[at:]])
