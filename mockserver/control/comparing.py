"""Compares two requests part by part: parameters, then tools, system and messages, as the prompt cache reads them.

A breakpoint of the cache (``cache_control``) is no part of what stands there: where they are is compared by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

SAME, ADDED, REMOVED, CHANGED = "same", "added", "removed", "changed"
BREAKPOINTS = "cache_control"
# The parts that are compared one by one.
_LISTS = ("tools", "system", "messages")


class Change(Struct, frozen=True):
    """A part of a request beside the same part of an earlier one. What is the same has no values."""

    path: str
    kind: str
    before: Any = None
    after: Any = None


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """The parts of two bodies, each with its whole conversation; they may have any shape."""
    for name in sorted({*before, *after} - {*_LISTS, BREAKPOINTS}):
        yield _compare(name, before.get(name), after.get(name), name in before, name in after)
    marks = list(list_breakpoints(before)), list(list_breakpoints(after))
    if any(marks):
        yield _compare(BREAKPOINTS, *marks)
    yield from _compare_tools(_list_tools(before), _list_tools(after))
    for name in ("system", "messages"):
        parts = (before.get(name), after.get(name))
        yield from _compare_places(name, *(_list_parts(each, name) for each in parts))


def list_breakpoints(body: Mapping[str, Any]) -> Iterator[str]:
    """Where the breakpoints of a request stand; ``automatic`` is the one that the API places."""
    if body.get(BREAKPOINTS):
        yield "automatic"
    for index, tool in enumerate(_list(body.get("tools"))):
        if isinstance(tool, Mapping) and tool.get(BREAKPOINTS):
            yield name_tool(index, tool)
    for index, block in enumerate(_list(body.get("system"))):
        if isinstance(block, Mapping) and block.get(BREAKPOINTS):
            yield f"system[{index}]"
    for index, message in enumerate(_list(body.get("messages"))):
        content = message.get("content") if isinstance(message, Mapping) else None
        for place, block in enumerate(_list(content)):
            if isinstance(block, Mapping) and block.get(BREAKPOINTS):
                yield f"messages[{index}].content[{place}]"


def count_common(before: Sequence[Any], after: Sequence[Any]) -> int:
    """How many messages at the beginning of two conversations are the same."""
    for index, (old, new) in enumerate(zip(before, after, strict=False)):
        if strip(old) != strip(new):
            return index
    return min(len(before), len(after))


def name_tool(index: int, tool: Any) -> str:
    """The path of a tool, with its name."""
    name = _name(tool)
    return f"tools[{index}] {name}" if name else f"tools[{index}]"


def list_messages(body: Mapping[str, Any]) -> list[Any]:
    """The messages of a body of any shape."""
    return _list(body.get("messages"))


def _compare(path: str, before: Any, after: Any, was: bool = True, is_there: bool = True) -> Change:
    if was and is_there:
        return Change(path, SAME) if before == after else Change(path, CHANGED, before, after)
    return Change(path, REMOVED, before) if was else Change(path, ADDED, None, after)


def _compare_tools(before: Sequence[Any], after: Sequence[Any]) -> Iterator[Change]:
    """Tools by their names; their order by itself, since the cache reads them in it."""
    old = {_name(tool) or f"[{index}]": (index, tool) for index, tool in enumerate(before)}
    new = {_name(tool) or f"[{index}]": (index, tool) for index, tool in enumerate(after)}
    orders = [name for name in old if name in new], [name for name in new if name in old]
    if orders[0] != orders[1]:
        yield Change("tools", CHANGED, list(old), list(new))
    for name, (index, tool) in new.items():
        earlier = old[name][1] if name in old else None
        yield _compare(name_tool(index, tool), strip(earlier), strip(tool), name in old)
    for name, (index, tool) in old.items():
        if name not in new:
            yield Change(name_tool(index, tool), REMOVED, strip(tool))


def _compare_places(name: str, before: Sequence[Any], after: Sequence[Any]) -> Iterator[Change]:
    for index in range(max(len(before), len(after))):
        was, is_there = index < len(before), index < len(after)
        old, new = before[index] if was else None, after[index] if is_there else None
        yield _compare(f"{name}[{index}]", old, new, was, is_there)


def _list_tools(body: Mapping[str, Any]) -> list[Any]:
    return _list(body.get("tools"))


def _list_parts(value: Any, name: str) -> list[Any]:
    """The blocks of a system prompt, or the messages, without breakpoints; a text is a block."""
    if name == "system" and isinstance(value, str):
        value = [{"type": "text", "text": value}]
    return [strip(each) for each in _list(value)]


def strip(part: Any) -> Any:
    """A tool, a block or a message without breakpoints; a content that is a text is a block."""
    if not isinstance(part, Mapping):
        return part
    if BREAKPOINTS in part:
        part = {key: value for key, value in part.items() if key != BREAKPOINTS}
    content = part.get("content")
    if "role" not in part:
        return part
    if isinstance(content, str):
        return {**part, "content": [{"type": "text", "text": content}]}
    return {**part, "content": [_strip_block(block) for block in content]} if isinstance(content, list) else part


def _strip_block(block: Any) -> Any:
    if isinstance(block, Mapping) and BREAKPOINTS in block:
        return {key: value for key, value in block.items() if key != BREAKPOINTS}
    return block


def _name(tool: Any) -> str:
    name = tool.get("name") if isinstance(tool, Mapping) else None
    return name if isinstance(name, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
