"""Whatever a client sends is shown as text: nothing in it becomes markup, script, or an address that is asked."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from playwright.sync_api import Page, expect

from mockserver.testing.server import MockServer
from tests.browser.conftest import NARROW, Open
from tests.browser.conversations import add, find_newest

EVIL = (
    "<img src=x class=evil onerror='document.title=\"evil\"'><script>alert('evil')</script>"
    "<a class=evil href=javascript:alert(1)>"
)
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><script>alert(1)</script></svg>"
TURNED = "\u202eabc\u202c\u2066def\u2069 \u200f\u0000\u001b[31m\u0007\ufeff"
TABS = ("conversation", "why", "changes", "events", "raw", "headers")
NAMES = ("__proto__", "constructor", "toString", "hasOwnProperty", EVIL, TURNED, "javascript:alert(1)")


def nest(depth: int) -> Any:
    """A value that many levels deep."""
    value: Any = EVIL
    for level in range(depth):
        value = {"a": value} if level % 2 else [value]
    return value


def make_odd(text: str) -> dict[str, Any]:
    """A body with the text wherever there is room for one."""
    source = {"type": "base64", "media_type": text, "data": text}
    svg = {"type": "base64", "media_type": "image/svg+xml", "data": base64.b64encode(SVG).decode()}
    call = {"type": "tool_use", "id": text, "name": text, "input": dict.fromkeys(NAMES, text)}
    blocks: list[Any] = [
        {"type": "text", "text": text, "cache_control": {"type": text, "ttl": text}, "citations": [{"title": text}]},
        {"type": "image", "source": source},
        {"type": "image", "source": svg},
        {"type": "image", "source": {"type": "url", "url": "http://198.51.100.7/evil.png"}},
        {"type": "document", "title": text, "source": {"type": "url", "url": "javascript:alert(1)"}},
        {"type": "document", "title": text, "source": {"type": "text", "media_type": text, "data": text}},
        {"type": "search_result", "title": text, "source": text, "content": [{"type": "text", "text": text}]},
        {"type": "thinking", "thinking": text, "signature": text},
        {"type": "compaction", "content": text},
        {"type": "fallback", "from": {"model": text}, "to": {"model": text}},
        {"type": "mcp_tool_use", "id": "other", "name": text, "server_name": text, "input": nest(200)},
        {"type": "mcp_tool_result", "tool_use_id": "other", "content": [{"type": text, "text": text}]},
        call,
        *({"type": name, name: text} for name in NAMES),
    ]
    result = {"type": "tool_result", "tool_use_id": text, "content": text, "is_error": text}
    messages: list[Any] = [{"role": text, "content": blocks}, {"role": "user", "content": [result]}, text, None]
    tools = [{"name": text, "description": text, "type": text, "input_schema": {text: text}}]
    named = dict.fromkeys(NAMES, text)
    return {"model": text, "max_tokens": text, "system": text, "tools": tools, "messages": messages, **named}


def send(server: MockServer, body: Any, path: str = "/v1/messages", **headers: str) -> int:
    """Send a body as it is; returns the number of the request."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"x-api-key": "sk-ant-any", "anthropic-version": "2023-06-01", "x-mock-session": "demo", **headers}
    httpx.post(f"{server.url}{path}", content=data, headers=sent)
    return find_newest(server)


def look(open_page: Open, server: MockServer, number: int, size: tuple[int, int] = (1280, 800)) -> None:
    """Look at all tabs of a request, with all folds open, and find nothing that came from a client."""
    page = open_page(f"{server.url}/_mock/", size=size)
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    for tab in TABS:
        page.goto(f"{server.url}/_mock/#/requests/{number}?tab={tab}")
        page.get_by_role("tab", selected=True).and_(page.locator(f"#tab-{tab}")).wait_for()
        expect(page.get_by_text("Loading", exact=True)).to_have_count(0)
        open_all(page)
        assert find_foreign(page) == []
    assert "evil" not in page.title()


def open_all(page: Page) -> None:
    """Open what is folded, and what opening shows."""
    for _ in range(3):
        page.evaluate(
            "document.querySelectorAll('.request details:not([open]) > summary').forEach(each => each.click())"
        )
        page.evaluate("document.querySelectorAll('.request .more').forEach(each => each.click())")
        page.evaluate("() => new Promise(requestAnimationFrame)")


