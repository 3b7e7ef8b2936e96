"""The editor of scenarios, for the tests of the inspector."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

# Chromium tells each answer of 400: so a text with mistakes is answered when it is checked.
REFUSED = "400 (Bad Request)"
NEW = "#/scenarios?new=true"


def find_text(page: Page) -> Locator:
    """The text that is edited, once it is there."""
    text = page.locator(".cm-content")
    text.wait_for()
    return text


def read_text(page: Page) -> str:
    """What stands in the editor, line by line."""
    return "\n".join(find_text(page).locator(".cm-line").all_inner_texts())


def write(page: Page, text: str) -> None:
    """Replace all text, as if it had been typed by somebody who indents each line himself."""
    find_text(page).focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(text)


def append(page: Page, text: str) -> None:
    """Type at the end, key by key."""
    find_text(page).focus()
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.type(text)
