"""The view "Try": a request is composed, sent, and its answer comes in."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from playwright.sync_api import Page, Route, expect

from mockserver.testing.server import MockServer
from tests.browser import braking
from tests.browser.asking import ask
from tests.browser.conftest import NARROW, WIDE, Open
from tests.browser.trying import UMBRELLA, script, script_weather
from tests.conftest import FIXTURES

Shoot = Callable[[Page, str], Path]
Barriers = Callable[[Page], list[str]]
REFUSED = ("Failed to load resource",)
# What moved since a time, also by an action of the user.
SHIFTS = """
since => new Promise(done => {
  const all = [];
  new PerformanceObserver(list => all.push(...list.getEntries())).observe({type: "layout-shift", buffered: true});
  requestAnimationFrame(() => requestAnimationFrame(() => done(
    all.filter(each => each.startTime > since).map(each => each.sources.map(source => source.node?.className))
  )));
})
"""


def received(server: MockServer) -> list[dict[str, Any]]:
    """The requests of the session "demo", whole, the oldest first."""
    answer = httpx.get(f"{server.url}/_mock/requests", params={"session": "demo", "full": "true"})
    requests: list[dict[str, Any]] = answer.json()["requests"]
    return requests


def open_try(server: MockServer, open_page: Open, **how: Any) -> Page:
    page = open_page(f"{server.url}/_mock/#/try", **how)
    page.get_by_label("x-mock-session").fill("demo")
    return page


def write_body(page: Page, body: dict[str, Any] | str) -> None:
    text = body if isinstance(body, str) else json.dumps(body, indent=2, ensure_ascii=False)
    page.get_by_label("The body as JSON").focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(text)


def send(page: Page) -> None:
    page.get_by_role("button", name="Send").click()


def expect_phase(page: Page, phase: str) -> None:
    expect(page.locator(".answer-state").get_by_role("status")).to_have_text(phase)


def panel(page: Page) -> Any:
    return page.get_by_role("tabpanel")


def test_form_and_json_are_in_step(server: MockServer, open_page: Open) -> None:
    page = open_try(server, open_page)
    write_body(page, {"model": "claude-opus-5", "metadata": {"user_id": "u-1"}, "max_tokens": 5, "messages": []})
    expect(page.get_by_label("model", exact=True)).to_have_value("claude-opus-5")
    page.get_by_label("max_tokens").fill("77")
    page.get_by_label("stream", exact=True).select_option("true")
    page.get_by_label("thinking").select_option("adaptive")
    page.get_by_label("effort").select_option("low")
    page.get_by_role("textbox", name="system").fill("Be brief.")
    page.get_by_role("button", name="Add a message").click()
    page.get_by_label("Text of message 0").fill("hello")
    page.get_by_role("button", name="Add an example").click()
    send(page)
    expect_phase(page, "complete")
    body = received(server)[0]["body"]
    assert body.pop("tools")[0]["name"] == "get_weather"
    assert body == {
        "model": "claude-opus-5",
        "metadata": {"user_id": "u-1"},
        "max_tokens": 77,
        "messages": [{"role": "user", "content": "hello"}],
        "stream": True,
        "thinking": {"type": "adaptive"},
        "output_config": {"effort": "low"},
        "system": "Be brief.",
    }


def test_models_of_requests_are_suggested(server: MockServer, open_page: Open) -> None:
    ask(server, "hello", model="example-model")
    page = open_try(server, open_page)
    options = page.locator("#try-model-list option")
    expect(options.first).to_have_attribute("value", "example-model")
    assert "claude-opus-5-5" in options.evaluate_all("all => all.map(each => each.value)")
    assert len(received(server)) == 1


def test_tool_loop_by_hand(server: MockServer, open_page: Open) -> None:
    script_weather(server)
    page = open_try(server, open_page)
    write_body(page, UMBRELLA)
    send(page)
    expect_phase(page, "complete")
    expect(panel(page)).to_contain_text("I look at the forecast for Zürich.")
    expect(panel(page)).to_contain_text("get_forecast")
    expect(page.get_by_role("link", name="Request 1")).to_have_attribute("href", "#/requests/1")
    page.get_by_role("button", name="Answer the tool calls").click()
    result = page.get_by_label("Result of")
    expect(result).to_be_focused()
    result.fill("18 °C, showers")
    page.keyboard.press("Control+Enter")
    expect(panel(page)).to_contain_text("Take an umbrella. 🌦")
    expect_phase(page, "complete")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_label("Text of message 4")).to_be_focused()
    first, second = received(server)
    assert second["body"]["messages"][1] == {"role": "assistant", "content": first["answer"]["content"]}
    assert second["body"]["messages"][2]["content"][0]["content"] == "18 °C, showers"


def test_request_is_taken_and_sent_again(server: MockServer, open_page: Open) -> None:
    ask(server, "hello", metadata={"user_id": "u-2"})
    page = open_page(f"{server.url}/_mock/#/try?from=1&send=true")
    expect_phase(page, "complete")
    assert page.url.endswith("#/try")
    first, second = received(server)
    assert second["body"] == first["body"]
    page.get_by_label("Text of message 0").fill("hello again")
    page.get_by_role("link", name="Server").click()
    page.go_back()
    expect(page.get_by_label("Text of message 0")).to_have_value("hello again")


def test_long_text_is_edited_in_the_json(server: MockServer, open_page: Open) -> None:
    ask(server, "word " * 40_000, system="Be brief.")
    page = open_page(f"{server.url}/_mock/#/try?from=1")
    expect(page.get_by_text("A text of 200,000 characters: it is edited in the JSON.")).to_be_visible()
    expect(page.get_by_label("Text of message 0")).to_have_count(0)
    expect(page.get_by_role("textbox", name="system")).to_have_value("Be brief.")


def test_hostile_path_changes_nothing(server: MockServer, open_page: Open) -> None:
    httpx.request("POST", f"{server.url}/%2e%2e/_mock/reset", content="{}", headers={"x-mock-session": "demo"})
    page = open_page(f"{server.url}/_mock/#/try?from=1&send=true")
    expect(panel(page)).to_contain_text("nothing was sent")
    assert len(received(server)) == 1


def test_two_clicks_send_one_request(server: MockServer, open_page: Open) -> None:
    page = open_try(server, open_page)
    page.get_by_role("button", name="Send").evaluate("each => { each.click(); each.click(); }")
    expect_phase(page, "complete")
    assert len(received(server)) == 1


def test_server_that_is_away_is_told(open_page: Open) -> None:
    with MockServer(FIXTURES) as server:
        # While it stops it says so to who asks.
        page = open_try(server, open_page, allowed=("net::ERR_", "503 (Service Unavailable)"))
    send(page)
    expect_phase(page, "no answer")
    expect(panel(page)).to_have_text("The server cannot be reached, or it closed the connection.")
    page.get_by_role("button", name="Explain").click()
    expect(page.locator(".try-trouble")).to_have_text("The server cannot be reached, or it closed the connection.")


def test_request_that_is_gone_is_told(server: MockServer, open_page: Open) -> None:
    page = open_page(f"{server.url}/_mock/#/try?from=9", allowed=REFUSED)
    expect(page.get_by_text("Request 9 cannot be taken")).to_be_visible()


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_nothing_moves_while_the_answer_comes(
    server: MockServer, open_page: Open, shoot: Shoot, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    script_weather(server, tokens_per_second=80)
    brake = braking.apply(monkeypatch, 4)
    page = open_try(server, open_page, size=size)
    write_body(page, UMBRELLA)
    start = page.evaluate("() => new Promise(done => requestAnimationFrame(() => done(performance.now())))")
    send(page)
    expect(panel(page)).to_contain_text("The user")
    expect(page.get_by_role("button", name="Stop")).to_be_enabled()
    shoot(page, f"try-streaming-{size[0]}")
    brake.release()
    expect_phase(page, "complete")
    page.get_by_role("link", name="Request 1").wait_for()
    assert page.evaluate(SHIFTS, start) == []


def test_reader_who_scrolled_up_stays_there(server: MockServer, open_page: Open) -> None:
    lines = "\n".join(f"Line {number} of a long answer." for number in range(80))
    script(server, json.dumps({"name": "long", "reply": {"text": lines, "pace": {"tokens_per_second": 900}}}))
    page = open_try(server, open_page)
    send(page)
    expect(panel(page)).to_contain_text("Line 40")
    assert panel(page).evaluate("each => each.scrollTop") > 0
    panel(page).evaluate("each => each.scrollTo(0, 0)")
    expect_phase(page, "complete")
    assert panel(page).evaluate("each => each.scrollTop") == 0


BROKEN = [
    ("disconnect", "cut off", "The connection was cut"),
    ("truncate", "ended, but not as the API does", "The stream ended without message_stop."),
    ("malformed", "ended, but not as the API does", "The data of an event are not JSON."),
    ("no_event_names", "ended, but not as the API does", "Events have no name"),
    ("done_marker", "ended, but not as the API does", "The marker [DONE] came"),
    ("error", "ended with an error", "overloaded_error"),
    ("html_page", "complete", "<html"),
    ("empty_body", "ended, but not as the API does", "The stream ended without message_start."),
    ({"then": "split", "bytes": 3}, "complete", "Hello"),
    ("comment_keepalive", "complete", "comment lines came with it"),
]


@pytest.mark.parametrize(("fault", "phase", "told"), BROKEN)
def test_broken_stream_is_told(
    server: MockServer, open_page: Open, fault: str | dict[str, Any], phase: str, told: str
) -> None:
    script(server, json.dumps({"name": "broken", "reply": {"text": "Hello yourself.", "fault": fault}}))
    page = open_try(server, open_page, allowed=("net::ERR_",))
    send(page)
    expect_phase(page, phase)
    expect(panel(page)).to_contain_text(told)


def test_long_answer_is_shown_in_pieces(server: MockServer, open_page: Open) -> None:
    text = "\n\n".join(f"Paragraph {number}. {'Word ' * 60}" for number in range(100))
    script(server, json.dumps({"name": "long", "reply": {"text": text}}))
    page = open_try(server, open_page)
    page.get_by_label("max_tokens").fill("64000")
    send(page)
    expect_phase(page, "complete")
    pieces = panel(page).locator(".answer-block .text")
    assert pieces.count() > 10
    shown = pieces.evaluate_all("all => all.map(each => each.textContent).join('\\n')")
    assert shown == text


def test_stalled_answer_is_stopped(server: MockServer, open_page: Open) -> None:
    script(
        server, json.dumps({"name": "stalled", "reply": {"text": "Hello.", "fault": {"then": "stall", "at_block": 0}}})
    )
    page = open_try(server, open_page)
    send(page)
    expect_phase(page, "the answer comes in")
    page.get_by_role("button", name="Stop").click()
    expect_phase(page, "stopped by you")
    expect(page.get_by_role("button", name="Send")).to_be_enabled()
    expect(page.get_by_role("link", name="Request 1")).to_be_visible()


def test_answer_that_does_not_begin_is_stopped(server: MockServer, open_page: Open) -> None:
    script(server, '{"name": "late", "reply": {"text": "Hello.", "fault": {"then": "slow_headers", "for": "9m"}}}')
    page = open_try(server, open_page)
    send(page)
    expect_phase(page, "waiting for the answer")
    page.get_by_role("button", name="Stop").click()
    expect_phase(page, "stopped by you")


def test_tokens_are_counted(server: MockServer, open_page: Open) -> None:
    page = open_try(server, open_page)
    write_body(page, {"model": "claude-opus-5-5", "messages": [{"role": "user", "content": "hello"}]})
    page.get_by_label("Path").fill("/v1/messages/count_tokens")
    send(page)
    expect_phase(page, "complete")
    expect(panel(page)).to_contain_text("input_tokens")
    expect(page.get_by_role("button", name="Go on")).to_be_disabled()


def test_refused_request_is_told(server: MockServer, open_page: Open, shoot: Shoot) -> None:
    page = open_try(server, open_page, allowed=REFUSED)
    write_body(page, {"model": "claude-opus-5-5", "max_tokens": 100, "messages": [{"role": "user", "content": ""}]})
    send(page)
    expect(page.get_by_role("alert")).to_contain_text("invalid_request_error")
    shoot(page, "try-refused")
    write_body(page, '{"model": ')
    send(page)
    expect(page.get_by_role("alert")).to_contain_text("not valid JSON")


def test_markup_in_an_answer_is_text(server: MockServer, open_page: Open) -> None:
    text = "<img src=x onerror=alert(1)><script>alert(2)</script>\u202e\u001b[31m"
    reply = {"text": text, "tool_use": {"name": "look", "input": {"a": text}}}
    script(server, json.dumps({"name": "markup", "reply": reply}))
    page = open_try(server, open_page)
    send(page)
    expect_phase(page, "complete")
    expect(panel(page)).to_contain_text("<img src=x onerror=alert(1)><script>alert(2)</script>[U+202E]")
    assert panel(page).locator("img, script").count() == 0


def test_explanation_sends_nothing(server: MockServer, open_page: Open, find_barriers: Barriers) -> None:
    script_weather(server)
    page = open_try(server, open_page)
    write_body(page, UMBRELLA)
    page.keyboard.press("Control+Shift+Enter")
    region = page.get_by_role("region", name="Explanation")
    expect(region.get_by_role("link", name="weather-agent")).to_have_attribute("href", "#/scenarios/weather-agent")
    expect(region).to_contain_text('user: expected to contain "be rate limited"')
    write_body(page, {**UMBRELLA, "max_tokens": -1})
    page.get_by_role("button", name="Explain").click()
    expect(region).to_contain_text("max_tokens")
    assert received(server) == []
    assert find_barriers(page) == []


def test_explanation_that_comes_late_is_not_shown(server: MockServer, open_page: Open) -> None:
    page = open_try(server, open_page)
    held: list[Route] = []
    page.route("**/_mock/explain*", lambda route: held.append(route))
    with page.expect_request("**/_mock/explain*"):
        page.get_by_role("button", name="Explain").click()
    send(page)
    expect_phase(page, "complete")
    with page.expect_response("**/_mock/explain*"):
        held[0].continue_()
    expect(page.get_by_role("region", name="Explanation")).to_have_count(0)


def test_key_is_asked_for(servers: ExitStack, open_page: Open) -> None:
    server = servers.enter_context(MockServer(FIXTURES, profile="anthropic", api_keys=("sk-ant-right",)))
    page = open_try(server, open_page, allowed=REFUSED)
    send(page)
    expect(page.get_by_text("The server asks for another key.")).to_be_visible()
    page.get_by_label("x-api-key").fill("sk-ant-right")
    send(page)
    expect_phase(page, "complete")


@pytest.mark.parametrize(("size", "dark"), [(WIDE, False), (WIDE, True), (NARROW, False)])
def test_look(
    server: MockServer, open_page: Open, shoot: Shoot, find_barriers: Barriers, size: tuple[int, int], dark: bool
) -> None:
    script_weather(server)
    page = open_try(server, open_page, size=size, dark=dark)
    name = f"try-{size[0]}{'-dark' if dark else ''}"
    assert find_barriers(page) == []
    shoot(page, f"{name}-empty")
    write_body(page, UMBRELLA)
    send(page)
    expect_phase(page, "complete")
    shoot(page, name)
    for tab in ("Events", "JSON", "Headers"):
        page.get_by_role("tab", name=tab).click()
        assert find_barriers(page) == []
        shoot(page, f"{name}-{tab.lower()}")
