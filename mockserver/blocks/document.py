"""Documents that the caller sends, and search results that can be cited like them."""

from __future__ import annotations

from typing import Any

from mockserver.blocks import shapes
from mockserver.blocks.block import BlockType, InputCounter, Nesting
from mockserver.records.reply import Block
from mockserver.reference import media
from mockserver.reference.tokens import text_tokens

# A page of a PDF: its text and its picture (recorded).
PAGE = 1590


def _count(block: Block, counter: InputCounter) -> float:
    source = block.get("source") or {}
    total = text_tokens(f"{block.get('title') or ''} {block.get('context') or ''}", counter.rates)
    kind = source.get("type")
    if kind == "text":
        return total + text_tokens(source.get("data") or "", counter.rates)
    if kind == "content":
        return total + counter.count(source.get("content") or ())
    return total + PAGE * _count_pages(source.get("data"))


def _count_pages(data: Any) -> int:
    file = media.decode(data) if isinstance(data, str) else None
    pdf = media.read_pdf(file) if file else None
    return pdf.pages if pdf else 1


TYPES = (
    BlockType(
        type="document",
        count_input=_count,
        shape={"source": shapes.SOURCE, "citations": shapes.OBJECT},
        # The source's type stands in the path, too.
        nesting=Nesting(("source", "content"), ".document.source.content.content"),
        is_citable=True,
    ),
    BlockType(
        type="search_result",
        shape={"content": shapes.BLOCKS, "citations": shapes.OBJECT},
        role="user",
        nesting=Nesting(("content",), ".search_result.content"),
        is_citable=True,
    ),
)
