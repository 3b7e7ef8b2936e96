"""Server tools in a generated reply: the use and its result, both in the answer, as the API runs them itself."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from mockserver.compose.generated.task import Task
from mockserver.records.reply import Block

Run = Callable[[Task, Mapping[str, Any]], list[Block]]


def kind_of(tool: Mapping[str, Any]) -> str:
    """``computer_toolset`` of ``computer_toolset_20260801``; "" for a custom tool."""
    kind = str(tool.get("type") or "custom")
    stem, _, date = kind.rpartition("_")
    return "" if kind == "custom" else stem if date.isdigit() else kind


def is_run(tool: Mapping[str, Any]) -> bool:
    """Whether the API runs the tool, and a generated reply can show it."""
    return kind_of(tool) in RUNS


def run(task: Task, tool: Mapping[str, Any]) -> list[Block]:
    """The ``server_tool_use`` block of ``tool`` and its result."""
    return RUNS[kind_of(tool)](task, tool)


def _use(name: str, given: Mapping[str, Any]) -> Block:
    return {"type": "server_tool_use", "name": name, "input": given}


def _search(task: Task, _tool: Mapping[str, Any]) -> list[Block]:
    found = {
        "type": "web_search_result",
        "title": task.topic or "Example",
        "url": "https://example.com/",
        "encrypted_content": b64encode(task.rng.randbytes(120)).decode(),
        "page_age": None,
    }
    use = _use("web_search", {"query": task.topic or "example"})
    return [use, {"type": "web_search_tool_result", "content": [found]}]


def _fetch(_task: Task, _tool: Mapping[str, Any]) -> list[Block]:
    # A fetched page has a time, and generated replies know no clock.
    content = {"type": "web_fetch_tool_result_error", "error_code": "url_not_accessible"}
    return [_use("web_fetch", {"url": "https://example.com/"}), {"type": "web_fetch_tool_result", "content": content}]


def _execute(_task: Task, tool: Mapping[str, Any]) -> list[Block]:
    done = {"stdout": "hello\n", "stderr": "", "return_code": 0, "content": []}
    # "code_execution_20250522" runs Python, later ones bash.
    if tool["type"] == "code_execution_20250522":
        content = {"type": "code_execution_result", **done}
        use = _use("code_execution", {"code": "print('hello')"})
        return [use, {"type": "code_execution_tool_result", "content": content}]
    content = {"type": "bash_code_execution_result", **done}
    use = _use("bash_code_execution", {"command": "echo hello"})
    return [use, {"type": "bash_code_execution_tool_result", "content": content}]


def _find(task: Task, tool: Mapping[str, Any]) -> list[Block]:
    hidden = [each["name"] for each in task.prompt.body["tools"] if each.get("defer_loading") and each.get("name")]
    references = [{"type": "tool_reference", "tool_name": name} for name in hidden[:5]]
    content = {"type": "tool_search_tool_search_result", "tool_references": references}
    given = {"pattern": ".*"} if "regex" in tool["type"] else {"query": task.topic or "tools"}
    return [_use(tool["name"], given), {"type": "tool_search_tool_result", "content": content}]


RUNS: Mapping[str, Run] = MappingProxyType(
    {
        "web_search": _search,
        "web_fetch": _fetch,
        "code_execution": _execute,
        "tool_search_tool_regex": _find,
        "tool_search_tool_bm25": _find,
    }
)
