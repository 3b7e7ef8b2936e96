"""The reference page of the scenario format: complete, and all of its examples load."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mockserver.compose.generate import OPTIONS
from mockserver.records.errors import TYPES
from mockserver.records.prompt import Prompt
from mockserver.scenarios import Variables, load
from mockserver.scenarios.answering.variables import NAMES
from mockserver.scenarios.format.answers import FIELDS as ANSWER_KEYS
from mockserver.scenarios.format.conditions import WHEN
from mockserver.scenarios.format.deliveries import PACES
from mockserver.scenarios.format.files import DEFAULTS, FILE, SCENARIO
from mockserver.scenarios.format.shorthands import SHORTHANDS
from mockserver.scenarios.matching.predicates import TEXT
from mockserver.serving.assembly import HOOKS

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs/scenarios.md").read_text("utf-8")
SNIPPETS = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
PROGRAMS = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
KEYS = {
    *(*FILE.fields, *SCENARIO.fields, *DEFAULTS.fields),
    *(*WHEN.fields, *TEXT, "at_least", "at_most", "present", "is", "media_type", "count", "is_error", "for"),
    *(*ANSWER_KEYS, *SHORTHANDS, *PACES.fields, *OPTIONS, *TYPES.values()),
    *("error_code", "retry_after", "body_file", "file", "after_events", "after_ms"),
    *NAMES,
}


@pytest.mark.parametrize("key", sorted(KEYS))
def test_page_mentions_every_key(key: str) -> None:
    code = "\n".join([*re.findall(r"`[^`\n]+`", PAGE), *SNIPPETS])
    assert re.search(rf"(?<![\w]){key}(?![\w])", code)


@pytest.mark.parametrize("number", range(len(SNIPPETS)))
def test_snippet_loads(number: int, tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "a.yaml").write_text("scenarios: []", "utf-8")
    (tmp_path / "story.md").write_text("Once upon a time.", "utf-8")
    (tmp_path / "file.yaml").write_text(SNIPPETS[number], "utf-8")
    loaded = load([tmp_path / "file.yaml"], HOOKS)
    assert loaded.scenarios or loaded.models or loaded.declared


@pytest.mark.parametrize("snippet", PROGRAMS)
def test_program_loads(snippet: str, tmp_path: Path) -> None:
    (tmp_path / "file.py").write_text(snippet, "utf-8")
    loaded = load([tmp_path / "file.py"], HOOKS)
    assert [scenario.has_functions for scenario in loaded.scenarios] == [True, True]
    first = (
        loaded.scenarios[0].steps[0].answer(Variables(Prompt({"messages": [{"role": "user", "content": "In Oslo"}]})))
    )
    assert first.content[0]["input"] == {"city": "Oslo"}


def test_links_lead_somewhere() -> None:
    headings = re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    for target in re.findall(r"\]\(([^)]+)\)", PAGE):
        if target.startswith("#"):
            assert target[1:] in anchors
        elif not target.startswith("https://"):
            assert (ROOT / "docs" / target.partition("#")[0]).exists()
