"""The whole message: what a script or the generator says, in the API's own shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from msgspec.structs import replace

from mockserver.compose.blocks import complete, display
from mockserver.compose.context import Context
from mockserver.compose.repeating import is_repeatable, repeat
from mockserver.compose.usage import usage_of
from mockserver.records.prompt import Prompt
from mockserver.records.reply import NO_ESTIMATES, Answer, Block, Reply
from mockserver.reference import ids, tokens

CONTEXT_MANAGEMENT = "context-management-2025-06-27"
BINDING_CONTROLS = "thinking-binding-controls-2026-08-01"
THINKING_COUNT = "thinking-token-count-2026-05-13"
# How long a container lives after its last use.
CONTAINER_LIFE = timedelta(minutes=5)
# What the last block says of why the message ends.
STOPS = {"compaction": "compaction", "server_tool_use": "pause_turn"}


def message(answer: Answer, prompt: Prompt, context: Context) -> Reply:
    """The reply to ``prompt`` that says ``answer``; keys stand in the order of the wire (source: recorded, 2026)."""
    if is_repeatable(answer, prompt):
        return repeat(answer, prompt, context, _make)
    return _make(answer, prompt, context)


def _make(answer: Answer, prompt: Prompt, context: Context) -> Reply:
    body = {**prompt.body, "messages": prompt.messages} if prompt.history else prompt.body
    if body.get("max_tokens") == 0:
        # Warms the cache, says nothing (source: the API's caching page).
        answer = replace(answer, content=(), stop_reason="max_tokens")
    stop_reason = _stop_reason(answer)
    said: dict[str, Any] = {
        "model": answer.model or _model(answer, prompt.model, context),
        "id": ids.make_timed("msg", context.tick, context.seed),
        "type": "message",
        "role": "assistant",
        "content": [*answer.content] if answer.is_plain_text else complete(answer.content, prompt, context),
    }
    if answer.container is not None or any(map(_ran_in_container, answer.block_types)):
        said["container"] = _container(answer, body, context)
    said["stop_reason"] = stop_reason
    said["stop_sequence"] = answer.stop_sequence
    said["stop_details"] = _stop_details(answer, stop_reason)
    said["usage"] = usage_of(answer, body, stop_reason, prompt, context)
    _add_extras(said, answer, prompt, context)
    estimates = _estimates(answer.content, prompt, context) if THINKING_COUNT in prompt.betas else NO_ESTIMATES
    return Reply(said, answer.headers, answer.faults, answer.pace, context.seed, estimates)


def _model(answer: Answer, name: str, context: Context) -> str:
    """The model that served: the last one fallen back to, else the one asked for, an alias as its dated id."""
    if "fallback" in answer.block_types:
        return str([block["to"]["model"] for block in answer.content if block.get("type") == "fallback"][-1])
    return context.model.id if context.model.is_named(name) else name


def _estimates(content: Sequence[Block], prompt: Prompt, context: Context) -> dict[int, int]:
    """The tokens of each thought, 0 unless the display "resolves to omitted" (source: the SDK's types)."""
    hidden = display(prompt, context) == "omitted"
    return {
        place: tokens.count_output((block,), context.model)[1] if hidden else 0
        for place, block in enumerate(content)
        if block.get("type") == "thinking"
    }


def _stop_reason(answer: Answer) -> str:
    if answer.stop_reason:
        return answer.stop_reason
    if answer.stop_sequence is not None:
        return "stop_sequence"
    if answer.stop_details is not None:
        return "refusal"
    if "tool_use" in answer.block_types:
        return "tool_use"
    last = answer.content[-1].get("type") if answer.content else None
    return STOPS.get(str(last), "end_turn")


def _stop_details(answer: Answer, stop_reason: str) -> Mapping[str, Any] | None:
    if stop_reason != "refusal":
        return answer.stop_details
    return {"type": "refusal", "category": None, "explanation": None, **(answer.stop_details or {})}


def _ran_in_container(kind: str) -> bool:
    return kind.endswith("code_execution_tool_result")


def _container(answer: Answer, body: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """The container as scripted; else the one asked for, else a new one."""
    asked = body.get("container")
    known = asked.get("id") if isinstance(asked, Mapping) else asked
    expires = datetime.fromtimestamp(context.at, timezone.utc) + CONTAINER_LIFE
    made = {
        "id": known or ids.make_timed("container", context.tick, context.seed),
        "expires_at": expires.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }
    return {**made, **(answer.container or {})}


def _add_extras(said: dict[str, Any], answer: Answer, prompt: Prompt, context: Context) -> None:
    """Adds what is there only when asked for."""
    body, betas = prompt.body, prompt.betas
    if "context_management" in body or CONTEXT_MANAGEMENT in betas:
        said["context_management"] = {"applied_edits": []}
    if body.get("diagnostics") is not None:
        said["diagnostics"] = {"cache_miss_reason": None}
    if BINDING_CONTROLS in betas and context.model.thinking:
        said["input_transformations"] = []
    if answer.extra:
        said.update(answer.extra)
