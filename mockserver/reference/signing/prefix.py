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


def prefix_digests(body: Mapping[str, Any], most: int | None = None, resumed: bytes = b"") -> list[bytes]:
    """The `prefix_digest` before each message and after the last, up to message ``most``; linear in the body.

    ``resumed`` is the digest of the messages in whose place a summary stands: those behind it are then taken to follow
    these. Without it all begins with the summary.
    """
    tools = sorted(_dump(_normalize(tool)) for tool in body.get("tools") or () if not tool.get("defer_loading"))
    system = [_normalize(block) for block in _as_blocks(body.get("system") or ())]
    fixed = _digest(_dump(system)) + _digest(b"\0".join(tools))
    state, role, thought = _digest(b""), None, b""
    digests = [fixed + state + _digest(thought)]
    for message in (body.get("messages") or ())[:most]:
        for block in _as_blocks(message.get("content") or ()):
            if is_summary(block):
                # What stands before it is no longer read, so callers may leave it out.
                state, role, thought = resumed, None, b""
                if resumed:
                    continue
            # Consecutive messages of one role are one turn.
            if message.get("role") != role:
                role = message.get("role")
                state = _digest(state + b"\0" + str(role).encode())
            if _is_thought(block):
                thought = str(block.get("signature") or block.get("data")).encode()
            else:
                state = _digest(state + _dump(_normalize(block)))
        digests.append(fixed + state + _digest(thought))
    return digests


def summary_digest(body: Mapping[str, Any], resumed: bytes = b"") -> bytes:
    """16 bytes for a conversation in whose place its summary is to stand: four each for system, tools and messages.

    The last four are those of the messages with ``resumed``, for a conversation that begins with a summary itself.
    """
    plain = prefix_digests(body)[-1]
    return plain[:12] + (prefix_digests(body, None, resumed)[-1][8:12] if resumed else plain[8:12])


def block_digests(body: Mapping[str, Any], resumed: bytes = b"") -> list[list[bytes]]:
    """For each message the `prefix_digest` before each of its blocks, with ``resumed`` as there; linear in the body."""
    # Consecutive messages of one role are one turn, so that a message may be taken apart.
    messages = [(message.get("role"), [*_as_blocks(message.get("content") or ())]) for message in body["messages"]]
    parts = [{"role": role, "content": [block]} for role, blocks in messages for block in blocks]
    digests = iter(prefix_digests({**body, "messages": parts}, None, resumed))
    return [[next(digests) for _ in blocks] for _, blocks in messages]


def find_difference(sealed: bytes, found: bytes) -> str:
    """The part in which two prefixes differ: ``system``, ``tools`` or ``messages``; "" when they are equivalent."""
    for at, part in enumerate(PARTS):
        if sealed[4 * at : 4 * at + 4] != found[4 * at : 4 * at + 4]:
            return part
    return "" if found in equivalents(sealed) else "messages"


def equivalents(sealed: bytes) -> tuple[bytes, bytes]:
    """The prefixes that are equivalent: earlier thoughts may be removed, so also the one without any."""
    return sealed, sealed[:12] + _digest(b"")


def _digest(value: bytes) -> bytes:
    return blake2b(value, digest_size=4).digest()


def _as_blocks(content: Any) -> Iterable[Any]:
    return ({"type": "text", "text": content},) if isinstance(content, str) else content


def _is_thought(block: Any) -> bool:
    return isinstance(block, dict) and block.get("type") in ("thinking", "redacted_thinking")


def is_summary(block: Any) -> bool:
    """Whether the block is a summary that takes the place of what stands before it."""
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
