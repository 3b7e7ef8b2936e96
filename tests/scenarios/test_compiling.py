"""Documents that would take long to compile are refused after counted steps; many mistakes are told in short."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from msgspec.structs import replace

from mockserver.records.budget import LIMITS
from mockserver.records.errors import ScenarioError
from mockserver.scenarios import load, parse, parsing
from mockserver.scenarios.matching import conditions
from mockserver.scenarios.matching.conditions import condition
from mockserver.scenarios.reading import source

WORDS = "the placeholders of one text have 10,000 words and signs at most"
PATTERN = "a pattern has 10,000 characters at most"
# Steps in these tests: a tenth of what users have.
MOST = 2_000
STEPS = f"take more than {MOST:,} steps to compile: send the scenarios in several parts, or load them from a file"


@pytest.fixture
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents need not be as large as for the real limit."""
    limits = replace(LIMITS, document_steps=MOST)
    for module in (conditions, parsing, source):
        monkeypatch.setattr(module, "LIMITS", limits)


def reply(text: str) -> dict[str, Any]:
    return {"scenarios": [{"reply": text}]}


def when(**keys: Any) -> dict[str, Any]:
    return {"scenarios": [{"when": keys, "reply": "x"}]}


LONG = {
    "placeholders": (reply("{{ a }}" * 1_000_000), WORDS),
    "plain ones": (reply("{{ turn }}" * 20_000), WORDS),
    "arguments": (reply("{{ fake('" + "a', '" * 20_000 + "').city() }}"), WORDS),
    "tags": (reply("{% if 1 %}x{% endif %}" * 100_000), WORDS),
    "braces": (reply("{" * 6_000_000), WORDS),
    "items": (reply("{{ [" + "1, " * 20_000 + "] }}"), WORDS),
    "choices": (when(user="/" + "(a|b)" * 300_000 + "/"), PATTERN),
    "set": (when(user="/[" + "ab" * 500_000 + "]/i"), PATTERN),
    "glob": (when(model="*a" * 500_000), PATTERN),
    "globs": (when(model=["*a" * 50] * 1_000), PATTERN),
}


@pytest.mark.parametrize(("document", "told"), LONG.values(), ids=LONG)
def test_long_texts_are_not_compiled(document: dict[str, Any], told: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=told):
        parse(document, "sent")
    file = tmp_path / "a.json"
    file.write_bytes(orjson.dumps(document))
    with pytest.raises(ScenarioError, match=rf"a.json:1:\d+: .*{told}"):
        load([file])


def test_long_paths_are_not_compiled() -> None:
    with pytest.raises(ScenarioError, match=PATTERN):
        parse(when(body={"$" + "..a" * 500_000: 1}), "sent")


def each(count: int, make: Any) -> dict[str, Any]:
    return {"scenarios": [make(number) for number in range(count)]}


MANY = {
    "loops": each(200, lambda n: {"reply": f"{{% for a in [{n}] %}}{{{{ a }}}}{{% endfor %}}"}),
    "plain": {"reply": {"text": "x", "extra": {f"k{n}": "{{ turn }}" for n in range(3_000)}}},
    "patterns": each(5, lambda n: {"when": {"user": "/" + "(a|b)" * 1_900 + f"{n}/"}, "reply": "x"}),
    "small patterns": {"when": {"user": [f"/a{n}/" for n in range(3_000)]}, "reply": "x"},
    "paths": {"when": {"body": {f"$..a{n}": 1 for n in range(1_000)}}, "reply": "x"},
    "plain paths": {"when": {"body": {f"$.a{n}": 1 for n in range(3_000)}}, "reply": "x"},
}


@pytest.mark.usefixtures("few_steps")
@pytest.mark.parametrize("document", MANY.values(), ids=MANY)
def test_compiling_what_was_sent_is_counted(document: dict[str, Any]) -> None:
    with pytest.raises(ScenarioError, match=f"sent:.*{STEPS}"):
        parse(orjson.dumps(document).decode(), "sent")


@pytest.mark.usefixtures("few_steps")
def test_compiling_a_condition_is_counted() -> None:
    with pytest.raises(ScenarioError, match=STEPS):
        condition({"user": [f"/a{n}/" for n in range(3_000)]})


@pytest.mark.usefixtures("few_steps")
def test_files_may_hold_as_many_as_they_like(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(
        orjson.dumps(each(1, lambda _: {"when": {"user": [f"/a{n}/" for n in range(3_000)]}, "reply": "x"}))
    )
    assert len(load([file])) == 1


def test_long_text_with_few_placeholders_is_no_mistake() -> None:
    (scenario,) = parse(reply("word " * 100_000 + "{{ turn }}{% if 1 %}x{% endif %}"), "sent")
    assert scenario.steps


def test_similar_names_are_sought_for_the_first_mistakes_only(monkeypatch: pytest.MonkeyPatch) -> None:
    import difflib

    sought: list[str] = []

    def seek(name: str, *_: object, **__: object) -> list[str]:
        sought.append(name)
        return []

    monkeypatch.setattr(difflib, "get_close_matches", seek)
    for document in (
        {"reply": "x"} | {f"key{n}": 1 for n in range(3_000)},
        {"reply": {"text": "x"} | {f"key{n}": 1 for n in range(3_000)}},
        reply("{{ [" + ", ".join(f"key{n}" for n in range(1_500)) + "] }}"),
    ):
        sought.clear()
        with pytest.raises(ScenarioError) as caught:
            parse(orjson.dumps(document).decode(), "sent")
        assert len(caught.value.problems) < 1_010
        assert len(sought) == 100
    sought.clear()
    with pytest.raises(ScenarioError):
        parse({"reply": {"text": "x", "k" * 101: 1}}, "sent")
    assert not sought
