"""``POST /v1/messages/count_tokens``: the input tokens that ``usage`` of the same request shows."""

from __future__ import annotations

from typing import Any

import orjson

from mockserver.blocks.counting import count_whole
from mockserver.compose.bindings import check_thoughts
from mockserver.compose.editing import count_all_thoughts, edit
from mockserver.endpoints import scripted
from mockserver.endpoints.arrival import Arrival
from mockserver.endpoints.decision import Decision
from mockserver.endpoints.parts import Parts
from mockserver.endpoints.prompts import read_prompt
from mockserver.records.reply import Value


def decide(arrival: Arrival, parts: Parts) -> Decision:
    """Count the tokens of a prompt. Uses up nothing, but of a scenario that names the path or the method."""
    if decision := scripted.decide(arrival, parts):
        return decision
    mode = parts.store.overrides.active(arrival.session).validation
    read = read_prompt(arrival.call, arrival.session, parts, "count_tokens", mode, arrival.wire)
    prompt = read.prompt
    model = parts.fixtures.catalogue.lookup(prompt.model)
    whole = {**prompt.body, "messages": prompt.messages}
    seen, _ = check_thoughts(whole, model, parts.signer, parts.fixtures.catalogue.lookup)
    body: dict[str, Any] = {"input_tokens": edit(seen, model).tokens}
    if prompt.body.get("context_management"):
        # "before context management was applied" (source: the SDK's types): with what a summary replaces, too.
        body["context_management"] = {"original_input_tokens": count_whole(seen, count_all_thoughts(seen, model))}
    return Decision(Value(orjson.dumps(body)), prompt, read.finding, read.thread)
