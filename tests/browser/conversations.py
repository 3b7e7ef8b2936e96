"""Conversations as an agent has them, for the tests of the view of one request."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Any

import httpx2 as httpx

from mockserver.testing.server import MockServer
from tests.browser.asking import ask

SCRIPT = """
name: travel-weather
when: {user: umbrella, tools: [get_weather]}
turns:
  - thinking: |
      The user asks about two cities, so I need the forecast of both. The tool takes one city at a time.
      I should not guess: forecasts of today are what counts for an umbrella.

      Oslo first, since that is where the journey begins.
    text: I'll look up both forecasts.
    tool_use:
      - {name: get_weather, input: {city: Oslo, days: 2, unit: celsius}}
      - {name: get_weather, input: {city: Bergen, days: 2, unit: celsius}}
  - thinking: Dry in Oslo, rain in Bergen. One umbrella is enough.
    text: |
      Take an umbrella, but only for Bergen:

      • Oslo: dry, 14 °C, light wind from the south
      • Bergen: rain from 11:00, 9 °C, up to 12 mm
    pace: {first: 20ms, tokens_per_second: 400}
"""
SYSTEM = """You are the travel assistant of Nordwind, a railway that connects the cities of Norway.

Answer in the language of the traveller. Be brief: most of them read on a phone, on a platform, with one hand.
Use the tools for anything that changes from day to day (weather, delays, seats), and never guess such a thing.
When a train is late by more than ten minutes, say what the next one is and whether its connection holds.
Prices are in Norwegian kroner. Do not promise refunds: point to the page of the customer service.
"""
FORECAST = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "description": "Name of the city"},
        "days": {"type": "integer", "minimum": 1, "maximum": 7},
        "unit": {"enum": ["celsius", "fahrenheit"]},
    },
    "required": ["city"],
}
TOOLS: list[dict[str, Any]] = [
    {"name": "get_weather", "description": "The forecast of a city for the next days.", "input_schema": FORECAST},
    {
        "name": "find_trains",
        "description": "Trains between two cities, with delays and free seats.",
        "input_schema": {"type": "object", "properties": {"origin": {"type": "string"}, "to": {"type": "string"}}},
        "cache_control": {"type": "ephemeral", "ttl": "1h"},
    },
]


def make_png(width: int = 96, height: int = 64) -> str:
    """A picture with a gradient, in Base64."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(
        b"\0" + b"".join(bytes((x * 255 // width, y * 255 // height, 160)) for x in range(width)) for y in range(height)
    )
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + data).decode()


def add(server: MockServer, script: str, session: str = "demo") -> None:
    """Add scenarios to a session."""
    httpx.post(f"{server.url}/_mock/scenarios?session={session}", content=script.encode()).raise_for_status()


def talk(server: MockServer, *, system: str = SYSTEM, later: str | None = None) -> list[int]:
    """A conversation with thoughts, tools and a picture, in two streamed requests; returns their numbers.

    ``later`` is the system prompt of the second one, when it is another: then the cached prefix breaks.
    """
    add(server, SCRIPT)
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": make_png()}}
    question = "Do I need an umbrella? I go from Oslo to Bergen tomorrow. This is the sky now."
    messages: list[dict[str, Any]] = [{"role": "user", "content": [picture, {"type": "text", "text": question}]}]
    first = _say(server, messages, system)
    content = _find(server, first)["answer"]["content"]
    calls = [block for block in content if block["type"] == "tool_use"]
    forecasts = ["Dry, 14 °C, wind from the south, 3 m/s", "Rain from 11:00, 9 °C, 12 mm, wind from the west, 8 m/s"]
    results = [
        {"type": "tool_result", "tool_use_id": call["id"], "content": text}
        for call, text in zip(calls, forecasts, strict=True)
    ]
    messages += [{"role": "assistant", "content": content}, {"role": "user", "content": results}]
    return [first, _say(server, messages, later or system)]


def _say(server: MockServer, messages: list[dict[str, Any]], system: str) -> int:
    marked = [{"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}]
    thinking = {"type": "adaptive", "display": "summarized"}
    ask(server, "", messages=messages, system=marked, tools=TOOLS, thinking=thinking, max_tokens=4096, stream=True)
    return find_newest(server)


def find_newest(server: MockServer) -> int:
    """The number of the request that came last."""
    found = httpx.get(f"{server.url}/_mock/requests?order=newest&limit=1").json()
    number: int = found["requests"][0]["number"]
    return number


def _find(server: MockServer, number: int) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{server.url}/_mock/requests/{number}").json()
    return found
