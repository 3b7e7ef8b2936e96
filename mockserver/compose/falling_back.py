"""Server-side fallbacks: what one model declines, the next one answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mockserver.compose.attempts import list_entries, make_attempt
from mockserver.compose.hops import is_hop, make_iteration, with_iterations
from mockserver.records.files import MadeFile
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Block, Reply, ScriptOutcome
from mockserver.reference.catalog import Model

# Answers a prompt as the nth further attempt, counted from 1.
Ask = Callable[[Prompt, int], ScriptOutcome]


def fall_back(outcome: ScriptOutcome, prompt: Prompt, lookup: Callable[[str], Model], ask: Ask) -> ScriptOutcome:
    """The answer to a prompt with ``fallbacks``, of which ``outcome`` is the first attempt.

    Only a refusal goes on to the next model; an error of the requested model comes through, and that of a further one
    makes the refusal before it stand, which then recommends that model. An answer with a ``fallback`` block of its own
    stays as it is.

    Source: documented, server-side fallback, 2026-06-01 and 2026-07-01, both API versions; ``trigger`` and the ids from
    the SDK's types (2.14).

    Args:
        outcome: what the requested model answers.
        prompt: the request.
        lookup: finds the facts of a model by its name.
        ask: answers the request as a fallback model gets it.
    """
    if not isinstance(outcome, Reply):
        return outcome
    attempts, recommended = [outcome], None
    for entry in list_entries(prompt, lookup(prompt.model)):
        if not is_declined(attempts[-1]):
            break
        model = lookup(entry["model"])
        answered = ask(make_attempt(prompt, entry, model), len(attempts))
        if not isinstance(answered, Reply):
            recommended = model.id if model.is_named(entry["model"]) else entry["model"]
            break
        attempts.append(answered)
    return _join(attempts, prompt, recommended)


def is_declined(reply: Reply) -> bool:
    """Whether the model declined, and nobody has taken over."""
    return reply.message["stop_reason"] == "refusal" and not any(map(is_hop, reply.message["content"]))


def _join(attempts: Sequence[Reply], prompt: Prompt, recommended: str | None) -> Reply:
    """One reply of all attempts: the last message, behind a block for each model that declined before."""
    first, last = attempts[0], attempts[-1]
    content: list[Block] = []
    files: list[MadeFile] = []
    estimates: dict[int, int] = {}
    for index, reply in enumerate(attempts):
        if index:
            content.append(_make_hop(prompt.model if index == 1 else None, attempts[index - 1], reply))
        # A stream has already sent the text of a model that then declined; a whole answer leaves that text out.
        if reply is last or prompt.stream:
            estimates |= {len(content) + place: tokens for place, tokens in reply.estimates.items()}
            content += reply.message["content"]
            files += reply.files
    message = {**last.message, "id": first.message["id"], "content": content}
    message["diagnostics"] = last.message["diagnostics"] or first.message["diagnostics"]
    message["usage"] = with_iterations(last.message["usage"], _join_iterations(attempts))
    if is_declined(last):
        message["stop_details"] = {**message["stop_details"]}
        message["stop_details"].setdefault("recommended_model", recommended)
    return Reply(
        message,
        {name: value for reply in attempts for name, value in reply.headers.items()},
        tuple(fault for reply in attempts for fault in reply.faults),
        next((reply.pace for reply in reversed(attempts) if reply.pace), None),
        first.seed,
        estimates,
        last.is_put_off,
        tuple(files),
    )


def _make_hop(asked: str | None, declined: Reply, following: Reply) -> Block:
    """The block before the answer of the model that took over: the caller's own name of the first model, then ids."""
    details = declined.message["stop_details"]
    return {
        "type": "fallback",
        "from": {"model": asked or declined.message["model"]},
        "to": {"model": following.message["model"]},
        "trigger": {"type": "refusal", "category": details.get("category")},
    }


def _join_iterations(attempts: Sequence[Reply]) -> list[dict[str, Any]]:
    """The samplings of all attempts: the last one is the ``fallback_message`` if another model declined before.

    That is there, with zeros, when the last model has only summed up the conversation; one that declined to do so has
    the ``message`` of a decline (both inferred).
    """
    *declined, last = [_list_iterations(reply.message) for reply in attempts]
    names = [reply.message["model"] for reply in attempts]
    entries = [_decline(entry, name) for name, listed in zip(names, declined, strict=False) for entry in listed]
    if not declined or not last:
        return entries + last
    *before, final = last
    if final.get("type") == "compaction" and attempts[-1].message["stop_reason"] == "compaction":
        before, final = last, make_iteration(attempts[-1].message["usage"], names[-1])
    return [*entries, *before, {**final, "type": "fallback_message"} if final.get("type") == "message" else final]


def _decline(entry: dict[str, Any], name: str) -> dict[str, Any]:
    return {**entry, "type": "message", "model": name} if entry.get("type") == "compaction" else entry


def _list_iterations(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    usage = message["usage"]
    given = usage.get("iterations", [make_iteration(usage, message["model"])])
    # Scripted usage may hold anything.
    entries = [entry for entry in given if isinstance(entry, dict)] if isinstance(given, list) else []
    return [
        {**entry, "model": entry.get("model", message["model"])} if entry.get("type") == "message" else entry
        for entry in entries
    ]
