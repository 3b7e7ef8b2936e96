"""Recorded requests and the input tokens that the API counted, sorted into classes."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from mockserver.reference.catalog import lookup

DATA = Path(__file__).parent.parent / "data"
FOLDS = 5
# Characters of the first question by which conversations are told apart.
OPENING = 60


class Row(Struct, frozen=True, eq=False):
    """One request. ``missed``: chosen because an earlier count missed it; it helps to fit and yields no figures."""

    id: str
    body: Mapping[str, Any]
    tokens: int
    missed: bool

    @property
    def fold(self) -> int:
        """The fifth it belongs to; the requests of one conversation are in the same."""
        return zlib.crc32(_read_text(self.body["messages"][0]).encode("utf-8", "replace")[:OPENING]) % FOLDS


def read_rows() -> list[Row]:
    """All rows. Those without a body of their own are requests of ``recordings``."""
    with gzip.open(DATA / "recordings" / "requests.jsonl.gz") as lines:
        bodies = {entry["id"]: entry["request"] for entry in map(json.loads, lines)}
    with gzip.open(DATA / "tokens" / "usage.jsonl.gz") as lines:
        return [
            Row(entry["id"], entry.get("request") or bodies[entry["id"]], entry["input_tokens"], "missed" in entry)
            for entry in map(json.loads, lines)
        ]


def choose_tokenizer(row: Row) -> str:
    """Which table of rates counts the row."""
    return "new" if lookup(row.body["model"]).tokenizer == "new" else "old"


def list_groups(row: Row) -> tuple[str, str, str]:
    """The lines of the table in docs/tokens.md that a request belongs to."""
    tokenizer = choose_tokenizer(row)
    return "all", f"{tokenizer} tokenizer", f"{classify(row.body)}, {tokenizer}"


def classify(body: Mapping[str, Any]) -> str:
    """The class of a request: the first that fits."""
    types = {block.get("type") for block in _find_blocks(body.get("messages"))}
    tools = body.get("tools") or ()
    if "image" in types:
        return "images in base64"
    if types & {"document", "search_result"}:
        return "documents and search results"
    if any(tool.get("type") not in (None, "custom") for tool in tools):
        return "the API's own tools"
    if (body.get("output_config") or {}).get("format") or body.get("output_format"):
        return "structured output"
    if types & {"thinking", "redacted_thinking"} or (body.get("thinking") or {}).get("type") in ("enabled", "adaptive"):
        return "thinking"
    if "tool_use" in types:
        return "tools and their results"
    return "tools offered" if tools else "text"


def _find_blocks(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _find_blocks(item)


def _read_text(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return content
    return "".join(block.get("text") or "" for block in content or ())
