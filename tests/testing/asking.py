"""The ground of the tests of sessions: a model, a tool, and helpers that read answers and complaints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

MODEL = "claude-opus-4-8"
TOOL: Any = {
    "name": "get_weather",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
Ask = Callable[..., Any]


def text(message: Any) -> Any:
    return message if isinstance(message, str) else message.content[0].text


def complaint(claim: Callable[[], object]) -> str:
    with pytest.raises(AssertionError) as caught:
        claim()
    return str(caught.value)
