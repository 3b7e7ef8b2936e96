"""Requests as code: what is copied is run, and sends the same request again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from playwright.sync_api import Page, expect

from mockserver.testing.server import MockServer
from tests.browser.asking import MODEL, ask
from tests.browser.conftest import Open
from tests.browser.conversations import TOOLS, find_newest, talk
from tests.conftest import ROOT

VERSION = "2023-06-01"
# Shells, Python and JavaScript each have letters that end or change a text.
TRICKY = 'it\'s "quoted", `ticks` $HOME ${x} {x} \\n %s\nBODY\n\'\'\'""" é 漢字 \u202e \u2028 \x1b <!-- \0'
ENVIRONMENT = {**os.environ, "ANTHROPIC_API_KEY": "sk-ant-any", "ANTHROPIC_AUTH_TOKEN": "any"}


def copy(page: Page, label: str) -> str:
    """The code that the button of that name puts into the clipboard."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("group", name="Copy as code").get_by_role("button", name=label).click()
    expect(page.get_by_text("Copied").locator("visible=true")).to_be_visible()
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


def run(code: str, label: str, folder: Path) -> str:
    """Run the code; returns what it prints."""
    suffix, command = {"curl": (".sh", "bash"), "Python": (".py", sys.executable), "TypeScript": (".mjs", "node")}[
        label
    ]
    if shutil.which(command) is None or (label == "curl" and shutil.which("curl") is None):
        pytest.skip(f"there is no {label} here")
    path = folder / f"code{suffix}"
    path.write_text(code)
    done = subprocess.run(
        [command, path], env=ENVIRONMENT, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout


def post(server: MockServer, path: str, body: Any, **headers: str) -> None:
    """Send a request with those headers alone."""
    data = body if isinstance(body, str) else json.dumps(body)
    sent = {"content-type": "application/json", "x-mock-session": "demo", **headers}
    httpx.post(f"{server.url}{path}", content=data.encode(), headers=sent)


def find(server: MockServer, number: int) -> dict[str, Any]:
    """A request of the journal."""
    found: dict[str, Any] = httpx.get(f"{server.url}/_mock/requests/{number}").json()
    return found


def check_same(server: MockServer, number: int) -> None:
    """Check that the newest request is that one again."""
    newest = find_newest(server)
    assert newest > number
    before, after = find(server, number), find(server, newest)
    for name in ("method", "path", "version", "betas", "body", "session", "status"):
        assert after[name] == before[name], name


@pytest.mark.parametrize("label", ["curl", "Python", "TypeScript"])
def test_any_request_is_sent_again(server: MockServer, open_page: Open, tmp_path: Path, label: str) -> None:
    """One that the SDK would not send: without a version, with fields of the caller's own."""
    message = {"role": "user", "content": TRICKY}
    body = {"model": MODEL, "max_tokens": 50, "messages": [message], "x'\"$": [None, True, 1.5, {}, []]}
    post(server, "/v1/messages?a=%27$(x)", body, **{"x-api-key": "sk-ant-any", "anthropic-beta": "one-2026,two-2026"})
    number = find_newest(server)
    page = open_page(f"{server.url}/_mock/#/requests/{number}")
    printed = run(copy(page, label), label, tmp_path)
    assert "Extra inputs are not permitted" in printed or "anthropic-version" in printed
    check_same(server, number)


@pytest.mark.parametrize("label", ["curl", "Python"])
def test_streamed_conversation_is_sent_again(server: MockServer, open_page: Open, tmp_path: Path, label: str) -> None:
    number = talk(server)[1]
    page = open_page(f"{server.url}/_mock/#/requests/{number}")
    printed = run(copy(page, label), label, tmp_path)
    assert "umbrella" in printed
    check_same(server, number)


def test_betas_are_sent_again_by_the_sdk(server: MockServer, open_page: Open, tmp_path: Path) -> None:
    body = {"model": MODEL, "max_tokens": 32_000, "messages": [{"role": "user", "content": "hello"}], "tools": TOOLS}
    headers = {"authorization": "Bearer any", "anthropic-version": VERSION, "anthropic-beta": "files-api-2025-04-14"}
    post(server, "/v1/messages?beta=true", body, **headers)
    number = find_newest(server)
    code = copy(open_page(f"{server.url}/_mock/#/requests/{number}"), "Python")
    assert "client.beta.messages.create(" in code
    assert "message" in run(code, "Python", tmp_path)
    check_same(server, number)


def test_request_without_a_body_is_sent_again(server: MockServer, open_page: Open, tmp_path: Path) -> None:
    httpx.get(f"{server.url}/v1/models?limit=2", headers={"x-api-key": "sk-ant-any", "x-mock-session": "demo"})
    number = find_newest(server)
    page = open_page(f"{server.url}/_mock/#/requests/{number}")
    for label in ("curl", "Python", "TypeScript"):
        assert "claude" in run(copy(page, label), label, tmp_path) or label == "curl"
        check_same(server, number)
        page.reload()


def test_typescript_of_the_sdk_is_typescript(server: MockServer, open_page: Open, tmp_path: Path) -> None:
    """By the SDK's own types where npm has brought them, else by its grammar."""
    ask(server, TRICKY, tools=TOOLS, stream=True, temperature=1)
    code = copy(open_page(f"{server.url}/_mock/#/requests/{find_newest(server)}"), "TypeScript")
    esbuild = ROOT / "ui" / "node_modules" / ".bin" / "esbuild"
    if not esbuild.exists():
        pytest.skip("npm is not here, so nothing can be compiled")
    path = tmp_path / "code.ts"
    path.write_text(code)
    done = subprocess.run([esbuild, path, "--format=esm"], capture_output=True, text=True, timeout=60, check=True)
    assert "for await (const event of stream)" in done.stdout
