"""Counts the tokens that a request reads from the prompt cache, and those it writes there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from mockserver.blocks.counting import count_request
from mockserver.blocks.prefixes import LIFETIMES, LOOKBACK, Position, find_positions, is_marked
from mockserver.compose.context import Context
from mockserver.reference.catalog import Model

# Tokens of a request before and after all blocks: never cached.
AROUND = 4


class CacheUse(Struct, frozen=True):
    """Tokens read from the cache and written to it, by lifetime."""

    read: int = 0
    written_5m: int = 0
    written_1h: int = 0

    @property
    def written(self) -> int:
        """All tokens written."""
        return self.written_5m + self.written_1h


NOTHING = CacheUse()


def use_cache(body: Mapping[str, Any], total: int, model: Model, context: Context) -> CacheUse:
    """Look ``body`` (``total`` input tokens of ``model``) up in the session's cache, and store its prefixes there."""
    if not is_marked(body):
        return NOTHING
    positions = list(find_positions(body, model.id))
    marks = [index for index, position in enumerate(positions) if position.ttl]
    if not marks:
        return NOTHING
    sizes = {index: _count_tokens(body, positions[index], total, model) for index in marks}
    cacheable = [index for index in marks if sizes[index] >= model.min_cache]
    writes = [(positions[index].digest, LIFETIMES[positions[index].ttl or "5m"]) for index in cacheable]
    candidates = _look_back(positions, marks)
    digest = context.consult_cache([position.digest for position in candidates], writes, context.at)
    hit = next((position for position in candidates if position.digest == digest), None)
    read = _count_tokens(body, hit, total, model) if hit else 0
    done, tokens_written = read, dict.fromkeys(LIFETIMES, 0)
    for index in cacheable:
        tokens_written[positions[index].ttl or "5m"] += max(0, sizes[index] - done)
        done = max(done, sizes[index])
    return CacheUse(read, tokens_written["5m"], tokens_written["1h"])


def _look_back(positions: list[Position], marks: list[int]) -> list[Position]:
    """The prefixes that may be read, the longest first: those a few blocks back from each breakpoint."""
    return [positions[index] for mark in reversed(marks) for index in range(mark, max(-1, mark - LOOKBACK), -1)]


def _count_tokens(body: Mapping[str, Any], position: Position, total: int, model: Model) -> int:
    """The tokens of the prefix that ends at ``position``."""
    messages = list((body.get("messages") or ())[: position.messages])
    if messages and position.blocks:
        messages[-1] = {**messages[-1], "content": messages[-1]["content"][: position.blocks]}
    prefix = {key: value for key, value in body.items() if key not in ("system", "messages", "tools")}
    system = body.get("system") or ()
    prefix["tools"] = list(body.get("tools") or ())[: position.tools]
    prefix["system"] = system if isinstance(system, str) else system[: position.system]
    if not position.system:
        del prefix["system"]
    prefix["messages"] = messages
    return max(0, min(count_request(prefix, model), total) - AROUND)
