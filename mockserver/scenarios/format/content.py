"""The content of an answer: its items, each a text, a shorthand or a block exactly as the API has it."""

from __future__ import annotations

from collections.abc import Mapping

from mockserver.scenarios.format.checking import check
from mockserver.scenarios.format.shorthands import SHORTHANDS
from mockserver.scenarios.format.specs import (
    Anything,
    Either,
    Field,
    ListOf,
    Mode,
    Null,
    Record,
    Ref,
    Rule,
    Ruled,
    Text,
)
from mockserver.scenarios.format.values import BLOCKS, OBJECT, STRING, fields
from mockserver.scenarios.reading.node import Node


def _check_citations(node: Node, _: Mode) -> None:
    if isinstance(node.value, dict) and "citations" in node.value and "text" not in node.value:
        node.at("citations").complain("citations belong to a text: none stands beside them", key=True)


CITING = Rule(_check_citations, {"dependentRequired": {"citations": ["text"]}})
CITATIONS = Field(
    Ref("citations", lambda: BLOCKS),
    "what the text cites, as the API has it; `type`, `document_index`, `document_title` and `file_id` are filled in",
)
_ITEM = Record("an item of content", {**SHORTHANDS, "citations": CITATIONS})

# Composing and streaming take these for texts, in a block of any type.
_TEXT = Text(null=True)
BLOCK = {
    "type": Field(STRING),
    **fields(data=_TEXT, id=_TEXT, name=_TEXT, signature=_TEXT, text=_TEXT, thinking=_TEXT),
    "citations": Field(ListOf(OBJECT, "a list of blocks", null=True)),
}
_TO = Record("", fields(model=Anything()), ("model",), free=True, expect="a mapping with a model")
_FROM = Either((Null(), OBJECT), "a mapping")
_INPUT = Record("", fields(input=OBJECT), free=True)
# Fields that composing and streaming rely on in blocks of one type.
BLOCKS_BY_TYPE: Mapping[str, Record] = {
    "compaction": Record("", fields(content=_TEXT), free=True),
    "fallback": Record("fallback", {"from": Field(_FROM), "to": Field(_TO)}, ("to",), free=True),
    "mcp_tool_use": _INPUT,
    "server_tool_use": _INPUT,
    "tool_use": _INPUT,
}


def _check_type(node: Node, mode: Mode) -> None:
    kind = node.value.get("type") if isinstance(node.value, dict) else None
    if isinstance(kind, str) and kind in BLOCKS_BY_TYPE:
        check(BLOCKS_BY_TYPE[kind], node, mode)


SHORTHAND_ITEM = Ref("shorthands", lambda: Ruled(_ITEM, (CITING,)))
ITEM = Ref(
    "item",
    lambda: Either(
        (
            Text(written=True),
            Ruled(Record("a block", BLOCK, ("type",), free=True, marks=("type",)), (Rule(_check_type),)),
            SHORTHAND_ITEM,
        ),
        "a mapping (an item of content)",
    ),
)
