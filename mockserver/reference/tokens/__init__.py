"""Token counts by formula: linear in the request, fitted to recorded usage, with no tokenizer.

The count of a request is the same for count_tokens and for the usage of an answer, so the two always agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from math import ceil
from typing import Any

import orjson

from mockserver.reference import media
from mockserver.reference.catalog import Model
from mockserver.reference.tokens.rates import NEW, OLD, Rates, text_tokens

__all__ = ["count_output", "count_request", "is_forced"]

Block = Mapping[str, Any]

RATES = {"old": OLD, "new": NEW}

# A switched-on manual thinking (recorded: count_tokens 14 → 43).
THINKING = 29
# A JSON format, besides its schema (recorded: 15 → 211), and citations of documents.
FORMAT = 125
CITATIONS = 550
CITED = ("document", "search_result")
# What an image costs whose size cannot be read (a URL, a file): recorded 100 to 450.
UNKNOWN_IMAGE = 300
# A page of a PDF: its text and its picture (recorded).
PAGE = 1590
# Bytes of hidden thinking a token (source: recorded, omitted display), and bytes of a signature that are no thought.
HIDDEN = 3.4
SIGNATURE = 250
# Redacted thoughts of an answer, together, at least (recorded: 7 and 8, one block or two).
REDACTED = 7
# What the API says to the model about its own tools, besides the tools' base (recorded, first samplings).
OWN_TOOLS: Mapping[str, int] = {
    "bash": 245,
    "code_execution_20250522": 390,
    "code_execution_20250825": 390,
    "code_execution": 1710,
    "computer": 1305,
    "memory": 750,
    "text_editor": -210,
    "tool_search": 345,
    "web_fetch": 510,
    "web_search": 1690,
    "web_search_20260": 2130,
}


def count_request(body: Mapping[str, Any], model: Model) -> int:
    """The input tokens of a messages or count_tokens request, at least 1; never fails on a valid body."""
    rates = RATES[model.tokenizer]
    messages: Sequence[Mapping[str, Any]] = body.get("messages") or ()
    forgotten = -1
    total, is_cited = rates.base + rates.message * len(messages), False
    for index, message in enumerate(messages):
        content = message.get("content") or ()
        if isinstance(content, str):
            total += text_tokens(content, rates)
        else:
            if forgotten < 0:
                forgotten = _forgotten(messages) if model.preserves_thinking == "last" else 0
            total += _content(_without_thoughts(content) if index < forgotten else content, rates, model)
            is_cited = is_cited or _cites(message)
    if system := body.get("system"):
        total += _content(system, rates, model)
    if body.get("tools"):
        total += _tools(body, rates, model)
    if is_cited:
        total += CITATIONS
    return max(1, ceil(total + _options(body, rates)))


def count_output(content: Iterable[Block], model: Model, *, forced: bool = False) -> tuple[int, int]:
    """The output tokens of an answer's blocks, at least 1, and how many of them were thought.

    ``content`` holds the thoughts in full, also those that the answer will omit. ``forced``: the request forced tools,
    which spares the model the words that lead to a call.
    """
    rates = RATES[model.tokenizer]
    total = thought = redacted = has_text = has_tools = 0.0
    for block in content:
        kind = block.get("type")
        if kind == "text":
            has_text = rates.said
            total += text_tokens(block.get("text") or "", rates)
        elif kind == "thinking":
            thought += _thought(block, rates, model)
        elif kind == "redacted_thinking":
            redacted = max(REDACTED, redacted + _thought(block, rates, model))
        elif kind == "compaction":
            total += text_tokens(block.get("content") or "", rates)
        elif kind in ("tool_use", "server_tool_use", "mcp_tool_use"):
            has_tools = rates.said_forced if forced else rates.said_tools
            total += _said_use(block, rates)
    whole = ceil(thought + redacted)
    return max(1, ceil(total + has_text + has_tools)) + whole, whole


def is_forced(body: Mapping[str, Any]) -> bool:
    """Whether the request leaves the model no choice but to call a tool."""
    return (body.get("tool_choice") or {}).get("type") in ("any", "tool")


def _said_use(block: Block, rates: Rates) -> float:
    given = block.get("input") or {}
    written = text_tokens(_dump(given).decode(), rates) if given else 0
    return (
        rates.said_use
        + rates.said_property * len(given)
        + rates.said_name * len(block.get("name") or "")
        + rates.said_input * written
    )


# Blocks --------------------------------------------------------------------------------------------------------


def _content(content: str | Iterable[Block], rates: Rates, model: Model) -> float:
    if isinstance(content, str):
        return text_tokens(content, rates)
    total = 0.0
    for block in content:
        total += _COUNTS.get(block.get("type", ""), _other)(block, rates, model)
    return total


def _text(block: Block, rates: Rates, _: Model) -> float:
    return text_tokens(block.get("text") or "", rates)


def _image(block: Block, _: Rates, model: Model) -> float:
    data = (block.get("source") or {}).get("data")
    image = media.picture(data) if isinstance(data, str) else None
    if image is None:
        return UNKNOWN_IMAGE
    return media.patches(*media.fit(image.width, image.height, model.image_edge, model.image_tokens)) + 3


def _document(block: Block, rates: Rates, model: Model) -> float:
    source = block.get("source") or {}
    total = text_tokens(f"{block.get('title') or ''} {block.get('context') or ''}", rates)
    kind = source.get("type")
    if kind == "text":
        return total + text_tokens(source.get("data") or "", rates)
    if kind == "content":
        return total + _content(source.get("content") or (), rates, model)
    return total + PAGE * _pages(source.get("data"))


def _pages(data: Any) -> int:
    file = media.decode(data) if isinstance(data, str) else None
    pdf = media.read_pdf(file) if file else None
    return pdf.pages if pdf else 1


def _use(block: Block, rates: Rates, _: Model) -> float:
    return rates.use + rates.use_char * len(_dump(block.get("input") or {}))


def _result(block: Block, rates: Rates, model: Model) -> float:
    content = block.get("content") or ()
    if isinstance(content, str):
        return rates.result + rates.result_char * len(content)
    return rates.result + _content(content, rates, model)


def _thought(block: Block, rates: Rates, _: Model) -> float:
    if text := block.get("thinking"):
        return text_tokens(text, rates)
    hidden = len(block.get("signature") or block.get("data") or "") * 3 // 4 - SIGNATURE
    return max(0, hidden) / HIDDEN


def _other(block: Block, rates: Rates, _: Model) -> float:
    return rates.result_char * len(_dump(block))


_COUNTS: dict[str, Callable[[Block, Rates, Model], float]] = {
    "text": _text,
    "image": _image,
    "document": _document,
    "tool_use": _use,
    "server_tool_use": _use,
    "mcp_tool_use": _use,
    "tool_result": _result,
    "mcp_tool_result": _result,
    "thinking": _thought,
    "redacted_thinking": _thought,
}


# The rest of a request -----------------------------------------------------------------------------------------


def _tools(body: Mapping[str, Any], rates: Rates, model: Model) -> float:
    total: float = model.tool_base[is_forced(body)]
    for tool in body["tools"]:
        # A deferred tool is told to the model only when it was searched for.
        if tool.get("defer_loading"):
            continue
        schema = tool.get("input_schema")
        said = len(tool.get("name") or "") + len(tool.get("description") or "") + (len(_dump(schema)) if schema else 0)
        total += rates.tool + rates.tool_char * said
        if kind := tool.get("type"):
            total += _own(kind)
    return total


@lru_cache(maxsize=256)
def _own(kind: str) -> int:
    """What a tool of the API's own costs: by the longest name in the table that its type begins with."""
    return max(((len(name), cost) for name, cost in OWN_TOOLS.items() if kind.startswith(name)), default=(0, 0))[1]


