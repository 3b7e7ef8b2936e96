"""The checks of images and documents in a conversation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from mockserver.records.budget import current_work
from mockserver.records.prompt import Prompt, blocks_of
from mockserver.scenarios.matching import predicates
from mockserver.scenarios.matching.checks import Check, count_items, state, write_list
from mockserver.scenarios.matching.predicates import Predicate
from mockserver.scenarios.reading.node import Node


def _match_media(list_types: Callable[[Prompt], list[str]]) -> Callable[[str, Node], Check]:
    """The check of images or documents anywhere in the conversation, also inside tool results."""

    def build(key: str, node: Node) -> Check:
        is_split = isinstance(node.value, dict) and not node.value.keys() & predicates.BOUNDS.keys()
        parts = dict(node.items()) if is_split else {"count": node}
        media = predicates.glob(parts["media_type"]) if "media_type" in parts else predicates.NOTHING
        count = _read_count_test(parts["count"]) if "count" in parts else _AT_LEAST_ONE

        def find_types(prompt: Prompt) -> Sequence[str]:
            return count_items(current_work().recall(list_types, prompt))

        kinds = (
            f" of type {' or '.join(str(item.value) for item in parts['media_type'])}" if "media_type" in parts else ""
        )
        return state(
            key,
            lambda prompt: count.holds(sum(map(media.holds, find_types(prompt)))),
            f"their number{kinds} {count.words}",
            lambda prompt: write_list(find_types(prompt)) or "none",
        )

    return build


_AT_LEAST_ONE = Predicate("to be at least 1", lambda count: bool(count))


def _read_count_test(node: Node) -> Predicate:
    if node.value is True:
        return _AT_LEAST_ONE
    return predicates.same(0) if node.value is False else predicates.number(node)


def _list_images(prompt: Prompt) -> list[str]:
    return [name for message in prompt.seen.messages for name in _list_media(blocks_of(message), "image")]


def _list_documents(prompt: Prompt) -> list[str]:
    return [name for message in prompt.seen.messages for name in _list_media(blocks_of(message), "document")]


def _list_media(blocks: Sequence[Mapping[str, Any]], kind: str) -> Iterator[str]:
    for block in blocks:
        if block.get("type") == kind:
            source = block.get("source") or {}
            yield str(source.get("media_type") or source.get("type") or "?")
        elif block.get("type") == "tool_result":
            yield from _list_media(blocks_of(block), kind)


match_images, match_documents = _match_media(_list_images), _match_media(_list_documents)
