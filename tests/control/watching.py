"""Clients that read streams as bytes, and compare them with what the journal shows of them."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import httpx2 as httpx

from mockserver.testing.server import MockServer

ASKED: dict[str, Any] = {
    "model": "claude-sonnet-4-5",
    "max_tokens": 2000,
    "stream": True,
    "thinking": {"type": "enabled", "budget_tokens": 1024},
    "tools": [{"name": "get_weather", "input_schema": {"type": "object"}}],
}
CHAT: dict[str, Any] = {
    "model": "claude-sonnet-4-5",
    "stream": True,
    "reasoning_effort": "low",
    "tools": [{"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}],
}


class Client:
    """A client that reads bytes, in a session of its own, and asks the journal about what it got."""

    path = "/v1/messages"
    asked = ASKED

    def __init__(self, server: MockServer, session: str = "t") -> None:
        headers = {"authorization": "Bearer k", "x-mock-session": session, "anthropic-version": "2023-06-01"}
        self.http = httpx.Client(base_url=server.url, headers=headers, timeout=5)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def script(self, reply: Any) -> None:
        self.http.delete("/_mock/scenarios")
        assert self.http.post("/_mock/scenarios", json={"name": "x", "reply": reply}).status_code == 201

    def ask(self, user: str = "hi", **changes: Any) -> bytes:
        got, body = b"", {**self.asked, **changes, "messages": [{"role": "user", "content": user}]}
        with (
            contextlib.suppress(httpx.HTTPError),
            self.http.stream("POST", self.path, json=body) as response,
        ):
            for part in response.iter_raw():
                got += part
        return got

    def see(self) -> dict[str, Any]:
        (latest,) = self.http.get("/_mock/requests?order=newest&limit=1").json()["requests"]
        shown = self.http.get(f"/_mock/requests/{latest['number']}/events")
        assert shown.status_code == 200
        timeline: dict[str, Any] = shown.json()
        return timeline


class ChatClient(Client):
    """The same on the chat wire."""

    path = "/v1/chat/completions"
    asked = CHAT


def parse_events(body: bytes) -> list[tuple[str, Any]]:
    """The events in a body by the HTML standard: their names, and their data, parsed where it is JSON."""
    text = body.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    found, name, data = [], "", list[str]()
    for line in text.split("\n")[:-1]:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if "\n".join(data):
                found.append((name or "message", parse("\n".join(data))))
            name, data = "", []
        elif field == "data":
            data.append(value)
        elif field == "event":
            name = value
    return found


def parse(data: str) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return data


def events_sent(timeline: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(each["event"], each["data"]) for each in timeline["events"] if each["sent"] and each["event"]]
