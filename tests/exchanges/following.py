"""Requests made from the answers before them: the next turn of a conversation or of a thread."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from .exchange import Json, Past, encode_json

RequestMaker = Callable[[Past], bytes]
# By the type of a delta: its key, and the key of the block that it adds to.
DELTAS = {
    "text_delta": ("text", "text"),
    "thinking_delta": ("thinking", "thinking"),
    "signature_delta": ("signature", "signature"),
    "input_json_delta": ("partial_json", "input"),
}


def message_of(body: bytes) -> Json:
    """The message of a whole answer or of a streamed one.

    Raises:
        ValueError, LookupError: the body is no message.
    """
    if body.startswith(b"{"):
        found: Json = json.loads(body)
        return found
    events = [json.loads(line[6:]) for line in body.splitlines() if line.startswith(b"data: {")]
    message: Json = {**events[0]["message"], "content": []}
    for event in events:
        if event["type"] == "content_block_start":
            message["content"].append(dict(event["content_block"]))
        elif event["type"] == "content_block_delta":
            _add_delta(message["content"][event["index"]], event["delta"])
    for block in message["content"]:
        if isinstance(block.get("input"), str):
            block["input"] = json.loads(block["input"] or "{}")
    return message


def _add_delta(block: Json, delta: Json) -> None:
    if delta["type"] == "citations_delta":
        block["citations"] = [*(block.get("citations") or ()), delta["citation"]]
    else:
        key, name = DELTAS[delta["type"]]
        block[name] = (block.get(name) or "") + delta[key]


def again(past: Past) -> bytes:
    """The last request once more."""
    return past[-1][0]


def answer_tools(results: Sequence[str]) -> RequestMaker:
    """The last request with its answer, and with the results of the caller's tools."""

    def make(past: Past) -> bytes:
        body, content = _read_last(past)
        uses = [block["id"] for block in content if block["type"] == "tool_use"]
        blocks = [
            {"type": "tool_result", "tool_use_id": name, "content": text}
            for name, text in zip(uses, results, strict=False)
        ]
        turns = [{"role": "assistant", "content": content}, *([{"role": "user", "content": blocks}] if blocks else [])]
        return _replace_body(past, {**body, "messages": [*body["messages"], *turns]})

    return make


def continue_talk(text: str, **changes: Any) -> RequestMaker:
    """The last request with its answer, the user's next text, and changes of the body; None removes a key."""

    def make(past: Past) -> bytes:
        body, content = _read_last(past)
        turns = [{"role": "assistant", "content": content}, {"role": "user", "content": text}]
        whole = {**body, "messages": [*body["messages"], *turns], **changes}
        return _replace_body(past, {key: value for key, value in whole.items() if value is not None})

    return make


def continue_thread(text: str, back: int = 1, **changes: Any) -> RequestMaker:
    """The next request of a thread: only the new message, continuing the answer ``back`` requests ago."""

    def make(past: Past) -> bytes:
        body, _ = _read_last(past[: len(past) + 1 - back])
        previous = message_of(past[-back][1].answers[0].body)["id"]
        rest = {key: value for key, value in body.items() if key not in ("system", "tools", "messages")}
        thread = {"type": "continue", "previous_message_id": previous}
        messages = [{"role": "user", "content": text}]
        return _replace_body(past, {**rest, "messages": messages, "thread": thread, **changes})

    return make


def _read_last(past: Past) -> tuple[Json, list[Json]]:
    sent, seen = past[-1]
    return json.loads(sent.partition(b"\r\n\r\n")[2]), message_of(seen.answers[0].body)["content"]


def _replace_body(past: Past, body: Json) -> bytes:
    """The last request with another body."""
    head, _, _ = past[-1][0].partition(b"\r\n\r\n")
    data = encode_json(body)
    lines = [line for line in head.split(b"\r\n") if not line.startswith(b"content-length:")]
    return b"\r\n".join((*lines, b"content-length: %d" % len(data), b"", data))
