"""Summaries of conversations that were compacted, at a threshold or on demand."""

from __future__ import annotations

from collections.abc import Iterator
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

# The words around a summary in a request (recorded once, on claude-sonnet-4-6).
FRAME = 75
ORDER = ("type", "content", "encrypted_content", "signature")


def _complete(block: Block, completion: Completion) -> Block:
    defaults: dict[str, Any] = {"content": None, "encrypted_content": None}
    # A request for compaction gets "the signed form"; a compaction at a threshold is not signed.
    if completion.prompt.body.get("compaction"):
        defaults["signature"] = completion.signer.sign(block.get("content") or "", completion.model.id)
    return arrange({**defaults, **block}, ORDER)


def _unfold(block: Block, _dice: Iterator[int], _grain: Grain) -> Unfolded:
    # On demand the block is signed and comes complete; at a threshold it comes in exactly one delta.
    if "signature" in block:
        return block, []
    contents = {key: block[key] for key in ("content", "encrypted_content") if key in block}
    return {**block, **dict.fromkeys(contents)}, [{"type": "compaction_delta", **contents}]


def _count_input(block: Block, counter: InputCounter) -> float:
    return FRAME + text_tokens(block.get("content") or "", counter.rates)


def _count_output(block: Block, counter: OutputCounter) -> None:
    counter.written += text_tokens(block.get("content") or "", counter.rates)


TYPES = (
    BlockType(
        type="compaction",
        form=Record("", fields(content=Text(null=True)), free=True),
        complete=_complete,
        unfold=_unfold,
        deltas=(DeltaType("compaction_delta", "content", {}, set_fields),),
        stop_reason="compaction",
        is_sampled_apart=True,
        count_input=_count_input,
        count_output=_count_output,
        shape={"content": shapes.STRING},
        integers=TOOL_INTEGERS,
    ),
)
