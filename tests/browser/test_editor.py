"""The editor of scenarios: it proposes, explains and marks mistakes, by the keyboard alone and for everybody."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from mockserver.testing.server import MockServer
from tests.browser.asking import ask
from tests.browser.conftest import NARROW, WIDE, Open
from tests.browser.editing import NEW, REFUSED, append, find_text, read_text, write

Shoot = Callable[[Page, str], Path]
FindBarriers = Callable[[Page], list[str]]
BEGINNING = "scenarios:\n  - name: a\n    when: {user: hello}\n"


def open_new(open_page: Open, server: MockServer, **options: object) -> Page:
    page = open_page(f"{server.url}/_mock/{NEW}", allowed=(REFUSED,), **options)
    find_text(page)
    # The schema may come after the editor.
    page.get_by_text("Ctrl Space completes.").wait_for()
    return page


@pytest.mark.parametrize(
    ("text", "typed", "proposed"),
    [
        (BEGINNING, "    tu", ["turns"]),
        ("scenarios:\n  - name: a\n    when:\n      ", "too", ["tools", "tool_choice", "tool_result"]),
        (BEGINNING + "    reply:\n      error: ", "overl", ["overloaded_error"]),
        (BEGINNING + "    reply:\n      fault: {then: disconnect, ", "after_e", ["after_events"]),
    ],
)
def test_completion_offers_keys_and_values(
    server: MockServer, open_page: Open, text: str, typed: str, proposed: list[str]
) -> None:
    page = open_new(open_page, server)
    write(page, text)
    append(page, typed)
    labels = page.get_by_role("option").locator(".cm-completionLabel")
    expect(labels.first).to_be_visible()
    assert [label for label in labels.all_inner_texts() if label in proposed] == proposed


def test_completion_is_taken_with_the_place_of_its_value(server: MockServer, open_page: Open) -> None:
    page = open_new(open_page, server)
    write(page, BEGINNING)
    append(page, "    cal")
    expect(page.get_by_role("option", name="calls")).to_have_attribute("aria-selected", "true")
    expect(page.locator(".cm-completionInfo")).to_contain_text("the first answer of this scenario in a session")
    # An Enter that comes within 75 ms of the list is taken for the end of the line.
    page.evaluate("new Promise(done => setTimeout(done, 100))")
    page.keyboard.press("Enter")
    page.keyboard.insert_text("One")
    assert read_text(page) == BEGINNING + "    calls:\n      - One"


def test_hover_tells_docs(server: MockServer, open_page: Open, shoot: Shoot) -> None:
    page = open_new(open_page, server)
    write(page, BEGINNING + "    reply:\n      text: Hi\n      fault: {then: disconnect, after_events: 3}\n")
    page.get_by_text("after_events", exact=True).hover()
    docs = page.locator(".cm-docs")
    expect(docs.locator(".cm-docs-name")).to_have_text("after_events")
    expect(docs.locator(".cm-docs-types")).to_contain_text("whole number")
    shoot(page, "editor-hover")
    find_text(page).hover(position={"x": 5, "y": 300})
    expect(docs).to_have_count(0)


def test_docs_come_by_keys(server: MockServer, open_page: Open) -> None:
    page = open_new(open_page, server)
    write(page, BEGINNING + "    priority: 3")
    page.keyboard.press("Control+Shift+Space")
    docs = page.locator(".cm-docs")
    expect(docs).to_contain_text("higher ones are tried first")
    page.keyboard.press("Escape")
    expect(docs).to_have_count(0)
    page.keyboard.press("Tab")
    expect(find_text(page)).not_to_be_focused()


def test_mistake_is_marked_at_its_line(server: MockServer, open_page: Open, shoot: Shoot) -> None:
    page = open_new(open_page, server)
    write(page, BEGINNING + "    reply:\n      textt: Hello\n      stop_reason: end_turn\n")
    mistakes = page.get_by_role("status", name="Mistakes")
    expect(mistakes).to_contain_text('"textt" is no key of an answer: did you mean "text"?')
    expect(page.locator(".cm-lintRange-error")).to_have_text("textt")
    expect(page.locator(".cm-lint-marker-error")).to_have_count(1)
    shoot(page, "editor-mistake")
    mistakes.get_by_role("button", name="Line 5").click()
    expect(page.locator(".cm-activeLine")).to_contain_text("textt")
    page.keyboard.press("Control+ArrowRight")
    page.keyboard.press("Backspace")
    expect(mistakes).to_be_empty()
    expect(page.locator(".cm-lintRange-error")).to_have_count(0)


def test_tab_indents_and_escape_lets_it_leave(server: MockServer, open_page: Open) -> None:
    page = open_new(open_page, server)
    write(page, "scenarios:\n")
    page.keyboard.press("Tab")
    page.keyboard.insert_text("x: 1")
    assert read_text(page).endswith("\n  x: 1")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(find_text(page)).not_to_be_focused()
    hint = find_text(page).get_attribute("aria-describedby")
    expect(page.locator(f"#{hint}")).to_contain_text("Esc, then Tab leaves")


def test_search_and_undo(server: MockServer, open_page: Open) -> None:
    page = open_new(open_page, server)
    write(page, BEGINNING)
    page.keyboard.press("ControlOrMeta+f")
    page.get_by_role("textbox", name="Find").press_sequentially("hello")
    expect(page.locator(".cm-searchMatch")).to_have_count(1)
    page.keyboard.press("Escape")
    append(page, "# more")
    page.keyboard.press("ControlOrMeta+z")
    assert "# more" not in read_text(page)


def test_markup_in_a_request_stays_text(server: MockServer, open_page: Open) -> None:
    """The draft repeats what the client sent; completion and mistakes repeat what is written."""
    evil = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    ask(server, evil)
    page = open_page(f"{server.url}/_mock/#/scenarios?from=1", allowed=(REFUSED,))
    expect(find_text(page)).to_contain_text(evil)
    append(page, f'    "{evil}": 1\n')
    expect(page.get_by_role("status", name="Mistakes")).to_contain_text("<img")
    assert page.locator("img, #app script").count() == 0


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_editor_is_for_everybody(
    server: MockServer,
    open_page: Open,
    find_barriers: FindBarriers,
    shoot: Shoot,
    size: tuple[int, int],
    dark: bool,
) -> None:
    page = open_new(open_page, server, size=size, dark=dark)
    write(page, BEGINNING + "    replly: x\n")
    expect(page.locator(".cm-lintRange-error").first).to_be_visible()
    assert find_barriers(page) == []
    append(page, "    tur")
    expect(page.get_by_role("option", name="turns")).to_be_visible()
    assert find_barriers(page) == []
    shoot(page, f"editor-{size[0]}-{'dark' if dark else 'light'}")
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
