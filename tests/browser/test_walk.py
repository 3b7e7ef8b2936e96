"""From an answer that is not understood to one that is wanted: six clicks, and a text that is typed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

import httpx2 as httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from mockserver.testing.server import MockServer
from tests.browser.asking import MODEL, ask
from tests.browser.conftest import Open

CLICKS = 6


def test_why_and_another_answer_take_six_clicks(
    server: MockServer, open_page: Open, shoot: Callable[[Page, str], Path]
) -> None:
    ask(server, "How is the weather in Oslo today?", key="chat")
    page, clicks = open_page(f"{server.url}/_mock/"), []

    def click(what: Locator) -> None:
        clicks.append(what)
        what.click()

    click(page.get_by_role("link", name="Request 1: POST"))
    click(page.get_by_role("tab", name="Why"))
    expect(page.get_by_role("tabpanel")).to_contain_text("generated")
    shoot(page, "walk-why")
    click(page.get_by_role("link", name="Make a scenario of it"))
    # The text of the answer is selected: what is typed replaces it.
    page.locator(".cm-editor.cm-focused").wait_for()
    page.keyboard.type("Sunny, and cold.")
    shoot(page, "walk-scenario")
    click(page.get_by_role("button", name="Save", exact=True))
    click(page.get_by_role("link", name="Send request 1 again"))
    expect(page.get_by_text("Sunny, and cold.").first).to_be_visible()
    shoot(page, "walk-answer")
    assert len(clicks) <= CLICKS
    assert (
        ask(server, "How is the weather in Oslo today?", key="chat").json()["content"][-1]["text"] == "Sunny, and cold."
    )


USE = {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "12 degrees"}
ASKED = {"role": "user", "content": "How warm is it?"}
LOOP = [ASKED, {"role": "assistant", "content": [USE]}, {"role": "user", "content": [RESULT]}]
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False, "required": ["a"]}
TOOLS = [{"name": "look", "input_schema": {"type": "object"}}]


@pytest.mark.parametrize(
    ("body", "unmatched"),
    [
        ({"messages": [ASKED], "stream": True}, "generate"),
        ({"messages": LOOP, "tools": TOOLS}, "generate"),
        ({"messages": [ASKED]}, "error"),
        (
            {"messages": [ASKED], "output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},
            "generate",
        ),
    ],
    ids=["stream", "second turn of a tool loop", "unmatched", "JSON"],
)
def test_what_a_client_with_a_key_sent_is_answered_otherwise(
    servers: ExitStack, open_page: Open, body: dict[str, Any], unmatched: Literal["generate", "error"]
) -> None:
    server = servers.enter_context(MockServer(seed=7, unmatched=unmatched))
    headers = {"x-api-key": "sk-ant-api03-of-a-client", "anthropic-version": "2023-06-01"}
    whole = {"model": MODEL, "max_tokens": 1024, **body}

    def send() -> str:
        return httpx.post(f"{server.url}/v1/messages", json=whole, headers=headers).text

    assert "Twelve" not in send()
    page = open_page(f"{server.url}/_mock/#/scenarios?from=1")
    page.locator(".cm-editor.cm-focused").wait_for()
    page.keyboard.type("Twelve.")
    page.keyboard.press("Control+s")
    page.get_by_role("link", name="Send request 1 again").click()
    expect(page.locator(".try-answer")).to_contain_text("Twelve.")
    assert "Twelve" in send()


def test_request_that_is_no_post_is_not_sent_again(server: MockServer, open_page: Open) -> None:
    httpx.get(f"{server.url}/v1/models", headers={"x-api-key": "k", "anthropic-version": "2023-06-01"})
    page = open_page(f"{server.url}/_mock/#/scenarios?from=1")
    page.locator(".cm-editor.cm-focused").wait_for()
    page.keyboard.press("Control+s")
    expect(page.get_by_text("Saved request-1 to")).to_be_visible()
    expect(page.get_by_role("link", name="Send request 1 again")).to_have_count(0)
