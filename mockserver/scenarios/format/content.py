"""The content of an answer: its items, each a text, a shorthand or a block exactly as the API has it."""

from __future__ import annotations

from mockserver.blocks import block_type
from mockserver.records.specs import (
    BLOCK_LIST,
    OBJECT,
    STRING,
    Either,
    Field,
    ListOf,
    Mode,
    Record,
    Ref,
    Rule,
    Ruled,
    Text,
    fields,
)
from mockserver.scenarios.format.checking import check
from mockserver.scenarios.format.shorthands import SHORTHAND_FIELDS
from mockserver.scenarios.reading.node import Node


def _check_citations(node: Node, _: Mode) -> None:
    if isinstance(node.value, dict) and "citations" in node.value and "text" not in node.value:
        node.at("citations").complain("citations belong to a text: none stands beside them", key=True)


CITING = Rule(_check_citations, {"dependentRequired": {"citations": ["text"]}})
CITATIONS = Field(
    Ref("citations", lambda: BLOCK_LIST),
    "what the text cites, as the API has it; `type`, `document_index`, the title, and where `cited_text` stands in a "
    "document's text are filled in; `null` stays",
)
_ITEM = Record("an item of content", {**SHORTHAND_FIELDS, "citations": CITATIONS})

# Completing and streaming take these for texts, in a block of any type; each type may add to it.
_TEXT, _LONG = Text(null=True), Text(null=True, file="text")
BLOCK = {
    "type": Field(STRING),
    **fields(data=_LONG, id=_TEXT, name=_TEXT, signature=_TEXT, text=_LONG, thinking=_LONG),
    "citations": Field(ListOf(OBJECT, "a list of blocks", null=True)),
}


def _check_type(node: Node, mode: Mode) -> None:
    if isinstance(node.value, dict) and (form := block_type(node.value).form):
        check(form, node, mode)


SHORTHAND_ITEM = Ref("shorthands", lambda: Ruled(_ITEM, (CITING,)))
ITEM = Ref(
    "item",
    lambda: Either(
        (
            Text(written=True, file="text"),
            Ruled(Record("a block", BLOCK, ("type",), free=True, marks=("type",)), (Rule(_check_type),)),
            SHORTHAND_ITEM,
        ),
        "a mapping (an item of content)",
    ),
)
