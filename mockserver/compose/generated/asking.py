"""Which of the API's own tools the user's text asks for, by the words of ``tool_words.yaml``."""

from __future__ import annotations

from collections.abc import Sequence

from mockserver.compose.generated import offered, words
from mockserver.compose.generated.offered import Tool
from mockserver.compose.generated.task import ReplyTask
from mockserver.reference import tool_words

# Only the beginning and the end of a long text are searched.
SEARCHED_LENGTH = 2_000
# Toolsets whose words stand under another name.
WORDS = {
    "computer_toolset": "computer",
    "browser_toolset": "browser",
    "tool_search_tool_regex": "tool_search",
    "tool_search_tool_bm25": "tool_search",
}


def find_asked(task: ReplyTask, tools: Sequence[Tool]) -> list[Tool]:
    """The tools that the user's text asks for, in its order; none that was called since.

    A search for tools is asked for too by the name of a tool that is deferred, or by two words of it.
    """
    text = _read_text(task)
    used = offered.list_used(task.prompt)
    found: dict[str, tuple[int, Tool]] = {}
    for tool in tools:
        kind = offered.parse_kind(tool)
        if not kind or offered.list_callings(tool) & used.keys():
            continue
        at = _find_place(task, tool, kind, text)
        if at is not None:
            # Of two searches for tools one suffices.
            key = str(tool.get("mcp_server_name")) if kind == "mcp_toolset" else WORDS.get(kind, kind)
            found.setdefault(key, (at, tool))
    return [tool for _, tool in sorted(found.values(), key=lambda each: each[0])]


def _read_text(task: ReplyTask) -> str:
    text = task.text
    if len(text) > 2 * SEARCHED_LENGTH:
        text = f"{text[:SEARCHED_LENGTH]}\n{text[-SEARCHED_LENGTH:]}"
    return text.replace("\u2019", "'")


def _find_place(task: ReplyTask, tool: Tool, kind: str, text: str) -> int | None:
    key = WORDS.get(kind, kind)
    if key not in tool_words.list_tools():
        return None
    names: list[str] = []
    if kind == "mcp_toolset":
        names = [str(tool.get("mcp_server_name") or ""), *offered.list_members(tool, task.prompt)]
    at = tool_words.find(text, key, names)
    if (
        key == "web_fetch"
        and (urls := tool_words.find_urls(text))
        and offered.list_fetched(task.prompt).issuperset(urls)
    ):
        # The conversation holds the page already (source: recorded 2025-11).
        return None
    if at is None and key == "tool_search" and _names_deferred(task, text):
        return 0
    return at


def _names_deferred(task: ReplyTask, text: str) -> bool:
    loaded = offered.find_loaded(task.prompt)
    waiting = (tool for tool in task.prompt.offered if tool.get("defer_loading") and tool.get("name") not in loaded)
    is_named = words.find_named(text)
    return any(is_named(str(tool.get("name"))) for tool in waiting)
