"""Uses of the caller's own tools, and their results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from mockserver.blocks import shapes
from mockserver.blocks.block import BlockType, InputCounter, Nesting, OutputCounter, Unfolded
from mockserver.blocks.chunking import Grain, cut_input
from mockserver.blocks.completion import BY_CODE, DIRECT, Completion, arrange
from mockserver.blocks.delta import DeltaType
from mockserver.blocks.partial_json import TornInput, close_json
from mockserver.blocks.shorthand import Shorthand, as_list, as_text
from mockserver.records.reply import Block
from mockserver.records.specs import OBJECT, STRING, Either, EnumOf, Record, Text, fields, several
from mockserver.reference.tokens import as_json, text_tokens

ORDER = ("type", "id", "name", "input", "caller")
LONGEST_EXCERPT = 60

# Streams cut the input as a mapping.
USE_FORM = Record("", fields(input=OBJECT), free=True)
_CALLER = Either((EnumOf((BY_CODE,), BY_CODE), OBJECT), f"{BY_CODE}, or a mapping")
TOOL_USE = Record("tool_use", fields(name=STRING, input=OBJECT, id=STRING, caller=_CALLER), ("name",))
_NAME_OR_USE = Either((Text(written=True), TOOL_USE), "the name of a tool, or {name, input}")


def write_tool_use(value: Any, _: Mapping[str, Any]) -> Iterator[Block]:
    """``tool_use: name``, ``{name, input}``, or a list of these."""
    for item in as_list(value):
        use = item if isinstance(item, dict) else {"name": as_text(item)}
        yield {"type": "tool_use", "input": {}, **use}


def _complete(block: Block, completion: Completion) -> Block:
    name = str(block.get("name"))
    if block.get("caller") == BY_CODE:
        block = {**block, "caller": completion.find_running_code(name)}
    caller = completion.find_caller(name) if completion.waiting or completion.left else DIRECT
    defaults = {"id": block.get("id") or completion.next_id("toolu"), "input": {}, "caller": caller}
    return arrange({**defaults, **block}, ORDER)


def unfold_use(block: Block, dice: Iterator[int], grain: Grain) -> Unfolded:
    """Send the input of a use in pieces."""
    tool_input = block.get("input")
    if not isinstance(tool_input, Mapping):
        return block, []
    pieces = cut_input(tool_input, dice, grain.inputs)
    return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]


def _fold_input(block: Block, deltas: Sequence[Mapping[str, Any]]) -> Block:
    text = "".join([delta["partial_json"] for delta in deltas])
    if not text:
        return block
    try:
        return {**block, "input": orjson.loads(text)}
    except orjson.JSONDecodeError as error:
        excerpt = text if len(text) <= LONGEST_EXCERPT else text[: LONGEST_EXCERPT - 3] + "..."
        raise TornInputError(f"the tool input is no JSON ({error}): {excerpt}", block, text) from error


class TornInputError(ValueError):
    """A tool's input that is no JSON: broken, unless ``max_tokens`` cut it off."""

    def __init__(self, message: str, block: Block, text: str) -> None:
        super().__init__(message)
        self.block = block
        self.text = text

    def close(self) -> Block:
        """The block with what can be read of its input; raises this error when that is no object."""
        try:
            return {**self.block, "input": close_json(self.text)}
        except ValueError:
            raise self from None


def _start_with_name(_chance: int, size: int) -> int:
    """A stream that begins with a tool counts 8 to 60 output tokens at its start (source: recorded)."""
    return 8 + size % 53


def count_use_input(block: Block, counter: InputCounter) -> float:
    """Count the tokens of a use that comes back in a request."""
    tool_input, rates = block.get("input") or {}, counter.rates
    size = len(tool_input) if isinstance(tool_input, Mapping) else 0
    return rates.use + rates.use_field * size + rates.use_char * len(as_json(tool_input))


def count_use_output(block: Block, counter: OutputCounter) -> None:
    """Count the tokens with which the model calls a tool."""
    rates, tool_input = counter.rates, block.get("input") or {}
    if isinstance(tool_input, TornInput):
        size, text = len(tool_input.written), "".join(tool_input.written)
    else:
        size, text = len(tool_input), as_json(tool_input).decode() if tool_input else ""
    counter.tools = rates.answer_forced if counter.forced else rates.answer_tools
    counter.written += (
        rates.call
        + rates.call_property * size
        + rates.call_name * len(block.get("name") or "")
        + rates.call_input * (text_tokens(text, rates) if text else 0)
    )


def count_result(block: Block, counter: InputCounter) -> float:
    """Count the tokens of a result: of its text, or of the blocks inside it."""
    return counter.rates.result + counter.count(block.get("content") or ())


TYPES = (
    BlockType(
        type="tool_use",
        form=USE_FORM,
        shorthands={
            "tool_use": Shorthand(
                write_tool_use,
                several(_NAME_OR_USE),
                "the name of a tool without arguments, `{name, input}`, or a list for parallel calls; "
                "with `caller: code_execution` code makes the call",
            )
        },
        complete=_complete,
        unfold=unfold_use,
        torn_field="input",
        deltas=(
            # The search's input was once repeated in its result (recorded 2025-07); clients skip it.
            DeltaType("input_json_delta", "input", {"partial_json": str}, _fold_input, ignored_beside="tool_use_id"),
        ),
        tokens_at_start=_start_with_name,
        count_input=count_use_input,
        count_output=count_use_output,
        role="assistant",
    ),
    BlockType(
        type="tool_result",
        count_input=count_result,
        shape={"content": shapes.TEXT_OR_BLOCKS, "tool_use_id": shapes.STRING},
        role="user",
        answers="tool_use",
        nesting=Nesting(("content",), ".tool_result.content"),
    ),
)
