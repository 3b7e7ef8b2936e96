"""Context editing: what a request has cleared out of its conversation before the model reads it.

Source: the API's page on context editing (2026-08). It holds for every version of the API, under the beta
`context-management-2025-06-27`.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from itertools import islice
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from mockserver.blocks import block_type
from mockserver.blocks.compaction import drop_summarized
from mockserver.blocks.counting import count_whole, is_turn_start
from mockserver.records.budget import LIMITS
from mockserver.records.reply import Block
from mockserver.reference.catalog import Model

Message = Mapping[str, Any]

CLEAR_THINKING = "clear_thinking_20251015"
CLEAR_TOOL_USES = "clear_tool_uses_20250919"
# "trigger: 100,000 input tokens", "keep: 3 tool uses" are the defaults.
TRIGGER = 100_000
KEPT_USES = 3
# "Earlier Opus/Sonnet and all Haiku: last turn only"; the models that keep the thinking of all turns clear none.
KEPT_TURNS = 1


class Edited(Struct, frozen=True):
    """A request as the model reads it.

    ``body`` lacks what was cleared, and what a summary in the conversation replaces; ``tokens`` is its input. ``model``
    counts the thoughts that are left. ``applied`` are the edits that cleared something, as the API reports them.
    """

    body: Mapping[str, Any]
    model: Model
    tokens: int
    applied: tuple[Mapping[str, Any], ...] = ()


class Clearing(Struct, frozen=True):
    """The messages that clearing leaves, and how many turns or uses of tools it clears."""

    messages: Sequence[Message]
    number: int


def edit(body: Mapping[str, Any], model: Model) -> Edited:
    """The request as ``model`` reads it; the tokens of the edits applied and those left make up those before."""
    body = drop_summarized(body)
    edits = find_edits(body)
    counting = count_all_thoughts(body, model) if edits else model
    edited = Edited(body, counting, count_whole(body, counting))
    # The API takes more of them; a second one of a kind hardly clears anything.
    for each in islice((each for each in edits if each.get("type") in CLEARINGS), LIMITS.context_edits):
        edited = _apply(each, edited, model)
    return edited


def count_edited(body: Mapping[str, Any], model: Model) -> int:
    """The input tokens of a request as the model reads it."""
    return edit(body, model).tokens


def find_edits(body: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The edits that a request asks for."""
    return (body.get("context_management") or {}).get("edits") or ()


def read_amount(given: Any, default: int) -> float:
    """The ``value`` of a trigger and the like."""
    value = given.get("value") if isinstance(given, Mapping) else None
    amount: float = default if value is None else value
    return amount


def count_all_thoughts(body: Mapping[str, Any], model: Model) -> Model:
    """The model as it counts the request: an edit of thoughts decides, instead of the model, which of them it reads."""
    decides = any(each.get("type") == CLEAR_THINKING for each in find_edits(body))
    return replace(model, preserves_thinking="all") if decides and model.preserves_thinking != "all" else model


def _apply(wanted: Mapping[str, Any], edited: Edited, model: Model) -> Edited:
    """Clear what an edit asks for, unless it is not due, finds nothing, or saves too little."""
    name, clear = CLEARINGS[wanted["type"]]
    messages: Sequence[Message] = edited.body.get("messages") or ()
    cleared = clear(messages, wanted, model)
    if not cleared.number or not _is_due(wanted, edited):
        return edited
    body = {**edited.body, "messages": cleared.messages}
    tokens = count_whole(body, edited.model)
    saved = edited.tokens - tokens
    # "If the API can't clear at least the specified amount, the strategy will not be applied."
    if saved < max(1, read_amount(wanted.get("clear_at_least"), 0)):
        return edited
    report = {"type": wanted["type"], name: cleared.number, "cleared_input_tokens": saved}
    return Edited(body, edited.model, tokens, (*edited.applied, report))


def _is_due(wanted: Mapping[str, Any], edited: Edited) -> bool:
    """Thinking is cleared at once, results "once the prompt exceeds this threshold"."""
    if wanted["type"] == CLEAR_THINKING:
        return True
    trigger = wanted.get("trigger") or {}
    by_uses = trigger.get("type") == "tool_uses"
    size = len(_list_uses(edited.body.get("messages") or ())) if by_uses else edited.tokens
    return size > read_amount(trigger, TRIGGER)


