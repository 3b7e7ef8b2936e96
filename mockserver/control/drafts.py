"""Scenarios that were written for one request each, joined into one file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_HEAD = re.compile(r"^scenarios:[^\n]*\n", re.MULTILINE)
_REPLY = re.compile(r"^    reply:(?: (?P<inline>[^\n]+))?\n(?P<block>(?:      [^\n]*\n|\n)*)", re.MULTILINE)
_KEY = re.compile(r"^        (?=[^\s#])", re.MULTILINE)


def join_drafts(drafts: Iterable[str]) -> str:
    """One file of several with one scenario each, which has one answer; comments stay above theirs.

    Each answer is given once (``calls`` in place of ``reply``): else the first of two scenarios for like requests would
    answer both.
    """
    parts = [part for draft in drafts for part in _read(draft)]
    has_any = any(re.search(r"^  - ", part, re.MULTILINE) for part in parts)
    return f"scenarios:{'' if has_any else ' []'}\n{''.join(parts)}"


def _read(draft: str) -> Iterator[str]:
    """The comments of a draft and its scenario, as they stand in a list."""
    head = _HEAD.search(draft)
    before, behind = (draft[: head.start()], draft[head.end() :]) if head else (draft, "")
    yield from (f"  {line}\n" for line in before.splitlines() if line.strip())
    yield _REPLY.sub(_give_once, behind, count=1)


def _give_once(found: re.Match[str]) -> str:
    if found["inline"]:
        return f"    calls:\n      - {found['inline']}\n{found['block']}"
    block = "".join(f"  {line}" if line.strip() else line for line in found["block"].splitlines(keepends=True))
    # The first key of the answer begins the entry.
    return "    calls:\n" + _KEY.sub("      - ", block, count=1)
