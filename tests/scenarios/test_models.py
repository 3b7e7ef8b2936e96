"""What fixture files say of models, and which models they name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mockserver.records.errors import ScenarioError
from mockserver.reference import catalog
from mockserver.scenarios import ScenarioSet, lint, load, models_in_use, parse


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "models.yaml"


def read(file: Path, text: str) -> ScenarioSet:
    file.write_text(text)
    return load([file])


def test_models_are_added_and_changed(file: Path) -> None:
    loaded = read(
        file,
        """
lifecycle: today
models:
  claude-next:
    like: claude-opus-5
    context: 500000
    retires_at: 2027-06-01
    prices: [1, 2]
    thinking: [adaptive]
    effort_default: null
  claude-haiku-4-5: {retires_at: 2026-10-15, deprecated_at: "2026-08-01T00:00:00Z"}
  claude-3-7-sonnet-20250219: {lifecycle: active}
  claude-sonnet-4-5: {retires_at: null, deprecated_at: null}
""",
    )
    assert (loaded.lifecycle, loaded.scenarios) == ("today", ())
    changed = catalog.standard().change(loaded.models)
    following, haiku = changed.lookup("claude-next"), changed.lookup("claude-haiku-4-5-20251001")
    assert (following.context, following.retires_at, following.lifecycle) == (500_000, "2027-06-01T00:00:00Z", "active")
    assert following.prices is not None
    assert (following.prices.output, following.prices.cache_read, following.thinking) == (2, 0.1, ("adaptive",))
    assert following.effort_default is None
    assert (haiku.lifecycle, haiku.deprecated_at, haiku.max_tokens) == ("retired", "2026-08-01T00:00:00Z", 64_000)
    sonnet = changed.lookup("claude-3-7-sonnet-latest")
    assert (sonnet.lifecycle, sonnet.retires_at) == ("active", None)
    assert changed.lookup("claude-sonnet-4-5").lifecycle == "active"


@pytest.mark.parametrize(
    ("name", "days", "stage"),
    [
        ("claude-opus-4-5", "retires_at: 2027-03-01", "deprecated"),
        ("claude-opus-4-5", "retires_at: null", "deprecated"),
        ("claude-opus-4-5", "retires_at: null, deprecated_at: null", "active"),
        ("claude-opus-5", "deprecated_at: 2026-11-01", "deprecated"),
        ("claude-opus-5", "retires_at: 2026-11-26", "retired"),
        ("claude-opus-4-1", "retires_at: 2027-01-01", "deprecated"),
        ("new", "retires_at: 2027-01-01", "active"),
        ("new", "retires_at: 2026-01-01", "retired"),
    ],
)
def test_stage_follows_the_days(file: Path, name: str, days: str, stage: str) -> None:
    changed = catalog.standard().change(read(file, f"models: {{{name}: {{{days}}}}}").models)
    assert changed.lookup(name).lifecycle == stage


def test_files_add_to_one_another(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("models: {mine: {context: 5}, theirs: {like: mine}}\ninclude: [b/*.yaml]")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "more.yaml").write_text("models: {mine: {max_tokens: 7}}\nlifecycle: today")
    loaded = load([tmp_path])
    changed = catalog.standard().change(loaded.models)
    assert (changed.lookup("mine").context, changed.lookup("mine").max_tokens) == (5, 7)
    assert changed.lookup("theirs").context == 5
    assert loaded.lifecycle == "today"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("lifecycle: tomorrow", '1:12: lifecycle: expected release, today or a day such as 2026-12-24, got "tomorrow"'),
        (
            "lifecycle: 2026-02-30",
            '1:12: lifecycle: expected release, today or a day such as 2026-12-24, got "2026-02-30"',
        ),
        ("models: [claude]", '1:9: models: expected a mapping of models by id, such as {"claude-next": '),
        ("models: {a: {contxt: 5}}", '1:14: "contxt" is no key of a model: did you mean "context"?'),
        ("models: {a: {context: 0}}", "1:23: context: expected a whole number from 1, got 0"),
        ("models: {a: {retires_at: soon}}", '1:26: retires_at: expected a day such as 2026-12-24, got "soon"'),
        ("models: {a: {retires_at: 2026-02-30}}", "1:26: retires_at: expected a day such as 2026-12-24"),
        ("models: {a: {like: claude-opus-9}}", '1:20: there is no model "claude-opus-9" to be like'),
        ("models: {a: {aliases: [claude-opus-5]}}", '1:24: "claude-opus-5" is a name of claude-opus-5 already'),
        ("models: {a: {thinking: [often]}}", "1:25: thinking[0]: expected adaptive or between_tools"),
        ("models: {a: {line: big}}", "1:20: line: expected haiku or sonnet"),
    ],
)
def test_mistakes_in_models_are_told(file: Path, text: str, told: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        read(file, text)
    assert told.replace("thinking[0]: ", "") in str(caught.value).replace("thinking[0]: ", "")


def test_two_files_cannot_have_two_days(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("lifecycle: today")
    (tmp_path / "b.yaml").write_text("lifecycle: 2026-12-24")
    with pytest.raises(ScenarioError, match="another file says lifecycle: today"):
        load([tmp_path])


@pytest.mark.parametrize("first", ["release", "today"])
def test_what_counts_by_default_contradicts_nothing(tmp_path: Path, first: str) -> None:
    (tmp_path / "a.yaml").write_text(f"lifecycle: {first}")
    (tmp_path / "b.yaml").write_text("lifecycle: today\ninclude: c.yml")
    (tmp_path / "c.yml").write_text("lifecycle: release")
    assert load([tmp_path]).lifecycle == "today"


@pytest.mark.parametrize("document", [{"models": {"a": {}}, "scenarios": []}, {"lifecycle": "today"}])
def test_only_files_of_the_server_speak_of_models(document: dict[str, Any]) -> None:
    with pytest.raises(ScenarioError, match="works in fixture files only"):
        parse(document, "added")


NAMED = """
scenarios:
  - name: condition
    when: {model: [claude-opus-4-5, "claude-haiku-*"]}
    reply: one
  - name: glob
    when: {model: claude-sonnet-4-5*}
    reply: {text: two, model: claude-opus-5}
"""


def test_models_in_use_are_those_that_scenarios_name(file: Path) -> None:
    named = [(name, place.line) for name, place in models_in_use(read(file, NAMED).scenarios)]
    assert named == [("claude-opus-4-5", 4), ("claude-sonnet-4-5-20250929", 7), ("claude-opus-5", 8)]


def test_lint_warns_of_models_that_retire(file: Path) -> None:
    file.write_text(NAMED)
    december = 1_796_083_200
    told = [(problem.place.line, problem.level, problem.message) for problem in lint([file], now=december)]
    assert [(line, level, message.split(":")[0]) for line, level, message in told] == [
        (4, "warning", "claude-opus-4-5 retires on 2027-01-22"),
        (7, "warning", "claude-sonnet-4-5-20250929 retired on 2026-11-30"),
    ]
    assert lint([file]) == []


def test_lint_goes_by_the_day_of_the_file(file: Path) -> None:
    file.write_text(f"lifecycle: 2027-01-22\n{NAMED}")
    assert [problem.message.split(":")[0] for problem in lint([file])] == [
        "claude-opus-4-5 retired on 2027-01-22",
        "claude-sonnet-4-5-20250929 retired on 2026-11-30",
    ]
