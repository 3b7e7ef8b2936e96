"""Rules of prompt caching: the number of breakpoints, their order, and the blocks that may carry one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from mockserver.records.errors import Finding
from mockserver.validation.facts import Facts, blocks_of, refuse

MOST = 4


class Breakpoint(Struct, frozen=True):
    """A cache breakpoint: its path, its lifetime and its block."""

    path: str
    ttl: str
    block: Mapping[str, Any]


def breakpoints_counted(facts: Facts) -> Finding | None:
    """At most 4 blocks carry cache_control; automatic caching counts as one more unless its block has one already.

    Source: observed; automatic caching documented, prompt caching.
    """
    places = [f"{point.path}.cache_control" for point in _find_breakpoints(facts)]
    if facts.body.get("cache_control") is not None and _find_last(facts) is None:
        places.append("cache_control")
    if len(places) <= MOST:
        return None
    text = f"A maximum of {MOST} blocks with cache_control may be provided. Found {len(places)}."
    return refuse(text, path=places[MOST])


def breakpoints_ordered(facts: Facts) -> Finding | None:
    """Long-lived prefixes come before short-lived ones, in the order tools, system, messages, an automatic one last.

    Source: observed 2026-09; of automatic caching documented, its place by analogy.
    """
    short = False
    for point in [*_find_breakpoints(facts), *_make_automatic(facts)]:
        if short and point.ttl == "1h":
            return refuse(
                f"{point.path}.cache_control.ttl: a ttl='1h' cache_control block must not come after a ttl='5m' "
                "cache_control block. Note that blocks are processed in the following order: `tools`, `system`, "
                "`messages`."
            )
        short = short or point.ttl == "5m"
    return None


def breakpoints_filled(facts: Facts) -> Finding | None:
    """An empty text block carries no breakpoint.

    Source: observed 2026-08.
    """
    for point in _find_breakpoints(facts):
        if point.block.get("type") == "text" and not point.block.get("text"):
            tag = ".text" if point.path.startswith("messages") else ""
            return refuse(f"{point.path}{tag}: cache_control cannot be set for empty text blocks")
    return None


def automatic_agrees(facts: Facts) -> Finding | None:
    """Automatic caching has the same lifetime as the breakpoint of the last block, if that has one.

    Source: observed 2026 (cache_top_level_ttl).
    """
    given, target = facts.body.get("cache_control"), _find_last(facts)
    if not given or target is None or target.ttl == (given.get("ttl") or "5m"):
        return None
    return refuse(
        f"Top-level cache_control has ttl='{given.get('ttl') or '5m'}' but the target block already has cache_control "
        f"with ttl='{target.ttl}'. When both are specified on the same block, they must have matching TTLs.",
        path="cache_control.ttl",
    )


def _find_breakpoints(facts: Facts) -> list[Breakpoint]:
    return [
        *_find_in_list(facts.tools, "tools"),
        *_find_in_list(facts.body.get("system"), "system"),
        *_find_in_messages(facts),
    ]


def _make_automatic(facts: Facts) -> Iterator[Breakpoint]:
    """The breakpoint that automatic caching sets on the last block, unless that has one already."""
    given, messages = facts.body.get("cache_control"), facts.survey.messages
    if given and messages and _find_last(facts) is None:
        last = blocks_of(messages[-1])
        at = f"messages.{len(messages) - 1 + facts.survey.start}.content.{max(0, len(last) - 1)}"
        yield _make_breakpoint(at, {"cache_control": given})


def _find_in_list(blocks: object, name: str) -> Iterator[Breakpoint]:
    for index, block in enumerate(blocks if isinstance(blocks, list) else ()):
        if block.get("cache_control"):
            yield _make_breakpoint(f"{name}.{index}", block)


def _find_in_messages(facts: Facts) -> Iterator[Breakpoint]:
    for ref in facts.survey.of("@cache"):
        yield _make_breakpoint(ref.path, ref.block)


def _make_breakpoint(path: str, block: Mapping[str, Any]) -> Breakpoint:
    return Breakpoint(path, block["cache_control"].get("ttl") or "5m", block)


def _find_last(facts: Facts) -> Breakpoint | None:
    """The breakpoint that the last block of the conversation already has."""
    content = facts.survey.messages[-1].get("content") if facts.survey.messages else None
    last = content[-1] if isinstance(content, list) and content else {}
    return _make_breakpoint("", last) if last.get("cache_control") else None
