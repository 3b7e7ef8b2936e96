"""An exported session: one file that shows the requests without a server, whatever clients sent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from playwright.sync_api import Page

from mockserver.records.version import __version__
from mockserver.testing.server import MockServer
from tests.browser.asking import ask
from tests.browser.conftest import NARROW, WIDE, Open

TOOLS = [
    {
        "name": "get_weather",
        "description": "The weather of a city.",
        "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    }
]
SCRIPT = """
scenarios:
  - name: weather
    when: {user: weather}
    turns:
      - thinking: The user wants the weather, so I look it up.
        text: Let me look.
        tool_use: {name: get_weather, input: {city: Oslo}}
      - "12 degrees in Oslo, and mild."
  - {name: busy, when: {user: busy}, reply: {error: overloaded_error}}
  - {name: cut, when: {user: cut}, reply: {text: This will not end well., fault: {after_events: 4, then: disconnect}}}
"""
HOSTILE = (
    "</script><script>document.title = 'broken'</script>",
    "<!-- <script> ]]> &lt;b&gt; {data} {script}",
    "\u202egnirts txet siht\u202c \u2066\u2069 \u2028\u2029 \x1b[31m \ufeff",
    "<img src=https://example.org/x.png onerror=alert(1)>",
)
Shoot = Callable[[Page, str], Path]


def talk(server: MockServer) -> None:
    """A conversation with a tool, a refusal, a busy server, a broken stream and a long text."""
    headers = {"x-mock-session": "demo"}
    httpx.post(f"{server.url}/_mock/scenarios", content=SCRIPT, headers=headers).raise_for_status()
    asked = {"role": "user", "content": "How is the weather in Oslo?"}
    more: dict[str, Any] = {"tools": TOOLS, "stream": True, "thinking": {"type": "adaptive"}}
    ask(server, "", messages=[asked], **more)
    entry = httpx.get(f"{server.url}/_mock/requests?full=true", headers=headers).json()["requests"][-1]
    used = entry["answer"]["content"]
    result = {"type": "tool_result", "tool_use_id": used[-1]["id"], "content": "12 degrees"}
    turns = [asked, {"role": "assistant", "content": used}, {"role": "user", "content": [result]}]
    ask(server, "", messages=turns, **more)
    ask(server, "busy?")
    ask(server, "no", max_tokens=-1)
    with pytest.raises(httpx.RemoteProtocolError):
        ask(server, "cut", stream=True)
    ask(server, "A long text. " * 400)


def export(server: MockServer, tmp_path: Path, session: str = "demo") -> str:
    """The address of the file into which a session was exported, once the server is gone."""
    page = httpx.get(f"{server.url}/_mock/export?format=html&session={session}").raise_for_status()
    path = tmp_path / "report.html"
    path.write_bytes(page.content)
    server.stop()
    return path.as_uri()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_report_shows_the_requests(
    server: MockServer,
    open_page: Open,
    shoot: Shoot,
    find_barriers: Callable[[Page], list[str]],
    tmp_path: Path,
    size: tuple[int, int],
    dark: bool,
) -> None:
    talk(server)
    page = open_page(export(server, tmp_path), size=size, dark=dark)
    page.get_by_text("How is the weather in Oslo?").first.wait_for()
    assert page.title() == "(6) Requests – Session demo"
    assert page.get_by_text(f"messages-mockserver {__version__}").is_visible()
    name = f"report-{size[0]}-{'dark' if dark else 'light'}"
    shoot(page, name)
    assert find_barriers(page) == []
    page.goto(f"{page.url.partition('#')[0]}#/requests/1")
    page.get_by_text("Let me look.").first.wait_for()
    shoot(page, f"{name}-request")
    assert find_barriers(page) == []


def test_report_of_hostile_texts_shows_them_as_text(server: MockServer, open_page: Open, tmp_path: Path) -> None:
    for text in HOSTILE:
        ask(server, text, tools=[{"name": "x", "description": text, "input_schema": {"type": "object"}}])
    body = b'{"model":"claude-opus-5","max_tokens":9,"messages":[{"role":"user","content":"half \\ud83d"}]}'
    httpx.post(f"{server.url}/v1/messages", content=body, headers={"x-mock-session": "demo", "x-api-key": "k"})
    page = open_page(export(server, tmp_path))
    page.get_by_text("document.title = 'broken'").first.wait_for()
    for number in range(1, 6):
        page.goto(f"{page.url.partition('#')[0]}#/requests/{number}")
        page.get_by_role("heading").first.wait_for()
    assert page.title() != "broken"
    assert page.locator("script").count() == 2
    assert page.locator("img[src^=http]").count() == 0


def test_report_of_nothing_says_so(server: MockServer, open_page: Open, shoot: Shoot, tmp_path: Path) -> None:
    page = open_page(export(server, tmp_path, "nobody"))
    page.locator("#app").get_by_text("No requests").first.wait_for()
    shoot(page, "report-empty")


@pytest.mark.parametrize(
    ("name", "begin"), [("in one HTML file", "<!doctype html>"), ("as JSON", "{"), ("as YAML", "scenarios:")]
)
def test_list_takes_its_requests_along(server: MockServer, open_page: Open, name: str, begin: str) -> None:
    ask(server, "hello")
    ask(server, "of another session", key="other")
    page = open_page(f"{server.url}/_mock/?session=demo")
    page.get_by_label("Export", exact=True).click()
    with page.expect_download() as told:
        page.get_by_role("button", name=name).click()
    assert told.value.suggested_filename.startswith("mockserver-20")
    content = Path(told.value.path()).read_text("utf-8")
    assert content.startswith(begin)
    assert "hello" in content
    assert "of another session" not in content


def test_report_offers_nothing_that_needs_a_server(server: MockServer, open_page: Open, tmp_path: Path) -> None:
    talk(server)
    page = open_page(export(server, tmp_path))
    page.get_by_text("How is the weather in Oslo?").first.wait_for()
    for name in ("Scenarios", "Try", "Server", "Clear", "Export"):
        assert page.get_by_role("link", name=name, exact=True).count() == 0, name
        assert page.get_by_role("button", name=name, exact=True).count() == 0, name
