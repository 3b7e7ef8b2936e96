"""The assertion that requests send back the thinking that came with tool uses, as the API demands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from msgspec import Struct

from mockserver.blocks import block_type
from mockserver.reference.catalog import Catalogue
from mockserver.store import Entry
from mockserver.testing.assertions import Request, list_requests

Blocks = list[Mapping[str, Any]]
# A thinking block: its text, its signature, or the data of a redacted one.
Thought = tuple[Any, ...]


class AssistantTurn(Struct, frozen=True):
    """An assistant turn sent back: the tool uses in it, its thinking, and whether its tool loop is still under way."""

    uses: list[str]
    thoughts: list[Thought]
    is_current: bool


def complain_of_lost_thinking(requests: Sequence[Request], catalogue: Catalogue) -> str:
    """Complain of tool loops that did not send back the thinking which came with a tool use, complete and in order.

    "Older turns' thinking outside a tool loop may be omitted" (source: the API's page on extended thinking).
    """
    answers = [_keep_objects(message["content"]) for request in requests if (message := request.entry.message)]
    known = {thought for blocks in answers for thought in _list_thoughts(blocks)}
    owed = {use: thoughts for blocks in answers if (thoughts := _list_thoughts(blocks)) for use in _list_uses(blocks)}
    if not owed:
        return "no answer on the Messages wire held both thinking and a tool use: there was nothing to send back"
    returned = [
        (request, turn) for request in requests for turn in _read_turns(request.entry) if {*turn.uses} & {*owed}
    ]
    if not returned:
        return "\n".join(["no request sent back a tool use that came with thinking", *list_requests(requests)])
    lines: list[str] = []
    for request, turns in groupby(returned, key=lambda pair: pair[0]):
        is_bound = bool(catalogue.lookup(request.entry.model or "").prefix_bound)
        lines += _complain_of_turns(request, [turn for _, turn in turns], owed, known, is_bound=is_bound)
    return "\n".join(lines)


def _complain_of_turns(
    request: Request,
    turns: Iterable[AssistantTurn],
    owed: Mapping[str, list[Thought]],
    known: set[Thought],
    *,
    is_bound: bool,
) -> Iterator[str]:
    has_kept = False
    for turn in turns:
        use = next(use for use in turn.uses if use in owed)
        wanted = owed[use]
        missing = [thought for thought in wanted if thought not in turn.thoughts]
        lost = f"{len(missing)} of the {len(wanted)} thinking block(s) that came with it"
        line = f"{request}, sends back tool use {use}"
        if missing and (turn.is_current or not {*turn.thoughts} <= known):
            yield f"{line} without {lost}, or with changes"
        elif missing and is_bound and (has_kept or _is_cut_behind(wanted, turn.thoughts)):
            yield f"{line} without {lost}, behind others that it keeps: {request.entry.model} binds each to all before"
        elif [thought for thought in turn.thoughts if thought in wanted] != [
            thought for thought in wanted if thought in turn.thoughts
        ]:
            yield f"{line} with the thinking blocks that came with it in another order"
        has_kept = has_kept or len(missing) < len(wanted)


def _is_cut_behind(wanted: list[Thought], kept: list[Thought]) -> bool:
    """Whether a block is missing after one that was kept; only the first blocks may be left out."""
    return [thought in kept for thought in wanted] != sorted(thought in kept for thought in wanted)


def _read_turns(entry: Entry) -> Iterator[AssistantTurn]:
    """The assistant's turns in a request; consecutive messages of one role are one turn."""
    latest_question = turn_number = -1
    turns: list[tuple[int, Blocks]] = []
    for role, messages in groupby(_keep_objects(_list_messages(entry)), key=lambda message: message.get("role")):
        turn_number += 1
        blocks = [block for message in messages for block in _list_blocks(message)]
        if role == "assistant":
            turns.append((turn_number, blocks))
        elif role == "user" and not any(block.get("type") == "tool_result" for block in blocks):
            latest_question = turn_number
    for number, blocks in turns:
        yield AssistantTurn(_list_uses(blocks), _list_thoughts(blocks), number > latest_question)


def _list_messages(entry: Entry) -> Any:
    """The messages of the whole conversation; they may have any shape."""
    prompt = entry.prompt
    if prompt is None:
        return ()
    sent = prompt.body.get("messages")
    return (*prompt.history, *(sent if isinstance(sent, list) else ()))


def _list_uses(blocks: Iterable[Mapping[str, Any]]) -> list[str]:
    return [str(block.get("id")) for block in blocks if block.get("type") == "tool_use"]


def _list_thoughts(blocks: Iterable[Mapping[str, Any]]) -> list[Thought]:
    thoughts = (block for block in blocks if block_type(block).is_thought)
    return [(str(block.get("thinking")), str(block.get("signature")), str(block.get("data"))) for block in thoughts]


def _list_blocks(message: Mapping[str, Any]) -> Blocks:
    return _keep_objects(message.get("content"))


def _keep_objects(blocks: Any) -> Blocks:
    return [block for block in blocks if isinstance(block, Mapping)] if isinstance(blocks, (list, tuple)) else []
