"""The complete message: the answer of a script or of the generator in the API's own form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from mockserver.blocks import block_type
from mockserver.blocks.counting import count_output
from mockserver.compose.bindings import check_thoughts
from mockserver.compose.blocks import complete, find_display
from mockserver.compose.compacting import Compacted, compact, summarize
from mockserver.compose.context import Context
from mockserver.compose.cutting import obey
from mockserver.compose.diagnostics import diagnose
from mockserver.compose.editing import Edited, edit
from mockserver.compose.following import follow
from mockserver.compose.hops import list_hops, take_last
from mockserver.compose.reuse import is_reusable, reuse
from mockserver.compose.safeguards import judge_tool_uses
from mockserver.compose.usage import add_summary, make_usage
from mockserver.records.prompt import Prompt
from mockserver.records.reply import NO_ESTIMATES, Answer, Block, Reply
from mockserver.reference import ids

CONTEXT_MANAGEMENT = "context-management-2025-06-27"
BINDING_CONTROLS = "thinking-binding-controls-2026-08-01"
SAFEGUARDS = "dangerous-tool-use-2026-09-03"
THINKING_COUNT = "thinking-token-count-2026-05-13"
# How long a container lives after its last use.
CONTAINER_LIFE = timedelta(minutes=5)


def make_reply(answer: Answer, prompt: Prompt, context: Context) -> Reply:
    """The reply to ``prompt`` with the content of ``answer``; keys are in wire order (source: recorded, 2026)."""
    if is_reusable(answer, prompt):
        return reuse(answer, prompt, context, _make_new)
    return _make_new(answer, prompt, context)


def _make_new(answer: Answer, prompt: Prompt, context: Context) -> Reply:
    body = {**prompt.body, "messages": prompt.messages} if prompt.history else prompt.body
    is_put_off = body.get("max_tokens") == 0
    if is_put_off:
        # Fills the cache and answers nothing (source: the API's caching page).
        answer = replace(answer, content=(), stop_reason="max_tokens", stop_sequence=None, stop_details=None)
    answer = obey(summarize(answer, prompt, context.model), prompt, context.model)
    body, transformations = check_thoughts(
        body, context.model, context.signer, context.lookup, start=-len(prompt.history)
    )
    read = compact(answer, edit(body, context.model), prompt, context)
    answer, said = read.answer, take_last(read.said)
    stop_reason = _choose_stop_reason(said)
    is_plain = answer.is_plain_text
    content, files = ([*answer.content], ()) if is_plain else complete(answer.content, read.prompt, context)
    message: dict[str, Any] = {
        "model": answer.model or _choose_model(answer, prompt.model, context),
        "id": ids.make_timed("msg", context.tick, context.seed) if answer.id is None else answer.id,
        "type": "message",
        "role": "assistant",
        "content": content,
    }
    if answer.container is not None or any(map(_is_code_result, answer.block_types)):
        message["container"] = _make_container(answer, body, context)
    message["stop_reason"] = stop_reason
    message["stop_sequence"] = answer.stop_sequence
    message["stop_details"] = _make_stop_details(answer, stop_reason)
    message["usage"] = _make_usage(said, read, stop_reason, prompt, context)
    if BINDING_CONTROLS in prompt.betas and context.model.can_think:
        # Before the diagnostics (source: captured 2026-09 and 2026-10).
        message["input_transformations"] = transformations
    _add_extras(message, answer, read.edited, prompt, context)
    estimates = _estimate_thoughts(answer.content, prompt, context) if THINKING_COUNT in prompt.betas else NO_ESTIMATES
    is_put_off = is_put_off or read.is_put_off
    reply = Reply(message, answer.headers, answer.faults, answer.pace, context.seed, estimates, is_put_off, files)
    return reply if answer.recorded is None else follow(reply, answer)


def _make_usage(said: Answer, read: Compacted, stop_reason: str, prompt: Prompt, context: Context) -> Mapping[str, Any]:
    """The usage of what the last model ``said``, with those of the models and of the summary before it."""
    usage: Mapping[str, Any] = make_usage(said, read.edited, stop_reason, prompt, context)
    if said is not read.said and "iterations" not in read.answer.usage:
        usage = list_hops(usage, read.said.content, prompt.model, context.model)
    return usage if read.usage is None else add_summary(usage, read.usage, read.said)


def _choose_model(answer: Answer, name: str, context: Context) -> str:
    """The model that answered: the last fallback, else the one requested; an alias becomes its dated id."""
    if "fallback" in answer.block_types:
        return str([block["to"]["model"] for block in answer.content if block.get("type") == "fallback"][-1])
    return context.model.id if context.model.is_named(name) else name


def _estimate_thoughts(content: Sequence[Block], prompt: Prompt, context: Context) -> dict[int, int]:
    """The tokens of each thought, 0 unless the display "resolves to omitted" (source: the SDK's types)."""
    hidden = find_display(prompt, context) == "omitted"
    return {
        place: count_output((block,), context.model)[1] if hidden else 0
        for place, block in enumerate(content)
        if block_type(block).estimate is not None
    }


def _choose_stop_reason(answer: Answer) -> str:
    if answer.stop_reason:
        return answer.stop_reason
    if answer.stop_sequence is not None:
        return "stop_sequence"
    if answer.stop_details is not None:
        return "refusal"
    if "tool_use" in answer.block_types:
        return "tool_use"
    implied = block_type(answer.content[-1]).stop_reason if answer.content else None
    return implied or "end_turn"


def _make_stop_details(answer: Answer, stop_reason: str) -> Mapping[str, Any] | None:
    if stop_reason != "refusal":
        return answer.stop_details
    return {"type": "refusal", "category": None, "explanation": None, **(answer.stop_details or {})}


def _is_code_result(kind: str) -> bool:
    return kind.endswith("code_execution_tool_result")


def _make_container(answer: Answer, body: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """The container as scripted, else the one requested, else a new one; it lives on by the virtual clock."""
    requested = body.get("container")
    known = requested.get("id") if isinstance(requested, Mapping) else requested
    expires = ids.read_clock(context.tick) + CONTAINER_LIFE
    container = {
        "id": known or ids.make_timed("container", context.tick, context.seed),
        "expires_at": expires.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }
    return {**container, **(answer.container or {})}


def _add_extras(message: dict[str, Any], answer: Answer, edited: Edited, prompt: Prompt, context: Context) -> None:
    """Add the fields that stand behind the usage; most of them only some requests or betas bring about."""
    body, betas = prompt.body, prompt.betas
    # In every answer since 2026-09-23, null unless something changed (source: the API's release notes; captured since).
    message["diagnostics"] = diagnose(prompt, message["id"], context)
    if body.get("safeguards") or SAFEGUARDS in betas:
        asked = body.get("safeguards") or ()
        message["safeguard_results"] = judge_tool_uses(asked, message["content"], message["stop_reason"])
    if "context_management" in body or CONTEXT_MANAGEMENT in betas:
        message["context_management"] = {"applied_edits": list(edited.applied)}
    if answer.extra:
        message.update(answer.extra)
