"""The prefixes of a request that the prompt cache may hold: the ends of its blocks, with running digests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any

import orjson
from msgspec import Struct
from msgspec.structs import replace

# "The system checks for cache hits at up to 20 blocks before each breakpoint" (source: the API's caching page).
LOOKBACK = 20
# Seconds for which an entry lives, by the breakpoint's ``ttl``.
LIFETIMES = {"5m": 300.0, "1h": 3600.0}
# "Changing thinking mode, budget or effort invalidates the message cache", as another choice of tools does.
INVALIDATING = ("thinking", "tool_choice", "output_config")
_CUSTOM = ("type", "custom")


class Position(Struct, frozen=True):
    """The end of one block: how much of the body comes before it, a digest of that, and the breakpoint set there.

    ``size`` is that of the block alone, in bytes of JSON.
    """

    tools: int
    system: int
    messages: int
    blocks: int
    digest: bytes
    ttl: str | None
    size: int


def is_marked(body: Mapping[str, Any]) -> bool:
    """Whether the request marks anything for the cache. Marks stand on blocks of the first level only."""
    if body.get("cache_control") is not None:
        return True
    if _has_mark(body.get("tools")) or _has_mark(body.get("system")):
        return True
    for message in body.get("messages") or ():
        content = message.get("content")
        if not isinstance(content, str) and _has_mark(content):
            return True
    return False


def _has_mark(content: Any) -> bool:
    if content and not isinstance(content, str):
        for block in content:
            if block.get("cache_control"):
                return True
    return False


def _find_ttl(block: Mapping[str, Any]) -> str | None:
    mark = block.get("cache_control")
    return (mark.get("ttl") or "5m") if mark else None


def find_positions(body: Mapping[str, Any], model: str) -> Iterator[Position]:
    """The ends of all blocks, with running digests: tools, then system, then messages."""
    running = blake2b(model.encode(), digest_size=16)
    ends: list[Position] = []

    def end(block: Any, tools: int, system: int = 0, messages: int = 0, blocks: int = 0) -> Position:
        written = dump(_strip_mark(block))
        running.update(written)
        return Position(tools, system, messages, blocks, running.digest(), _find_ttl(block), len(written))

    tools, system, messages = body.get("tools") or (), _list_blocks(body.get("system")), body.get("messages") or ()
    ends += [end(tool, index) for index, tool in enumerate(tools, 1)]
    ends += [end(block, len(tools), index) for index, block in enumerate(system, 1)]
    running.update(dump([body.get(key) for key in INVALIDATING]))
    for number, message in enumerate(messages, 1):
        running.update(str(message.get("role")).encode())
        is_text = isinstance(message.get("content"), str)
        for index, block in enumerate(_list_blocks(message.get("content")), 1):
            ends.append(end(block, len(tools), len(system), number, 0 if is_text else index))
    return _mark_last(ends, body)


def _mark_last(ends: list[Position], body: Mapping[str, Any]) -> Iterator[Position]:
    """The positions, the last one marked when the request asks for automatic caching."""
    yield from ends[:-1]
    if ends:
        yield replace(ends[-1], ttl=ends[-1].ttl or _find_ttl(body))


def _list_blocks(content: Any) -> Any:
    return [{"type": "text", "text": content}] if isinstance(content, str) and content else content or ()


def _strip_mark(block: Any) -> Any:
    """The block without its mark; a tool also without the type that it has by default."""
    if "cache_control" in block or block.get("type") == "custom":
        return {key: value for key, value in block.items() if key != "cache_control" and (key, value) != _CUSTOM}
    return block


def dump(value: Any) -> bytes:
    """The value as JSON with sorted keys, to be digested."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        # Nested deeper than orjson writes: such a value adds nothing to the digest.
        return b""
