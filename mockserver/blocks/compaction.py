"""Summaries of conversations that were compacted, at a threshold or on demand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mockserver.blocks import shapes
from mockserver.blocks.block import BlockType, InputCounter, OutputCounter, Unfolded
from mockserver.blocks.chunking import Grain
from mockserver.blocks.completion import Completion, arrange
from mockserver.blocks.delta import DeltaType, set_fields
from mockserver.blocks.tool_change import TOOL_INTEGERS
from mockserver.records.reply import Block
from mockserver.records.specs import Record, Text, fields
from mockserver.reference.tokens import text_tokens

TYPE = "compaction"
# The words around a summary in a request, by tokenizer (recorded five times on claude-sonnet-4-6, 2026-04 and 2026-08;
# new: inferred from the lengths of a documented prompt).
FRAMES = {"first": 97, "old": 97, "new": 124}
# The marks around a summary that the model writes (recorded three times, 2026-04 and 2026-08: 13 to 17).
MARKS = 13
ORDER = ("type", "content", "encrypted_content", "signature")


def drop_summarized(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The request without what stands before its last summary: the model no longer reads it.

    "When the API receives a `compaction` block, all content blocks before it are ignored" (source: the API's compaction
    page; recorded 2026-04). A block without content is a failed compaction, which replaces nothing.
    """
    messages: Sequence[Mapping[str, Any]] = body.get("messages") or ()
    for message in messages:
        content = message.get("content")
        # Each request is looked through: a list is the quickest way.
        if content and not isinstance(content, str) and TYPE in [block.get("type") for block in content]:
            return _drop_summarized(body, messages)
    return body


def _drop_summarized(body: Mapping[str, Any], messages: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    for index in range(len(messages) - 1, -1, -1):
        content: Any = messages[index].get("content") or ""
        for place in range(len(content) - 1, -1, -1) if not isinstance(content, str) else ():
            if content[place].get("type") == TYPE and content[place].get("content"):
                kept = {**messages[index], "content": content[place:]}
                return {**body, "messages": [kept, *messages[index + 1 :]]} if index or place else body
    return body


def _complete(block: Block, completion: Completion) -> Block:
    defaults: dict[str, Any] = {"content": None}
    # A request for compaction gets "the signed form"; a compaction at a threshold is not signed.
    if completion.prompt.body.get("compaction"):
        content = block.get("content") or ""
        defaults["signature"] = completion.signer.sign(content, completion.model.id, completion.summary_prefix)
    return arrange({**defaults, **block}, ORDER)


def _unfold(block: Block, _dice: Iterator[int], _grain: Grain) -> Unfolded:
    # On demand the block is signed and comes complete; at a threshold it comes in exactly one delta.
    if "signature" in block:
        return block, []
    contents = {key: block[key] for key in ("content", "encrypted_content") if key in block}
    return {**block, **dict.fromkeys(contents)}, [{"type": "compaction_delta", **contents}]


def _count_input(block: Block, counter: InputCounter) -> float:
    content = block.get("content")
    return FRAMES[counter.model.tokenizer] + text_tokens(content, counter.rates) if content else 0


def _count_output(block: Block, counter: OutputCounter) -> None:
    counter.written += MARKS + text_tokens(block.get("content") or "", counter.rates)


TYPES = (
    BlockType(
        type=TYPE,
        form=Record("", fields(content=Text(null=True, file="text")), free=True),
        complete=_complete,
        unfold=_unfold,
        deltas=(DeltaType("compaction_delta", "content", {}, set_fields),),
        stop_reason=TYPE,
        is_sampled_apart=True,
        count_input=_count_input,
        count_output=_count_output,
        shape={"content": shapes.STRING},
        integers=TOOL_INTEGERS,
    ),
)
