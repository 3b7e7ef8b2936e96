"""The thoughts of a request that its model does not get to see, or should not: those bound to something else.

Thoughts are bound to the model that made them and, on some models, to the conversation before them. The server is one
organization and signs for no end user, so that these two checks never fail here; a script may say that they did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mockserver.blocks import BLOCKS
from mockserver.records.reply import Block
from mockserver.reference.catalog import Model
from mockserver.reference.signing import Signer

THOUGHTS = frozenset(kind for kind, row in BLOCKS.items() if row.is_thought)
# The index of a message and of a block in it; a thought there.
Place = tuple[int, int]
Thought = tuple[Place, Block]


def has_thoughts(body: Mapping[str, Any]) -> bool:
    """Whether any message of the request holds a thought."""
    return next(_find_thoughts(body), None) is not None


def check_thoughts(
    body: Mapping[str, Any], model: Model, signer: Signer, lookup: Callable[[str], Model], *, start: int = 0
) -> tuple[Mapping[str, Any], list[dict[str, Any]]]:
    """The request as the model sees it, and its ``input_transformations``: an entry a thought that fails a check.

    Thoughts of models that this one cannot read are always dropped. Those that do not fit the conversation before them
    are dropped under ``drop_block``, with the rest of their turn's, else only named. Dropped thoughts cost nothing.

    Source: the API's page on preserved thinking (2026-09), the SDK's types (2.14), and probes of Opus 5.5 and Sonnet 5
    reported 2026-09-26; both API versions.

    Args:
        body: the request with its complete conversation.
        model: the model that is asked.
        signer: the server's signer.
        lookup: finds the other models by name.
        start: the index of the conversation's first message, negative where a thread continues.
    """
    thoughts = [*_find_thoughts(body)]
    failed = dict(_find_mismatches(thoughts, body, model, signer, lookup)) if thoughts else {}
    if not failed:
        return body, []
    entries = [_make_entry(place, start, *found) for place, found in failed.items() if place[0] + start >= 0]
    dropped = {place for place, (kind, _) in failed.items() if kind == "thinking_dropped"}
    return _drop(body, dropped) if dropped else body, entries


def _find_thoughts(body: Mapping[str, Any]) -> Iterator[Thought]:
    for index, message in enumerate(body.get("messages") or ()):
        content = message.get("content") if message.get("role") == "assistant" else None
        if content and not isinstance(content, str):
            for place, block in enumerate(content):
                if block.get("type") in THOUGHTS:
                    yield (index, place), block


def _find_mismatches(
    thoughts: list[Thought], body: Mapping[str, Any], model: Model, signer: Signer, lookup: Callable[[str], Model]
) -> Iterator[tuple[Place, tuple[str, str]]]:
    """The thoughts that fail a check, each with the type of its entry and the reason: one, the model first."""
    find_change = signer.binding(body) if model.prefix_bound else None
    kind, broken = "thinking_dropped" if _drops_blocks(body) else "thinking_mismatch_allowed", -1
    for (index, place), block in thoughts:
        maker = signer.read_model(block)
        if maker and not model.reads(lookup(maker)):
            yield (index, place), ("thinking_dropped", "model_binding_mismatch")
            continue
        part = find_change(index, place, block) if find_change else ""
        if index == broken or part:
            # "The rest of that turn's consecutive thinking blocks are removed with it." Named ones are checked alone.
            broken = index if kind == "thinking_dropped" else -1
            yield (index, place), (kind, "prefix_binding_mismatch")


def _drops_blocks(body: Mapping[str, Any]) -> bool:
    thinking = body.get("thinking")
    binding = thinking.get("block_binding") if isinstance(thinking, Mapping) else None
    return isinstance(binding, Mapping) and binding.get("prefix_mismatch_behavior") == "drop_block"


def _make_entry(place: Place, start: int, kind: str, reason: str) -> dict[str, Any]:
    return {"type": kind, "path": f"messages.{place[0] + start}.content.{place[1]}", "reason": reason}


def _drop(body: Mapping[str, Any], places: set[Place]) -> Mapping[str, Any]:
    messages = [*body["messages"]]
    for index in {index for index, _ in places}:
        kept = [block for place, block in enumerate(messages[index]["content"]) if (index, place) not in places]
        messages[index] = {**messages[index], "content": kept}
    return {**body, "messages": messages}
