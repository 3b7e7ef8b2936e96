"""Thoughts are signed for one account: in later requests those of now stand for the recorded ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from msgspec.structs import replace

from mockserver.cassettes.drift.shapes import tag_of
from mockserver.recordings.answers import read_message
from mockserver.records.exchanges import RecordedExchange, RecordedRequest, RecordedResponse

Block = Mapping[str, Any]
# The part of a block that its account alone can make, by the type of the block.
_SEALS = {"thinking": "signature", "redacted_thinking": "data"}


def match_thoughts(exchange: RecordedExchange, now: RecordedResponse) -> dict[str, Block]:
    """The thoughts of a new answer by what seals the recorded ones, first by first."""
    was, is_ = read_message(exchange.response), read_message(now)
    if was is None or is_ is None:
        return {}
    pairs = zip(_list_thoughts(was["content"]), _list_thoughts(is_["content"]), strict=False)
    return {_find_seal(old): new for old, new in pairs if old["type"] == new["type"]}


def replace_thoughts(request: RecordedRequest, thoughts: Mapping[str, Block]) -> RecordedRequest:
    """A request with the thoughts of now in place of the recorded ones."""
    if not thoughts or not any(f'"{kind}"'.encode() in request.body for kind in _SEALS):
        return request
    try:
        body = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        return request
    messages = body.get("messages") if isinstance(body, dict) else None
    if not isinstance(messages, list):
        return request
    replaced = [_replace_in(message, thoughts) for message in messages]
    return request if replaced == messages else replace(request, body=orjson.dumps({**body, "messages": replaced}))


def _replace_in(message: Any, thoughts: Mapping[str, Block]) -> Any:
    content = message.get("content") if isinstance(message, dict) else None
    if not isinstance(content, list):
        return message
    return {**message, "content": [thoughts.get(_find_seal(block), block) for block in content]}


def _list_thoughts(content: Any) -> Iterator[Block]:
    return (block for block in content if _find_seal(block))


def _find_seal(block: Any) -> str:
    name = _SEALS.get(tag_of(block), "")
    seal = block.get(name) if name else None
    return seal if isinstance(seal, str) else ""
