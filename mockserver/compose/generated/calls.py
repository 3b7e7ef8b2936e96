"""Tool calls of a generated reply: which tool is called, and with what."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from mockserver.compose.generated import servers, structure
from mockserver.compose.generated.servers import kind_of
from mockserver.compose.generated.task import Task
from mockserver.records.reply import Block
from mockserver.reference.schemas.callers import is_valid
from mockserver.reference.tokens import is_forced

Tool = Mapping[str, Any]

# Tools with a schema of their own that the caller runs, by the first part of their type: an input each takes.
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


def choose(task: Task) -> Tool | None:
    """The tool to call, or None for an answer in words.

    Unasked, no tool is called: a test must not meet a call it did not provide for. The option ``tool_use`` asks for one
    in the first answer to the user, and is passed over when that tool is not offered.
    """
    choice = task.prompt.body.get("tool_choice") or {}
    name = choice.get("name") or task.options.get("tool_use")
    if not is_forced(task.prompt.body) and (not name or choice.get("type") == "none" or task.prompt.tool_results):
        return None
    offered = [tool for tool in task.prompt.body.get("tools") or () if _is_callable(tool)]
    named = [tool for tool in offered if tool.get("name") == name]
    if named or (isinstance(name, str) and choice.get("type") != "any"):
        return named[0] if named else None
    return _fitting(task, offered)


def call(task: Task, tool: Tool) -> Block:
    """The ``tool_use`` block that calls ``tool``."""
    kind = kind_of(tool)
    if kind in MEMBERS:
        member, given = MEMBERS[kind]
        return {"type": "tool_use", "name": member, "input": dict(given), "toolset_name": kind.partition("_")[0]}
    return {"type": "tool_use", "name": tool["name"], "input": _input(task, tool, kind)}


def _input(task: Task, tool: Tool, kind: str) -> Any:
    if kind in INPUTS:
        return dict(INPUTS[kind])
    schema = tool.get("input_schema")
    if not isinstance(schema, Mapping):
        return {}
    # The API takes null for no properties.
    schema = {key: value for key, value in schema.items() if value is not None}
    examples = [each for each in tool.get("input_examples") or () if is_valid(schema, each)]
    if examples:
        return task.rng.choice(examples)
    # Callers mostly leave optional parameters out; a tool that has no others gets them all.
    return structure.value(task, {**schema, "type": "object"}, share=0.25 if schema.get("required") else 1.0)


def _is_callable(tool: Tool) -> bool:
    """Whether the model may call the tool directly, and we know how."""
    kind = kind_of(tool)
    known = "input_schema" in tool if not kind else kind in INPUTS or kind in MEMBERS or servers.is_run(tool)
    return known and "direct" in (tool.get("allowed_callers") or ("direct",)) and not tool.get("defer_loading")


def _fitting(task: Task, tools: list[Tool]) -> Tool | None:
    """The tool whose name and description share the most words with the user's text."""
    words = {word for word in task.text.lower().replace("?", " ").split() if len(word) > 3}

    def shared(tool: Tool) -> int:
        about = f"{tool.get('name', '')} {tool.get('description', '')}".lower()
        return sum(word in about for word in words)

    # The caller's own tools come first: those are what a test of tool calls is about.
    return max(tools, key=lambda tool: (not servers.is_run(tool), shared(tool)), default=None)
