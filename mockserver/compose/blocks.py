"""Completes the blocks of a message: ids, callers, signatures, keys in the order of the wire."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any

from msgspec import Struct, field

from mockserver.compose.context import Context
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Block
from mockserver.reference import ids, signing

DIRECT: Mapping[str, Any] = {"type": "direct"}
# Displays without the text of thoughts; of "updates" it is said "reasoning empty".
HIDDEN = ("omitted", "updates")

# Recorded orders of keys; keys a script adds come after them.
ORDERS: Mapping[str, tuple[str, ...]] = {
    "text": ("citations", "type", "text"),
    "thinking": ("type", "thinking", "signature"),
    "redacted_thinking": ("type", "data"),
    "tool_use": ("type", "id", "name", "input", "caller"),
    "server_tool_use": ("type", "id", "name", "input", "caller"),
    "mcp_tool_use": ("type", "id", "name", "input", "server_name"),
    "mcp_tool_result": ("type", "tool_use_id", "is_error", "content"),
    "compaction": ("type", "content", "encrypted_content", "signature"),
    "fallback": ("type", "from", "to", "trigger"),
}
RESULT_ORDER = ("type", "tool_use_id", "content", "caller")
# Results that name their caller (recorded since 2026-02).
CALLED_RESULTS = ("web_search_tool_result", "web_fetch_tool_result")
# Tools whose uses do so too, by what their types begin with; unless they say otherwise, code may call them.
CALLED_TOOLS = {"web_search": "web_search_2026", "web_fetch": "web_fetch_2026"}
CODE = "code_execution_20260120"


class Use(Struct, frozen=True):
    """A tool in use, whose result has not come yet."""

    name: str
    id: str
    caller: Mapping[str, Any]


class Completion(Struct, eq=False, dict=True):
    """One message in the making: what its blocks need to know, and which server tools still wait for their result."""

    prompt: Prompt
    context: Context
    display: str
    made: int = 0
    waiting: list[Use] = field(default_factory=list)

    @cached_property
    def prefix(self) -> bytes:
        """What models that bind their thoughts sign besides the thought; empty for all others."""
        prompt = self.prompt
        if not self.context.model.prefix_bound:
            return b""
        return signing.prefix_digest({**prompt.body, "messages": prompt.messages}, len(prompt.messages))

    def id(self, prefix: str) -> str:
        """The next id of this message."""
        self.made += 1
        return ids.make(prefix, self.context.seed, self.made)


def complete(content: Iterable[Block], prompt: Prompt, context: Context) -> list[Block]:
    """The blocks as the API gives them; what a script says in full stays as it is."""
    completion = Completion(prompt, context, display(prompt, context))
    return [_complete(block, completion) for block in content]


def display(prompt: Prompt, context: Context) -> str:
    """How thoughts are shown: as asked, else as the model does by default."""
    asked = prompt.body.get("thinking")
    if not isinstance(asked, Mapping):
        return context.model.display
    # With between_tools "progress notes still arrive as thinking blocks with summary text".
    return "summarized" if asked.get("type") == "between_tools" else asked.get("display") or context.model.display


def _complete(block: Block, completion: Completion) -> Block:
    kind = block.get("type", "")
    make = COMPLETIONS.get(kind) or (_result if kind.endswith("_tool_result") else None)
    return make(block, completion) if make else block


def _ordered(block: Mapping[str, Any], order: tuple[str, ...]) -> dict[str, Any]:
    first = {key: block[key] for key in order if key in block}
    return first if len(first) == len(block) else {**first, **block}


def _text(block: Block, _: Completion) -> Block:
    return block if len(block) == 2 else _ordered(block, ORDERS["text"])


def _thinking(block: Block, completion: Completion) -> Block:
    if "signature" in block:
        return _ordered(block, ORDERS["thinking"])
    context, thought = completion.context, block.get("thinking") or ""
    shown = completion.display not in HIDDEN
    signature = context.signer.sign(thought, context.model.id, completion.prefix, shown=shown)
    return {**block, "thinking": thought if shown else "", "signature": signature}


def _redacted(block: Block, completion: Completion) -> Block:
    if "data" in block:
        return block
    completion.made += 1
    return {
        "type": "redacted_thinking",
        "data": completion.context.signer.redacted(completion.made, completion.context.seed),
    }


def _tool_use(block: Block, completion: Completion) -> Block:
    caller = _caller(str(block.get("name")), (), completion) if completion.waiting else DIRECT
    made = {"id": block.get("id") or completion.id("toolu"), "input": {}, "caller": caller}
    return _ordered({**made, **block}, ORDERS["tool_use"])


def _server_tool_use(block: Block, completion: Completion) -> Block:
    name = str(block.get("name", ""))
    made: dict[str, Any] = {"id": block.get("id") or completion.id("srvtoolu"), "input": {}}
    if _names_caller(name, completion.prompt.body.get("tools") or ()):
        made["caller"] = _caller(name, (CODE,), completion)
    made = {**made, **block}
    completion.waiting.append(Use(name, made["id"], made.get("caller") or DIRECT))
    return _ordered(made, ORDERS["server_tool_use"])


def _names_caller(name: str, tools: Iterable[Mapping[str, Any]]) -> bool:
    """Whether uses of a server tool say who called it: newer web tools, and code that may call the caller's own tools.

    Source: recorded since 2025-12, in all 4 exchanges with such tools; of some 60 others, 2 name a caller too.
    """
    if name == "code_execution":
        return any(set(tool.get("allowed_callers") or ()) - {"direct"} for tool in tools if "input_schema" in tool)
    return name in CALLED_TOOLS and any(str(tool.get("type")).startswith(CALLED_TOOLS[name]) for tool in tools)


def _caller(name: str, default: tuple[str, ...], completion: Completion) -> Mapping[str, Any]:
    """Who uses the tool: the code that still runs, where the tool lets it; else the model."""
    code = next((use.id for use in completion.waiting if use.name == "code_execution"), None)
    if code is None:
        return DIRECT
    tools = completion.prompt.body.get("tools") or ()
    allowed = next((tool.get("allowed_callers") for tool in tools if tool.get("name") == name), None) or default
    kind = next((each for each in allowed if each != "direct"), None)
    return {"type": kind, "tool_id": code} if kind else DIRECT


def _mcp_tool_use(block: Block, completion: Completion) -> Block:
    made: dict[str, Any] = {"id": block.get("id") or completion.id("mcptoolu"), "input": {}, "server_name": ""}
    completion.waiting.append(Use("mcp", made["id"], DIRECT))
    return _ordered({**made, **block}, ORDERS["mcp_tool_use"])


def _result(block: Block, completion: Completion) -> Block:
    kind = block["type"]
    use = _answered(kind, block.get("tool_use_id"), completion)
    made: dict[str, Any] = {"tool_use_id": use.id}
    if kind == "mcp_tool_result":
        made["is_error"] = False
    elif kind in CALLED_RESULTS:
        made["caller"] = use.caller
    return _ordered({**made, **block}, ORDERS.get(kind, RESULT_ORDER))


def _answered(kind: str, asked: str | None, completion: Completion) -> Use:
    """The use with the id ``asked``, else the first that waits for a result of this kind; a new one when none does."""
    stem = kind.removesuffix("_tool_result").removesuffix("_result")
    for index, use in enumerate(completion.waiting):
        if use.id == asked if asked else use.name.startswith(stem):
            return completion.waiting.pop(index)
    return Use(stem, asked or completion.id("mcptoolu" if stem == "mcp" else "srvtoolu"), DIRECT)


def _compaction(block: Block, completion: Completion) -> Block:
    made: dict[str, Any] = {"content": None, "encrypted_content": None}
    # "the signed form" answers a request for it; what a threshold brought about is not signed.
    if completion.prompt.body.get("compaction"):
        context = completion.context
        made["signature"] = context.signer.sign(block.get("content") or "", context.model.id)
    return _ordered({**made, **block}, ORDERS["compaction"])


def _fallback(block: Block, _: Completion) -> Block:
    return _ordered({"trigger": {"type": "refusal", "category": None}, **block}, ORDERS["fallback"])


COMPLETIONS: Mapping[str, Callable[[Block, Completion], Block]] = {
    "text": _text,
    "thinking": _thinking,
    "redacted_thinking": _redacted,
    "tool_use": _tool_use,
    "server_tool_use": _server_tool_use,
    "mcp_tool_use": _mcp_tool_use,
    "compaction": _compaction,
    "fallback": _fallback,
}
