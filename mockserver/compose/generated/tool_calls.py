"""Tool calls of a generated reply: which tool is called, and with what."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from mockserver.compose.generated import code_tools, server_tools, structure, words
from mockserver.compose.generated.offered import (
    Tool,
    find_loaded,
    list_callings,
    list_offered,
    list_used,
    parse_kind,
)
from mockserver.compose.generated.task import ReplyTask
from mockserver.records.prompt import blocks_of
from mockserver.records.reply import Block
from mockserver.reference import tool_words
from mockserver.reference.schemas.callers import is_valid
from mockserver.reference.schemas.costs import make_budget
from mockserver.reference.tokens import is_forced

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

# Tools that the API itself lets its code call.
CALLED_BY_CODE = ("web_search", "web_fetch")
PATH = r"(?<![\w./~-])[\w./~-]{0,120}/[\w.-]{0,60}\.\w{1,5}\b"

# The words of the setting ``tool_use``, as the option has them besides names of tools.
WORDS: Mapping[str, bool | str | None] = MappingProxyType({"asked": None, "once": True, "all": True, "none": False})

# Only this much of the user's text, and of what is said of a tool, is compared: each word is looked for in each tool.
SEARCHED_LENGTH = 4_000
# The age of a call that was not made.
NEVER = 1_000_000_000


def choose_tools(task: ReplyTask) -> list[Tool]:
    """The tools to call; none for an answer in words.

    The API's own tools are called when the user's text asks for them, once for each text, unless the option
    ``tool_use`` is false. By default no other tool is called, because tests must not get calls that they do not
    expect: the option requests one in the first answer to the user's text, or all that the caller runs; it is ignored
    when the named tool is not offered, and where the caller began the answer.
    Under ``disable_parallel_tool_use`` at most one of them is left for the caller to run: "the model will output
    at most one tool use" (source: the SDK's types, 2.14, both API versions; the API's own tools run one after another).
    """
    body, wanted = task.prompt.body, _read_wish(task)
    choice = body.get("tool_choice") or {}
    offered = [tool for tool in list_offered(task.prompt) if _is_callable(tool, task)]
    if not is_forced(body) and choice.get("type") == "none":
        return []
    is_first = wanted and _is_first(task)
    if is_first and _wants_all(task) and (own := _list_own(offered)) and choice.get("type") != "tool":
        return own[:1] if choice.get("disable_parallel_tool_use") else own
    if is_forced(body) or is_first:
        chosen = _choose_requested(task, offered, choice, wanted)
        return [chosen] if chosen else []
    is_over = bool(task.prompt.tool_results) and not task.new_text
    if wanted is False or is_over or _is_prefilled(task):
        return []
    asked = _find_asked(task, offered)
    return (
        [tool for tool in asked if tool not in _list_own(asked)[1:]]
        if choice.get("disable_parallel_tool_use")
        else asked
    )


def _find_asked(task: ReplyTask, offered: list[Tool]) -> list[Tool]:
    own = [tool for tool in offered if parse_kind(tool)]
    if not own:
        return []
    # Most tools are the caller's: their calls do not wait for this.
    from mockserver.compose.generated import asking

    return asking.find_asked(task, own)


def _is_prefilled(task: ReplyTask) -> bool:
    """Whether the answer begins with a text of the caller's."""
    last = task.prompt.messages[-1] if task.prompt.messages else {}
    blocks = blocks_of(last)
    return last.get("role") == "assistant" and bool(blocks) and blocks[-1].get("type") == "text"


def _read_wish(task: ReplyTask) -> bool | str | None:
    """The option ``tool_use``: a tool's name, a word of the setting if no tool has that name, true, false or None."""
    wish: bool | str | None = task.options.get("tool_use")
    return WORDS[wish] if isinstance(wish, str) and wish in WORDS and wish not in task.prompt.tools else wish


def _wants_all(task: ReplyTask) -> bool:
    return task.options.get("tool_use") == "all" and "all" not in task.prompt.tools


def _is_first(task: ReplyTask) -> bool:
    """Whether this is the first answer to the user's text. The setting leaves one alone that the caller began."""
    is_general = task.options.get("tool_use") in WORDS
    return not task.prompt.tool_results and not list_used(task.prompt) and not (is_general and _is_prefilled(task))


def _list_own(tools: Sequence[Tool]) -> list[Tool]:
    """Those that the caller runs."""
    return [tool for tool in tools if not server_tools.is_server_tool(tool)]


def _choose_requested(
    task: ReplyTask, offered: list[Tool], choice: Mapping[str, Any], wanted: bool | str | None
) -> Tool | None:
    """The tool that ``tool_choice`` or the option names, else the user's text, else one of all."""
    name = choice.get("name") or wanted
    # Toolsets have no name.
    named = [tool for tool in offered if name and tool.get("name") == name]
    if named or (isinstance(name, str) and choice.get("type") != "any"):
        return named[0] if named else None
    return next(iter(_find_named(task, offered) or _find_asked(task, offered)), None) or _choose_closest(task, offered)


