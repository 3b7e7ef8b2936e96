"""What a thought is bound to: a digest of the conversation before it, for models that accept it nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any

import orjson


def prefix_digest(body: Mapping[str, Any], message_index: int) -> bytes:
    """16 bytes for what stands before a message: system, the set of tools, the earlier messages, earlier thoughts.

    Moving ``cache_control``, reordering tools, adding a deferred tool or rotating the URL of an image changes nothing
    (source: the API's page on preserved thinking). Compare with `is_same_prefix`.
    """
    messages = list(_merged((body.get("messages") or ())[:message_index]))
    thoughts = [block for message in messages for block in message["content"] if _is_thought(block)]
    for message in messages:
        message["content"] = [_bare(block) for block in message["content"] if not _is_thought(block)]
    tools = sorted(_dump(_bare(tool)) for tool in body.get("tools") or () if not tool.get("defer_loading"))
    system = [_bare(block) for block in _listed(body.get("system") or ())]
    what = b"\0".join((_dump(system), *tools, _dump(messages)))
    last = str(thoughts[-1].get("signature") or thoughts[-1].get("data")).encode() if thoughts else None
    return blake2b(what, digest_size=12).digest() + (blake2b(last, digest_size=4).digest() if last else bytes(4))


def is_same_prefix(sealed: bytes, found: bytes) -> bool:
    """Whether a block sealed with one prefix may stand behind another: thoughts may be removed from the front only."""
    return sealed[:12] == found[:12] and found[12:] in (sealed[12:], bytes(4))


def _merged(messages: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    """The messages as lists of blocks, consecutive ones of one role as one."""
    current: dict[str, Any] | None = None
    for message in messages:
        content = list(_listed(message.get("content") or ()))
        if current and current["role"] == message.get("role"):
            current["content"] += content
            continue
        if current:
            yield current
        current = {"role": message.get("role"), "content": content}
    if current:
        yield current


def _listed(content: Any) -> Iterable[Any]:
    return ({"type": "text", "text": content},) if isinstance(content, str) else content


def _is_thought(block: Any) -> bool:
    return isinstance(block, dict) and block.get("type") in ("thinking", "redacted_thinking")


def _bare(block: Any) -> Any:
    """A block without what may change: cache marks, nulls, and the address of a source given by URL."""
    if not isinstance(block, dict):
        return block
    kept = {key: value for key, value in block.items() if key != "cache_control" and value is not None}
    if kept.get("type") == "url":
        kept.pop("url", None)
    # Blocks stand in blocks below these keys only; what a tool was given is nobody's to change.
    if "source" in kept:
        kept["source"] = _bare(kept["source"])
    if isinstance(inner := kept.get("content"), list):
        kept["content"] = [_bare(each) for each in inner]
    return kept


def _dump(value: Any) -> bytes:
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        # Nested deeper than orjson writes: taken for the same as any other such value.
        return b""
