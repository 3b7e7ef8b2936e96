"""The usage of an answer: counted tokens, adjusted to the numbers of the script, keys in wire order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mockserver.blocks.counting import count_output
from mockserver.compose.caching import use_cache
from mockserver.compose.compacting import ON_DEMAND, count_instructions
from mockserver.compose.context import Context
from mockserver.compose.editing import Edited
from mockserver.compose.iterations import list_samplings
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, Block
from mockserver.reference.tokens import is_forced

ORDER = (
    "input_tokens",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
    "cache_creation",
    "iterations",
    "output_tokens",
    "output_tokens_details",
    "service_tier",
    "inference_geo",
    "server_tool_use",
    "speed",
)
# The stop reason, and the type of an iteration.
COMPACTION = "compaction"
# Betas under which each sampling of the model is listed.
ITERATION_BETAS = ("advisor-tool-", "compact-", "server-side-fallback-")
# The results of server tools that are billed by request.
BILLED = {"web_search_tool_result": "web_search_requests", "web_fetch_tool_result": "web_fetch_requests"}
# Blocks that bring the counts of server tools; results alone continue an answer that was paused.
COUNTED = ("server_tool_use", "mcp_tool_use", *BILLED)


def make_usage(answer: Answer, edited: Edited, stop_reason: str, prompt: Prompt, context: Context) -> dict[str, Any]:
    """The ``usage`` of an answer to a request as the model reads it."""
    body, model = edited.body, context.model
    output, thought = count_output(answer.content, model, forced=is_forced(body))
    limit = body.get("max_tokens")
    if (
        type(limit) is int
        and limit >= 0
        and (stop_reason == "max_tokens" or (answer.enforce_limits and output > limit))
    ):
        # "stop at max_tokens: output_tokens == max_tokens" (source: recorded). What fits may be counted as a bit more.
        output, thought = limit, min(thought, limit)
    cached = use_cache(body, edited.tokens, edited.model, context)
    usage: dict[str, Any] = {
        "input_tokens": edited.tokens - cached.read - cached.written,
        "cache_creation_input_tokens": cached.written,
        "cache_read_input_tokens": cached.read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": cached.written_5m,
            "ephemeral_1h_input_tokens": cached.written_1h,
        },
        "output_tokens": output,
    }
    if model.output_details == "always" or prompt.thinking in ("enabled", "adaptive"):
        usage["output_tokens_details"] = {"thinking_tokens": thought}
    usage["service_tier"] = "standard"
    usage["inference_geo"] = (body.get("inference_geo") or "global") if model.inference_geo else "not_available"
    # Tools of MCP servers bring the counts too, zeros (source: recorded 2025-10, 2 of 2).
    if not answer.block_types.isdisjoint(COUNTED):
        usage["server_tool_use"] = _count_billed(answer.content)
    if speed := body.get("speed"):
        usage["speed"] = speed if model.fast == "yes" else "standard"
    if body.get("compaction") and (stop_reason == COMPACTION or not answer.content):
        usage = _move_to_iteration(usage, count_instructions(body["compaction"], ON_DEMAND, model.tokenizer))
    if answer.usage:
        usage = _override(usage, answer.usage)
    if prompt.betas and any(beta.startswith(ITERATION_BETAS) for beta in prompt.betas):
        usage.setdefault("iterations", [_make_iteration(usage)])
        usage = _order(list_samplings(usage, answer, body, context))
    return usage


def add_summary(usage: Mapping[str, Any], summary: Mapping[str, Any], said: Answer) -> dict[str, Any]:
    """The usage behind a summary, which has an iteration of its own: the other counts leave it out (recorded).

    Args:
        usage: that of what was said behind the summary.
        summary: the iteration of the summary.
        said: the answer without it; when it ends with the summary, "the sum of all non-compaction iterations" is 0.
    """
    is_all = not said.content and said.stop_reason == COMPACTION
    if is_all:
        usage = {**_clear(usage), **said.usage}
    if "iterations" in said.usage:
        return _order(usage)
    calls = () if is_all else (usage.get("iterations") or [_make_iteration(usage)])
    return _order({**usage, "iterations": [summary, *calls]})


def _count_billed(content: Iterable[Block]) -> dict[str, int]:
    """The requests that brought a result: "errors free", and what is still open is counted where its result comes."""
    done = [block.get("type") for block in content if not _is_failed(block.get("content"))]
    return {key: done.count(kind) for kind, key in BILLED.items()}


def _is_failed(result: Any) -> bool:
    return isinstance(result, Mapping) and "error_code" in result


def _move_to_iteration(usage: Mapping[str, Any], asked: int) -> dict[str, Any]:
    """The usage of a compaction on demand: one iteration holds all of it, the top level zeros (source: documented).

    ``asked``: the tokens of the prompt for the summary.
    """
    iteration = {**_make_iteration(usage), "input_tokens": usage["input_tokens"] + asked, "type": COMPACTION}
    return _order({**_clear(usage), "iterations": [iteration]})


def _clear(usage: Mapping[str, Any]) -> dict[str, Any]:
    """The usage of an answer for which the model has written a summary alone."""
    zeros = dict.fromkeys((*ORDER[:3], "output_tokens"), 0)
    return {**usage, **zeros, "cache_creation": dict.fromkeys(usage["cache_creation"] or (), 0)}


def _override(counted: dict[str, Any], scripted: Mapping[str, Any]) -> dict[str, Any]:
    """The counted usage with the numbers of the script; the rest is adjusted, so that sums still agree."""
    usage = {**counted, **scripted}
    written, split = scripted.get("cache_creation_input_tokens"), scripted.get("cache_creation")
    if split is None and written is not None:
        usage["cache_creation"] = {"ephemeral_5m_input_tokens": written, "ephemeral_1h_input_tokens": 0}
    elif split is not None and written is None:
        usage["cache_creation_input_tokens"] = sum(split.values())
    if "input_tokens" not in scripted:
        total = sum(counted[key] for key in ORDER[:3])
        left = total - (usage["cache_creation_input_tokens"] or 0) - (usage["cache_read_input_tokens"] or 0)
        # A script that reads more from the cache than was sent leaves the input as counted.
        usage["input_tokens"] = left if left > 0 else total
    details = usage.get("output_tokens_details")
    if details and "output_tokens_details" not in scripted:
        usage["output_tokens_details"] = {"thinking_tokens": min(details["thinking_tokens"], usage["output_tokens"])}
    return _order(usage)


def _make_iteration(usage: Mapping[str, Any]) -> dict[str, Any]:
    keys = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation")
    return {**{key: usage[key] for key in keys}, "type": "message"}


def _order(usage: Mapping[str, Any]) -> dict[str, Any]:
    return {**{key: usage[key] for key in ORDER if key in usage}, **usage}
