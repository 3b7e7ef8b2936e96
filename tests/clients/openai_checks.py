"""Clients of the official openai SDK whose every answer is checked against the schemas of the SDK's own types."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
from openai import OpenAI

from mockserver.reference import schemas


class Kept(httpx.SyncByteStream):
    """A body that is kept while it is read."""

    def __init__(self, stream: httpx.SyncByteStream, kept: bytearray) -> None:
        self._stream, self._kept = stream, kept

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._stream:
            self._kept += piece
            yield piece

    def close(self) -> None:
        """Close the body."""
        self._stream.close()


class CheckedTransport(httpx.HTTPTransport):
    """Keeps the answers of a server, for ``check``. ``form`` stands before the names of their schemas."""

    def __init__(self, form: str = "") -> None:
        super().__init__()
        self._form = form
        self._kept: list[tuple[httpx.Request, httpx.Response, bytearray]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Ask the server."""
        answer = super().handle_request(request)
        kept = bytearray()
        assert isinstance(answer.stream, httpx.SyncByteStream)
        answer.stream = Kept(answer.stream, kept)
        self._kept.append((request, answer, kept))
        return answer

    def check(self) -> int:
        """Check all answers to chat requests, and return how many there were."""
        kept = [each for each in self._kept if each[0].url.path.endswith("/chat/completions")]
        for _, answer, body in kept:
            if answer.headers["content-type"].startswith("text/event-stream"):
                self._check_stream(bytes(body))
            else:
                self._check("chat_completion" if answer.status_code == 200 else "chat_error", body)
        return len(kept)

    def _check_stream(self, body: bytes) -> None:
        frames = [frame for frame in body.split(b"\n\n") if frame]
        assert frames[-1] == b"data: [DONE]"
        for frame in frames[:-1]:
            self._check("chat_chunk", frame.removeprefix(b"data: "))

    def _check(self, name: str, body: bytes | bytearray) -> None:
        errors = schemas.response_validator(self._form + name).iter_errors(json.loads(body))
        assert [(list(error.instance_path), error.message) for error in errors] == [], body


def make_client(url: str, key: str, transport: httpx.BaseTransport, **more: Any) -> OpenAI:
    """A client of a server, which does not retry unless it is told to."""
    options = {"max_retries": 0, **more}
    return OpenAI(base_url=f"{url}/v1", api_key=key, http_client=httpx.Client(transport=transport), **options)
