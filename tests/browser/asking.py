"""Requests for the tests of the inspector."""

from __future__ import annotations

from typing import Any

import httpx2 as httpx

from mockserver.testing.server import MockServer

MODEL = "claude-opus-5-5"


def ask(server: MockServer, text: str, *, key: str = "demo", **body: Any) -> httpx.Response:
    """Ask for a message; ``body`` adds to the request's, or replaces what is there."""
    whole = {"model": MODEL, "max_tokens": 1024, "messages": [{"role": "user", "content": text}], **body}
    headers = {"x-mock-session": key, "x-api-key": "sk-ant-any", "anthropic-version": "2023-06-01"}
    return httpx.post(f"{server.url}/v1/messages", json=whole, headers=headers)
