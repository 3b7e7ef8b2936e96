"""A session without a socket, and a client of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import anthropic
import httpx2
import pytest

from mockserver import MockSession, asgi_transport
from tests.testing.asking import MODEL, Ask


@pytest.fixture
def api() -> MockSession:
    return asgi_transport(unmatched="error").session("sk-mock-session-under-test")


@pytest.fixture
def ask(api: MockSession) -> Iterator[Ask]:
    """Asks for a message, and gives it or the error's class."""

    def create(text: str = "Hello", **more: Any) -> Any:
        asked = {"model": MODEL, "max_tokens": 1024, "messages": [{"role": "user", "content": text}], **more}
        try:
            return client.messages.create(**asked)
        except anthropic.APIError as error:
            return type(error).__name__

    http_client = httpx2.Client(transport=api.transport)
    with anthropic.Anthropic(api_key=api.api_key, max_retries=0, http_client=http_client) as client:
        yield create
