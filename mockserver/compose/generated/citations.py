"""Cited answers: a sentence of a document in the request, and a citation of its location."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from mockserver.blocks.citable import find_citable
from mockserver.compose.generated import pdf_text
from mockserver.compose.generated.task import ReplyTask
from mockserver.records.prompt import blocks_of
from mockserver.records.reply import Block

# A sentence with the white space after it, as the API cuts them (source: recorded).
# Of a long row of marks the last few decide: looked at as a whole from each, it would take minutes.
SENTENCE = r"(?s)\S.*?(?:[.!?]{1,8}(?=\s)\s*|[。！？]+\s*|\n\s*\n|\Z)"
# Only this many characters are searched for sentences.
LONGEST = 20_000


class Quote(Struct, frozen=True):
    """A sentence, and the citation that points to it."""

    text: str
    citation: Mapping[str, Any]


def cite(task: ReplyTask) -> list[Block]:
    """Text blocks that quote a document or search result with citations enabled; empty when there is none to quote.

    The sentence with the most words of the user's is quoted. Documents, and search results, count from 0 over the
    whole request.
    """
    words = set(re.findall(r"\w{3,}", task.text.lower()))
    quotes = list(_find_quotes(task))
    if not quotes:
        return []
    best = max(quotes, key=lambda quote: len(words.intersection(re.findall(r"\w{3,}", quote.text.lower()))))
    quotation = {"citations": [best.citation], "type": "text", "text": best.text.strip()}
    return [{"type": "text", "text": task.pick("cite")}, quotation]


def _find_quotes(task: ReplyTask) -> Iterator[Quote]:
    seen: Counter[str] = Counter()
    for message in task.prompt.messages:
        for block in find_citable(blocks_of(message)):
            kind = block["type"]
            yield from quote_enabled(block, seen[kind])
            seen[kind] += 1


def quote_enabled(block: Mapping[str, Any], index: int) -> Iterator[Quote]:
    """The quotes that a document or search result, the ``index``-th, allows; none unless it enables citations."""
    if _is_enabled(block):
        yield from _QUOTERS[block["type"]](block, index)


def _is_enabled(block: Mapping[str, Any]) -> bool:
    return bool((block.get("citations") or {}).get("enabled"))


def _quote_document(block: Mapping[str, Any], index: int) -> Iterator[Quote]:
    source = block.get("source") or {}
    about = {"document_index": index, "document_title": block.get("title")}
    kind = source.get("type")
    if kind == "text":
        yield from _quote_characters(source.get("data") or "", about)
    elif kind == "content":
        yield from _quote_blocks(source.get("content") or (), about)
    elif kind == "base64":
        yield from _quote_pages(source.get("data") or "", about)


def _quote_characters(text: str, about: Mapping[str, Any]) -> Iterator[Quote]:
    for found in re.compile(SENTENCE).finditer(text, 0, LONGEST):
        place = {"start_char_index": found.start(), "end_char_index": found.end()}
        yield Quote(found[0], {"type": "char_location", "cited_text": found[0], **about, **place})


def _quote_blocks(content: Any, about: Mapping[str, Any]) -> Iterator[Quote]:
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    for index, text in _find_texts(blocks):
        place = {"start_block_index": index, "end_block_index": index + 1}
        yield Quote(text, {"type": "content_block_location", "cited_text": text, **about, **place})


def _quote_pages(data: str, about: Mapping[str, Any]) -> Iterator[Quote]:
    text = pdf_text.find_first_text(data)
    if text:
        place = {"start_page_number": 1, "end_page_number": 2}
        yield Quote(text, {"type": "page_location", "cited_text": text, **about, **place})


def _quote_search_result(block: Mapping[str, Any], index: int) -> Iterator[Quote]:
    about = {"source": block.get("source", ""), "title": block.get("title"), "search_result_index": index}
    for at, text in _find_texts(block.get("content") or ()):
        place = {"start_block_index": at, "end_block_index": at + 1}
        yield Quote(text, {"type": "search_result_location", "cited_text": text, **about, **place})


_QUOTERS: dict[str, Callable[[Mapping[str, Any], int], Iterator[Quote]]] = {
    "document": _quote_document,
    "search_result": _quote_search_result,
}


def _find_texts(content: Any) -> Iterator[tuple[int, str]]:
    for index, block in enumerate(content):
        if block.get("type") == "text" and (text := block.get("text") or "").strip():
            yield index, text
