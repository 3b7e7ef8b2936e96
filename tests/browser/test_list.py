"""The list of requests: how they come, what is told of each, how it is filtered, and how the keyboard moves in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import httpx2 as httpx
import pytest
from playwright.sync_api import Page, expect

from mockserver.testing.server import MockServer
from tests.browser import braking
from tests.browser.asking import ask, listen
from tests.browser.conftest import NARROW, WIDE, Open
from tests.browser.scenes import play

Shoot = Callable[[Page, str], Path]
FindBarriers = Callable[[Page], list[str]]


@pytest.fixture
def busy(server: MockServer) -> MockServer:
    """A server that was asked a lot."""
    play(server)
    return server


def _open(open_page: Open, server: MockServer, place: str = "", **more: object) -> Page:
    page = open_page(f"{server.url}/_mock/{place}", **more)
    page.get_by_text("Live", exact=True).wait_for()
    return page


def _list_numbers(page: Page) -> list[int]:
    return [int(text) for text in page.locator("[data-row]").all_inner_texts()]


def _row(page: Page, number: int) -> str:
    return page.locator(f'[role="row"]:has([data-row="{number}"])').inner_text()


@pytest.mark.parametrize(("size", "dark"), [(WIDE, False), (WIDE, True), (NARROW, False)])
def test_list_is_good_to_see_and_to_hear(
    busy: MockServer, open_page: Open, shoot: Shoot, find_barriers: FindBarriers, size: tuple[int, int], dark: bool
) -> None:
    page = _open(open_page, busy, size=size, dark=dark)
    page.get_by_role("row", name="1").first.wait_for()
    shoot(page, f"list-{size[0]}-{'dark' if dark else 'light'}")
    assert find_barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_requests_appear_as_they_come(server: MockServer, open_page: Open, shoot: Shoot) -> None:
    page = _open(open_page, server)
    switch = page.get_by_label("Session")
    place = switch.bounding_box()
    expect(page.get_by_role("heading", name="No requests yet")).to_be_visible()
    expect(page.get_by_text(f"curl {server.url}/v1/messages")).to_be_visible()
    shoot(page, "list-empty")
    ask(server, "hello", key="a session with a long name")
    expect(page.get_by_role("row", name="hello")).to_contain_text("generated")
    switch.focus()
    expect(switch).to_contain_text("a session with a long name")
    assert switch.bounding_box() == place
    expect(page.get_by_role("heading", name="No requests yet")).to_be_hidden()
    expect(page).to_have_title("(1) Requests – Mock server")


def test_text_of_a_request_stays_text(server: MockServer, open_page: Open) -> None:
    text = "<img src=x onerror=document.title='taken'>"
    ask(server, text, key="<b>bold</b>", model="<i>model</i>")
    page = _open(open_page, server)
    row = page.get_by_role("row", name="onerror")
    expect(row).to_contain_text(text)
    expect(row).to_contain_text("<b>bold</b>")
    assert row.locator("img, b, i").count() == 0
    page.get_by_label("Session").select_option("<b>bold</b>")
    expect(page.get_by_text("1 request", exact=True)).to_be_visible()
    expect(page).to_have_title("(1) Requests – Mock server")


def test_running_answer_is_marked_until_it_has_left(
    server: MockServer, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = {"name": "long", "reply": {"text": "Yes.", "pace": {"tokens_per_second": 100}}}
    httpx.post(f"{server.url}/_mock/scenarios?session=demo", json=slow)
    brake = braking.apply(monkeypatch, 0)
    page = _open(open_page, server)
    with listen(server, "long one") as answer:
        row = page.get_by_role("row", name="long one")
        expect(row).to_contain_text("live")
        brake.release()
        answer.read()
    expect(row).to_contain_text(re.compile(r"\d m?s"))
    expect(row).not_to_contain_text("live")


def test_row_tells_what_happened(busy: MockServer, open_page: Open) -> None:
    page = _open(open_page, busy)
    expect(page.locator("[data-row]")).to_have_count(22)
    rows = {number: _row(page, number) for number in _list_numbers(page)}
    assert all(
        word in rows[1]
        for word in ("travel-agent", "200", "claude-opus-5-5", "interleaved", "→ get_weather", "3.6k", "$0.019")
    )
    assert "output_within_cap" in rows[12]
    assert "529" in rows[15]
    assert "by 16" in rows[15]
    assert "of 15" in rows[16]
    assert "disconnect" in rows[17]
    assert "computed" in rows[20]
    foot = page.locator(".list-foot").inner_text()
    assert all(word in foot for word in ("22 requests", "3 refused", "23.5k in", "18.1k cached", "932 out", "$0.046"))


def test_row_has_room_for_what_matters(busy: MockServer, open_page: Open) -> None:
    page = _open(open_page, busy)
    cut = "els => els.filter(el => el.scrollWidth > el.clientWidth).map(el => el.textContent)"
    page.get_by_role("row", name="hello").wait_for()
    names = page.locator('.row:has-text("fault error_200") .answerer, .row:has-text("fault disconnect") .answerer')
    assert names.count() == 2
    assert names.evaluate_all(cut) == []
    for column in ("time", "endpoint", "model", "cost", "total"):
        assert page.locator(f".row .cell-{column}").evaluate_all(cut) == []
    assert page.locator(".row .cell-user").first.evaluate("el => el.clientWidth") >= 240
    assert all(word in _row(page, 22) for word in ("no such path", "GET /v1/nowhere"))
    assert "GET /v1/models" in _row(page, 21)
    assert "count_tokens" in _row(page, 20)


@pytest.mark.parametrize("session", ["", "?session=travel-agent"])
def test_all_columns_are_seen_at_every_width(busy: MockServer, open_page: Open, session: str) -> None:
    page = _open(open_page, busy, session)
    page.get_by_role("row", name="interleaved").first.wait_for()
    for width in (1300, 1180, 1179, 1000, 820, 819, 741, 740, 561, 560, 390, 320):
        page.set_viewport_size({"width": width, "height": 700})
        kind = "wide" if width >= 1180 else "medium" if width >= 820 else "narrow"
        page.locator(f'.list[data-width="{kind}"]').wait_for()
        wider = "els => els.filter(el => el.scrollWidth > el.clientWidth).length"
        assert (width, page.locator(".row, .row-head, .list-foot").evaluate_all(wider)) == (width, 0)


def test_retry_leads_to_what_it_repeats(busy: MockServer, open_page: Open) -> None:
    page = _open(open_page, busy)
    page.get_by_role("link", name="Retry of 15").click()
    expect(page).to_have_url(re.compile("#/requests/15$"))
    page.get_by_role("link", name="Retried by 16").click()
    expect(page).to_have_url(re.compile("#/requests/16$"))


def test_filter_narrows_and_stands_in_the_address(busy: MockServer, open_page: Open, shoot: Shoot) -> None:
    page = _open(open_page, busy)
    page.keyboard.press("/")
    page.keyboard.type("is:ref")
    page.get_by_role("option", name="refused").wait_for()
    shoot(page, "list-filter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_text("3 of 22")).to_be_visible()
    assert _list_numbers(page) == [22, 13, 12]
    expect(page).to_have_url(re.compile(r"#/requests\?filter=is%3Arefused"))
    page.reload()
    expect(page.get_by_text("3 of 22")).to_be_visible()
    page.get_by_role("link", name="Scenarios").click()
    page.get_by_role("link", name="Requests", exact=True).click()
    expect(page.get_by_role("combobox", name="Filter")).to_have_value("is:refused ")
    page.get_by_role("button", name="Clear the filter").click()
    expect(page.get_by_text("22 requests")).to_be_visible()
    page.get_by_role("combobox", name="Filter").fill("status:what")
    expect(page.get_by_text("a status such as 404")).to_be_visible()
    expect(page.get_by_text("No request passes the filter.")).to_be_visible()


def test_server_searches_texts(busy: MockServer, open_page: Open) -> None:
    page = _open(open_page, busy)
    page.get_by_role("combobox", name="Filter").fill('text:"exact about times"')
    expect(page.get_by_text("6 of 22")).to_be_visible()
    assert _list_numbers(page) == [6, 5, 4, 3, 2, 1]
    ask(busy, "Be exact about times.")
    expect(page.get_by_text("7 of 23")).to_be_visible()


def test_sessions_are_looked_at_one_by_one(busy: MockServer, open_page: Open) -> None:
    page = _open(open_page, busy)
    page.get_by_label("Session").select_option("chat-page")
    expect(page.get_by_text("11 requests")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Session")).to_have_count(0)
    ask(busy, "not of this session", key="travel-agent")
    ask(busy, "of this session", key="chat-page")
    expect(page.get_by_role("row", name="of this session")).to_be_visible()
    expect(page.get_by_text("12 requests")).to_be_visible()
    page.reload()
    expect(page.get_by_text("12 requests")).to_be_visible()


def test_journal_is_emptied_once_that_is_confirmed(
    busy: MockServer, open_page: Open, find_barriers: FindBarriers
) -> None:
    page = _open(open_page, busy)
    page.get_by_role("button", name="Clear", exact=True).click()
    assert find_barriers(page) == []
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("22 requests")).to_be_visible()
    page.get_by_role("button", name="Clear", exact=True).click()
    page.get_by_role("button", name="Empty it").click()
    expect(page.get_by_role("heading", name="No requests yet")).to_be_visible()
    assert httpx.get(f"{busy.url}/_mock/requests").json()["total"] == 0


def test_list_is_walked_by_keys(busy: MockServer, open_page: Open) -> None:
    page = _open(open_page, busy)
    page.get_by_role("row", name="hello").wait_for()
    for key, number in (("j", "22"), ("j", "21"), ("ArrowDown", "20"), ("k", "21"), ("End", "1"), ("Home", "22")):
        page.keyboard.press(key)
        expect(page.locator(f'[data-row="{number}"]')).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("article", name="Request 21")).to_be_visible()
    page.keyboard.press("j")
    expect(page.get_by_role("article", name="Request 20")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("article")).to_have_count(0)
    expect(page.locator('[data-row="20"]')).to_be_focused()
    page.go_back()
    expect(page.get_by_role("article", name="Request 20")).to_be_visible()


def test_only_one_row_is_a_stop_of_tab(busy: MockServer, open_page: Open) -> None:
    page = _open(open_page, busy)
    page.get_by_role("row", name="hello").wait_for()
    assert page.locator('[data-row][tabindex="0"]').count() == 1
    assert page.get_by_role("grid").get_attribute("aria-rowcount") == "23"
    page.get_by_role("button", name="Clear", exact=True).focus()
    page.keyboard.press("Tab")
    expect(page.locator('[data-row="22"]')).to_be_focused()


def test_narrow_page_shows_list_or_request(busy: MockServer, open_page: Open) -> None:
    page = _open(open_page, busy, size=NARROW)
    page.locator('[data-row="15"]').click()
    expect(page.get_by_role("article", name="Request 15")).to_be_visible()
    expect(page.get_by_role("grid")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.get_by_role("grid")).to_be_visible()
