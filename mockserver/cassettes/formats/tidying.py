"""Sees that what was read of others can be written and sent: texts are texts, times are times, headers are headers."""

from __future__ import annotations

import re
from typing import Any

from msgspec.structs import replace

from mockserver.cassettes.formats.parts import find_type
from mockserver.records.exchanges import Chunk, RecordedExchange, RecordedRequest, RecordedResponse
from mockserver.records.moments import EARLIEST, LATEST

# Seconds that nobody waits for a part of an answer.
_LONGEST = 24 * 3600.0
# Names that a server can send, and what it cannot send within a value.
_NAME, _BREAKS = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+"), re.compile(r"[\r\n\0]+")
_METHOD = re.compile(r"[A-Z]{1,20}")


def tidy(exchange: RecordedExchange, path: str, query: str) -> RecordedExchange:
    """An exchange as it can be written, with the path and the query of its address.

    An answer without a type gets the one that it seems to have. Halves of characters are replaced.

    Raises:
        ValueError: it has no method, or a part of it is no text.
    """
    request = exchange.request
    if not isinstance(request.method, str) or not _METHOD.fullmatch(request.method):
        raise ValueError("its request has no method")
    headers = {_clean(name): _clean(value) for name, value in request.headers.items()}
    return replace(
        exchange,
        request=RecordedRequest(request.method, _clean(path), headers, request.body, _clean(query)),
        response=_tidy_response(exchange.response),
        at=exchange.at if EARLIEST <= exchange.at < LATEST else 0.0,
        test=_clean(exchange.test),
    )


def _tidy_response(response: RecordedResponse) -> RecordedResponse:
    pairs = [(_clean(name), _clean(value)) for name, value in response.headers]
    headers = tuple((name, _BREAKS.sub(" ", value).strip()) for name, value in pairs if _NAME.fullmatch(name))
    if response.chunks and not response.header("content-type"):
        headers = (("content-type", find_type(response.body)), *headers)
    return replace(
        response,
        headers=headers,
        chunks=tuple(Chunk(chunk.data, _limit(chunk.delay)) for chunk in response.chunks),
        first=None if response.first is None else _limit(response.first),
        end="abort" if response.end == "abort" else "close",
    )


def _limit(seconds: float) -> float:
    return seconds if 0 <= seconds < _LONGEST else 0.0


def _clean(text: Any) -> str:
    if not isinstance(text, str):
        raise ValueError("a part of it is no text")
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
