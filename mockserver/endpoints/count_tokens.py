"""``POST /v1/messages/count_tokens``: the input tokens that ``usage`` of the same request shows."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from mockserver.blocks.counting import count_whole
from mockserver.compose.bindings import check_thoughts
from mockserver.compose.editing import count_all_thoughts, edit
from mockserver.endpoints import computed
from mockserver.endpoints.arrival import Arrival
from mockserver.endpoints.decision import Decision
from mockserver.endpoints.parts import Parts
from mockserver.endpoints.prompts import ReadPrompt


def decide(arrival: Arrival, parts: Parts) -> Decision:
    """Count the tokens of a prompt, unless a scenario for this endpoint or for any path says something else."""
    return computed.decide(arrival, parts, partial(_count, parts))


def _count(parts: Parts, read: ReadPrompt, values: Mapping[str, Any]) -> dict[str, Any]:
    prompt = read.prompt.seen
    model = parts.fixtures.catalogue.lookup(prompt.model)
    whole = {**prompt.body, "messages": prompt.messages}
    seen, _ = check_thoughts(whole, model, parts.signer, parts.fixtures.catalogue.lookup)
    body: dict[str, Any] = {"input_tokens": edit(seen, model).tokens}
    if prompt.body.get("context_management"):
        # "before context management was applied" (source: the SDK's types): with what a summary replaces, too.
        body["context_management"] = {"original_input_tokens": count_whole(seen, count_all_thoughts(seen, model))}
    return {**body, **values}