def _options(body: Mapping[str, Any], rates: Rates) -> float:
    total = 0.0
    if (body.get("thinking") or {}).get("type") == "enabled":
        total += THINKING
    if asked := (body.get("output_config") or {}).get("format") or body.get("output_format"):
        total += FORMAT + rates.tool_char * len(_dump(asked))
    return total


def _cites(message: Mapping[str, Any]) -> bool:
    content = message.get("content")
    if not isinstance(content, (list, tuple)) or message.get("role") != "user":
        return False
    return any((block.get("citations") or {}).get("enabled") for block in content if block.get("type") in CITED)


def _forgotten(messages: Sequence[Mapping[str, Any]]) -> int:
    """How many messages stand before the last real user turn: their thoughts no longer count."""
    for index in range(len(messages) - 1, -1, -1):
        message = messages[index]
        if message.get("role") == "user" and not _answers_tools(message.get("content")):
            return index
    return 0


def _answers_tools(content: Any) -> bool:
    return isinstance(content, list) and any(block.get("type") == "tool_result" for block in content)


def _without_thoughts(content: Iterable[Block]) -> list[Block]:
    return [block for block in content if block.get("type") not in ("thinking", "redacted_thinking")]


def _dump(value: Any) -> bytes:
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        # orjson reads deeper nesting than it writes; whoever sends that counts for nothing.
        return b""
