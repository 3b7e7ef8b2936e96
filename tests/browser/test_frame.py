"""The frame of the page: views, theme, keys, the token, and where errors are told."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from mockserver.testing.server import MockServer
from tests.browser.asking import ask
from tests.browser.conftest import Open
from tests.browser.feeding import serve
from tests.conftest import FIXTURES


def test_theme_is_chosen_and_kept(server: MockServer, open_page: Open) -> None:
    page = open_page(f"{server.url}/_mock/")
    ground = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    page.get_by_role("button", name="Theme: as the system").click()
    page.get_by_role("button", name="Theme: light").click()
    assert page.evaluate(ground) == "rgb(21, 23, 26)"
    page.reload()
    expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
    assert page.evaluate(ground) == "rgb(21, 23, 26)"


def test_keys_are_told_and_can_be_switched_off(
    server: MockServer, open_page: Open, find_barriers: Callable[[Page], list[str]], shoot: Callable[[Page, str], Path]
) -> None:
    page = open_page(f"{server.url}/_mock/")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    shoot(page, "keys")
    assert find_barriers(page) == []
    page.keyboard.press("s")
    dialog.get_by_label("Single letters are keys").uncheck()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("s")
    expect(page.get_by_role("link", name="Requests")).to_have_attribute("aria-current", "page")
    page.get_by_role("button", name="Keys").click()
    dialog.get_by_label("Single letters are keys").check()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Keys")).to_be_focused()
    for key, title in (("s", "Scenarios"), ("t", "Try"), ("v", "Server"), ("r", "Requests")):
        page.keyboard.press(key)
        expect(page.get_by_role("link", name=title, exact=True)).to_have_attribute("aria-current", "page")
        expect(page).to_have_title(re.compile(title))


def test_skip_link_leads_to_the_content(server: MockServer, open_page: Open) -> None:
    page = open_page(f"{server.url}/_mock/")
    page.get_by_role("link", name="Views").or_(page.get_by_role("link", name="Requests")).wait_for()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    assert "#main" not in page.url


def test_token_is_asked_for(
    servers: ExitStack, open_page: Open, find_barriers: Callable[[Page], list[str]], shoot: Callable[[Page, str], Path]
) -> None:
    server = servers.enter_context(MockServer(FIXTURES, control_token="open-sesame"))
    ask(server, "hello")
    page = open_page(f"{server.url}/_mock/", allowed=("401 (Unauthorized)",))
    dialog = page.get_by_role("dialog", name="Token of the control interface")
    for _ in range(3):
        expect(dialog).to_be_visible()
        page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    shoot(page, "token")
    assert find_barriers(page) == []
    dialog.get_by_label("Token").fill("guess")
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("does not know the token")
    dialog.get_by_label("Token").fill("open-sesame")
    dialog.get_by_role("button", name="Open").click()
    expect(page.get_by_role("row", name="hello")).to_be_visible()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    page.reload()
    expect(page.get_by_role("row", name="hello")).to_be_visible()


def test_page_below_a_session_shows_that_one(server: MockServer, open_page: Open) -> None:
    ask(server, "mine", key="demo")
    ask(server, "theirs", key="others")
    page = open_page(f"{server.url}/_session/demo/_mock/")
    expect(page.get_by_role("row", name="mine")).to_be_visible()
    expect(page.get_by_text("1 request", exact=True)).to_be_visible()
    expect(page.get_by_label("Session")).to_have_count(0)


@pytest.mark.parametrize("place", ["_mock/#/requests/100%", "_session/100%/_mock/", "_mock/?session="])
def test_odd_address_shows_the_list(server: MockServer, open_page: Open, place: str) -> None:
    ask(server, "hello", key="100%")
    page = open_page(f"{server.url}/{place}")
    expect(page.get_by_role("row", name="hello")).to_be_visible()
    assert page.get_by_role("columnheader", name="Session").count() == (0 if "100%/" in place else 1)


def test_server_that_goes_away_is_told(servers: ExitStack, open_page: Open) -> None:
    stub = servers.enter_context(serve([]))
    page = open_page(f"{stub.url}/_mock/", allowed=("Failed to load", "ERR_"))
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    stub.end_feed()
    expect(page.get_by_text("Reconnecting")).to_be_visible()
    stub.open_feed()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()


def test_error_is_told_in_one_place(
    server: MockServer, open_page: Open, find_barriers: Callable[[Page], list[str]]
) -> None:
    ask(server, "hello")
    page = open_page(f"{server.url}/_mock/", allowed=("507 (Insufficient Storage)",))
    full = {"error": {"message": "The disk is full.", "expected": "a store that can be written"}}

    def refuse(route: Route) -> None:
        if route.request.method == "DELETE":
            route.fulfill(status=507, json=full)
        else:
            route.continue_()

    page.route("**/_mock/requests**", refuse)
    page.get_by_role("button", name="Clear", exact=True).click()
    page.get_by_role("button", name="Empty it").click()
    line = page.get_by_role("status").filter(has_text="The disk is full.")
    expect(line).to_be_visible()
    assert find_barriers(page) == []
    line.get_by_role("button", name="Close").click()
    expect(line).to_have_count(0)
    expect(page.get_by_text("1 request", exact=True)).to_be_visible()
