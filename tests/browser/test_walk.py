"""From an answer that is not understood to one that is wanted: six clicks, and a text that is typed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from mockserver.testing.server import MockServer
from tests.browser.asking import ask
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
