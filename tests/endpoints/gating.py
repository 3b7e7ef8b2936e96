"""Shared by the tests of gateways: a server behind one, and what it answered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson

from mockserver import asgi_transport, journey
from mockserver.endpoints.conclusion import Conclusion
from mockserver.records.call import Call
from mockserver.testing.transport import MockTransport

MODEL = "claude-opus-4-8"


class Gate:
    """A server behind a gateway of some channels, without a socket."""

    def __init__(self, path: Path, words: dict[str, Any]) -> None:
        path.write_text(json.dumps(words), "utf-8")
        self.transport: MockTransport = asgi_transport(gateway=str(path))
        self.api = self.transport.session("sk-k")

    def ask(self, text: str = "Hi", key: str = "sk-k", path: str = "/v1/messages", **more: Any) -> Conclusion:
        body = {"model": MODEL, "max_tokens": 99, "messages": [{"role": "user", "content": text}], **more}
        headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
        concluded = journey.answer(Call("POST", path, headers, orjson.dumps(body), at=5.0), self.transport.mock)
        return concluded.later() if concluded.later else concluded


def told(concluded: Conclusion) -> tuple[int, str, str, tuple[tuple[str, int], ...]]:
    """The status, the text or the message of the error, the channel, and those that failed before."""
    sent = orjson.loads(b"".join(piece.data for piece in concluded.delivery.pieces))
    text = sent["content"][-1]["text"] if "content" in sent else sent["error"]["message"].partition(" (request id")[0]
    return concluded.delivery.status, text, concluded.record.channel, concluded.record.tries
