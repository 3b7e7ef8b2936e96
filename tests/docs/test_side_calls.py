"""The recipe against side calls: those of each client, as seen 2026-11-30, leave the script to the conversation."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx2
import pytest

from mockserver import asgi_transport
from tests.strict import message_of

PAGE = Path(__file__).parent.parent.parent / "docs" / "recipes.md"
SECTION = PAGE.read_text("utf-8").partition("## Scripts that a client's side calls use up")[2].partition("\n## ")[0]
FILES: dict[str, str] = {name: text for text, name in re.findall(r"```yaml\n(# ([\w.-]+)\n.*?)```", SECTION, re.DOTALL)}
TITLE = {
    "type": "json_schema",
    "schema": {
        "type": "object",
        "properties": {"title": {"type": "string"}},
        "required": ["title"],
        "additionalProperties": False,
    },
}
SELECTION = {
    "name": "ToolSelectionResponse",
    "input_schema": {
        "type": "object",
        "properties": {"tools": {"type": "array", "items": {"anyOf": [{"const": "get_weather"}]}}},
        "required": ["tools"],
    },
}


def own(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "input_schema": {"type": "object"}} for name in names]


WEATHER: tuple[str, dict[str, Any]] = ("What is the weather in Oslo?", {"tools": own("get_weather", "add")})
SESSION_TITLE: tuple[str, dict[str, Any]] = (
    "<session>\nWhere do parrots live?\n</session>\n\nWrite the title.",
    {"output_config": {"format": TITLE}},
)
SUMMARY: tuple[str, dict[str, Any]] = (
    "<role>\nContext Extraction Assistant\n</role>\n\n<messages>\nWeather?\n</messages>",
    {},
)
SYSTEM = "\n\n    - you will generate a short title based on the first message a user begins a conversation with"
# What a client sends, and the scenario that is to answer: its name, and the position of the answer in it.
SENT: dict[str, list[tuple[str, dict[str, Any], str, str | None]]] = {
    "side-calls.yaml": [
        (*SESSION_TITLE, "on the side", "0"),
        (*WEATHER, "conversation", "0"),
        (*SUMMARY, "on the side", "0"),
        (*WEATHER, "conversation", "1"),
        ("Hey how's it going?", {"max_tokens": 16}, "on the side", "0"),
    ],
    "claude-code.yaml": [
        (*SESSION_TITLE, "title", "0"),
        ("Where do parrots live?", {"tools": own("Bash", "WebSearch")}, "conversation", "0"),
        (
            "Perform a web search for the query: parrots",
            {"tools": [{"type": "web_search_20250305", "name": "web_search", "max_uses": 8}]},
            "search",
            "0",
        ),
        ("Where do parrots live?", {"tools": own("Bash", "WebSearch")}, "conversation", "1"),
    ],
    "langchain.yaml": [
        (
            WEATHER[0],
            {"tools": [SELECTION], "tool_choice": {"type": "tool", "name": "ToolSelectionResponse"}},
            "choice of tools",
            "0",
        ),
        (*WEATHER, "conversation", "0"),
        (*SUMMARY, "summary", "0"),
        (*WEATHER, "conversation", "1"),
    ],
    "vercel-ai.yaml": [
        ('{"role":"user","parts":[{"type":"text","text":"Weather?"}]}', {"system": SYSTEM}, "title", "0"),
        (*WEATHER, "conversation", "0"),
        ("Weather?", {"system": "Generate a short chat title (2-5 words)."}, "title", "0"),
    ],
    "litellm.yaml": [
        ("Hey how's it going?", {"max_tokens": 16}, "health", "0"),
        ("What's 1 + 1?", {"max_tokens": 16}, "health", "0"),
        ("Is it sunny?", {}, "conversation", "0"),
    ],
}


@pytest.mark.parametrize("name", FILES)
def test_side_calls_leave_the_script_alone(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_text(FILES[name], "utf-8")
    api = asgi_transport(file, profile="anthropic", unmatched="error").session("key")
    headers = {"x-api-key": "key", "anthropic-version": "2023-06-01"}
    with httpx2.Client(transport=api.transport, base_url="http://mock", headers=headers) as client:
        for user, more, _, _ in SENT[name]:
            sent = {
                "model": "claude-opus-5",
                "max_tokens": 900,
                "messages": [{"role": "user", "content": user}],
                **more,
            }
            message_of(client.post("/v1/messages", json=sent))
    told = [(entry.scenario, entry.position) for entry in api.requests]
    assert told == [row[2:] for row in SENT[name]]


def test_every_file_is_driven() -> None:
    assert FILES.keys() == SENT.keys()
