"""Requests for the tests of the inspector."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2 as httpx

from mockserver.testing.server import MockServer

MODEL = "claude-opus-5-5"


def ask(server: MockServer, text: str, *, key: str = "demo", **body: Any) -> httpx.Response:
    """Ask for a message; ``body`` adds to the request's, or replaces what is there."""
    return httpx.post(f"{server.url}/v1/messages", json=_compose(text, body), headers=_name(key))


@contextmanager
def listen(server: MockServer, text: str, *, key: str = "demo") -> Iterator[httpx.Response]:
    """Ask for a stream that has begun, and is there until the end of this."""
    body = _compose(text, {"stream": True})
    with httpx.stream("POST", f"{server.url}/v1/messages", json=body, headers=_name(key)) as answer:
        yield answer


def _compose(text: str, more: dict[str, Any]) -> dict[str, Any]:
    return {"model": MODEL, "max_tokens": 1024, "messages": [{"role": "user", "content": text}], **more}


def _name(session: str) -> dict[str, str]:
    return {"x-mock-session": session, "x-api-key": "sk-ant-any", "anthropic-version": "2023-06-01"}