def find_foreign(page: Page) -> list[str]:
    """Elements and addresses that the page does not make itself."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('body *')].filter((each) => {
          const address = each.getAttribute('href') ?? each.getAttribute('src') ?? '';
          const isOwn = /^(#|\\.?\\/?(_mock\\/)?inspector\\/|data:image\\/(png|jpeg|gif|webp);base64,)/.test(address);
          const handlers = [...each.attributes].filter(({name}) => name.startsWith('on'));
          return each.classList.contains('evil') || handlers.length > 0 || (address !== '' && !isOwn);
        }).map((each) => each.outerHTML.slice(0, 200))"""
    )
    return found


@pytest.mark.parametrize("text", [EVIL, TURNED, "javascript:alert(1)"])
def test_texts_in_every_field_are_texts(server: MockServer, open_page: Open, text: str) -> None:
    number = send(server, make_odd(text), **{"x-odd": EVIL, "user-agent": EVIL, "anthropic-beta": EVIL})
    look(open_page, server, number)


def test_names_of_scenarios_and_answers_are_texts(server: MockServer, open_page: Open) -> None:
    reply = {"content": [{"text": EVIL}, {"thinking": EVIL}, {"tool_use": {"name": "look", "input": {"at": EVIL}}}]}
    add(server, json.dumps({"name": EVIL, "when": {"user": "hello"}, "reply": reply}))
    body = {"model": "claude-opus-5-5", "max_tokens": 99, "messages": [{"role": "user", "content": f"hello {EVIL}"}]}
    look(open_page, server, send(server, {**body, "stream": True}))
    look(open_page, server, send(server, {**body, "messages": [{"role": "user", "content": "another"}]}), NARROW)


def test_paths_and_sessions_are_texts(server: MockServer, open_page: Open) -> None:
    path = "/v1/%3Cimg%20src=x%20onerror=alert(1)%3E?next=javascript:alert(1)&a=%3Cb%3E"
    number = send(server, b"\x00\xff not JSON " + EVIL.encode(), path, **{"x-mock-session": EVIL})
    look(open_page, server, number)


def test_names_of_files_are_texts(server: MockServer, open_page: Open) -> None:
    headers = {"x-api-key": "sk-ant-any", "anthropic-version": "2023-06-01", "anthropic-beta": "files-api-2025-04-14"}
    files = {"file": ("<img src=x onerror=alert(1)>.txt", EVIL.encode(), "text/html")}
    httpx.post(f"{server.url}/v1/files", files=files, headers=headers)
    look(open_page, server, find_newest(server))


def test_exported_texts_are_texts(server: MockServer, open_page: Open, tmp_path: Path) -> None:
    number = send(server, make_odd(f"{EVIL}</script><!-- {TURNED}"), **{"x-odd": EVIL})
    path = tmp_path / "session.html"
    path.write_bytes(httpx.get(f"{server.url}/_mock/export?format=html").content)
    page = open_page(f"file://{path}#/requests/{number}")
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    expect(page.get_by_role("region", name="Answer")).to_contain_text("invalid_request_error")
    open_all(page)
    assert find_foreign(page) == []
    assert "evil" not in page.title()


def test_huge_and_deep_values_are_shown(server: MockServer, open_page: Open) -> None:
    body = {"model": "claude-opus-5-5", "max_tokens": 99, "messages": [{"role": "user", "content": EVIL * 8000}]}
    number = send(server, {**body, "metadata": nest(200), "k" * 100_000: 1})
    look(open_page, server, number)


def test_text_that_turns_the_direction_is_shown_with_signs(server: MockServer, open_page: Open) -> None:
    body = {"model": "claude-opus-5-5", "max_tokens": 99, "messages": [{"role": "user", "content": f"a{TURNED}b"}]}
    page = open_page(f"{server.url}/_mock/#/requests/{send(server, {**body, 'model': f'm{TURNED}'})}")
    row = page.locator('.row:has([data-row="1"])')
    for cell in (row.locator(".cell-user"), row.locator(".cell-model")):
        expect(cell).to_contain_text("[U+202E]abc[U+202C][U+2066]def[U+2069]")
    message = page.get_by_role("region", name="Message 0")
    expect(message).to_contain_text("a[U+202E]abc[U+202C][U+2066]def[U+2069]")
    expect(message).to_contain_text("[U+0000][U+001B][31m[U+0007][U+FEFF]b")
    page.get_by_role("tab", name="Raw").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("a\\u202eabc\\u202c")
