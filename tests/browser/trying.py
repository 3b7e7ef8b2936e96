"""A conversation to try: it thinks, calls a tool, and answers with what that gives."""

from __future__ import annotations

import httpx2 as httpx

from mockserver.testing.server import MockServer

WEATHER = """
scenarios:
  - name: weather-agent
    when: {user: umbrella}
    turns:
      - thinking: >-
          The user asks whether an umbrella is needed in Zürich tomorrow. I know no forecast myself, so I look it up
          with the tool. Both the morning and the evening matter, since the way to work and the way home are meant.
        text: I look at the forecast for Zürich.
        tool_use: {name: get_forecast, input: {city: Zürich, days: 1, hours: [8, 18], units: metric}}
        pace: {first: 50ms, tokens_per_second: TPS}
      - text: |
          Take an umbrella. 🌦

          In the morning it stays dry, with 14 °C and a light wind from the west. From four in the afternoon on showers
          come in from the Jura; at six the probability of rain is 80 %, and the way home will be wet.
        pace: {first: 50ms, tokens_per_second: TPS}
"""
FORECAST = {
    "name": "get_forecast",
    "description": "The forecast of a city.",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
UMBRELLA = {
    "model": "claude-opus-5-5",
    "max_tokens": 4096,
    "stream": True,
    "system": "You are a weather assistant. Be brief, and say what to take along.",
    "thinking": {"type": "adaptive", "display": "summarized"},
    "tools": [FORECAST],
    "messages": [{"role": "user", "content": "Do I need an umbrella in Zürich tomorrow?"}],
}


def script(server: MockServer, scenarios: str, session: str = "demo") -> None:
    """Add scenarios to a session."""
    answer = httpx.post(f"{server.url}/_mock/scenarios", content=scenarios, headers={"x-mock-session": session})
    assert answer.status_code < 300, answer.text


def script_weather(server: MockServer, tokens_per_second: int = 2000) -> None:
    """Add the conversation to the session "demo"."""
    script(server, WEATHER.replace("TPS", str(tokens_per_second)))
