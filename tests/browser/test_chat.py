"""Requests of the chat wire in the inspector: shown, and tried."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from playwright.sync_api import Page, expect

from mockserver.testing.server import MockServer
from tests.browser.conftest import Open

Barriers = Callable[[Page], list[str]]
FUNCTION = {"name": "get_weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}
SCENARIO = """
when: {user: weather}
turns:
  - {thinking: I look it up., text: Let me see., tool_use: {name: get_weather, input: {city: Oslo}}}
  - {text: It rains in Oslo.}
"""


GATEWAY = """
like: new-api
retries: 1
channels: [{name: busy, error: {status: 429, type: rate_limit_error, message: Slow down.}}, native]
"""


@pytest.fixture
def server(servers: ExitStack, tmp_path: Path) -> MockServer:
    """A gateway whose first channel is busy."""
    (tmp_path / "mine.yaml").write_text(GATEWAY)
    server = servers.enter_context(MockServer(gateway=tmp_path / "mine.yaml", seed=7))
    httpx.post(f"{server.url}/_mock/scenarios", content=SCENARIO, headers={"x-mock-session": "demo"})
    return server


def ask(server: MockServer, **changes: Any) -> int:
    """Send a chat request; returns its number."""
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "How is the weather?"}]
    tools = [{"type": "function", "function": FUNCTION}]
    body = {"model": "claude-haiku-4-5", "messages": messages, "tools": tools, **changes}
    headers = {"authorization": "Bearer sk-any", "x-mock-session": "demo"}
    httpx.post(f"{server.url}/v1/chat/completions", json=body, headers=headers)
    page = httpx.get(f"{server.url}/_mock/requests?order=newest&limit=1").json()
    number: int = page["requests"][0]["number"]
    return number


def show(open_page: Open, server: MockServer, number: int, tab: str = "conversation") -> Page:
    page = open_page(f"{server.url}/_mock/#/requests/{number}?tab={tab}")
    page.get_by_role("tabpanel").wait_for()
    return page


def test_request_and_answer_are_read(server: MockServer, open_page: Open, find_barriers: Barriers) -> None:
    page = show(open_page, server, ask(server))
    panel = page.get_by_role("tabpanel")
    expect(page.locator(".mark-wire")).to_have_text("chat")
    expect(page.locator(".request-facts")).to_contain_text("mine · channel native · after busy (429)")
    expect(panel.get_by_role("region", name="System prompt")).to_contain_text("Be brief.")
    expect(panel.get_by_role("region", name="Answer")).to_contain_text("Let me see.")
    expect(panel.get_by_role("region", name="Answer")).to_contain_text("get_weather")
    assert find_barriers(page) == []


def test_errors_are_shown_as_they_left(server: MockServer, open_page: Open) -> None:
    panel = show(open_page, server, ask(server, messages=[])).get_by_role("tabpanel")
    expect(panel.get_by_role("region", name="Answer")).to_contain_text("(request id: ")


def test_raw_has_both_forms(server: MockServer, open_page: Open) -> None:
    panel = show(open_page, server, ask(server), "raw").get_by_role("tabpanel")
    read, composed = (f"As it was {word}, in the Messages form" for word in ("read", "composed"))
    expect(panel.get_by_role("heading")).to_have_text(["Request body", read, "Answer", composed])


def test_chunks_are_events(server: MockServer, open_page: Open) -> None:
    asked = ask(server, stream=True, reasoning_effort="low")
    panel = show(open_page, server, asked, "events").get_by_role("tabpanel")
    expect(panel.locator(".of-thinking").first).to_contain_text("I look")
    expect(panel.locator(".of-tool").first).to_contain_text("get_weather")
    expect(panel).to_contain_text("[DONE]")
    expect(panel).to_contain_text("The answer is complete.")


@pytest.mark.parametrize("stream", [False, True])
def test_it_is_tried_again_on_its_wire(
    server: MockServer, open_page: Open, find_barriers: Barriers, *, stream: bool
) -> None:
    page = open_page(f"{server.url}/_mock/#/try?from={ask(server, stream=stream)}")
    expect(page.get_by_label("Path")).to_have_value("/v1/chat/completions")
    page.get_by_label("authorization").fill("sk-any")
    page.get_by_role("button", name="Send", exact=True).click()
    answer = page.get_by_role("region", name="Answer")
    expect(answer.get_by_role("status")).to_have_text("complete")
    expect(answer).to_contain_text("Let me see.")
    expect(answer).to_contain_text("tool_calls")
    assert find_barriers(page) == []
    page.get_by_role("button", name="Answer the tool calls").click()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(answer).to_contain_text("It rains in Oslo.")
    entry = httpx.get(f"{server.url}/_mock/requests?order=newest&limit=1&full=true").json()["requests"][0]
    assert [each["role"] for each in entry["body"]["messages"]] == ["system", "user", "assistant", "tool"]
    assert json.loads(entry["body"]["messages"][2]["tool_calls"][0]["function"]["arguments"]) == {"city": "Oslo"}
    expect(answer.get_by_role("link", name=f"Request {entry['number']}")).to_be_visible()
