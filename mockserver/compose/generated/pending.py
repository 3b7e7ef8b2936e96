"""Results of the server tools whose use the last answer left open: a paused answer goes on with them.

Source: recorded 2026-06, an answer that begins with the result of the use that the answer before ended with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from mockserver.compose.generated import code_tools, web_tools
from mockserver.compose.generated.offered import Tool
from mockserver.compose.generated.task import ReplyTask
from mockserver.records.offers import OUTER
from mockserver.records.prompt import blocks_of, text_of
from mockserver.records.reply import Block

# Makes the content of a result, of the task, the tool and the use.
Finish = Callable[[ReplyTask, Tool, Block], Any]


def finish(task: ReplyTask) -> list[Block]:
    """The results of the uses that wait in what the assistant has begun; of those tools that can be finished.

    They wait behind a pause, or for the results of the caller's tools that were called beside them, or by their code.
    """
    left = {id(use) for use in task.prompt.open_uses}
    begun = (block for block in task.prompt.begun if block.get("type") == "server_tool_use")
    uses = [use for use in begun if use.get("name") in FINISHES]
    names = [str(use["name"]) for use in uses]
    tools = {str(tool.get("name")): tool for tool in task.prompt.offered}
    return [
        _finish_use(task, use, tools.get(OUTER.get(name, name), {}), names[:place].count(name))
        for place, (use, name) in enumerate(zip(uses, names, strict=True))
        if id(use) in left
    ]


def _finish_use(task: ReplyTask, use: Block, tool: Tool, before: int) -> Block:
    """The result of the use of ``tool`` that so many came ``before`` in this answer."""
    name, most = str(use["name"]), tool.get("max_uses")
    if type(most) is int and before >= most:
        content = web_tools.make_error(name, web_tools.EXCEEDED)
    else:
        content = FINISHES[name](task, tool, use)
    result = {"type": f"{name}_tool_result", "tool_use_id": use.get("id"), "content": content}
    # Results of code have no caller (recorded: 18 of 18 that have one are of web tools).
    return {**result, "caller": use["caller"]} if use.get("caller") and name.startswith("web_") else result


def _read_input(use: Block, key: str) -> str:
    given = use.get("input")
    return str(given.get(key) or "") if isinstance(given, Mapping) else ""


def _finish_search(task: ReplyTask, tool: Tool, use: Block) -> Any:
    return web_tools.find_pages(task, tool, _read_input(use, "query") or "example")


def _finish_fetch(task: ReplyTask, tool: Tool, use: Block) -> Any:
    return web_tools.fetch_page(task, tool, _read_input(use, "url") or web_tools.UNKNOWN_URL)


def _finish_code(task: ReplyTask, _tool: Tool, use: Block) -> Any:
    """The run's output: the results of the caller's tools that the code called, else what it prints."""
    called = {str(block.get("id")) for block in _list_calls(task) if block["caller"].get("tool_id") == use.get("id")}
    given = (block for message in task.prompt.messages for block in blocks_of(message))
    results = [
        text_of(each.get("content") or "")
        for each in given
        if each.get("type") == "tool_result" and str(each.get("tool_use_id")) in called
    ]
    output = "\n".join(results) or code_tools.guess_output(task, _read_input(use, "code"))
    return {"type": "code_execution_result", **code_tools.make_output(output), "abort_reason": None}


def _list_calls(task: ReplyTask) -> Iterator[Block]:
    """The uses of tools in the conversation that name their caller."""
    for message in task.prompt.messages:
        yield from (block for block in blocks_of(message) if isinstance(block.get("caller"), Mapping))


def _finish_bash(task: ReplyTask, _tool: Tool, _use: Block) -> Any:
    return {"type": "bash_code_execution_result", **code_tools.make_output(task.pick("body"))}


FINISHES: Mapping[str, Finish] = MappingProxyType(
    {
        "web_search": _finish_search,
        "web_fetch": _finish_fetch,
        "code_execution": _finish_code,
        "bash_code_execution": _finish_bash,
    }
)
