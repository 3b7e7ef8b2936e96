"""The message, or the error, in a recorded answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from mockserver.records.depth import is_too_deep
from mockserver.records.exchanges import RecordedResponse
from mockserver.wires.messages.folding import fold
from mockserver.wires.messages.raw import read_frames


def read_message(response: RecordedResponse) -> Mapping[str, Any] | None:
    """The whole message that an answer holds, its stream put together.

    None where it holds none: an error, the answer of another endpoint, a stream that was cut or breaks the order of
    its events, a body in a file.
    """
    if response.status != 200 or response.content is not None or response.end != "close":
        return None
    try:
        body = response.body
        message = (
            fold([frame.event.data for frame in read_frames(body) if frame.event and frame.event.data])
            if response.is_stream
            else orjson.loads(body)
        )
    except ValueError:
        return None
    return message if _is_message(message) else None


def read_error(response: RecordedResponse) -> Mapping[str, Any] | None:
    """The body of an error of the API; None where an answer holds none."""
    if response.status < 400 or response.content is not None:
        return None
    try:
        value = orjson.loads(response.body)
    except ValueError:
        return None
    return value if isinstance(value, dict) and isinstance(value.get("error"), dict) else None


def _is_message(value: Any) -> bool:
    """Whether all is there that is asked of a message."""
    if not isinstance(value, dict) or value.get("type") != "message" or is_too_deep(value):
        return False
    usage, content = value.get("usage"), value.get("content")
    return (
        isinstance(usage, dict)
        and all(type(usage.get(key)) is int for key in ("input_tokens", "output_tokens"))
        and isinstance(content, list)
        and all(isinstance(block, dict) and isinstance(block.get("type"), str) for block in content)
        and isinstance(value.get("id"), str)
    )
