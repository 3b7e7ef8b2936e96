"""Checks of citations: they point to what they quote."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from mockserver.blocks.citable import find_citable, find_pages
from mockserver.records.prompt import blocks_of
from mockserver.records.reply import Block
from mockserver.validation.answers.exchange import Exchange, Flaw, as_mapping
from mockserver.validation.texts import excerpt

# Citations of an answer that are looked at: each is searched for in a document.
MOST = 100
# What may be cited, in the order of its numbers.
Citable = Sequence[Block]


def citations_hold(exchange: Exchange) -> Iterator[Flaw]:
    """A citation names a document, search result or page of the conversation or of the answer, and quotes its text.

    White space does not count. Of PDFs, found pages, and sources that are not in the request only their existence is
    checked.
    """
    cited = [(path, block["citations"]) for path, block in exchange.find("text") if block.get("citations")]
    if not cited:
        return
    blocks = [*chain.from_iterable(map(blocks_of, exchange.prompt.messages)), *(each for _, each in exchange.blocks)]
    citable, pages = [*find_citable(blocks)], {page["url"] for page in find_pages(blocks)}
    for path, citation in islice(_list_citations(cited), MOST):
        if complaint := _complain(citation, citable, pages):
            yield path, complaint


def _list_citations(cited: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path, citations in cited:
        for at, each in enumerate(citations if isinstance(citations, list) else ()):
            yield f"{path}.citations.{at}", as_mapping(each)


def _complain(citation: Mapping[str, Any], citable: Citable, pages: set[str]) -> str:
    kind, url = str(citation.get("type")), str(citation.get("url"))
    if kind == "web_search_result_location":
        return "" if url in pages else f"no web search found {_quote(url)}"
    if kind not in _KINDS:
        return ""
    block_type, number, find_text = _KINDS[kind]
    known = [block for block in citable if block["type"] == block_type]
    index = citation.get(number)
    if type(index) is not int or not 0 <= index < len(known):
        return f"{number} is {_quote(index)}, but the request has {len(known)} citable blocks of type {block_type}"
    if as_mapping(known[index].get("citations")).get("enabled") is not True:
        return f"citations are not enabled for the {block_type} {index}"
    text, wanted = find_text(known[index]), citation.get("cited_text")
    if text is None or not isinstance(wanted, str) or _squeeze(wanted) in _squeeze(text):
        return ""
    return f"cited_text {_quote(wanted)} is not in the {block_type} {index}"


def _read_document(block: Block) -> str | None:
    source = as_mapping(block.get("source"))
    if source.get("type") == "text":
        return str(source.get("data"))
    return _join(source.get("content")) if source.get("type") == "content" else None


def _read_result(block: Block) -> str | None:
    return _join(block.get("content"))


def _join(content: Any) -> str:
    """The texts of blocks, one behind the other, as a citation of several quotes them."""
    if isinstance(content, str):
        return content
    blocks = content if isinstance(content, list | tuple) else ()
    return "".join(str(block.get("text", "")) for block in blocks if isinstance(block, Mapping))


# By the type of a citation: the type of block it points to, the key of its number, and what reads the text there.
_KINDS: Mapping[str, tuple[str, str, Callable[[Block], str | None]]] = {
    "char_location": ("document", "document_index", _read_document),
    "content_block_location": ("document", "document_index", _read_document),
    "page_location": ("document", "document_index", lambda _: None),
    "search_result_location": ("search_result", "search_result_index", _read_result),
}


def _squeeze(text: str) -> str:
    """The text without white space, which citations of several blocks write in other places."""
    return "".join(text.split())


def _quote(value: Any) -> str:
    return f"'{excerpt(value)}'"
