"""The place in an answer where another model went on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mockserver.blocks.block import BlockType, InputCounter
from mockserver.blocks.completion import Completion, arrange
from mockserver.records.reply import Block
from mockserver.records.specs import OBJECT, Anything, Either, Field, Null, Record, fields

ORDER = ("type", "from", "to", "trigger")


def find_late_fallback(content: Iterable[Mapping[str, Any]]) -> tuple[str, str] | None:
    """The models before and after a fallback in the middle of an answer, or None.

    A model that declines before it wrote anything leaves no trace in message_start; one that declines later does.
    """
    hops = [(index, block) for index, block in enumerate(content) if block.get("type") == "fallback"]
    late = [block for place, (index, block) in enumerate(hops) if index != place]
    if not late:
        return None
    first, last = late[0].get("from"), hops[-1][1].get("to")
    if not isinstance(first, Mapping) or not isinstance(last, Mapping):
        return None
    started, served = first.get("model"), last.get("model")
    return (started, served) if started and served else None


def _complete(block: Block, completion: Completion) -> Block:
    """The caller's own name of the model that was asked stands in ``from``, unless the script says another."""
    missing = {"from": {"model": completion.prompt.model}, "trigger": {"type": "refusal", "category": None}}
    return arrange({**missing, **block}, ORDER)


_FROM = Either((Null(), OBJECT), "a mapping")
_TO = Record("", fields(model=Anything()), ("model",), free=True, expect="a mapping with a model")


def _count_input(_block: Block, _counter: InputCounter) -> float:
    """Nothing: "not rendered into the prompt" (source: the SDK's types, 2026-10; both API versions)."""
    return 0.0


TYPES = (
    BlockType(
        type="fallback",
        form=Record("fallback", {"from": Field(_FROM), "to": Field(_TO)}, ("to",), free=True),
        complete=_complete,
        count_input=_count_input,
    ),
)
