"""Documents and search results that an answer may cite, wherever they stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mockserver.records.reply import Block

CITABLE = ("document", "search_result")


def find_citable(blocks: Iterable[Block]) -> Iterator[Block]:
    """The documents and search results among the blocks of a message, in tool results, and as fetched pages.

    In this order the API numbers them, each kind from 0 over the whole conversation and the answer.
    """
    for block in blocks:
        kind = block.get("type")
        if kind in CITABLE:
            yield block
        elif kind == "tool_result":
            yield from _find_inside(block.get("content"))
        elif kind == "web_fetch_tool_result" and isinstance(block.get("content"), Mapping):
            yield from _find_inside([block["content"].get("content")])


def find_pages(blocks: Iterable[Block]) -> Iterator[Block]:
    """The pages that web searches found, of their results among the blocks; each has an address."""
    for block in blocks:
        content = block.get("content") if block.get("type") == "web_search_tool_result" else None
        if isinstance(content, list):
            yield from (each for each in content if isinstance(each, Mapping) and isinstance(each.get("url"), str))


def _find_inside(content: Any) -> Iterator[Block]:
    if isinstance(content, list):
        yield from (each for each in content if isinstance(each, Mapping) and each.get("type") in CITABLE)
