"""What a thought is bound to: a digest of the conversation before it, for models that accept it nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any

import orjson

PARTS = ("system", "tools", "messages")


def prefix_digest(body: Mapping[str, Any], message_index: int) -> bytes:
    """16 bytes for what stands before a message: four each for system, tools, earlier messages and earlier thoughts.

    Moving ``cache_control``, reordering tools, adding a deferred tool or rotating the URL of an image changes nothing
    (source: the API's page on preserved thinking). Compare with `difference`.
    """
    return prefix_digests(body, message_index)[-1]


def prefix_digests(body: Mapping[str, Any], most: int | None = None) -> list[bytes]:
    """The `prefix_digest` before each message and after the last, or as far as message ``most``; linear in the body."""
    tools = sorted(_dump(_bare(tool)) for tool in body.get("tools") or () if not tool.get("defer_loading"))
    system = [_bare(block) for block in _listed(body.get("system") or ())]
    fixed = _four(_dump(system)) + _four(b"\0".join(tools))
    running, role, thought = blake2b(digest_size=4), None, b""
    found = [fixed + running.digest() + _four(thought)]
    for message in (body.get("messages") or ())[:most]:
        # Consecutive messages of one role are one turn.
        if message.get("role") != role:
            role = message.get("role")
            running.update(b"\0" + str(role).encode())
        for block in _listed(message.get("content") or ()):
            if _is_thought(block):
                thought = str(block.get("signature") or block.get("data")).encode()
            else:
                running.update(_dump(_bare(block)))
        found.append(fixed + running.digest() + _four(thought))
    return found


def block_digests(body: Mapping[str, Any]) -> list[list[bytes]]:
    """For each message the `prefix_digest` before each of its blocks; linear in the body."""
    # Consecutive messages of one role are one turn, so that a message may be taken apart.
    messages = [(message.get("role"), [*_listed(message.get("content") or ())]) for message in body["messages"]]
    parts = [{"role": role, "content": [block]} for role, blocks in messages for block in blocks]
    digests = iter(prefix_digests({**body, "messages": parts}))
    return [[next(digests) for _ in blocks] for _, blocks in messages]


def difference(sealed: bytes, found: bytes) -> str:
    """What changed between two prefixes: ``system``, ``tools``, ``messages``, or "" when they are as good as the same.

    Thoughts may be removed from the front: where none is found, any may have been there.
    """
    for at, part in enumerate(PARTS):
        if sealed[4 * at : 4 * at + 4] != found[4 * at : 4 * at + 4]:
            return part
    return "" if found[12:] in (sealed[12:], _four(b"")) else "messages"


def _four(value: bytes) -> bytes:
    return blake2b(value, digest_size=4).digest()


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
