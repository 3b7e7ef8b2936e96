"""Documents that the caller sends, and search results that can be cited like them."""

from __future__ import annotations

from typing import Any

from mockserver.blocks import shapes
from mockserver.blocks.block import BlockType, InputCounter, Nesting
from mockserver.records.reply import Block
from mockserver.reference import media
from mockserver.reference.pdf_text import read_text
from mockserver.reference.tokens import text_tokens

# A page of a PDF besides its words: its picture (recorded).
PAGE = 1590


def _count(block: Block, counter: InputCounter) -> float:
    source = block.get("source") or {}
    total = text_tokens(f"{block.get('title') or ''} {block.get('context') or ''}", counter.rates)
    kind = source.get("type")
    if kind == "text":
        return total + counter.rates.document + text_tokens(source.get("data") or "", counter.rates)
    if kind == "content":
        return total + counter.rates.document + counter.count(source.get("content") or ())
    return total + _count_pdf(source.get("data"), counter)


def _count_result(block: Block, counter: InputCounter) -> float:
    words = text_tokens(f"{block.get('title') or ''} {block.get('source') or ''}", counter.rates)
    return counter.rates.search_result + words + counter.count(block.get("content") or ())


def _count_pdf(data: Any, counter: InputCounter) -> float:
    """The pages of a PDF and the words on them; one page where there is nothing to read."""
    file = media.decode(data) if isinstance(data, str) else None
    pdf = media.read_pdf(file) if file else None
    if file is None or pdf is None:
        return PAGE
    return PAGE * pdf.pages + text_tokens(read_text(file), counter.rates)


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
        count_input=_count_result,
        shape={"content": shapes.BLOCKS, "citations": shapes.OBJECT},
        role="user",
        nesting=Nesting(("content",), ".search_result.content"),
        is_citable=True,
    ),
)
