"""The view "Server": sessions, settings, faults, clock, batches, files, figures, and the export."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route

from mockserver.testing.server import MockServer
from tests.browser.asking import ask
from tests.browser.conftest import NARROW, WIDE, Open
from tests.conftest import ROOT

Shoot = Callable[[Page, str], Path]
BATCH = {
    "id": "msgbatch_011CgbDxWZt",
    "session": "nightly",
    "processing_status": "in_progress",
    "created_at": "2026-11-30T19:30:21Z",
    "request_counts": {"processing": 40, "succeeded": 2, "errored": 0, "canceled": 0, "expired": 0},
}
FILE = {
    "id": "file_011CgbDxWZu",
    "session": "demo",
    "filename": "report.pdf",
    "mime_type": "application/pdf",
    "size_bytes": 48213,
    "created_at": "2026-11-30T19:30:21Z",
}
MADE_UP = {
    "sessions": {
        "sessions": [
            {"name": "demo", "requests": 3, "scenarios": 0, "changed": [], "last_at": 1796067021.2},
            {
                "name": "nightly",
                "requests": 410,
                "scenarios": 12,
                "changed": ["settings", "clock"],
                "last_at": 1796067021.2,
            },
            {"name": "sk-…abcd", "requests": 1, "scenarios": 0, "changed": [], "last_at": None},
        ]
    },
    "batches": {"batches": [BATCH]},
    "files": {"files": [FILE]},
}


def answer_with(value: Any) -> Callable[[Route], None]:
    return lambda route: route.fulfill(json=value)


def open_server(server: MockServer, open_page: Open, **how: Any) -> Page:
    for text in ("hello", "stream a long story", "be overloaded once"):
        ask(server, text)
    page = open_page(f"{server.url}/_mock/", **how)
    for name, value in MADE_UP.items():
        page.route(f"**/_mock/{name}*", answer_with(value))
    page.route("**/_mock/schema/scenarios.json", lambda route: route.fulfill(path=ROOT / "schemas/mock/scenarios.json"))
    page.goto(f"{server.url}/_mock/#/server")
    return page


@pytest.mark.parametrize(("size", "dark"), [(WIDE, False), (WIDE, True), (NARROW, False)])
def test_look(server: MockServer, open_page: Open, shoot: Shoot, size: tuple[int, int], dark: bool) -> None:
    page = open_server(server, open_page, size=size, dark=dark)
    page.get_by_role("button", name="Look at").nth(1 if dark else 0).click()
    page.get_by_label("Fault", exact=True).select_option("error")
    page.get_by_role("button", name="Plan it").click()
    page.get_by_label("When no scenario fits").select_option("error")
    page.get_by_role("button", name="+ 1 h").click()
    page.get_by_label("Go ahead by").fill("soon")
    page.get_by_role("button", name="Advance").click()
    page.get_by_text("soon").wait_for()
    shoot(page, f"server-{size[0]}-{dark}")
    page.locator(".view").evaluate("each => each.scrollTo(0, 720)")
    shoot(page, f"server-{size[0]}-{dark}-2")
