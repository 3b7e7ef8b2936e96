"""What an answer takes up: server tools that the answer before it left open, and code that calls the caller's tools.

Source: recorded 2026-02 (code calls a tool and waits; the next answer is another call of the same code) and 2026-06 (a
paused answer goes on with the results left open), with 2023-06-01; taken to hold for both API versions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import orjson
from msgspec.structs import replace

from mockserver.blocks.completion import BY_CODE, allows_code
from mockserver.compose.context import Context
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, Block

_CODE = "code_execution"
_RESULTS = {"sentences": 1, "tool_use": False, "thinking": False}


def resume(answer: Answer, prompt: Prompt, context: Context) -> Answer:
    """The scripted answer, with the code that its calls name, and behind the results that were left open.

    Code of the answer before that still waits makes the calls of this one; without any there is new code. An answer
    with ``enforce_limits: false``, a refusal and one that says nothing finish nothing.
    """
    has_calls = "tool_use" in answer.block_types
    calls = [block for block in answer.content if block.get("caller") == BY_CODE] if has_calls else []
    left = list(prompt.open_uses) if len(prompt.messages) > 1 else []
    if not calls and not left:
        return answer
    is_running = any(use.get("name") == _CODE for use in left)
    content, has_code = answer.content, _leaves_code(answer.content)
    if calls and not is_running and not has_code:
        at = content.index(calls[0])
        content = (*content[:at], _write_code(calls), *content[at:])
    goes_on = is_running and not has_code and any(_is_by_code(block, prompt) for block in content)
    if goes_on:
        left = [use for use in left if use.get("name") != _CODE]
    if content and answer.stop_reason != "refusal" and answer.enforce_limits is not False:
        content = (*_finish(left, content, prompt, context), *content)
    container = {} if answer.container is None and (calls or goes_on) else answer.container
    return replace(answer, content=content, container=container)


def _is_by_code(block: Block, prompt: Prompt) -> bool:
    """Whether code makes the call: it says so, or says nothing and the tool lets code call it."""
    if block.get("type") != "tool_use":
        return False
    caller = block.get("caller")
    if isinstance(caller, Mapping):
        return caller.get("type") != "direct"
    return caller == BY_CODE or allows_code(str(block.get("name")), prompt.offered)


def _leaves_code(content: Iterable[Block]) -> bool:
    """Whether the content itself runs code whose result it does not hold."""
    runs = 0
    for block in content:
        runs += block.get("type") == "server_tool_use" and block.get("name") == _CODE
        runs -= block.get("type") == f"{_CODE}_tool_result" and runs > 0
    return runs > 0


def _write_code(calls: Sequence[Block]) -> Block:
    """Code that makes the calls one after the other, and prints their results."""
    lines = [f"print(await {call.get('name')}({orjson.dumps(call.get('input')).decode()}))" for call in calls]
    return {"type": "server_tool_use", "name": _CODE, "input": {"code": "\n".join(lines)}}


def _finish(left: Sequence[Block], content: Sequence[Block], prompt: Prompt, context: Context) -> Sequence[Block]:
    """The results of the uses left open, as the generator makes them, but those that the content holds itself."""
    given = [block for block in content if str(block.get("type")).endswith("_tool_result")]
    named = {str(block.get("tool_use_id")) for block in given}
    bare = {str(block["type"]).removesuffix("_tool_result") for block in _list_bare(content)}
    wanted = {str(use.get("id")) for use in left if str(use.get("id")) not in named and use.get("name") not in bare}
    if not wanted:
        return ()
    made = context.generate(prompt, context.model, _RESULTS, context.seed).content
    return [block for block in made if "tool_use_id" in block and str(block["tool_use_id"]) in wanted]


def _list_bare(content: Sequence[Block]) -> Sequence[Block]:
    """The results that stand behind no use of their own: they answer what was left open."""
    bare, open_names = list[Block](), list[str]()
    for block in content:
        kind = str(block.get("type"))
        if kind == "server_tool_use":
            open_names.append(str(block.get("name")))
        elif kind.endswith("_tool_result") and "tool_use_id" not in block:
            stem = kind.removesuffix("_tool_result")
            name = next((each for each in open_names if each.startswith(stem)), None)
            if name is None:
                bare.append(block)
            else:
                open_names.remove(name)
    return bare
