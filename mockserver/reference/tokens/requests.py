"""Tokens of a request besides its blocks: the tools it offers and the options it sets."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from mockserver.reference.catalog import Model
from mockserver.reference.tokens.rates import Rates, schema_sizes, text_tokens

# Manual thinking, when enabled (recorded: count_tokens 14 → 43).
THINKING = 29
# A task budget (recorded on claude-opus-4-7, 2026-04: 53 and 54 where the same prompt takes 18 without one).
TASK_BUDGET = 36

# Tokens of the API's own descriptions of its tools, with the first tokenizer, the old and the new one; by the beginning
# of the type, the longest counts. Recorded in first samplings, 2025-05 to 2026-08, but for those marked: D stands in
# the documentation of 2026-10; I is inferred, as descriptions take 1.35 times as many tokens of the new tokenizer.
OWN_TOOLS: Mapping[str, tuple[int, int, int]] = {
    "advisor": (555, 555, 750),  # I, I
    "bash": (250, 250, 325),  # new: D
    "browser_toolset": (4900, 4900, 6610),  # I, I, D
    "code_execution": (420, 420, 570),  # new: I
    "computer": (1320, 1320, 1790),  # new: I
    "computer_toolset": (3350, 3350, 4520),  # I, I, D
    "memory": (1068, 1068, 1440),  # new: I
    "text_editor": (702, 702, 950),  # new: I
    "text_editor_20250728": (745, 745, 1000),  # new: I
    "tool_search": (191, 191, 265),
    "web_fetch": (527, 527, 758),
    "web_search": (2335, 1709, 2436),
}
# The same for models that call tools from code, which is explained to them; other models get the tools above.
CODED_TOOLS: Mapping[str, tuple[int, int, int]] = {
    "code_execution_2026": (1737, 1737, 2345),  # new: I
    "web_fetch_2026": (1199, 1199, 1620),  # new: I
    "web_search_2026": (2140, 2140, 2890),  # new: I
}
_EVERY = {**OWN_TOOLS, **CODED_TOOLS}
TOKENIZERS = ("first", "old", "new")


def is_forced(body: Mapping[str, Any]) -> bool:
    """Whether the request leaves the model no choice but to call a tool."""
    return (body.get("tool_choice") or {}).get("type") in ("any", "tool")


def count_tools(body: Mapping[str, Any], rates: Rates, model: Model) -> float:
    """The tokens of the tools that a request offers."""
    total: float = model.tool_base[is_forced(body)]
    found: set[str] | None = None
    for tool in body["tools"]:
        if not tool.get("defer_loading"):
            total += count_tool(tool, rates, model)
        elif found is None:
            total += rates.deferred
            found = _find_references(body.get("messages") or ())
        if found and tool.get("defer_loading") and tool.get("name") in found:
            total += count_tool(tool, rates, model)
    return total


def count_tool(tool: Mapping[str, Any], rates: Rates, model: Model) -> float:
    """The tokens of the definition of a tool; of the API's own tools those of the API's description."""
    if kind := tool.get("type"):
        own = count_own_tool(kind, model.tokenizer, model.programmatic_tools)
        if own is not None:
            return own
    total = rates.tool + text_tokens(tool.get("name") or "", rates)
    if description := tool.get("description"):
        total += text_tokens(description, rates)
    if schema := tool.get("input_schema"):
        words, marks, size = schema_sizes(schema)
        total += rates.schema_word * words + rates.schema_mark * marks + rates.schema_char * size
    return total


def _find_references(messages: Any) -> set[str]:
    """The names of the tools that searches have found and system messages have added."""
    found, left = set(), [messages]
    while left:
        value = left.pop()
        if isinstance(value, Mapping):
            if value.get("type") == "tool_reference":
                found.add(str(value.get("tool_name") or value.get("name")))
            left += value.values()
        elif isinstance(value, (list, tuple)):
            left += value
    return found


@lru_cache(maxsize=256)
def count_own_tool(kind: str, tokenizer: str, coded: bool) -> int | None:
    """The tokens of a tool of the API's own; None for any other type. ``coded``: the model calls tools from code."""
    table = _EVERY if coded else OWN_TOOLS
    name = max((name for name in table if kind.startswith(name)), key=len, default=None)
    return table[name][TOKENIZERS.index(tokenizer)] if name else None


# The options that cost tokens.
_COSTLY = frozenset({"thinking", "output_config", "output_format"})


def count_options(body: Mapping[str, Any], rates: Rates, model: Model) -> float:
    """The tokens of the options that cost some: thinking, a format for the answer, a budget for the task."""
    total = 0.0
    if _COSTLY.isdisjoint(body):
        return total
    thinking = (body.get("thinking") or {}).get("type")
    if thinking == "enabled":
        total += THINKING
    elif thinking == "adaptive":
        total += model.adaptive_tokens
    config = body.get("output_config") or {}
    if output_format := config.get("format") or body.get("output_format"):
        words, marks, size = schema_sizes(output_format)
        total += rates.format + rates.format_word * words + rates.format_mark * marks + rates.format_char * size
    if config.get("task_budget"):
        total += TASK_BUDGET
    return total
