"""A client of replicas that asks one after the other, in a session of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import cycle
from typing import Any
from uuid import uuid4

import httpx2 as httpx

Json = dict[str, Any]
MODEL = "claude-opus-5"
# Longer than a machine with much to do takes, in seconds.
WITHIN = 40.0


class Asker:
    """Each request goes to the next of the replicas."""

    def __init__(self, urls: list[str], session: str = "") -> None:
        self.urls = urls
        self.session = session or f"s-{uuid4().hex}"
        headers = {"x-api-key": "k", "x-mock-session": self.session, "anthropic-version": "2023-06-01"}
        self._http = httpx.Client(headers=headers, timeout=30)
        self._next = cycle(urls)

    def __enter__(self) -> Asker:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def send(self, method: str, path: str, **given: Any) -> httpx.Response:
        """The answer of the next replica."""
        return self._http.request(method, f"{next(self._next)}{path}", **given)

    def get(self, path: str, **given: Any) -> Any:
        """What that of a GET holds."""
        return self.send("GET", path, **given).raise_for_status().json()

    def post(self, path: str, body: Any, **given: Any) -> Any:
        """What that of a POST holds."""
        return self.send("POST", path, json=body, **given).raise_for_status().json()

    def ask(self, text: str = "Hi", **more: Any) -> Json:
        """A message."""
        answer: Json = self.post("/v1/messages", make_body(text, **more))
        return answer

    def hear(self, text: str = "Hi") -> str:
        """The text of a message."""
        return str(self.ask(text)["content"][0]["text"])

    def add(self, **scenario: Any) -> None:
        """Add a scenario to the session."""
        self.post("/_mock/scenarios", scenario)

    def change(self, **settings: Any) -> None:
        """Change settings of the session."""
        self.send("PATCH", "/_mock/settings", json=settings).raise_for_status()

    def read_journal(self, url: str = "") -> list[Json]:
        """The entries of the session, the oldest first; of one replica, else of the next one."""
        base, found, after = url or next(self._next), list[Json](), 0
        while after is not None:
            query = {"session": self.session, "after": str(after), "limit": "1000"}
            page = self._http.get(f"{base}/_mock/requests", params=query).raise_for_status().json()
            found += page["requests"]
            after = page["next"]
        return found


def make_body(text: str = "Hi", **more: Any) -> Json:
    """A request with one text."""
    return {"model": MODEL, "max_tokens": 64, "messages": [{"role": "user", "content": text}], **more}


def until(holds: Callable[[], bool], what: str) -> None:
    """Returns when it holds, which it does in time."""
    deadline = time.monotonic() + WITHIN
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)
