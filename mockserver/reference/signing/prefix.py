"""The prefix that a thought is bound to: digests of the conversation before it, for models that check them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any

import orjson

PARTS = ("system", "tools", "messages")
# What a field of a block or tool means when it is left out.
_DEFAULTS: Mapping[str, Any] = {
    "type": "custom",
    "is_error": False,
    "defer_loading": False,
    "strict": False,
    "caller": {"type": "direct"},
    "allowed_callers": ["direct"],
}


def prefix_digest(body: Mapping[str, Any], message_index: int) -> bytes:
    """16 bytes for all that precedes a message: four each for system, tools, earlier messages and earlier thoughts.

    Moving ``cache_control``, reordering tools, adding a deferred tool or rotating the URL of an image changes nothing
    (source: the API's page on preserved thinking), nor does another way to write the same: a text as a block or not, a
    default written out (inferred, all models). Compare with `find_difference`.
    """
    return prefix_digests(body, message_index)[-1]


def prefix_digests(body: Mapping[str, Any], most: int | None = None) -> list[bytes]:
    """The `prefix_digest` before each message and after the last, up to message ``most``; linear in the body."""
    tools = sorted(_dump(_normalize(tool)) for tool in body.get("tools") or () if not tool.get("defer_loading"))
    system = [_normalize(block) for block in _as_blocks(body.get("system") or ())]
    fixed = _digest(_dump(system)) + _digest(b"\0".join(tools))
    hasher, role, thought = blake2b(digest_size=4), None, b""
    digests = [fixed + hasher.digest() + _digest(thought)]
    for message in (body.get("messages") or ())[:most]:
        # Consecutive messages of one role are one turn.
        if message.get("role") != role:
            role = message.get("role")
            hasher.update(b"\0" + str(role).encode())
        for block in _as_blocks(message.get("content") or ()):
            if _is_summary(block):
                # What stands before it is no longer read, so callers may leave it out.
                hasher, thought = blake2b(b"\0" + str(role).encode(), digest_size=4), b""
            if _is_thought(block):
                thought = str(block.get("signature") or block.get("data")).encode()
            else:
                hasher.update(_dump(_normalize(block)))
        digests.append(fixed + hasher.digest() + _digest(thought))
    return digests


def block_digests(body: Mapping[str, Any]) -> list[list[bytes]]:
    """For each message the `prefix_digest` before each of its blocks; linear in the body."""
    # Consecutive messages of one role are one turn, so that a message may be taken apart.
    messages = [(message.get("role"), [*_as_blocks(message.get("content") or ())]) for message in body["messages"]]
    parts = [{"role": role, "content": [block]} for role, blocks in messages for block in blocks]
    digests = iter(prefix_digests({**body, "messages": parts}))
    return [[next(digests) for _ in blocks] for _, blocks in messages]


def find_difference(sealed: bytes, found: bytes) -> str:
    """The part in which two prefixes differ: ``system``, ``tools`` or ``messages``; "" when they are equivalent.

    Earlier thoughts may be removed, so a prefix without any is equivalent to one with them.
    """
    for at, part in enumerate(PARTS):
        if sealed[4 * at : 4 * at + 4] != found[4 * at : 4 * at + 4]:
            return part
    return "" if found[12:] in (sealed[12:], _digest(b"")) else "messages"


def _digest(value: bytes) -> bytes:
    return blake2b(value, digest_size=4).digest()


def _as_blocks(content: Any) -> Iterable[Any]:
    return ({"type": "text", "text": content},) if isinstance(content, str) else content


def _is_thought(block: Any) -> bool:
    return isinstance(block, dict) and block.get("type") in ("thinking", "redacted_thinking")


def _is_summary(block: Any) -> bool:
    return isinstance(block, dict) and block.get("type") == "compaction" and bool(block.get("content"))


def _normalize(block: Any) -> Any:
    """A block or tool without what may change: cache marks, nulls, defaults, the address of a source given by URL."""
    if not isinstance(block, dict):
        return block
    stable = {
        key: value
        for key, value in block.items()
        if key != "cache_control" and value is not None and not (key in _DEFAULTS and value == _DEFAULTS[key])
    }
    if stable.get("type") == "url":
        stable.pop("url", None)
    # Only these keys hold further blocks; the input of a tool must not change at all.
    if "source" in stable:
        stable["source"] = _normalize(stable["source"])
    if isinstance(inner := stable.get("content"), (list, str)):
        stable["content"] = [_normalize(each) for each in _as_blocks(inner)]
        if stable["content"] in ([], [{"type": "text", "text": ""}]):
            del stable["content"]
    return stable


def _dump(value: Any) -> bytes:
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        # Nested deeper than orjson writes: taken for the same as any other such value.
        return b""
