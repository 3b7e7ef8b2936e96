"""Shared by the tests of files: a server's parts, files put in its store, and calls that name them."""

from __future__ import annotations

from typing import Any

import orjson

from mockserver import journey
from mockserver.endpoints.conclusion import Conclusion
from mockserver.endpoints.filing import add_file
from mockserver.endpoints.parts import Parts
from mockserver.records.call import Call
from mockserver.records.files import FileObject

KEY = "k"
MESSAGES, COUNT = "/v1/messages", "/v1/messages/count_tokens"
PLAIN: dict[str, Any] = {"model": "claude-opus-5", "max_tokens": 100}


def hold(parts: Parts, file_id: str, content: bytes, mime_type: str, **more: Any) -> FileObject:
    """Give the session a file."""
    writer = parts.store.blobs.create()
    writer.write(content)
    file = FileObject(file_id, "a.bin", mime_type, len(content), 1.0, blob=writer.finish(), **more)
    add_file(parts, KEY, file)
    return file


def ask(parts: Parts, *blocks: Any, **more: Any) -> Any:
    """The status and the body of the answer to a user's message of these blocks; see ``send``."""
    answered = send(parts, *blocks, **more)
    sent = b"".join(piece.data for piece in answered.delivery.pieces)
    return answered.delivery.status, sent if more.get("stream") else orjson.loads(sent)


def send(
    parts: Parts, *blocks: Any, path: str = MESSAGES, at: float = 100.0, beta: str = "", **more: Any
) -> Conclusion:
    """How a user's message of these blocks is answered; ``more`` are further keys of its body."""
    body = {**PLAIN, "messages": [{"role": "user", "content": [*blocks, {"type": "text", "text": "What is this?"}]}]}
    if path == COUNT:
        del body["max_tokens"]
    headers = {"x-api-key": KEY, "anthropic-version": "2023-06-01", "anthropic-beta": beta}
    return journey.answer(Call("POST", path, headers, orjson.dumps({**body, **more}), at=at), parts)


def document(file_id: str, **more: Any) -> dict[str, Any]:
    """A document that names a file."""
    return {"type": "document", "source": {"type": "file", "file_id": file_id}, **more}


def image(file_id: str) -> dict[str, Any]:
    """An image that names a file."""
    return {"type": "image", "source": {"type": "file", "file_id": file_id}}
