"""Checks of citations: they point to what they quote."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from msgspec import Struct

from mockserver.blocks.citable import find_citable, find_pages
from mockserver.records.prompt import blocks_of
from mockserver.records.reply import Block
from mockserver.validation.answers.exchange import Exchange, Flaw, as_mapping
from mockserver.validation.texts import excerpt

# Citations of an answer that are looked at: each is searched for in a document.
MOST = 100


class Sources(Struct, frozen=True):
    """What an answer may cite: blocks in the order of their numbers, and addresses of pages that searches found.

    ``fetched`` holds the ids of the blocks that fetching a page brought, ``texts`` the texts read so far by such ids.
    ``may_cite_fetched`` says whether the tool that fetches turns citations on, or is not in the request any more.
    """

    citable: Sequence[Block]
    pages: frozenset[str]
    fetched: frozenset[int]
    may_cite_fetched: bool
    texts: dict[int, str | None]

    def read(self, block: Block, find_text: Callable[[Block], str | None]) -> str | None:
        """The text of a block without white space; None when it is not known."""
        if id(block) not in self.texts:
            text = find_text(block)
            self.texts[id(block)] = None if text is None else _squeeze(text)
        return self.texts[id(block)]


def citations_hold(exchange: Exchange) -> Iterator[Flaw]:
    """A citation names a document, search result or page of the conversation or of the answer, and quotes its text.

    White space does not count. Of PDFs, found pages, and sources that are not in the request only their existence is
    checked. Citations of a fetched page are turned on by its tool, those of all else by the block itself.
    """
    citations = [*islice(_list_citations(exchange), MOST)]
    sources = _find_sources(exchange) if citations else None
    for path, citation in citations:
        if sources and (complaint := _complain(citation, sources)):
            yield path, complaint


def _list_citations(exchange: Exchange) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path, block in exchange.find("text"):
        citations = block.get("citations")
        for at, each in enumerate(citations if isinstance(citations, list) else ()):
            yield f"{path}.citations.{at}", as_mapping(each)


def _find_sources(exchange: Exchange) -> Sources:
    blocks = [*chain.from_iterable(map(blocks_of, exchange.prompt.messages)), *(each for _, each in exchange.blocks)]
    fetched = find_citable(block for block in blocks if block.get("type") == "web_fetch_tool_result")
    pages = frozenset(page["url"] for page in find_pages(blocks))
    fetching = [tool for tool in exchange.offered if str(tool.get("type")).startswith("web_fetch_")]
    may_cite = not fetching or any(map(_is_enabled, fetching))
    return Sources([*find_citable(blocks)], pages, frozenset(map(id, fetched)), may_cite, {})


def _is_enabled(citable: Mapping[str, Any]) -> bool:
    """Whether a block, or the tool that brings it, turns citations on."""
    return as_mapping(citable.get("citations")).get("enabled") is True


def _complain(citation: Mapping[str, Any], sources: Sources) -> str:
    kind, url = str(citation.get("type")), str(citation.get("url"))
    if kind == "web_search_result_location":
        return "" if url in sources.pages else f"no web search found {_quote(url)}"
    if kind not in _KINDS:
        return ""
    block_type, number, find_text = _KINDS[kind]
    known = [block for block in sources.citable if block["type"] == block_type]
    index = citation.get(number)
    if type(index) is not int or not 0 <= index < len(known):
        return f"{number} is {_quote(index)}, but the request has {len(known)} citable blocks of type {block_type}"
    block, wanted = known[index], citation.get("cited_text")
    is_enabled = _is_enabled(block) or (id(block) in sources.fetched and sources.may_cite_fetched)
    if not is_enabled:
        return f"citations are not enabled for the {block_type} {index}"
    text = sources.read(block, find_text)
    if text is None or not isinstance(wanted, str) or _squeeze(wanted) in text:
        return ""
    return f"cited_text {_quote(wanted)} is not in the {block_type} {index}"


def _read_document(block: Block) -> str | None:
    source = as_mapping(block.get("source"))
    if source.get("type") == "content":
        return _join(source.get("content"))
    text = source.get("data") if source.get("type") == "text" else None
    return text if isinstance(text, str) else None


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
    "page_location": ("document", "document_index", _read_document),
    "search_result_location": ("search_result", "search_result_index", _read_result),
}


def _squeeze(text: str) -> str:
    """The text without white space, which citations of several blocks write in other places."""
    return "".join(text.split())


def _quote(value: Any) -> str:
    return f"'{excerpt(value)}'"