def _clear_thinking(messages: Sequence[Message], wanted: Mapping[str, Any], model: Model) -> Clearing:
    """Clear the thoughts of all turns but the last ones that have any."""
    keep = wanted.get("keep") or ({} if model.preserves_thinking == "last" else "all")
    if isinstance(keep, str) or keep.get("type") == "all":
        return Clearing(messages, 0)
    turns = _number_turns(messages)
    pairs = list(zip(turns, messages, strict=True))
    thoughtful = sorted({turn for turn, each in pairs if any(map(_is_thought, _list_blocks(each)))})
    kept = read_amount(keep, KEPT_TURNS)
    old = {turn for place, turn in enumerate(reversed(thoughtful)) if place >= kept}
    return Clearing([drop_thoughts(each) if turn in old else each for turn, each in pairs], len(old))


def _number_turns(messages: Sequence[Message]) -> list[int]:
    """The number of the turn that each message belongs to: answering tools goes on with one."""
    turn, turns = 0, []
    for message in messages:
        turn += is_turn_start(message)
        turns.append(turn)
    return turns


def _list_blocks(message: Message) -> Sequence[Block]:
    content = message.get("content") or ()
    return () if isinstance(content, str) else content


def _is_thought(block: Block) -> bool:
    return block_type(block).is_thought


def drop_thoughts(message: Message) -> Message:
    """The message without its thoughts."""
    blocks = _list_blocks(message)
    return {**message, "content": [each for each in blocks if not _is_thought(each)]} if blocks else message


def _clear_tool_uses(messages: Sequence[Message], wanted: Mapping[str, Any], _: Model) -> Clearing:
    """Clear the results of all uses of tools but the last ones, and the inputs where that is asked for.

    A use that holds nothing to clear is none that was cleared (inferred).
    """
    answers = {str(block["tool_use_id"]): block for block in _list_all(messages) if "tool_use_id" in block}
    pairs = [use for use in _list_uses(messages) if str(use.get("id")) in answers]
    kept = read_amount(wanted.get("keep"), KEPT_USES)
    excluded = wanted.get("exclude_tools") or ()
    inputs = wanted.get("clear_tool_inputs") or ()
    emptied = {
        str(use.get("id")) for use in pairs if use.get("input") and (inputs is True or use.get("name") in inputs)
    }
    filled = emptied.union(name for name, block in answers.items() if block.get("content"))
    spared = (use for place, use in enumerate(reversed(pairs)) if place >= kept and use.get("name") not in excluded)
    old = [use for use in spared if str(use.get("id")) in filled]
    results = {str(use.get("id")) for use in old}
    emptied &= results
    return Clearing([_empty(each, results, emptied) for each in messages], len(old)) if old else Clearing(messages, 0)


def _list_all(messages: Sequence[Message]) -> list[Block]:
    return [block for message in messages for block in _list_blocks(message)]


def _list_uses(messages: Sequence[Message]) -> list[Block]:
    """The uses of tools, the API's own and those of MCP servers too."""
    return [block for block in _list_all(messages) if str(block.get("type")).endswith("tool_use")]


def _empty(message: Message, results: Container[str], inputs: Container[str]) -> Message:
    """The message without the contents of some results and the inputs of some uses.

    The API puts a placeholder in a result's place; its words are unknown, so they are not counted.
    """

    def empty(block: Block) -> Block:
        if "tool_use_id" in block and str(block["tool_use_id"]) in results:
            return {"type": "tool_result", "tool_use_id": block["tool_use_id"], "content": ""}
        return {**block, "input": {}} if "input" in block and str(block.get("id")) in inputs else block

    blocks = _list_blocks(message)
    return {**message, "content": [empty(block) for block in blocks]} if blocks else message


# The edits that clear something: the name of what they count, and the function that does it.
Clear = Callable[[Sequence[Message], Mapping[str, Any], Model], Clearing]
CLEARINGS: Mapping[str, tuple[str, Clear]] = {
    CLEAR_THINKING: ("cleared_thinking_turns", _clear_thinking),
    CLEAR_TOOL_USES: ("cleared_tool_uses", _clear_tool_uses),
}
