"""Server tools in a generated reply: the API runs them itself, so that the answer holds both the use and its result."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from mockserver.compose.generated import code_tools, offered, structure, web_tools, words
from mockserver.compose.generated.offered import Tool, parse_kind
from mockserver.compose.generated.task import ReplyTask
from mockserver.compose.generated.web_tools import make_use
from mockserver.records.reply import Block
from mockserver.reference.catalog import lookup

Run = Callable[[ReplyTask, Tool], list[Block]]

# Advice of these models comes as text, that of others encrypted (source: documented, advisor tool, 2026-10).
PLAIN_ADVISORS = (
    "claude-opus-4-8",
    "claude-opus-4-7",
    "claude-opus-4-6",
    "claude-sonnet-5",
    "claude-sonnet-4-6",
)
MOST_FOUND = 5


def is_server_tool(tool: Tool) -> bool:
    """Whether the API runs the tool, and a generated reply can contain it."""
    return parse_kind(tool) in RUNS


def run(task: ReplyTask, tool: Tool) -> list[Block]:
    """The uses of ``tool`` and their results."""
    return RUNS[parse_kind(tool)](task, tool)


def _search_tools(task: ReplyTask, tool: Tool) -> list[Block]:
    """A search among the deferred tools; those are found that share words with the user's text."""
    said, is_named = words.split(task.text[:4_000]), words.find_named(task.text[:4_000])
    deferred = offered.list_deferred(task.prompt)
    counts = {name: _count_words(each, said) + is_named(name) for each in deferred for name in [str(each["name"])]}
    found = sorted((name for name in counts if counts[name]), key=lambda name: -counts[name])[:MOST_FOUND]
    references = [{"type": "tool_reference", "tool_name": name} for name in found]
    content = {"type": "tool_search_tool_search_result", "tool_references": references}
    shared = [word for word in said if any(word in _describe(each) for each in deferred)]
    query = " ".join(shared[:MOST_FOUND]) or web_tools.make_query(task, "tool_search")
    is_regex = "regex" in str(tool["type"])
    input_ = {"pattern": "(?i)" + "|".join(map(re.escape, query.split()))} if is_regex else {"query": query}
    use = make_use(tool.get("name") or parse_kind(tool), input_)
    return [use, {"type": "tool_search_tool_result", "content": content}]


def _count_words(tool: Tool, said: list[str]) -> int:
    about = _describe(tool)
    return sum(word in about for word in said)


def _describe(tool: Tool) -> str:
    return f"{tool.get('name')} {tool.get('description', '')}"[:4_000].lower()


def _ask_advisor(task: ReplyTask, tool: Tool) -> list[Block]:
    advice = task.phrases.space.join(task.pick("body") for _ in range(2))
    content: Block = {"type": "advisor_result", "text": advice}
    if lookup(str(tool.get("model"))).id not in PLAIN_ADVISORS:
        content = {"type": "advisor_redacted_result", "encrypted_content": b64encode(advice.encode()).decode()}
    if tool.get("max_tokens") is not None:
        content = {**content, "stop_reason": "end_turn"}
    return [make_use("advisor", {}), {"type": "advisor_tool_result", "content": content}]


def _call_mcp(task: ReplyTask, tool: Tool) -> list[Block]:
    """A call of the server's tool that the text names, else of its first; ``search`` when the request names none."""
    server, names = str(tool.get("mcp_server_name")), offered.list_members(tool, task.prompt)
    text = task.text.lower()
    name = next((each for each in names if each.lower() in text), names[0] if names else "search")
    schema = next((each.get("input_schema") for each in tool.get("tools") or () if each.get("name") == name), None)
    query = {"query": web_tools.make_query(task, "tool_search")}
    arguments = _fill(task, schema) if isinstance(schema, Mapping) else query
    return [
        {"type": "mcp_tool_use", "name": name, "server_name": server, "input": arguments},
        {"type": "mcp_tool_result", "is_error": False, "content": [{"type": "text", "text": task.pick("body")}]},
    ]


def _fill(task: ReplyTask, schema: Mapping[str, Any]) -> Any:
    # To the API, null means no properties.
    return structure.make_value(
        task, {**{key: schema[key] for key in schema if schema[key] is not None}, "type": "object"}
    )


RUNS: Mapping[str, Run] = MappingProxyType(
    {
        "web_search": web_tools.search,
        "web_fetch": web_tools.fetch,
        "code_execution": code_tools.run,
        "tool_search_tool_regex": _search_tools,
        "tool_search_tool_bm25": _search_tools,
        "advisor": _ask_advisor,
        "mcp_toolset": _call_mcp,
    }
)
