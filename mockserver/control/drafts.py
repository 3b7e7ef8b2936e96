"""Scenarios that were written for one request each, joined into one file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_HEAD = re.compile(r"^scenarios:[^\n]*\n", re.MULTILINE)
_ITEM = re.compile(r"^  - ", re.MULTILINE)


def join_drafts(drafts: Iterable[str]) -> str:
    """One file of scenarios, of several with one each; comments stay above theirs."""
    parts = [part for draft in drafts for part in _read(draft)]
    has_any = any(map(_ITEM.search, parts))
    return f"scenarios:{'' if has_any else ' []'}\n{''.join(parts)}"


def _read(draft: str) -> Iterator[str]:
    """The comments of a draft and its scenario, as they stand in a list."""
    head = _HEAD.search(draft)
    before, behind = (draft[: head.start()], draft[head.end() :]) if head else (draft, "")
    yield from (f"  {line}\n" for line in before.splitlines() if line.strip())
    yield behind
