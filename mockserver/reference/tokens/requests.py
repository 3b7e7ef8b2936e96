"""Tokens of a request besides its blocks: the tools it offers and the options it sets."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from mockserver.reference.catalog import Model
from mockserver.reference.tokens.rates import Rates, as_json

# Manual thinking, when enabled (recorded: count_tokens 14 → 43).
THINKING = 29
# A JSON format, besides its schema (recorded: 15 → 211).
FORMAT = 125
# Tokens of the API's own descriptions of its tools, besides the tools' base (recorded, first samplings).
OWN_TOOLS: Mapping[str, int] = {
    "bash": 245,
    "code_execution_20250522": 390,
    "code_execution_20250825": 390,
    "code_execution": 1710,
    "computer": 1305,
    "memory": 750,
    "text_editor": -210,
    "tool_search": 345,
    "web_fetch": 510,
    "web_search": 1690,
    "web_search_20260": 2130,
}


def is_forced(body: Mapping[str, Any]) -> bool:
    """Whether the request leaves the model no choice but to call a tool."""
    return (body.get("tool_choice") or {}).get("type") in ("any", "tool")


def count_tools(body: Mapping[str, Any], rates: Rates, model: Model) -> float:
    """The tokens of the tools that a request offers."""
    total: float = model.tool_base[is_forced(body)]
    for tool in body["tools"]:
        # The model sees a deferred tool only when it was searched for.
        if tool.get("defer_loading"):
            continue
        schema = tool.get("input_schema")
        size = (
            len(tool.get("name") or "") + len(tool.get("description") or "") + (len(as_json(schema)) if schema else 0)
        )
        total += rates.tool + rates.tool_char * size
        if kind := tool.get("type"):
            total += _count_own_tool(kind)
    return total


@lru_cache(maxsize=256)
def _count_own_tool(kind: str) -> int:
    """The tokens of a tool of the API's own: by the longest name in the table that its type begins with."""
    return max(((len(name), cost) for name, cost in OWN_TOOLS.items() if kind.startswith(name)), default=(0, 0))[1]


# The options that cost tokens.
_COSTLY = frozenset({"thinking", "output_config", "output_format"})


def count_options(body: Mapping[str, Any], rates: Rates) -> float:
    """The tokens of the options that cost some: thinking, and a format for the answer."""
    total = 0.0
    if _COSTLY.isdisjoint(body):
        return total
    if (body.get("thinking") or {}).get("type") == "enabled":
        total += THINKING
    if output_format := (body.get("output_config") or {}).get("format") or body.get("output_format"):
        total += FORMAT + rates.tool_char * len(as_json(output_format))
    return total
