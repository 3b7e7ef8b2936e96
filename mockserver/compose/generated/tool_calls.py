"""Tool calls of a generated reply: which tool is called, and with what."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from mockserver.compose.generated import server_tools, structure
from mockserver.compose.generated.server_tools import parse_kind
from mockserver.compose.generated.task import ReplyTask
from mockserver.records.reply import Block
from mockserver.reference.schemas.callers import is_valid
from mockserver.reference.schemas.costs import make_budget
from mockserver.reference.tokens import is_forced

Tool = Mapping[str, Any]

# A valid input for each tool that has a schema of its own and is run by the caller, by the first part of its type.
# Source: the API's pages on the bash, text editor, memory and computer use tools.
INPUTS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "bash": {"command": "echo 'hello from the mock server'"},
        "text_editor": {"command": "view", "path": "/repo/example.txt"},
        "memory": {"command": "view", "path": "/memories"},
        "computer": {"action": "screenshot"},
    }
)
# Toolsets have no name: their members are called by name, with ``toolset_name``.
MEMBERS: Mapping[str, tuple[str, Mapping[str, Any]]] = MappingProxyType(
    {"computer_toolset": ("screenshot", {}), "browser_toolset": ("screenshot", {})}
)

# Only this much of the user's text, and of what is said of a tool, is compared: each word is looked for in each tool.
SEARCHED_LENGTH = 4_000


def choose_tool(task: ReplyTask) -> Tool | None:
    """The tool to call, or None for an answer in words.

    By default no tool is called, because tests must not get calls that they do not expect. The option ``tool_use``
    requests one in the first answer to the user; it is ignored when that tool is not offered.
    """
    choice = task.prompt.body.get("tool_choice") or {}
    name = choice.get("name") or task.options.get("tool_use")
    if not is_forced(task.prompt.body) and (not name or choice.get("type") == "none" or task.prompt.tool_results):
        return None
    offered = [tool for tool in task.prompt.body.get("tools") or () if _is_callable(tool)]
    named = [tool for tool in offered if tool.get("name") == name]
    if named or (isinstance(name, str) and choice.get("type") != "any"):
        return named[0] if named else None
    return _choose_closest(task, offered)


def make_call(task: ReplyTask, tool: Tool) -> Block:
    """The ``tool_use`` block that calls ``tool``."""
    kind = parse_kind(tool)
    if kind in MEMBERS:
        member, arguments = MEMBERS[kind]
        return {"type": "tool_use", "name": member, "input": dict(arguments), "toolset_name": kind.partition("_")[0]}
    return {"type": "tool_use", "name": tool["name"], "input": _make_input(task, tool, kind)}


def _make_input(task: ReplyTask, tool: Tool, kind: str) -> Any:
    if kind in INPUTS:
        return dict(INPUTS[kind])
    schema = tool.get("input_schema")
    if not isinstance(schema, Mapping):
        return {}
    # To the API, null means no properties.
    schema = {key: value for key, value in schema.items() if value is not None}
    checks = make_budget()
    examples = [each for each in tool.get("input_examples") or () if is_valid(schema, each, checks)]
    if examples:
        return task.rng.choice(examples)
    # Calls mostly leave optional parameters out; when a tool has no others, all are given.
    return structure.make_value(task, {**schema, "type": "object"}, share=0.25 if schema.get("required") else 1.0)


def _is_callable(tool: Tool) -> bool:
    """Whether the model may call the tool directly, and we know an input for it."""
    kind = parse_kind(tool)
    known = (
        "input_schema" in tool if not kind else kind in INPUTS or kind in MEMBERS or server_tools.is_server_tool(tool)
    )
    is_named = "name" in tool or kind in MEMBERS or server_tools.is_server_tool(tool)
    return (
        known
        and is_named
        and "direct" in (tool.get("allowed_callers") or ("direct",))
        and not tool.get("defer_loading")
    )


def _choose_closest(task: ReplyTask, tools: list[Tool]) -> Tool | None:
    """The tool whose name and description share the most words with the user's text."""
    text = task.text[:SEARCHED_LENGTH].lower().replace("?", " ")
    words = {word for word in text.split() if len(word) > 3}

    def count_shared_words(tool: Tool) -> int:
        about = f"{tool.get('name', '')} {tool.get('description', '')}"[:SEARCHED_LENGTH].lower()
        return sum(word in about for word in words)

    # The caller's own tools come first: tests of tool calls are about those.
    return max(tools, key=lambda tool: (not server_tools.is_server_tool(tool), count_shared_words(tool)), default=None)
