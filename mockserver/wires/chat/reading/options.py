"""The options of a chat request: limits, sampling, thinking, the form of the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mockserver.reference.catalog import Model

Json = dict[str, Any]

# The tokens for thinking, by ``reasoning_effort`` (source code of new-api 2026; those of minimal, xhigh and max are the
# nearest). The API takes no fewer than 1,024.
BUDGETS = {"minimal": 1280, "low": 1280, "medium": 2048, "high": 4096, "xhigh": 4096, "max": 4096}
LEAST_BUDGET = 1024
EFFORTS = {"minimal": "low", "low": "low", "medium": "medium", "high": "high", "xhigh": "xhigh", "max": "max"}
# "n: … How many chat completion choices" has this maximum (documented by OpenAI).
MOST_CHOICES = 128
# The answer to ``json_object`` where nothing says what it holds.
ANY_OBJECT: Json = {
    "type": "object",
    "properties": {"answer": {"type": "string"}},
    "required": ["answer"],
    "additionalProperties": False,
}
# Parameters that both APIs have under one name.
SAME = ("top_p", "top_k", "stream", "thinking", "cache_control")


def read_form(body: Mapping[str, Any], at: float) -> Json:
    """What the form of the answer depends on.

    created        when the call came, in whole seconds since 1970
    n              how many times the answer is given, 1 to 128
    include_usage  whether the last chunk of a stream tells the usage
    model          the model as asked for; "" when none was
    """
    n, options, model = body.get("n"), body.get("stream_options"), body.get("model")
    count = n if type(n) is int and n > 0 else 1
    wants_usage = isinstance(options, dict) and options.get("include_usage") is True
    return {
        "created": int(at),
        "n": min(count, MOST_CHOICES),
        "include_usage": wants_usage,
        "model": model if isinstance(model, str) else "",
    }


def read_options(read: Json, body: Mapping[str, Any], find_model: Callable[[str], Model], *, is_lenient: bool) -> None:
    """Put the options of ``body`` into ``read``, which has the messages. Where it sets no limit, ``max_tokens`` is left
    out. A lenient reading asks for thinking also where the Messages API refuses it, between calls of tools and what
    follows: so do gateways.
    """
    limit = body.get("max_completion_tokens") or body.get("max_tokens")
    if limit is not None:
        read["max_tokens"] = limit
    for key in SAME:
        if (value := body.get(key)) is not None:
            read[key] = value
    temperature = body.get("temperature")
    if temperature is not None:
        # "Between 0 and 1 (inclusive). Values greater than 1 are capped at 1."
        is_number = isinstance(temperature, int | float) and not isinstance(temperature, bool)
        read["temperature"] = min(temperature, 1) if is_number else temperature
    if (stop := body.get("stop")) is not None:
        _read_stop(read, stop)
    if "thinking" not in read and ("reasoning_effort" in body or "reasoning" in body):
        _read_reasoning(read, body, find_model, is_lenient)


def _read_stop(read: Json, stop: Any) -> None:
    # "All non-whitespace stop sequences work"
    listed = [stop] if isinstance(stop, str) else stop
    if isinstance(listed, list):
        listed = [each for each in listed if not isinstance(each, str) or each.strip()]
    if listed:
        read["stop_sequences"] = listed


def _read_reasoning(read: Json, body: Mapping[str, Any], find_model: Callable[[str], Model], is_lenient: bool) -> None:
    """Thinking as ``reasoning_effort`` asks for it, or ``reasoning: {effort, max_tokens}``, as OpenRouter has it."""
    effort, budget = body.get("reasoning_effort"), 0
    if isinstance(reasoning := body.get("reasoning"), dict):
        effort = reasoning.get("effort") or effort
        given = reasoning.get("max_tokens")
        budget = given if type(given) is int and given > 0 else 0
    if not isinstance(effort, str) or effort not in (*BUDGETS, "none"):
        effort = ""
    if not effort and not budget:
        return
    model = find_model(str(read.get("model", "")))
    if "adaptive" not in model.thinking and not is_lenient and _ends_with_results(read.get("messages")):
        # The thoughts before the calls would have to come back with their signatures, which this wire does not carry.
        return
    if effort == "none" and not budget:
        if "disabled" in model.thinking:
            read["thinking"] = {"type": "disabled"}
    elif "adaptive" in model.thinking:
        read["thinking"] = {"type": "adaptive"}
        if effort in EFFORTS and model.effort:
            wanted = EFFORTS[effort]
            read["output_config"] = {"effort": wanted if wanted in model.effort else "high"}
    elif "enabled" in model.thinking:
        _think(read, max(budget or BUDGETS[effort], LEAST_BUDGET), model)


def _ends_with_results(messages: Any) -> bool:
    last = messages[-1] if isinstance(messages, list) and messages else None
    content = last["content"] if isinstance(last, dict) and last["role"] == "user" else None
    return isinstance(content, list) and any(block["type"] == "tool_result" for block in content)


def _think(read: Json, budget: int, model: Model) -> None:
    read["thinking"] = {"type": "enabled", "budget_tokens": budget}
    limit = read.get("max_tokens")
    # What is said after the thoughts needs tokens, too. Where no limit was set, none below the budget may be put in.
    if (type(limit) is int and limit <= budget) or (limit is None and budget >= BUDGETS["high"]):
        read["max_tokens"] = min(budget + (limit or BUDGETS["high"]), max(model.max_tokens, budget + 1))


def add_format(read: Json, body: Mapping[str, Any]) -> Json | None:
    """The body with the schema that ``response_format`` asks for, as only answers see it: models without structured
    outputs, and schemas that the Messages API refuses, are fine on this wire. None: it asks for none.
    """
    wanted = body.get("response_format")
    kind = wanted.get("type") if isinstance(wanted, dict) else None
    if not isinstance(wanted, dict) or kind not in ("json_schema", "json_object"):
        return None
    given = wanted.get("json_schema") if kind == "json_schema" else None
    schema = given.get("schema") if isinstance(given, dict) else None
    chosen = schema if isinstance(schema, dict) and schema else ANY_OBJECT
    config = {**read.get("output_config", {}), "format": {"type": "json_schema", "schema": chosen}}
    return {**read, "output_config": config}
