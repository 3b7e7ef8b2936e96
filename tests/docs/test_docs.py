"""The snippets of README and docs, as their readers run them.

What a block is follows from itself. A first line ``# NAME`` makes it a file of that name, for all tests of its page.

- Python with tests is run by pytest; other Python without a name is run as a script, with a server in its environment.
- YAML with scenarios must hold no mistakes.
- An ini file may only name options that there are.

A line ``<!-- not run: REASON -->`` before a block leaves it out.
"""

from __future__ import annotations

import configparser
import itertools
import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from mockserver import MockServer, pytest_plugin
from mockserver.serving.assembly import lint

pytestmark = pytest.mark.usefixtures("swept")

pytest_plugins = ("pytester",)

ROOT = Path(__file__).parent.parent.parent
LINKED = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PAGES = ("README.md", "docs/batches.md", "docs/pytest.md", "docs/recipes.md", "docs/store.md")
BLOCK = re.compile(r"(?P<before>[^\n]*)\n+```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
QUIET = ("-q", *(f"-pno:{name}" for name in ("cacheprovider", "xdist", "hypothesispytest", "faker")))
LOOPS = ("-o", "asyncio_default_fixture_loop_scope=function")


@dataclass(frozen=True)
class Snippet:
    """A fenced block of a page."""

    page: str
    line: int
    kind: str
    text: str

    @property
    def name(self) -> str:
        """The file it says to be, or ""."""
        found = re.match(r"# ([\w./-]+\.\w+)\n", self.text)
        return found[1] if found else ""

    @property
    def is_test(self) -> bool:
        return self.kind == "python" and bool(re.search(r"^\s*(?:async )?def test_", self.text, re.MULTILINE))

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def snippets(page: str) -> Iterator[Snippet]:
    text = (ROOT / page).read_text("utf-8")
    for found in BLOCK.finditer("\n" + text):
        if not found["before"].startswith("<!-- not run: "):
            yield Snippet(page, text.count("\n", 0, found.start("text")), found["kind"], found["text"])


ALL = [snippet for page in PAGES for snippet in snippets(page)]


def those(*kinds: str) -> list[Any]:
    return [pytest.param(snippet, id=str(snippet)) for snippet in ALL if snippet.kind in kinds]


@pytest.mark.parametrize("page", [*PAGES, "docs/pytest.md with messages_preload"])
def test_tests_of_a_page_pass(pytester: pytest.Pytester, page: str) -> None:
    page, _, option = page.partition(" with ")
    more = ("-o", f"{option}=true") if option else ("--ignore=test_early.py",)
    here = [snippet for snippet in ALL if snippet.page == page and (option or snippet.name != "test_early.py")]
    for snippet in here:
        if snippet.name and not snippet.name.endswith(".ini"):
            Path(snippet.name).write_text(snippet.text)
        elif snippet.is_test:
            Path(f"test_line_{snippet.line}.py").write_text(snippet.text)
    count = sum(len(re.findall(r"^\s*(?:async )?def test_", each.text, re.MULTILINE)) for each in here if each.is_test)
    if not count:
        assert page != "docs/pytest.md"
        return
    pytester.syspathinsert()
    outcomes = pytester.runpytest(*QUIET, *LOOPS, *more).parseoutcomes()
    assert outcomes.pop("passed") >= count
    assert outcomes == {}


@pytest.mark.parametrize("snippet", those("python"))
def test_script_runs(snippet: Snippet, monkeypatch: pytest.MonkeyPatch) -> None:
    code = compile(snippet.text, str(snippet), "exec")
    if snippet.is_test or snippet.name:
        return
    with MockServer() as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "any-key")
        names: dict[str, Any] = {"__name__": "__main__"}
        exec(code, names)  # noqa: S102  the snippet of our own page
    assert len(names) > 1


@pytest.mark.parametrize("snippet", those("yaml"))
def test_scenarios_hold_no_mistakes(snippet: Snippet, tmp_path: Path) -> None:
    parsed = yaml.safe_load(snippet.text)
    assert parsed
    if "scenarios" in parsed:
        fixture = tmp_path / (snippet.name or "snippet.yaml")
        fixture.write_text(snippet.text)
        assert lint([str(fixture)]) == []


CURL = [snippet for snippet in ALL if snippet.page == "README.md" and snippet.text.startswith("curl")]


@pytest.mark.parametrize("snippet", CURL, ids=str)
def test_first_requests_are_answered(snippet: Snippet) -> None:
    """As curl sends them."""
    words = shlex.split(snippet.text.replace("\\\n", " "))
    values = dict(itertools.pairwise(words))
    headers = dict(words[at + 1].split(": ") for at, word in enumerate(words) if word in ("-H", "--header"))
    (url,) = [word for word in words if word.startswith("http://127.0.0.1:8000/")]
    body = values.get("-d") or values["--data-raw"]
    with MockServer() as server:
        answer = httpx2.post(url.replace("http://127.0.0.1:8000", server.url), content=body, headers=headers)
    assert (answer.status_code, answer.json()["model"]) == (200, json.loads(body)["model"])


def test_first_requests_are_two() -> None:
    assert len(CURL) == 2


@pytest.mark.parametrize("snippet", those("ini", "toml"))
def test_options_are_those_there_are(snippet: Snippet) -> None:
    source = Path(pytest_plugin.__file__).read_text("utf-8")
    known = set(re.findall(r'"(messages_\w+)",\s*"', re.sub(r"addini\(\s*", "addini(", source)))
    ini = configparser.ConfigParser()
    ini.read_string(snippet.text)
    named = {name for section in ini.sections() for name in ini[section] if name.startswith("messages_")}
    assert named
    assert named <= known


def test_table_of_options_is_complete() -> None:
    source = Path(pytest_plugin.__file__).read_text("utf-8")
    told = (ROOT / "docs" / "pytest.md").read_text("utf-8")
    known = set(re.findall(r'addini\(\s*"(messages_\w+)"', source))
    assert len(known) == 12
    assert {name for name in known if f"`{name}`" not in told} == set()


def test_shown_javascript_is_that_of_the_examples() -> None:
    sources = "".join(path.read_text("utf-8") for path in sorted((ROOT / "examples").glob("*/*.js")))
    shown = [snippet for snippet in ALL if snippet.kind == "js"]
    assert len(shown) == 2
    assert [str(snippet) for snippet in shown if snippet.text not in sources] == []


def read_prose(page: Path) -> str:
    return re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """The names that headings have on the project's page: their words, joined by hyphens."""
    headings = re.findall(r"^#+ (.+)$", read_prose(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", LINKED, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", read_prose(page)):
        path, _, anchor = link.partition("#")
        if "://" not in link:
            target = page.parent / path if path else page
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link
