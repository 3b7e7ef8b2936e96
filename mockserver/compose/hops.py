"""The usage of an answer in which the script itself says where another model took over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from mockserver.compose.context import Context
from mockserver.compose.usage import make_iteration, make_usage, order_usage
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, Block
from mockserver.reference.catalog import lookup


def make_hop_usage(
    answer: Answer, body: Mapping[str, Any], stop_reason: str, prompt: Prompt, context: Context
) -> dict[str, Any]:
    """The ``usage`` of an answer with ``fallback`` blocks: what the last model took, with an iteration for each model.

    What stands before a ``fallback`` block was written by the model that declined there; ``iterations`` in the script's
    own usage stay as they are. Source: documented, server-side fallback, both API versions.
    """
    *declined, (served, _) = _split(answer.content, prompt.model)

    def count(said: Answer, name: str, reason: str) -> dict[str, Any]:
        of_model = context if name == prompt.model else replace(context, model=lookup(name))
        return make_usage(said, body, reason, prompt, of_model)

    usage = count(take_last(answer), served, stop_reason)
    if "iterations" in answer.usage:
        return usage
    parts = ((name, count(Answer(content=said), name, "refusal")) for name, said in declined)
    before = [{**make_iteration(part), "model": name} for name, part in parts]
    last = {**make_iteration(usage), "type": "fallback_message", "model": served}
    return order_usage({**usage, "iterations": [*before, last]})


def take_last(answer: Answer) -> Answer:
    """The answer with what the last model wrote alone: it decides how the answer ends."""
    return replace(answer, content=_split(answer.content, "")[-1][1])


def _split(content: Iterable[Block], asked: str) -> list[tuple[str, tuple[Block, ...]]]:
    """What each model wrote, by its name, in their order."""
    parts: list[tuple[str, list[Block]]] = [(asked, [])]
    for block in content:
        if block.get("type") == "fallback":
            parts.append((str(block["to"]["model"]), []))
        else:
            parts[-1][1].append(block)
    return [(name, tuple(blocks)) for name, blocks in parts]
