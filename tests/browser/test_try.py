"""The view "Try": a request is composed, sent, and its answer comes in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from playwright.sync_api import Page, expect

from mockserver.testing.server import MockServer
from tests.browser.conftest import NARROW, WIDE, Open
from tests.browser.trying import UMBRELLA, script, script_weather

Shoot = Callable[[Page, str], Path]
BODY = "The body as JSON"


def received(server: MockServer, session: str = "demo") -> list[dict[str, Any]]:
    """The requests of a session, whole, the oldest first."""
    answer = httpx.get(f"{server.url}/_mock/requests", params={"session": session, "full": "true"})
    requests: list[dict[str, Any]] = answer.json()["requests"]
    return requests


def open_umbrella(server: MockServer, open_page: Open, **how: Any) -> Page:
    """The view with the question for an umbrella, as it came in request 1."""
    headers = {"x-mock-session": "demo", "x-api-key": "sk-ant-any", "anthropic-version": "2023-06-01"}
    httpx.post(f"{server.url}/v1/messages", json=UMBRELLA, headers=headers)
    httpx.post(f"{server.url}/_mock/reset", json={"session": "demo"})
    httpx.post(f"{server.url}/v1/messages", json={**UMBRELLA, "max_tokens": 0, "stream": False}, headers=headers)
    page = open_page(f"{server.url}/_mock/#/try", **how)
    return page


def compose(page: Page, body: dict[str, Any], session: str = "demo") -> None:
    page.get_by_label(BODY).fill(json.dumps(body, indent=2))
    page.get_by_label("Session", exact=True).fill(session)


@pytest.mark.parametrize(("size", "dark"), [(WIDE, False), (WIDE, True), (NARROW, False)])
def test_look(server: MockServer, open_page: Open, shoot: Shoot, size: tuple[int, int], dark: bool) -> None:
    script_weather(server)
    page = open_page(f"{server.url}/_mock/#/try", size=size, dark=dark)
    compose(page, UMBRELLA)
    shoot(page, f"try-{size[0]}-{dark}-0")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status").filter(has_text="complete")).to_be_visible()
    shoot(page, f"try-{size[0]}-{dark}-1")
    page.get_by_role("button", name="Answer the tool calls").click()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status").filter(has_text="complete")).to_be_visible()
    shoot(page, f"try-{size[0]}-{dark}-2")
    page.get_by_role("button", name="Explain").click()
    page.wait_for_selector(".explanation")
    shoot(page, f"try-{size[0]}-{dark}-3")
