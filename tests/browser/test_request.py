"""The view of one request: what was asked, what was answered, and why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx2 as httpx
import pytest
from playwright.sync_api import Page, expect

from mockserver.testing.server import MockServer
from tests.browser import braking
from tests.browser.asking import ask, listen
from tests.browser.conftest import NARROW, Open
from tests.browser.conversations import SYSTEM, TOOLS, add, find_newest, talk

Shoot = Callable[[Page, str], Path]
Barriers = Callable[[Page], list[str]]
TABS = ("Conversation", "Why", "Changes", "Events", "Raw", "Headers")


def show(open_page: Open, server: MockServer, number: int, tab: str = "conversation", **options: object) -> Page:
    """The page with a request."""
    page = open_page(f"{server.url}/_mock/#/requests/{number}?tab={tab}", **options)
    page.get_by_role("tabpanel").wait_for()
    return page


def test_conversation_is_read(server: MockServer, open_page: Open, shoot: Shoot, find_barriers: Barriers) -> None:
    page = show(open_page, server, talk(server)[1])
    panel = page.get_by_role("tabpanel")
    expect(panel.get_by_text("cache breakpoint · 5m")).to_be_visible()
    expect(panel.get_by_text("image/png · 12.8 kB · 96 × 64")).to_be_visible()
    expect(panel.get_by_role("region", name="Answer")).to_contain_text("Take an umbrella, but only for Bergen")
    expect(page.get_by_role("term").filter(has_text="Tokens").locator("..")).to_contain_text("87 out")
    shoot(page, "request-conversation")
    assert find_barriers(page) == []


def test_results_are_folded_with_their_calls(server: MockServer, open_page: Open) -> None:
    panel = show(open_page, server, talk(server)[1]).get_by_role("tabpanel")
    call = panel.locator(".call").filter(has_text="Bergen")
    expect(panel.get_by_text("2 tool results, shown with their calls")).to_be_visible()
    expect(call.locator(".fold-content")).to_have_count(0)
    call.get_by_text("Result").click()
    expect(call.locator(".fold-content")).to_have_text("Rain from 11:00, 9 °C, 12 mm, wind from the west, 8 m/s")


def test_button_leads_to_the_answer(server: MockServer, open_page: Open) -> None:
    page = show(open_page, server, talk(server)[1], size=NARROW)
    expect(page.get_by_role("region", name="Answer")).not_to_be_in_viewport()
    page.get_by_role("button", name="To the answer").click()
    expect(page.get_by_role("region", name="Answer")).to_be_in_viewport()


def test_thoughts_are_folded(server: MockServer, open_page: Open, shoot: Shoot) -> None:
    page = show(open_page, server, talk(server)[0], dark=True)
    thought = page.get_by_role("region", name="Answer").locator(".thought")
    expect(thought).to_contain_text("Thinking · signed")
    thought.get_by_text("Thinking").click()
    expect(thought).to_contain_text("Oslo first, since that is where the journey begins.")
    shoot(page, "request-thinking-dark")


@pytest.mark.parametrize("tab", [tab.lower() for tab in TABS])
def test_tabs_have_no_barriers(
    server: MockServer, open_page: Open, shoot: Shoot, find_barriers: Barriers, tab: str
) -> None:
    page = show(open_page, server, talk(server)[1], tab, size=NARROW, dark=True)
    expect(page.get_by_text("Loading", exact=True)).to_have_count(0)
    shoot(page, f"request-{tab}-narrow-dark")
    assert find_barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW[0]


def test_tabs_are_walked_by_keys(server: MockServer, open_page: Open) -> None:
    page = show(open_page, server, talk(server)[0])
    page.get_by_role("tab", name="Conversation").focus()
    for name in TABS[1:]:
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("tab", name=name)).to_be_focused()
        expect(page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")
        assert f"tab={name.lower()}" in page.url
    page.keyboard.press("Home")
    expect(page.get_by_role("tab", name="Conversation")).to_be_focused()


def test_hidden_thought_is_no_reason_not_to_fit(server: MockServer, open_page: Open) -> None:
    """The journal notes beside the scenarios that did not fit what was changed in the answer of the one that did."""
    scenario = {"name": "forecast", "when": {"user": "fog"}, "reply": {"thinking": "It will lift.", "text": "Fog."}}
    httpx.post(f"{server.url}/_mock/scenarios?session=demo", json={"scenarios": [scenario]}).raise_for_status()
    ask(server, "fog", model="claude-opus-5", max_tokens=2000, thinking={"type": "adaptive"})
    page = show(open_page, server, find_newest(server), "why")
    panel = page.get_by_role("tabpanel")
    expect(panel.get_by_text("It was the first one tried.")).to_be_visible()
    expect(panel.get_by_role("heading", name="About its answer")).to_be_visible()
    expect(panel.get_by_text("Scenarios that did not fit")).to_have_count(0)
    page.get_by_role("link", name="Try again").or_(page.get_by_role("button", name="Try again")).click()
    page.get_by_role("button", name="Explain").click()
    explanation = page.get_by_role("region", name="Explanation")
    expect(explanation).to_contain_text("forecast, answer 1")
    expect(explanation.locator(".miss").filter(has_text="hidden")).to_have_count(0)


def test_refused_request_says_why_and_where(server: MockServer, open_page: Open, shoot: Shoot) -> None:
    thought = [{"type": "thinking", "thinking": "Hm.", "signature": "not signed"}, {"type": "text", "text": "Hi."}]
    messages = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": thought}]
    ask(server, "", messages=[*messages, {"role": "user", "content": "and?"}])
    page = show(open_page, server, find_newest(server))
    marked = page.get_by_role("tabpanel").locator(".block[data-objected]")
    expect(marked).to_have_count(1)
    expect(marked.get_by_role("list", name="Objections")).to_contain_text("Invalid `signature` in `thinking` block")
    expect(page.get_by_role("region", name="Answer")).to_contain_text("400 invalid_request_error")
    shoot(page, "request-refused")
    page.get_by_role("link", name="refused").click()
    expect(page.get_by_text("rules come before scenarios")).to_be_visible()
    shoot(page, "request-refused-why")
    page.get_by_role("tabpanel").get_by_role("link").filter(has_text="messages.1").click()
    expect(page.get_by_role("tabpanel").locator(".block[data-marked]")).to_be_visible()


def test_nearest_scenarios_say_what_differs(server: MockServer, open_page: Open) -> None:
    add(server, "{name: close-by, when: {user: weather in Narvik}, reply: Snow.}")
    ask(server, "weather in Bodø", tools=TOOLS)
    page = show(open_page, server, find_newest(server), "why")
    miss = page.get_by_role("listitem").filter(has=page.get_by_role("link", name="close-by"))
    expect(miss.first).to_contain_text('expected to contain "weather in Narvik"')


def test_condition_of_the_scenario_is_shown_with_what_it_met(server: MockServer, open_page: Open, shoot: Shoot) -> None:
    page = show(open_page, server, talk(server)[1], "why")
    row = page.get_by_role("tabpanel").get_by_role("row").filter(has=page.get_by_role("rowheader", name="user"))
    expect(row).to_contain_text("umbrella")
    expect(page.get_by_text("It gave answer 2 of its script.")).to_be_visible()
    shoot(page, "request-why")


def test_changes_say_where_the_cache_broke(server: MockServer, open_page: Open, shoot: Shoot) -> None:
    later = SYSTEM.replace("on a platform,", "on a platform in the rain,")
    page = show(open_page, server, talk(server, later=later)[1], "changes")
    changed = page.get_by_role("region", name="system[0], changed")
    expect(changed.locator("mark")).to_have_text(" in the rain")
    expect(changed.locator(".cache-broken")).to_contain_text("system[0] is not what it was")
    expect(page.get_by_text("2 added, 1 changed")).to_be_visible()
    added = page.get_by_role("region", name="messages[1] to messages[2], added")
    expect(added.locator(".call").filter(has_text="Bergen")).to_contain_text("Rain from 11:00")
    shoot(page, "request-changes")


def test_requests_of_a_conversation_lead_to_each_other(server: MockServer, open_page: Open) -> None:
    first, second = talk(server)
    page = show(open_page, server, first)
    page.get_by_role("link", name=f"Next request of the conversation: {second}").click()
    page.get_by_role("link", name=f"Previous request of the conversation: {first}").click()
    expect(page.get_by_role("article", name=f"Request {first}")).to_be_visible()
    page.get_by_role("link", name="Next request of the conversation").wait_for()
    page.keyboard.press("]")
    expect(page.get_by_role("article", name=f"Request {second}")).to_be_visible()
    page.get_by_role("link", name="Previous request of the conversation").wait_for()
    page.keyboard.press("3")
    expect(page.get_by_role("tab", name="Changes")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("[")
    expect(page.get_by_role("article", name=f"Request {first}")).to_be_visible()
    assert "tab=changes" in page.url


def test_faults_stand_where_they_struck(server: MockServer, open_page: Open, shoot: Shoot) -> None:
    with pytest.raises(httpx.HTTPError):
        ask(server, "fault disconnect", stream=True)
    page = show(open_page, server, find_newest(server), "events")
    rows = page.get_by_role("tabpanel").get_by_role("row")
    expect(rows.nth(5)).to_contain_text("Fault: disconnect")
    expect(rows.nth(4)).not_to_contain_text("not sent")
    expect(rows.nth(6)).to_contain_text("not sent")
    expect(page.get_by_text("The connection was cut.")).to_be_visible()
    shoot(page, "request-events-fault")
    page = show(open_page, server, find_newest(server), "events", size=NARROW)
    page.locator("tr.event").first.wait_for()
    widths = page.locator("tr.event").first.locator("td").evaluate_all("cells => cells.map(cell => cell.offsetWidth)")
    assert (widths[0], widths[2], widths[4] > 120) == (0, 0, True)


def test_whole_answer_is_shown_as_a_fault_left_it(server: MockServer, open_page: Open) -> None:
    ask(server, "fault html_page")
    page = show(open_page, server, find_newest(server))
    page.get_by_role("region", name="Answer").get_by_role("link", name="Events").click()
    rows = page.get_by_role("tabpanel").get_by_role("row")
    expect(rows.nth(1)).to_contain_text("Fault: html_page")
    expect(rows.nth(2)).to_contain_text("502 Bad Gateway")
    ask(server, "fault empty_body")
    show(open_page, server, find_newest(server), "events").get_by_text(
        "No byte of the body left: empty_body"
    ).wait_for()


def test_thousands_of_events_are_shown_as_they_are_reached(server: MockServer, open_page: Open) -> None:
    reply = "{text: '" + "many words " * 5000 + "', pace: {chunk: 10}}"
    add(server, "{name: long, when: {user: long}, reply: " + reply + "}")
    ask(server, "long", stream=True, max_tokens=64_000)
    page = show(open_page, server, find_newest(server), "events")
    rows = page.locator("tr.event")
    expect(rows.nth(50)).to_be_visible()
    expect(page.get_by_text("5,506 events")).to_be_visible()
    assert rows.count() < 400
    page.locator(".request").evaluate("element => element.scrollTo(0, element.scrollHeight)")
    expect(page.get_by_text("message_stop")).to_be_visible()
    assert rows.count() < 800


def test_answer_that_still_leaves_moves_nothing(
    server: MockServer, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(server, "{name: slow, when: {user: slow}, reply: {text: One two three four., pace: {tokens_per_second: 4}}}")
    brake = braking.apply(monkeypatch, 2)
    with listen(server, "slow") as answer:
        page = open_page(f"{server.url}/_mock/#/requests/1")
        page.evaluate(WATCH)
        expect(page.get_by_text("streaming", exact=True)).to_be_visible()
        expect(page.get_by_role("region", name="Answer")).to_contain_text("still leaving")
        brake.release()
        answer.read()
    expect(page.get_by_text("streaming", exact=True)).to_have_count(0)
    expect(page.get_by_role("region", name="Answer")).not_to_contain_text("still leaving")
    assert page.evaluate("window.shifts") == []


# What of the request moves, once it is there.
WATCH = """() => {
  window.shifts = [];
  new PerformanceObserver((list) => {
    const nodes = list.getEntries().flatMap(({sources}) => sources).map(({node}) => node?.parentElement);
    window.shifts.push(...nodes.filter((each) => each?.closest(".request")).map((each) => each.outerHTML));
  }).observe({type: "layout-shift", buffered: false});
}"""


def test_request_that_is_gone_is_said(server: MockServer, open_page: Open) -> None:
    page = open_page(f"{server.url}/_mock/#/requests/99", allowed=("404",))
    expect(page.get_by_role("heading", name="Request 99 is not in the journal")).to_be_visible()
    page.get_by_role("link", name="Back to the requests").click()
    expect(page.get_by_role("article")).to_have_count(0)


def test_large_bodies_are_opened_bit_by_bit(server: MockServer, open_page: Open) -> None:
    words = "lorem ipsum dolor sit amet " * 40
    messages = [{"role": ("user", "assistant")[at % 2], "content": f"{at} {words}"} for at in range(4001)]
    ask(server, "", messages=[*messages[:-1], {"role": "user", "content": "x" * 1_000_000}])
    page = show(open_page, server, find_newest(server), "raw")
    lines = page.locator(".json-line")
    expect(lines.nth(3)).to_be_visible()
    assert lines.count() < 1000
    expect(page.get_by_text("Show 200 more of 4,001 items")).to_be_visible()
    page.get_by_role("tab", name="Conversation").click()
    expect(page.get_by_role("button", name="Show 100 of 3,985 earlier messages")).to_be_visible()
    expect(page.get_by_role("button", name="Show 100,000 more of 1,000,000 characters")).to_be_visible()
