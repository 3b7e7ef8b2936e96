"""A body of the chat wire, read into the Messages form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.records.call import Call
from mockserver.records.errors import Finding
from mockserver.wires.wire import Translation


def translate(body: Mapping[str, Any], call: Call) -> Translation | Finding:
    """The translation of a body, or why it is refused in OpenAI's words."""
    messages = [each for each in body.get("messages") or () if each.get("role") in ("user", "assistant")]
    read: dict[str, Any] = {"model": body.get("model"), "max_tokens": body.get("max_tokens") or 4096}
    read["messages"] = [{"role": each["role"], "content": each.get("content")} for each in messages]
    if "stream" in body:
        read["stream"] = body["stream"]
    usage = (body.get("stream_options") or {}).get("include_usage", False)
    return Translation(read, {"created": int(call.at), "n": body.get("n") or 1, "include_usage": usage})
