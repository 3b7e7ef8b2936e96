"""Says where the prompt cache could no longer be read, beside the request before in the conversation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from mockserver.blocks.prefixes import INVALIDATING, LIFETIMES, LOOKBACK, Position, find_positions, is_marked
from mockserver.control.comparing import name_tool
from mockserver.reference.catalog import lookup


class AnsweredRequest(Struct, frozen=True):
    """A request that was answered: its body with the whole conversation, when it came, and the ``usage`` answered."""

    body: Mapping[str, Any]
    at: float
    usage: Mapping[str, Any]

    @property
    def read(self) -> int:
        """The tokens read from the cache."""
        return _count(self.usage.get("cache_read_input_tokens"))

    @property
    def written(self) -> int:
        """The tokens written to the cache."""
        return _count(self.usage.get("cache_creation_input_tokens"))


class CacheBreak(Struct, frozen=True):
    """The first part that differs before the end of what the request before had in the cache; None: none does.

    ``message`` says what that means. ``read`` and ``written`` are the tokens of this answer, ``before`` those that the
    request before had read or written.
    """

    path: str | None
    message: str
    read: int
    written: int
    before: int


def find_break(before: AnsweredRequest, after: AnsweredRequest) -> CacheBreak | None:
    """Where the cache prefix broke; None where neither request has to do with the cache."""
    cached = before.read + before.written
    if not (cached or after.read or after.written or is_marked(before.body) or is_marked(after.body)):
        return None
    path, message = _explain(before, after, cached)
    return CacheBreak(path, message, after.read, after.written, cached)


def _explain(before: AnsweredRequest, after: AnsweredRequest, cached: int) -> tuple[str | None, str]:
    if not cached:
        least = lookup(str(before.body.get("model"))).min_cache
        why = (
            f"a prefix of fewer than {least:,} tokens is not cached"
            if is_marked(before.body)
            else "it set no breakpoint"
        )
        return None, f"The request before had nothing in the cache: {why}."
    tokens = f"Of {cached:,} cached tokens {after.read:,} were read, and {after.written:,} written."
    if _find_model(before) != _find_model(after):
        return "model", f"model is not what it was: each model has a cache of its own. {tokens}"
    old, new = list(find_positions(before.body, "")), list(find_positions(after.body, ""))
    marks = [index for index, position in enumerate(old) if position.ttl]
    place = _find_difference(old, new, marks[-1] if marks else len(old) - 1)
    if place is not None:
        path = _name_place(old, new, place, before.body, after.body)
        lost = "only tools and system" if path in INVALIDATING else "only what stands before it"
        return path, f"{path} is not what it was: {lost} can be read from the cache. {tokens}"
    if after.read >= cached:
        return None, f"The cached prefix is the same. {tokens}"
    return None, f"The cached prefix is the same, but {_explain_less(before, after, old, new)}. {tokens}"


def _explain_less(
    before: AnsweredRequest, after: AnsweredRequest, old: Sequence[Position], new: Sequence[Position]
) -> str:
    """Why less was read than is the same."""
    marks = [index for index, position in enumerate(old) if position.ttl]
    wanted = [index for index, position in enumerate(new) if position.ttl]
    if not wanted:
        return "this request sets no breakpoint"
    life = max([LIFETIMES[position.ttl] for position in old if position.ttl in LIFETIMES], default=LIFETIMES["5m"])
    if (passed := after.at - before.at) > life:
        return f"{passed:,.0f} s have passed, and an entry lives {life:,.0f} s"
    if marks and not any(0 <= index - marks[-1] < LOOKBACK for index in wanted):
        return f"no breakpoint stands within {LOOKBACK} blocks behind its end"
    return "a script says what was read, or the cache was emptied"


def _find_model(request: AnsweredRequest) -> str:
    return lookup(str(request.body.get("model"))).id


def _find_difference(old: Sequence[Position], new: Sequence[Position], last: int) -> int | None:
    """The first block up to the last breakpoint that is another one now, or missing: digests hold all before, too."""
    for place in range(last + 1):
        if place >= len(new) or old[place].digest != new[place].digest:
            return place
    return None


def _name_place(
    old: Sequence[Position], new: Sequence[Position], place: int, before: Mapping[str, Any], after: Mapping[str, Any]
) -> str:
    """The path of what differs at a block, as `comparing` names it."""
    here = min((each[place] for each in (old, new) if place < len(each)), key=_order)
    if not here.system and not here.messages:
        return _name_tool(before.get("tools") or (), after.get("tools") or (), place)
    if not here.messages:
        return f"system[{here.system - 1}]"
    changed = [name for name in INVALIDATING if before.get(name) != after.get(name)]
    return changed[0] if changed else f"messages[{here.messages - 1}]"


def _name_tool(old: Sequence[Any], new: Sequence[Any], place: int) -> str:
    """The tool that was added, removed or changed at a place; ``tools`` when only their order is another one."""
    names = [tool.get("name") for tool in old], [tool.get("name") for tool in new]
    if place < len(new) and names[1][place] not in names[0]:
        return name_tool(place, new[place])
    if place < len(old) and names[0][place] not in names[1]:
        return name_tool(place, old[place])
    is_moved = place >= len(old) or place >= len(new) or names[0][place] != names[1][place]
    return "tools" if is_moved else name_tool(place, new[place])


def _order(position: Position) -> tuple[int, int]:
    return position.messages, position.system


def _count(value: Any) -> int:
    return value if type(value) is int and value > 0 else 0
