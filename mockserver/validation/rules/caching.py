"""Rules of prompt caching: how many breakpoints, in which order, and on what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from mockserver.records.errors import Finding
from mockserver.validation.facts import Facts, blocks_of, refuse

MOST = 4


class Mark(Struct, frozen=True):
    """A cache breakpoint: where, for how long, on which block."""

    at: str
    ttl: str
    block: Mapping[str, Any]


def breakpoints_counted(facts: Facts) -> Finding | None:
    """At most 4 blocks carry cache_control; automatic caching takes one more unless its block has one already.

    Source: observed; automatic caching documented, prompt caching.
    """
    places = [f"{mark.at}.cache_control" for mark in _marks(facts)]
    if facts.body.get("cache_control") is not None and _target(facts) is None:
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
    for mark in [*_marks(facts), *_automatic(facts)]:
        if short and mark.ttl == "1h":
            return refuse(
                f"{mark.at}.cache_control.ttl: a ttl='1h' cache_control block must not come after a ttl='5m' "
                "cache_control block. Note that blocks are processed in the following order: `tools`, `system`, "
                "`messages`."
            )
        short = short or mark.ttl == "5m"
    return None


def breakpoints_filled(facts: Facts) -> Finding | None:
    """An empty text block ends no prefix.

    Source: observed 2026-08.
    """
    for mark in _marks(facts):
        if mark.block.get("type") == "text" and not mark.block.get("text"):
            tag = ".text" if mark.at.startswith("messages") else ""
            return refuse(f"{mark.at}{tag}: cache_control cannot be set for empty text blocks")
    return None


def automatic_agrees(facts: Facts) -> Finding | None:
    """Automatic caching and the breakpoint of the last block last equally long.

    Source: observed 2026 (cache_top_level_ttl).
    """
    given, target = facts.body.get("cache_control"), _target(facts)
    if not given or target is None or target.ttl == (given.get("ttl") or "5m"):
        return None
    return refuse(
        f"Top-level cache_control has ttl='{given.get('ttl') or '5m'}' but the target block already has cache_control "
        f"with ttl='{target.ttl}'. When both are specified on the same block, they must have matching TTLs.",
        path="cache_control.ttl",
    )


def _marks(facts: Facts) -> list[Mark]:
    return [*_listed(facts.tools, "tools"), *_listed(facts.body.get("system"), "system"), *_in_messages(facts)]


def _automatic(facts: Facts) -> Iterator[Mark]:
    """The breakpoint that automatic caching sets on the last block, unless that has one already."""
    given, messages = facts.body.get("cache_control"), facts.survey.messages
    if given and messages and _target(facts) is None:
        last = blocks_of(messages[-1])
        at = f"messages.{len(messages) - 1 + facts.survey.start}.content.{max(0, len(last) - 1)}"
        yield _mark(at, {"cache_control": given})


def _listed(blocks: object, name: str) -> Iterator[Mark]:
    for index, block in enumerate(blocks if isinstance(blocks, list) else ()):
        if block.get("cache_control"):
            yield _mark(f"{name}.{index}", block)


def _in_messages(facts: Facts) -> Iterator[Mark]:
    for ref in facts.survey.of("@cache"):
        yield _mark(ref.path, ref.block)


def _mark(at: str, block: Mapping[str, Any]) -> Mark:
    return Mark(at, block["cache_control"].get("ttl") or "5m", block)


def _target(facts: Facts) -> Mark | None:
    """The breakpoint that the last block of the conversation already has."""
    content = facts.survey.messages[-1].get("content") if facts.survey.messages else None
    last = content[-1] if isinstance(content, list) and content else {}
    return _mark("", last) if last.get("cache_control") else None
