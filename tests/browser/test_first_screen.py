"""The first screen: the requests that came."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page

from mockserver.testing.server import MockServer
from tests.browser.asking import ask
from tests.browser.conftest import Open


def test_page_shows_requests(server: MockServer, open_page: Open, shoot: Callable[[Page, str], Path]) -> None:
    ask(server, "hello")
    page = open_page(f"{server.url}/_mock/")
    row = page.get_by_role("link", name="/v1/messages")
    row.wait_for()
    assert row.count() == 1
    shoot(page, "first-screen")
