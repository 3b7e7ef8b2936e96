"""Shared by the tests of generated replies: a reply to a request, and its text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from mockserver.compose.cutting import obey
from mockserver.compose.generate import generate
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer
from mockserver.reference import catalog

SCHEMAS = yaml.safe_load((Path(__file__).parent / "data" / "generate" / "schemas.yaml").read_text(encoding="utf-8"))
WEATHER: dict[str, Any] = {
    "name": "get_weather",
    "description": "The weather of a city",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "unit": {"enum": ["celsius", "fahrenheit"]}},
        "required": ["city"],
        "additionalProperties": False,
    },
}
CLOCK: dict[str, Any] = {
    "name": "get_time",
    "input_schema": {"type": "object", "properties": {"zone": {"type": "string"}}},
}


def reply(
    asked: str | list[Any] = "What is the weather in Paris?", *, options: Mapping[str, Any] | None = None, **body: Any
) -> Answer:
    """A generated reply to one user message, or to a whole conversation, cut as the request says."""
    messages = asked if isinstance(asked, list) else [{"role": "user", "content": asked}]
    whole = {"model": "claude-sonnet-4-5", "max_tokens": 4096, "messages": messages, **body}
    prompt, model = Prompt(whole), catalog.lookup(whole["model"])
    return obey(generate(prompt, model, options or {}, 0), prompt, model)


def text(answer: Answer) -> str:
    return "".join(block["text"] for block in answer.content if block["type"] == "text")


def kinds(answer: Answer) -> list[str]:
    return [block["type"] for block in answer.content]
