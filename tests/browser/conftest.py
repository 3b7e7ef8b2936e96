"""The inspector in Chromium: ``make browser`` runs these tests, and keeps their screenshots in ``.artifacts/``."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from mockserver.testing.server import MockServer
from tests.conftest import FIXTURES, ROOT

SHOTS = ROOT / ".artifacts" / "screenshots"
# Without them Chromium asks servers of its maker at every start.
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
ALONE = ["--no-sandbox", "--disable-gpu", "--disable-quic"]
WIDE, NARROW = (1280, 800), (390, 844)
# So long is waited at most for what has to come; what comes is taken at once.
DEADLINE_MS = 15_000

Open = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tell why nothing is tested here where that is so."""
    reason = _find_reason()
    for item in items if reason else ():
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=reason))


def _find_reason() -> str:
    if not os.environ.get("MOCKSERVER_BROWSER"):
        return "make browser runs this"
    return "" if find_chromium() else "there is no Chromium here, and make browser could not install it (apt, as root)"


def find_chromium() -> str | None:
    """The path of Chromium or Chrome."""
    names = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the tests of a process."""
    expect.set_options(timeout=DEADLINE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=[*QUIET, *ALONE])
        yield browser
        browser.close()


@pytest.fixture
def servers() -> Iterator[ExitStack]:
    """Servers that are entered here stop after the pages are closed: a page that looked on would tell of errors."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def server(servers: ExitStack) -> MockServer:
    """A server with the example fixtures, of this test alone."""
    return servers.enter_context(MockServer(FIXTURES, seed=7))


@pytest.fixture
def open_page(browser: Browser, servers: ExitStack) -> Iterator[Open]:  # noqa: ARG001  they stop later than pages close
    """Opens an address in a page of its own. In the end nothing may have gone wrong in any of them.

    ``size`` is that of the window, ``dark`` the colour scheme, ``allowed`` texts of console errors that the test wants.
    """
    contexts: list[BrowserContext] = []
    mistakes: list[str] = []
    wanted: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            mistakes.append(message.text)

    def open_page(url: str, *, size: tuple[int, int] = WIDE, dark: bool = False, allowed: tuple[str, ...] = ()) -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if dark else "light"
        )
        context.set_default_timeout(DEADLINE_MS)
        contexts.append(context)
        wanted.extend(allowed)
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: mistakes.append(str(error)))
        page.on("request", lambda request: _note_foreign(request.url, mistakes))
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [text for text in mistakes if not any(each in text for each in wanted)] == []


def _note_foreign(url: str, mistakes: list[str]) -> None:
    if not url.startswith(("http://127.0.0.1:", "data:", "blob:", "file:", "about:")):
        mistakes.append(f"the page asks {url}")


@pytest.fixture
def shoot() -> Callable[[Page, str], Path]:
    """Keeps a picture of a page, under a name, for people to look at."""

    def shoot(page: Page, name: str) -> Path:
        SHOTS.mkdir(parents=True, exist_ok=True)
        path = SHOTS / f"{name}.png"
        page.screenshot(path=path, animations="disabled")
        return path

    return shoot


def find_axe() -> Path:
    """The script of axe, which npm brings."""
    path = ROOT / "ui" / "node_modules" / "axe-core" / "axe.min.js"
    if not path.exists():
        pytest.skip("axe comes with npm, which is not here")
    return path


@pytest.fixture
def find_barriers() -> Callable[[Page], list[str]]:
    """Finds what axe says against a page as it is now, by the rules of WCAG 2.2 AA: rule and place of each."""

    def find_barriers(page: Page) -> list[str]:
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        if not page.evaluate("'axe' in window"):
            page.evaluate(find_axe().read_text())
        # Of what is good nothing is wanted: collecting it takes as long as looking.
        found = page.evaluate("tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})", tags)
        return [
            f"{rule['id']}: {node['target']} {node['failureSummary']}"
            for rule in found["violations"]
            for node in rule["nodes"]
        ]

    return find_barriers
