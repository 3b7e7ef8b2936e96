"""Uses of the API's own tools, and functions that all their results share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from mockserver.blocks import shapes
from mockserver.blocks.block import BlockType
from mockserver.blocks.completion import CODE, DIRECT, Completion, ToolUse, arrange
from mockserver.blocks.shorthand import Write, as_list
from mockserver.blocks.tool_use import ORDER, USE_FORM, count_use_input, count_use_output, unfold_use
from mockserver.records.reply import Block
from mockserver.records.specs import OBJECT, STRING, Field, OneOrMany, Record, several

RESULT_ORDER = ("type", "tool_use_id", "content", "caller")
# Tools whose uses name their caller, each with the beginning of the tool's type.
NAMES_CALLER = {"web_search": "web_search_2026", "web_fetch": "web_fetch_2026"}


_SHARED = {
    "input": Field(OBJECT, "further input of the tool, exactly as the model writes it"),
    "error": Field(STRING, "the API's error code, instead of a result"),
}


def build_tool_form(key: str, fields: Mapping[str, Field], *needed: str) -> OneOrMany:
    """The form of a server tool's shorthand: its own fields, those that must be there, and those all tools share."""
    return several(Record(key, {**fields, **_SHARED}, needed))


def write_server_tool(
    name: str, result: str, content: Callable[[Mapping[str, Any]], Any], inputs: Sequence[str]
) -> Write:
    """The writer of a server tool's use, and of its result when the scenario gives one or an ``error``.

    Args:
        name: the tool.
        result: the type of its result.
        content: makes the result's content from the shorthand; None when the scenario gives no result.
        inputs: the keys that belong to the tool's input.
    """

    def write(value: Any, _: Mapping[str, Any]) -> Iterator[Block]:
        for item in as_list(value):
            tool_input = {key: item[key] for key in inputs if key in item}
            yield {"type": "server_tool_use", "name": name, "input": {**tool_input, **(item.get("input") or {})}}
            if "error" in item:
                yield {"type": result, "content": {"type": f"{result}_error", "error_code": item["error"]}}
            elif (result_content := content(item)) is not None:
                yield {"type": result, "content": result_content}

    return write


def _complete_use(block: Block, completion: Completion) -> Block:
    name = str(block.get("name", ""))
    defaults: dict[str, Any] = {"id": block.get("id") or completion.next_id("srvtoolu"), "input": {}}
    if _names_caller(name, completion.tools):
        # Unless these tools say otherwise, code may call them.
        defaults["caller"] = completion.find_caller(name, (CODE,))
    use = {**defaults, **block}
    completion.waiting.append(ToolUse(name, use["id"], use.get("caller") or DIRECT))
    return arrange(use, ORDER)


def _names_caller(name: str, tools: Iterable[Mapping[str, Any]]) -> bool:
    """Whether uses of a server tool name their caller: newer web tools, and code that may call the caller's own tools.

    Source: recorded since 2025-12, in all 4 exchanges with such tools; of some 60 others, 2 name a caller too.
    """
    if name == "code_execution":
        return any(set(tool.get("allowed_callers") or ()) - {"direct"} for tool in tools if "input_schema" in tool)
    return name in NAMES_CALLER and any(str(tool.get("type")).startswith(NAMES_CALLER[name]) for tool in tools)


def _take_use(block: Block, completion: Completion) -> ToolUse:
    stem = str(block["type"]).removesuffix("_tool_result").removesuffix("_result")
    return completion.take_use(stem, block.get("tool_use_id"))


def complete_result(block: Block, completion: Completion) -> Block:
    """Give a server tool's result the id of the use it answers."""
    return arrange({"tool_use_id": _take_use(block, completion).id, **block}, RESULT_ORDER)


def complete_web_result(block: Block, completion: Completion) -> Block:
    """The same for the web tools, whose results name their caller, too (recorded since 2026-02)."""
    use = _take_use(block, completion)
    done = arrange({"tool_use_id": use.id, "caller": use.caller, **block}, RESULT_ORDER)
    completion.found.append(done)
    return done


TYPES = (
    BlockType(
        type="server_tool_use",
        form=USE_FORM,
        complete=_complete_use,
        unfold=unfold_use,
        torn_field="input",
        stop_reason="pause_turn",
        count_input=count_use_input,
        count_output=count_use_output,
        shape={"name": shapes.STRING},
        role="assistant",
    ),
)
# The result of a server tool that has no row of its own.
OTHER_RESULT = BlockType(type="", complete=complete_result, role="assistant", answers="server_tool_use")
