"""Completes the blocks of a message, each by its row in the table of block types."""

from __future__ import annotations

from collections.abc import Iterable

from mockserver.blocks import block_type
from mockserver.blocks.completion import DIRECT, Completion, ToolUse
from mockserver.blocks.thinking import choose_display
from mockserver.compose.context import Context
from mockserver.records.files import MadeFile
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Block


def complete(content: Iterable[Block], prompt: Prompt, context: Context) -> tuple[list[Block], tuple[MadeFile, ...]]:
    """The blocks as the API gives them, and the files that they make; fields that a script gives stay as they are."""
    completion = Completion(
        prompt, context.model, context.signer, context.seed, find_display(prompt, context), context.tick
    )
    completion.left = [
        ToolUse(str(use.get("name")), use.get("id"), use.get("caller") or DIRECT) for use in prompt.open_uses
    ]
    blocks = [block_type(block).complete(block, completion) for block in content]
    return blocks, tuple(completion.files)


def find_display(prompt: Prompt, context: Context) -> str:
    """How the answer to a prompt shows its thoughts."""
    return choose_display(prompt.body, prompt.betas, context.model)
