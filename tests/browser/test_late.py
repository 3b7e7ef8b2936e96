"""What comes late: the list of requests, the code of the editor, its schema, and a request to be tried again."""

from __future__ import annotations

import re

import httpx2 as httpx
import pytest
from playwright.sync_api import Page, Route, expect

from mockserver.testing.server import MockServer
from tests.browser.asking import ask
from tests.browser.conftest import NARROW, WIDE, Open
from tests.browser.editing import NEW, REFUSED, append

LIST = re.compile(r"/_mock/requests\?")
CHECK = re.compile(r"[?&]check=true")
SCHEMA = re.compile(r"/_mock/schema/")
ENTRY = re.compile(r"/_mock/requests/\d+$")
EDITOR = re.compile(r"/inspector/part-\w+\.js$")
MANY = 60


class Gate:
    """Holds back what a page asks for until it is opened."""

    def __init__(self, page: Page, address: re.Pattern[str]) -> None:
        self._held: list[Route] = []
        self._is_open = False
        page.route(address, self._take)

    def _take(self, route: Route) -> None:
        if self._is_open:
            route.continue_()
        else:
            self._held.append(route)

    def open(self) -> None:
        self._is_open = True
        for route in self._held:
            route.continue_()


def open_held(open_page: Open, url: str, held: re.Pattern[str], **options: object) -> tuple[Page, Gate]:
    """A page, and the gate before some of what it asks for."""
    page = open_page("about:blank", **options)
    gate = Gate(page, held)
    with page.expect_request(held):
        page.goto(url)
    return page, gate


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_closed_request_gives_the_focus_to_a_row_that_comes_late(
    server: MockServer, open_page: Open, size: tuple[int, int]
) -> None:
    for _ in range(MANY):
        ask(server, "hello")
    page, gate = open_held(open_page, f"{server.url}/_mock/#/requests/1", LIST, size=size)
    expect(page.get_by_role("article", name="Request 1")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("article")).to_have_count(0)
    gate.open()
    row = page.locator('[data-row="1"]')
    expect(row).to_be_focused()
    expect(row).to_be_in_viewport()
    page.keyboard.press("k")
    expect(page.locator('[data-row="2"]')).to_be_focused()


@pytest.mark.parametrize("label", ["Filter the requests", "Export"])
def test_list_that_comes_late_takes_the_focus_from_nothing(server: MockServer, open_page: Open, label: str) -> None:
    ask(server, "hello")
    page, gate = open_held(open_page, f"{server.url}/_mock/#/requests/1", LIST)
    expect(page.get_by_role("article", name="Request 1")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("article")).to_have_count(0)
    page.get_by_label(label, exact=True).focus()
    gate.open()
    page.get_by_role("row", name="hello").wait_for()
    expect(page.get_by_label(label, exact=True)).to_be_focused()


def test_request_that_is_closed_before_it_is_listed_is_not_waited_for(server: MockServer, open_page: Open) -> None:
    """The list comes without it; the focus is not given to its row when a filter lets it pass later."""
    ask(server, "hello")
    page, gate = open_held(open_page, f"{server.url}/_mock/#/requests/1?filter=nothing", LIST)
    expect(page.get_by_role("article", name="Request 1")).to_be_visible()
    page.keyboard.press("Escape")
    gate.open()
    page.get_by_role("button", name="Clear the filter").last.click()
    page.get_by_role("row", name="hello").wait_for()
    expect(page.locator('[data-row="1"]')).not_to_be_focused()


def test_narrow_list_shows_the_row_of_the_request_that_was_closed(server: MockServer, open_page: Open) -> None:
    """Also when it was scrolled, by the keys, before it was hidden."""
    for _ in range(MANY):
        ask(server, "hello")
    page = open_page(f"{server.url}/_mock/#/requests/5", size=NARROW)
    page.get_by_text("Live", exact=True).wait_for()
    for step, number in (("", 5), ("j", 4), ("Home", MANY), ("End", 1)):
        if step:
            page.keyboard.press(step)
            page.keyboard.press("Enter")
        expect(page.get_by_role("article", name=f"Request {number}", exact=True)).to_be_visible()
        page.keyboard.press("Escape")
        row = page.locator(f'[data-row="{number}"]')
        expect(row).to_be_focused()
        expect(row).to_be_in_viewport(ratio=1)


def test_editor_that_comes_late_takes_the_focus_from_no_input(server: MockServer, open_page: Open) -> None:
    ask(server, "hello")
    page, gate = open_held(open_page, f"{server.url}/_mock/#/scenarios?from=1", EDITOR)
    page.get_by_role("searchbox").press_sequentially("wea")
    gate.open()
    page.locator(".cm-content").wait_for()
    page.keyboard.type("ther")
    expect(page.get_by_role("searchbox")).to_have_value("weather")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_completion_is_offered_once_there_is_a_schema(server: MockServer, open_page: Open) -> None:
    page, gate = open_held(open_page, f"{server.url}/_mock/{NEW}", SCHEMA, allowed=(REFUSED,))
    # The text is checked when nothing more is typed: later than it would be completed.
    with page.expect_response(CHECK):
        append(page, "    prio")
    gate.open()
    expect(page.get_by_role("option", name="priority")).to_be_visible()


def test_request_that_is_taken_late_is_what_is_explained_and_sent(server: MockServer, open_page: Open) -> None:
    ask(server, "good night")
    page, gate = open_held(open_page, f"{server.url}/_mock/#/try?from=1", ENTRY)
    send, explain = (page.get_by_role("button", name=name) for name in ("Send", "Explain"))
    expect(send).to_be_disabled()
    expect(explain).to_be_disabled()
    page.get_by_label("max_tokens").press("Control+Enter")
    page.get_by_label("max_tokens").press("Control+Shift+Enter")
    gate.open()
    explain.click()
    expect(page.get_by_role("region", name="Explanation")).to_contain_text("No scenario fits")
    expect(page.get_by_label("Text of message 0")).to_have_value("good night")
    send.click()
    expect(page.get_by_role("link", name="Request 2")).to_be_visible()
    assert [row["user"] for row in httpx.get(f"{server.url}/_mock/requests").json()["requests"]] == ["good night"] * 2