def _find_named(task: ReplyTask, offered: list[Tool]) -> list[Tool]:
    """The caller's own tools, not called yet, that the text names; a name of one word is as often just a word."""
    used, text = list_used(task.prompt), task.text[:SEARCHED_LENGTH]
    said = words.list_names(text)
    own = {str(tool["name"]): tool for tool in offered if not parse_kind(tool)}
    names = [name for name in own if name.lower() in said and name not in used]
    found = [(place, name) for name in names if (place := tool_words.find_name(text, name)) is not None]
    return [own[name] for _, name in sorted(found)]


def call_tools(task: ReplyTask, tools: Sequence[Tool]) -> list[Block]:
    """The calls of the tools, with the results of those that the API runs; the caller's own come last."""
    if is_forced(task.prompt.body) and (called := _find_called_by_code(task, tools[0])):
        # The code waits for the caller's result (source: recorded 2026-02, two exchanges; documented).
        call = make_call(task, called)
        return [code_tools.await_call(call), call]
    run = [tool for tool in tools if server_tools.is_server_tool(tool)]
    blocks = [block for tool in run for block in server_tools.run(task, tool)]
    return blocks + [make_call(task, tool) for tool in tools if tool not in run]


def _find_called_by_code(task: ReplyTask, code: Tool) -> Tool | None:
    """The tool of the caller's that only ``code`` may call; the one closest to the user's text."""
    if parse_kind(code) != "code_execution":
        return None
    loaded = find_loaded(task.prompt)
    waiting = [
        tool
        for tool in task.prompt.offered
        if "input_schema" in tool
        and (callers := tool.get("allowed_callers"))
        and "direct" not in callers
        and (not tool.get("defer_loading") or tool.get("name") in loaded)
    ]
    return _choose_closest(task, waiting)


def make_call(task: ReplyTask, tool: Tool) -> Block:
    """The ``tool_use`` block that calls ``tool``."""
    kind = parse_kind(tool)
    if kind in MEMBERS:
        member, arguments = MEMBERS[kind]
        return {"type": "tool_use", "name": member, "input": dict(arguments), "toolset_name": kind.partition("_")[0]}
    return {"type": "tool_use", "name": tool["name"], "input": _make_input(task, tool, kind)}


def _make_input(task: ReplyTask, tool: Tool, kind: str) -> Any:
    if kind in INPUTS:
        return _write_own_input(task, kind)
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


def _write_own_input(task: ReplyTask, kind: str) -> dict[str, Any]:
    """The input of one of the API's own tools: with the command, the file or the note of the user's text, if any."""
    text = task.text[:SEARCHED_LENGTH]
    is_note = not is_forced(task.prompt.body) or tool_words.find(text, "memory") is not None
    if kind == "memory" and (note := text.strip()) and "?" not in text and is_note:
        return {"command": "create", "path": "/memories/notes.md", "file_text": note}
    if kind == "bash" and (command := re.search(r"`([^`\n]+)`", text)):
        return {"command": command[1]}
    if kind == "text_editor" and (path := re.search(PATH, text)):
        return {"command": "view", "path": path[0]}
    return dict(INPUTS[kind])


def _is_callable(tool: Tool, task: ReplyTask) -> bool:
    """Whether the model may call the tool directly, and we know an input for it."""
    kind = parse_kind(tool)
    known = (
        "input_schema" in tool if not kind else kind in INPUTS or kind in MEMBERS or server_tools.is_server_tool(tool)
    )
    is_named = "name" in tool or kind in MEMBERS or server_tools.is_server_tool(tool)
    return (
        known
        and is_named
        and ("direct" in (tool.get("allowed_callers") or ("direct",)) or kind in CALLED_BY_CODE)
        and (not tool.get("defer_loading") or tool.get("name") in find_loaded(task.prompt))
    )


def _choose_closest(task: ReplyTask, tools: list[Tool]) -> Tool | None:
    """The tool not called for longest; of those never called the caller's own, then the closest to the user's text."""
    said = words.split(task.text[:SEARCHED_LENGTH])

    def count_shared_words(tool: Tool) -> int:
        about = f"{tool.get('name', '')} {tool.get('description', '')}"[:SEARCHED_LENGTH].lower()
        return sum(word in about for word in said)

    # How many others were called since.
    ages = {name: age for age, name in enumerate(list_used(task.prompt))}

    def rank(tool: Tool) -> tuple[int, bool, int, bool]:
        # Agents would ask for the same one for ever. The caller's own tools come first: tests of tool calls are about
        # those.
        age = min(ages.get(name, NEVER) for name in list_callings(tool))
        is_own = not server_tools.is_server_tool(tool)
        return age, is_own, count_shared_words(tool), parse_kind(tool) not in MEMBERS

    return max(tools, key=rank, default=None)
