"""Server tools in a generated reply: the API runs them itself, so that the answer holds both the use and its result."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from mockserver.compose.generated.task import ReplyTask
from mockserver.records.reply import Block

Run = Callable[[ReplyTask, Mapping[str, Any]], list[Block]]


def parse_kind(tool: Mapping[str, Any]) -> str:
    """The type of a tool without its date (``computer_toolset`` for ``computer_toolset_20260801``), "" if custom."""
    kind = str(tool.get("type") or "custom")
    stem, _, date = kind.rpartition("_")
    return "" if kind == "custom" else stem if date.isdigit() else kind


def is_server_tool(tool: Mapping[str, Any]) -> bool:
    """Whether the API runs the tool, and a generated reply can contain it."""
    return parse_kind(tool) in RUNS


def run(task: ReplyTask, tool: Mapping[str, Any]) -> list[Block]:
    """The ``server_tool_use`` block of ``tool`` and its result."""
    return RUNS[parse_kind(tool)](task, tool)


def _make_use(name: str, input_: Mapping[str, Any]) -> Block:
    return {"type": "server_tool_use", "name": name, "input": input_}


def _run_search(task: ReplyTask, _tool: Mapping[str, Any]) -> list[Block]:
    page = {
        "type": "web_search_result",
        "title": task.topic or "Example",
        "url": "https://example.com/",
        "encrypted_content": b64encode(task.rng.randbytes(120)).decode(),
        "page_age": None,
    }
    use = _make_use("web_search", {"query": task.topic or "example"})
    return [use, {"type": "web_search_tool_result", "content": [page]}]


def _run_fetch(_task: ReplyTask, _tool: Mapping[str, Any]) -> list[Block]:
    # A fetched page has a time of retrieval, but generated replies do not depend on the clock.
    content = {"type": "web_fetch_tool_result_error", "error_code": "url_not_accessible"}
    return [
        _make_use("web_fetch", {"url": "https://example.com/"}),
        {"type": "web_fetch_tool_result", "content": content},
    ]


def _run_code(_task: ReplyTask, tool: Mapping[str, Any]) -> list[Block]:
    output = {"stdout": "hello\n", "stderr": "", "return_code": 0, "content": []}
    # "code_execution_20250522" runs Python, later ones bash.
    if tool["type"] == "code_execution_20250522":
        content = {"type": "code_execution_result", **output}
        use = _make_use("code_execution", {"code": "print('hello')"})
        return [use, {"type": "code_execution_tool_result", "content": content}]
    content = {"type": "bash_code_execution_result", **output}
    use = _make_use("bash_code_execution", {"command": "echo hello"})
    return [use, {"type": "bash_code_execution_tool_result", "content": content}]


def _search_tools(task: ReplyTask, tool: Mapping[str, Any]) -> list[Block]:
    deferred = [each["name"] for each in task.prompt.body["tools"] if each.get("defer_loading") and each.get("name")]
    references = [{"type": "tool_reference", "tool_name": name} for name in deferred[:5]]
    content = {"type": "tool_search_tool_search_result", "tool_references": references}
    query = {"pattern": ".*"} if "regex" in tool["type"] else {"query": task.topic or "tools"}
    use = _make_use(tool.get("name", parse_kind(tool)), query)
    return [use, {"type": "tool_search_tool_result", "content": content}]


RUNS: Mapping[str, Run] = MappingProxyType(
    {
        "web_search": _run_search,
        "web_fetch": _run_fetch,
        "code_execution": _run_code,
        "tool_search_tool_regex": _search_tools,
        "tool_search_tool_bm25": _search_tools,
    }
)
