"""Places in an answer where another model took over, and the iterations of their ``usage``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from mockserver.blocks.counting import count_output
from mockserver.compose.usage import ORDER
from mockserver.records.reply import Answer, Block
from mockserver.reference.catalog import Model

INPUT = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")


def is_hop(block: Block) -> bool:
    """Whether the block marks where another model took over."""
    return block.get("type") == "fallback"


def take_last(answer: Answer) -> Answer:
    """The answer with what the last model wrote alone: that decides how it ends, and what its usage is."""
    return replace(answer, content=_split(answer.content, "")[-1][1]) if "fallback" in answer.block_types else answer


def list_hops(usage: Mapping[str, Any], content: Iterable[Block], asked: str, model: Model) -> dict[str, Any]:
    """The usage of the last model with an iteration for each one: for those before, too, which declined.

    Source: documented, server-side fallback, both API versions.

    Args:
        usage: that of what the last model wrote.
        content: the whole answer.
        asked: the model that was asked, in the caller's words.
        model: counts the tokens of the others.
    """
    *declined, (served, _) = _split(content, asked)
    read = {**dict.fromkeys(INPUT, 0), "input_tokens": sum(usage[key] or 0 for key in INPUT)}
    split = dict.fromkeys(usage["cache_creation"] or {}, 0)
    before = [
        make_iteration({**read, "cache_creation": split, "output_tokens": count_output(said, model)[0]}, name)
        for name, said in declined
    ]
    last = {**make_iteration(usage, served), "type": "fallback_message"}
    return with_iterations(usage, [*before, last])


def make_iteration(usage: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The entry of ``iterations`` for a model that took all of ``usage``; keys in wire order (source: recorded)."""
    keys = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation")
    return {**{key: usage[key] for key in keys}, "type": "message", "model": name}


def with_iterations(usage: Mapping[str, Any], entries: list[dict[str, Any]]) -> dict[str, Any]:
    """The usage with these iterations, keys in wire order."""
    whole = {**usage, "iterations": entries}
    return {**{key: whole[key] for key in ORDER if key in whole}, **whole}


def _split(content: Iterable[Block], asked: str) -> list[tuple[str, tuple[Block, ...]]]:
    """What each model wrote, by its name, in their order."""
    parts: list[tuple[str, list[Block]]] = [(asked, [])]
    for block in content:
        if is_hop(block):
            parts.append((str(block["to"]["model"]), []))
        else:
            parts[-1][1].append(block)
    return [(name, tuple(blocks)) for name, blocks in parts]
