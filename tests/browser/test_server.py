"""The view "Server": sessions, settings, faults, clock, batches, files, figures, and the export."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from mockserver.testing.server import MockServer
from tests.browser.asking import MODEL, ask
from tests.browser.conftest import NARROW, WIDE, Open

Shoot = Callable[[Page, str], Path]
Barriers = Callable[[Page], list[str]]
REFUSED = ("Failed to load resource",)
# What is wider than its card, or widens the page.
OVERFLOWS = """
() => [...document.querySelectorAll("body, .card, .card *")].filter(each => {
  const edge = (each.closest(".card") ?? document.documentElement).getBoundingClientRect().right;
  const isCut = each.closest(".scroll, .visually-hidden");
  return !isCut && each.getBoundingClientRect().right > edge + 1;
}).map(each => each.outerHTML).concat(document.documentElement.scrollWidth > innerWidth ? ["page"] : [])
"""
KEYS = {"x-mock-session": "demo", "x-api-key": "sk-ant-any", "anthropic-version": "2023-06-01"}


def open_server(server: MockServer, open_page: Open, session: str | None = "demo", **how: Any) -> Page:
    query = "" if session is None else f"?session={session}"
    page = open_page(f"{server.url}/_mock/{query}#/server", **how)
    page.get_by_role("heading", name="Sessions", exact=True).wait_for()
    return page


def card(page: Page, title: str) -> Locator:
    return page.get_by_role("region", name=title, exact=True)


def control(server: MockServer, path: str, session: str | None = "demo") -> Any:
    return httpx.get(f"{server.url}/_mock/{path}", params={} if session is None else {"session": session}).json()


def create_batch(server: MockServer) -> str:
    """A batch that takes ten minutes; its id."""
    httpx.patch(f"{server.url}/_mock/settings", json={"batches": {"takes": "10m"}}, headers=KEYS)
    params = {"model": MODEL, "max_tokens": 9, "messages": [{"role": "user", "content": "hello"}]}
    body = {"requests": [{"custom_id": f"row-{number}", "params": params} for number in range(3)]}
    answer = httpx.post(f"{server.url}/v1/messages/batches", json=body, headers=KEYS)
    return str(answer.json()["id"])


def upload(server: MockServer, name: str) -> None:
    headers = {**KEYS, "anthropic-beta": "files-api-2025-04-14"}
    answer = httpx.post(
        f"{server.url}/v1/files", files={"file": (name, b"%PDF-1.4", "application/pdf")}, headers=headers
    )
    assert answer.status_code == 200, answer.text


def test_requests_without_key_are_no_session_to_reset(server: MockServer, open_page: Open) -> None:
    """Nothing names them to the server: a reset of them would be one of all."""
    httpx.get(f"{server.url}/v1/nothing")
    sessions = card(open_server(server, open_page, None), "Sessions")
    row = sessions.get_by_role("row").filter(has_text="Without a key")
    expect(row).to_be_visible()
    expect(row.get_by_role("button")).to_have_count(0)


def test_settings_are_changed_and_taken_back(server: MockServer, open_page: Open) -> None:
    page = open_server(server, open_page)
    settings = card(page, "Settings")
    settings.get_by_label("unmatched").select_option("error")
    expect(settings.get_by_text("Changed for this session.")).to_be_visible()
    assert control(server, "settings")["unmatched"] == "error"
    assert control(server, "settings", None)["unmatched"] == "auto"
    settings.get_by_role("button", name="Take back unmatched").click()
    expect(settings.get_by_text("Changed for this session.")).to_have_count(0)
    assert control(server, "settings")["changed"]["session"] == {}


def test_pace_of_its_own_is_set(server: MockServer, open_page: Open) -> None:
    page = open_server(server, open_page, None, allowed=REFUSED)
    settings = card(page, "Settings")
    settings.get_by_label("pace").select_option("own")
    settings.get_by_label("first", exact=True).fill("soon")
    settings.get_by_role("button", name="Set the pace").click()
    expect(settings.get_by_role("alert")).to_contain_text("first")
    settings.get_by_label("first", exact=True).fill("20ms")
    settings.get_by_label("tokens_per_second", exact=True).fill("400")
    settings.get_by_role("button", name="Set the pace").click()
    expect(settings.get_by_text("Changed for all sessions.")).to_be_visible()
    pace = control(server, "settings", None)["pace"]
    assert (pace["first"], pace["tokens_per_second"]) == (0.02, 400)


def test_pace_keeps_what_the_fields_do_not_show(server: MockServer, open_page: Open) -> None:
    stall = {"after": 2, "for": "1s"}
    pace = {"first": "20ms", "tokens_per_second": 90, "jitter": 0.2, "chunk": "word", "stall": stall}
    httpx.patch(f"{server.url}/_mock/settings", json={"pace": pace}, headers=KEYS)
    page = open_server(server, open_page)
    settings = card(page, "Settings")
    settings.get_by_label("tokens_per_second", exact=True).fill("400")
    with page.expect_response("**/_mock/settings*"):
        settings.get_by_role("button", name="Set the pace").click()
    before = {"first": 0.02, "jitter": 0.2, "chunk": "word", "stall_after": 2, "stall_for": 1.0}
    assert control(server, "settings")["pace"] == {**before, "tokens_per_second": 400.0}


def test_fault_is_planned(server: MockServer, open_page: Open) -> None:
    page = open_server(server, open_page, allowed=REFUSED)
    faults = card(page, "Faults for the next answers")
    expect(faults.get_by_text("None is planned.")).to_be_visible()
    faults.get_by_label("Fault", exact=True).select_option("disconnect")
    faults.get_by_label("Where").select_option("after_events")
    faults.get_by_role("button", name="Plan it").click()
    expect(faults.get_by_role("alert")).to_contain_text("after_events")
    faults.get_by_label("after_events").fill("4")
    faults.get_by_label("calls", exact=True).fill("2")
    faults.get_by_role("button", name="Plan it").click()
    expect(faults.get_by_text("The next 2 answers that it changes:")).to_be_visible()
    expect(faults.get_by_text("disconnect (after_events 4)")).to_be_visible()
    assert control(server, "settings")["faults"] == {"faults": [{"then": "disconnect", "after_events": 4}], "calls": 2}
    faults.get_by_role("button", name="Take back faults").click()
    expect(faults.get_by_text("None is planned.")).to_be_visible()


def test_options_are_those_of_the_fault(server: MockServer, open_page: Open) -> None:
    page = open_server(server, open_page)
    faults = card(page, "Faults for the next answers")
    faults.get_by_label("Fault", exact=True).select_option("error")
    faults.get_by_label("type").select_option("rate_limit_error")
    faults.get_by_label("glued").select_option("true")
    faults.get_by_role("button", name="Plan it").click()
    expect(faults.get_by_text("error (type rate_limit_error, glued true)")).to_be_visible()


def test_clock_is_moved(server: MockServer, open_page: Open) -> None:
    page = open_server(server, open_page, allowed=REFUSED)
    clock = card(page, "Clock")
    clock.get_by_role("button", name="Freeze").click()
    expect(clock.get_by_text("It stands still. Moved, for this session.")).to_be_visible()
    clock.get_by_role("button", name="+ 1 day").click()
    clock.get_by_label("Go ahead by").fill("soon")
    clock.get_by_role("button", name="Advance").click()
    expect(clock.get_by_role("alert")).to_contain_text("expected a duration")
    assert 86_000 < control(server, "clock")["offset_seconds"] < 86_500
    clock.get_by_label("Show this time").fill("2027-01-23")
    clock.get_by_label("Show this time").press("Enter")
    expect(clock.get_by_text("2027-01-23 00:00:00")).to_be_visible()
    clock.get_by_role("button", name="Reset").click()
    expect(clock.get_by_text("It shows the real time.")).to_be_visible()


def test_sessions_that_are_not_listed_are_told(server: MockServer, open_page: Open) -> None:
    for number in range(102):
        httpx.patch(f"{server.url}/_mock/settings?session=s{number}", json={"unmatched": "error"})
    page = open_server(server, open_page, None)
    expect(card(page, "Sessions").get_by_text("The 100 used last, of 102.")).to_be_visible()


def test_page_of_a_session_resets_no_other(server: MockServer, open_page: Open) -> None:
    ask(server, "hello")
    ask(server, "hello", key="other")
    page = open_page(f"{server.url}/_session/demo/_mock/#/server")
    sessions = card(page, "Sessions")
    expect(sessions.get_by_role("row").filter(has_text="demo")).to_be_visible()
    expect(sessions.get_by_text("All sessions")).to_have_count(0)
    expect(sessions.get_by_role("button", name="Reset all")).to_have_count(0)


def test_page_of_a_session_that_is_no_utf8_opens(server: MockServer, open_page: Open) -> None:
    page = open_page(f"{server.url}/_session/%E0%A4/_mock/#/server")
    expect(page.get_by_role("heading", name="Session %E0%A4")).to_be_visible()


def test_batches_that_go_on_are_told(server: MockServer, open_page: Open) -> None:
    plan = {"takes": "10m", "per_item": "1.5s", "fail": "2%"}
    httpx.patch(f"{server.url}/_mock/settings", json={"batches": plan}, headers=KEYS)
    page = open_server(server, open_page)
    expect(card(page, "Settings").get_by_text("takes 600s, per_item 1.5s, fail 0.02, order listed")).to_be_visible()


def test_sessions_are_looked_at_and_reset(server: MockServer, open_page: Open) -> None:
    ask(server, "hello")
    ask(server, "hello", key="other")
    page = open_server(server, open_page, None)
    row = card(page, "Sessions").get_by_role("row").filter(has_text="other")
    row.get_by_role("button", name="Look at").click()
    expect(page.get_by_role("heading", name="Session other")).to_be_visible()
    assert "session=other" in page.url
    row.get_by_role("button", name="Reset").click()
    page.get_by_role("dialog").get_by_role("button", name="Reset").click()
    expect(row).to_have_count(0)
    assert control(server, "requests", "other")["total"] == 0
    assert control(server, "requests", "demo")["total"] == 1


def test_batches_and_files_are_shown(server: MockServer, open_page: Open) -> None:
    name = create_batch(server)
    upload(server, "report 1 & 2.pdf")
    page = open_server(server, open_page)
    batches = card(page, "Batches")
    expect(batches.get_by_text("in_progress, 3 processing")).to_be_visible()
    expect(card(page, "Files").get_by_text("report 1 & 2.pdf")).to_be_visible()
    batches.get_by_role("button", name=f"Finish now {name}").click()
    expect(batches.get_by_text("ended, 3 succeeded")).to_be_visible()


def test_figures_follow_what_comes(server: MockServer, open_page: Open) -> None:
    page = open_server(server, open_page)
    figures = card(page, "Figures")
    expect(figures.get_by_text("0 requests")).to_be_visible()
    ask(server, "hello")
    expect(figures.get_by_text("1 request")).to_be_visible()
    expect(figures.get_by_role("row").filter(has_text=MODEL)).to_contain_text("200 × 1")
    figures.get_by_role("button", name="Begin anew").click()
    page.get_by_role("dialog").get_by_role("button", name="Begin anew").click()
    expect(figures.get_by_text("0 requests")).to_be_visible()


@pytest.mark.parametrize("place", ["#/server", "#/requests"])
def test_session_is_saved(server: MockServer, open_page: Open, place: str) -> None:
    ask(server, "hello")
    page = open_page(f"{server.url}/_mock/?session=demo{place}")
    for title, ending in (("A page to be read", "html"), ("The requests whole", "json"), ("Scenarios that", "yaml")):
        page.get_by_label("Export").click()
        with page.expect_download() as found:
            page.get_by_role("button", name=title).click()
        assert found.value.suggested_filename.startswith("mockserver-")
        assert found.value.suggested_filename.endswith(ending)
        assert "hello" in found.value.path().read_text()
    page.get_by_label("Export").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="The requests whole")).to_be_hidden()


@pytest.mark.parametrize(("size", "dark"), [(WIDE, False), (WIDE, True), (NARROW, False)])
def test_look(
    server: MockServer, open_page: Open, shoot: Shoot, find_barriers: Barriers, size: tuple[int, int], dark: bool
) -> None:
    for text in ("hello", "stream a long story", "be overloaded once"):
        ask(server, text)
    ask(server, "hello", key="nightly")
    create_batch(server)
    upload(server, "report.pdf")
    plan = {"takes": "10m", "per_item": "1.5s", "fail": "2%", "expire": 3, "order": "shuffled"}
    faults = {"then": "disconnect", "after_events": 4}
    httpx.patch(f"{server.url}/_mock/settings", json={"batches": plan, "faults": faults}, headers=KEYS)
    page = open_server(server, open_page, size=size, dark=dark)
    card(page, "Files").get_by_text("report.pdf").wait_for()
    card(page, "Faults for the next answers").get_by_text("disconnect (after_events 4)").wait_for()
    name = f"server-{size[0]}{'-dark' if dark else ''}"
    assert find_barriers(page) == []
    assert page.evaluate(OVERFLOWS) == []
    shoot(page, name)
    page.locator(".view").evaluate("each => each.scrollTo(0, each.scrollHeight)")
    shoot(page, f"{name}-end")
    page.locator(".view").evaluate("each => each.scrollTo(0, 0)")
    page.get_by_label("Export").click()
    assert find_barriers(page) == []
    shoot(page, f"{name}-export")
