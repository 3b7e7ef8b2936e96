"""Results of the server's web fetch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.blocks import shapes
from mockserver.blocks.block import BlockType
from mockserver.blocks.completion import Completion, arrange
from mockserver.blocks.server_tool_use import build_tool_form, complete_web_result, write_server_tool
from mockserver.blocks.shorthand import Shorthand, as_text
from mockserver.blocks.text import CITATION_INTEGERS
from mockserver.records.reply import Block
from mockserver.records.specs import OBJECT, STRING, WRITTEN, Either, Field, Flag, Text
from mockserver.reference.ids import read_clock

PAGE_ORDER = ("type", "url", "retrieved_at", "content")

_FIELDS = {
    "url": Field(STRING),
    "title": Field(STRING),
    "text": Field(WRITTEN),
    "data": Field(Text(file="base64"), "a PDF, as base64"),
    "citations": Field(
        Either((Flag(), OBJECT), "true, false, or the object"), "whether it may be cited; by default as its tool says"
    ),
    "retrieved_at": Field(STRING),
}


def _write_page(item: Mapping[str, Any]) -> Any:
    if "text" not in item and "data" not in item:
        return None
    source = (
        {"type": "base64", "media_type": "application/pdf", "data": item["data"]}
        if "data" in item
        else {"type": "text", "media_type": "text/plain", "data": as_text(item["text"])}
    )
    document = {"type": "document", "source": source, "title": item.get("title")}
    if (given := item.get("citations")) is not None:
        document["citations"] = {"enabled": given} if isinstance(given, bool) else given
    page = {"type": "web_fetch_result", "url": item.get("url", ""), "content": document}
    return {**page, "retrieved_at": item["retrieved_at"]} if "retrieved_at" in item else page


def _complete(block: Block, completion: Completion) -> Block:
    """Give the result the id of its use, and a page the time of the call and the ``citations`` of its tool."""
    page = block.get("content")
    if not isinstance(page, Mapping) or page.get("type") != "web_fetch_result":
        return complete_web_result(block, completion)
    page = {"retrieved_at": _write_time(completion.tick), **page, "content": _add_citations(page, completion)}
    return complete_web_result({**block, "content": arrange(page, PAGE_ORDER)}, completion)


def _add_citations(page: Mapping[str, Any], completion: Completion) -> Any:
    """The document of a page, with the ``citations`` that its tool asks for (source: recorded since 2025-11)."""
    document = page.get("content")
    asked = [tool["citations"] for tool in completion.tools if _fetches(tool) and tool.get("citations") is not None]
    if not asked or not isinstance(document, Mapping) or "citations" in document:
        return document
    return {**document, "citations": asked[0]}


def _fetches(tool: Mapping[str, Any]) -> bool:
    return str(tool.get("type")).startswith("web_fetch_")


def _write_time(tick: int) -> str:
    """The time of the call on the virtual clock, as the API writes it.

    Without a time zone since 2026-06, before with "+00:00" (source: recorded).
    """
    return read_clock(tick).strftime("%Y-%m-%dT%H:%M:%S.%f")


TYPES = (
    BlockType(
        type="web_fetch_tool_result",
        shorthands={
            "web_fetch": Shorthand(
                write_server_tool("web_fetch", "web_fetch_tool_result", _write_page, ["url"]),
                build_tool_form("web_fetch", _FIELDS, "url"),
                "`{url, title, text}`, or `data` for a PDF; `citations: true` (it may be cited), `retrieved_at`",
            )
        },
        complete=_complete,
        role="assistant",
        answers="server_tool_use",
        shape={"content": shapes.PAGE},
        integers=CITATION_INTEGERS,
    ),
)
