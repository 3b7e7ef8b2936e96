"""Text, with or without citations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from mockserver.blocks import shapes
from mockserver.blocks.block import BlockType, InputCounter, OutputCounter, Unfolded
from mockserver.blocks.chunking import Grain, cut_text
from mockserver.blocks.completion import Completion, arrange
from mockserver.blocks.delta import Delta, DeltaType, join_pieces
from mockserver.blocks.shorthand import Shorthand, as_list, as_text
from mockserver.records.reply import Block
from mockserver.records.specs import WRITTEN, Anything, several
from mockserver.reference.tokens import text_tokens

ORDER = ("citations", "type", "text")
# Keys in the order of the wire (source: recorded).
CITATION_ORDER = (
    "type",
    "cited_text",
    "url",
    "source",
    "title",
    "encrypted_index",
    "search_result_index",
    "document_index",
    "document_title",
    "start_char_index",
    "end_char_index",
    "start_page_number",
    "end_page_number",
    "start_block_index",
    "end_block_index",
    "file_id",
)
CITATION_INTEGERS = (
    "document_index",
    "end_block_index",
    "end_char_index",
    "end_page_number",
    "search_result_index",
    "start_block_index",
    "start_char_index",
    "start_page_number",
)

_IN_DOCUMENT: Mapping[str, Any] = {"document_index": 0}
# A key that only one type of citation has, that type, and the keys that may be left out; titles are added at the end.
_CITATIONS: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("start_char_index", "char_location", _IN_DOCUMENT),
    ("start_page_number", "page_location", _IN_DOCUMENT),
    ("source", "search_result_location", {"search_result_index": 0}),
    ("start_block_index", "content_block_location", _IN_DOCUMENT),
    ("url", "web_search_result_location", {"encrypted_index": "EncryptedIndex"}),
)


def write_text(value: Any, beside: Mapping[str, Any]) -> Iterator[Block]:
    """``text: ...``, with the ``citations`` beside it."""
    citations = beside.get("citations")
    for item in as_list(value):
        block = {"type": "text", "text": as_text(item)}
        # The wire writes citations first, and only where there are some (source: recorded).
        yield {"citations": [_write_citation(citation) for citation in citations], **block} if citations else block


def write_json(value: Any, _: Mapping[str, Any]) -> Iterator[Block]:
    """``json: ...``: a text that is the JSON of the value."""
    yield {"type": "text", "text": orjson.dumps(value).decode()}


def _write_citation(citation: Mapping[str, Any]) -> Mapping[str, Any]:
    kind = citation.get("type") or next((kind for key, kind, _ in _CITATIONS if key in citation), "char_location")
    # A quotation whose place is not said is looked for, whatever document it is in.
    is_placed = kind != "char_location" or "start_char_index" in citation
    defaults = next((defaults for _, name, defaults in _CITATIONS if name == kind and is_placed), {})
    return {"type": kind, **defaults, **citation}


def _complete(block: Block, completion: Completion) -> Block:
    if len(block) == 2:
        return block
    citations = block.get("citations")
    if isinstance(citations, list):
        block = {**block, "citations": [_complete_citation(citation, completion) for citation in citations]}
    return arrange(block, ORDER)


def _complete_citation(citation: Any, completion: Completion) -> Any:
    """The citation with the title of what it cites, and the place of a text, unless the script gives them or null.

    ``file_id``, which the SDK's types name, is in none of the 25 recorded until 2026-10, whose documents were no files:
    only of those that are it names the file (inferred).
    """
    if not isinstance(citation, Mapping):
        return citation
    if citation.get("type") == "char_location" and "start_char_index" not in citation:
        citation = {**completion.find_quote(citation.get("cited_text"), citation.get("document_index")), **citation}
    if "document_index" in citation:
        title = completion.describe_document(citation["document_index"])
    elif citation.get("type") == "search_result_location":
        title = {"title": completion.find_result(citation.get("search_result_index"), citation.get("source"))}
    elif citation.get("type") == "web_search_result_location":
        title = {"title": completion.find_page(citation.get("url"))}
    else:
        return citation
    return arrange({**title, **citation}, CITATION_ORDER)


def _unfold(block: Block, dice: Iterator[int], grain: Grain) -> Unfolded:
    text = block.get("text")
    if not isinstance(text, str):
        return block, []
    shell = {**block, "text": ""}
    deltas: list[Delta] = []
    if citations := block.get("citations"):
        shell["citations"] = []
        deltas = [{"type": "citations_delta", "citation": citation} for citation in citations]
    deltas += [{"type": "text_delta", "text": piece} for piece in cut_text(text, grain.text, dice)]
    return shell, deltas


def _fold_citations(block: Block, deltas: Sequence[Mapping[str, Any]]) -> Block:
    start = block.get("citations") or []
    if not isinstance(start, list):
        raise ValueError(f"malformed or incomplete: citations is {start!r}, expected a list")
    # The shell's "citations" comes first, before the type; so it does when a gateway has left it out.
    return {"citations": [], **block} | {"citations": [*start, *[delta["citation"] for delta in deltas]]}


def _count_input(block: Block, counter: InputCounter) -> float:
    return text_tokens(block.get("text") or "", counter.rates)


def _count_output(block: Block, counter: OutputCounter) -> None:
    counter.text = counter.rates.answer_text
    counter.written += text_tokens(block.get("text") or "", counter.rates)


TYPES = (
    BlockType(
        type="text",
        shorthands={
            "text": Shorthand(write_text, several(WRITTEN), "a text block, or a list of several"),
            "json": Shorthand(
                write_json, Anything(), "structured output: any value, written as JSON into a text block"
            ),
        },
        complete=_complete,
        unfold=_unfold,
        deltas=(
            DeltaType("citations_delta", "text", {"citation": object}, _fold_citations),
            DeltaType("text_delta", "text", {"text": str}, join_pieces("text")),
        ),
        shortened_field="text",
        count_input=_count_input,
        count_output=_count_output,
        shape={"text": shapes.STRING},
        integers=CITATION_INTEGERS,
    ),
)
