"""The page for those who use the keyboard alone, a screen reader, a small window or the colours of their system."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpx2 as httpx
from playwright.sync_api import Page, expect

from mockserver.testing.server import MockServer
from tests.browser.asking import ask
from tests.browser.conftest import NARROW, Open
from tests.browser.scenes import play
from tests.browser.trying import script

BREADTH = "element => element.getBoundingClientRect().width"
WIDEST = "document.documentElement.scrollWidth"


def test_focus_goes_on_where_it_was(server: MockServer, open_page: Open) -> None:
    """After dialogs, and when what had the focus leaves the page, with its view or alone."""
    ask(server, "hello", key="demo")
    page = open_page(f"{server.url}/_mock/")
    keys = page.get_by_role("button", name="Keys")
    keys.press("Enter")
    page.keyboard.press("Escape")
    expect(keys).to_be_focused()
    page.get_by_label("Filter the requests").press_sequentially("nothing")
    page.get_by_label("Clear the filter").first.press("Enter")
    expect(page.get_by_label("Filter the requests")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Try again").press("Enter")
    expect(page.get_by_role("main", name="Try")).to_be_focused()
    page.keyboard.press("v")
    reset = page.get_by_role("button", name="Reset demo")
    reset.press("Enter")
    page.keyboard.press("Escape")
    expect(reset).to_be_focused()
    page.get_by_role("button", name="Plan it").press("Enter")
    page.get_by_role("button", name="Take back").press("Enter")
    expect(page.get_by_role("region", name="Faults for the next answers")).to_be_focused()


def test_what_changes_elsewhere_is_said(server: MockServer, open_page: Open) -> None:
    ask(server, "hello")
    ask(server, "good night")
    page = open_page(f"{server.url}/_mock/")
    page.get_by_label("Filter the requests").fill("night")
    expect(page.get_by_role("status").filter(has_text="Requests that pass: 1")).to_be_attached()
    page.goto(f"{server.url}/_mock/#/server")
    page.get_by_role("button", name="Plan it").click()
    expect(page.get_by_role("status").filter(has_text="disconnect")).to_be_visible()
    page.get_by_role("button", name="+ 1 h").click()
    expect(page.get_by_role("status").filter(has_text="Moved, for")).to_be_visible()


def test_request_that_is_closed_leaves_no_tab_in_the_address(server: MockServer, open_page: Open) -> None:
    ask(server, "hello")
    page = open_page(f"{server.url}/_mock/#/requests/1?tab=why")
    expect(page.get_by_role("tab", name="Why")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Request 1")).to_be_focused()
    assert page.url.endswith("#/requests")


def test_address_that_is_typed_wrongly_shows_the_page(server: MockServer, open_page: Open) -> None:
    page = open_page(f"{server.url}/_mock/#/scenarios/100%", allowed=("404 (Not Found)",))
    expect(page.get_by_role("link", name="Scenarios")).to_have_attribute("aria-current", "page")


def test_nothing_is_wider_than_a_small_window(
    server: MockServer, open_page: Open, shoot: Callable[[Page, str], Path]
) -> None:
    """320 pixels: what a window of 1280 has at a zoom of 400 %."""
    play(server)
    page = open_page(f"{server.url}/_mock/", size=(320, 640))
    for place, seen in (
        ("requests", "22 requests"),
        ("requests/12?tab=why", "output_within_cap"),
        ("requests/1?tab=events", "message_start"),
        ("scenarios?from=6", "request-6"),
        ("try", "Send"),
        ("server", "Reset chat-page"),
    ):
        page.goto(f"{server.url}/_mock/#/{place}")
        expect(page.get_by_text(seen).or_(page.get_by_label(seen)).filter(visible=True).first).to_be_visible()
        assert page.evaluate(WIDEST) == 320, place
    page.get_by_role("button", name="Reset chat-page").focus()
    shoot(page, "server-320")


def test_long_names_leave_room_for_the_rest(server: MockServer, open_page: Open) -> None:
    name, question = "averyverylongname_" * 7, "what is cut"
    script(server, f"{{name: {name}, when: {{user: {question}}}, reply: {{text: A long answer., fault: disconnect}}}}")
    with suppress(httpx.HTTPError):
        ask(server, question, key="demo", stream=True)
    page = open_page(f"{server.url}/_mock/#/requests/1?tab=events", size=NARROW, allowed=("ERR_",))
    expect(page.get_by_role("cell", name="Fault: disconnect")).to_be_visible()
    assert page.get_by_role("columnheader", name="Content").evaluate(BREADTH) > 120
    page.goto(f"{server.url}/_mock/#/try?from=1&send=true")
    assert page.get_by_role("link", name="Request 2").evaluate("element => element.offsetHeight") < 24


def test_marks_are_seen_in_the_colours_of_the_system(
    server: MockServer, open_page: Open, shoot: Callable[[Page, str], Path]
) -> None:
    play(server)
    page = open_page(f"{server.url}/_mock/#/requests/12")
    page.emulate_media(forced_colors="active")
    expect(page.get_by_role("tab", name="Why 1")).to_be_visible()
    shoot(page, "request-forced-colours")
    color = "element => getComputedStyle(element).borderBottomColor"
    chosen, other = page.get_by_role("tab", selected=True), page.get_by_role("tab", name="Raw")
    assert chosen.evaluate(color) != other.evaluate(color)
    row = page.get_by_role("row", selected=True)
    assert row.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"
