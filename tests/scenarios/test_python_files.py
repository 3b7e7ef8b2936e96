"""Fixtures in Python: what a .py file says, what is wrong with one, and where none is run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from mockserver.records.errors import ScenarioError
from mockserver.scenarios import FileReader, ScenarioSet, Variables, lint, load
from tests.scenarios.samples import EXTENSIONS, prompt

FILE = """
from datetime import date
from dataclasses import dataclass
from helping import shout

@dataclass
class State:
    count: int = 0

def answer(prompt):
    return shout(prompt.user)

defaults = {"when": {"user": "mock"}, "answer": {"headers": {"x-user": "{{ prompt.user }}"}}}
scenarios = [
    {"name": "function", "reply": answer},
    {
        "when": {"model": "claude-x"},
        "calls": (answer, "plain {{ prompt.user }}", {"function": answer, "times": "always", "model": "m"}),
    },
    {"name": "data", "reply": {"json": {"day": date(2026, 11, 30)}}},
]
"""


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)


def loaded(path: Path) -> ScenarioSet:
    return load([path], EXTENSIONS)


def mistakes(path: Path) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        loaded(path)
    return [str(problem).removeprefix(f"{path.parent}/") for problem in caught.value.problems]


def test_file_has_the_words_of_yaml_and_functions(tmp_path: Path) -> None:
    write(tmp_path, fixture=FILE, helping="def shout(text):\n    return text.upper()\n")
    before = [*sys.path]
    found = loaded(tmp_path / "fixture.py")
    assert sys.path == before
    function, calls, data = found.scenarios
    assert [(each.name, each.place.line) for each in found.scenarios] == [
        *(("function", 15), ("fixture #2", 16), ("data", 20))
    ]
    for step in (function.steps[0], calls.steps[0]):
        made = step.answer(Variables(prompt()))
        assert (made.content, made.headers) == (({"type": "text", "text": "HELLO, MOCK!"},), {"x-user": "Hello, mock!"})
    assert [(step.times, step.is_function) for step in calls.steps] == [(1, True), (1, False), (None, True)]
    assert calls.steps[1].answer(Variables(prompt())).content[0]["text"] == "plain Hello, mock!"
    assert calls.steps[2].answer(Variables(prompt())).model == "m"
    assert data.steps[0].answer(Variables(prompt())).content[0]["text"] == '{"day":"2026-11-30"}'
    assert found.files == (str(tmp_path / "fixture.py"),)


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("x = (\n", "a.py:1:5: this is not Python: '(' was never closed"),
        ("a = 1\nimport no_such_module\n", "a.py:2:1: running this file failed: ModuleNotFoundError: No module named"),
        ("def f():\n    raise ValueError('x')\nf()\n", "a.py:2:1: running this file failed: ValueError: x"),
        ("raise SystemExit(3)", "a.py:1:1: running this file failed: SystemExit: 3"),
        ("x = '\udc80'", "this is not Python"),
        (
            "models = ['own']\nscenarios: list = [\n 'x',\n]\nscenarios += [\n\n 'y']",
            "a.py:3:1: scenarios[0]: expected a mapping (a scenario)",
        ),
        ("x = 1", "a.py:1:1: a fixture in Python has a list of scenarios"),
        ("import json as scenarios", "a.py:1:1: a fixture in Python has a list of scenarios"),
        (
            "scenarios = [\n {'reply': {'json': object()}}]",
            "a.py:2:1: a value of the type object at scenario",
        ),
        ("scenarios = []\nscenarios.append(scenarios)", "a.py:1:1: it is nested too deeply, or holds itself"),
        ("scenarios = [\n {'reply': {'txt': 'x'}}]", 'a.py:2:1: scenarios[0].reply.txt: "txt" is no key of an answer'),
        (
            "scenarios = [{'reply': {'text': print}}]",
            "scenarios[0].reply.text: expected a text, got the function",
        ),
        ("scenarios = [{'reply': [print]}]", "scenarios[0].reply: expected a text, or a mapping of what is said"),
        ("scenarios = [{'turns': print}]", "scenarios[0].turns: expected a list of answers, got the function print"),
        ("scenarios = [{'when': print, 'reply': 'x'}]", "scenarios[0].when: expected a mapping"),
        ("scenarios = [{'reply': {'function': print, 'tims': 2}}]", '"tims" is no key of an answer'),
        ("scenarios = [{'reply': {'function': 'print'}}]", '"function" is no key of an answer'),
        ("scenarios = {'reply': 'x'}", 'expected a list of scenarios, each beginning with "- "'),
    ],
)
def test_mistake_is_told_at_its_line(source: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(source, errors="surrogateescape")
    found = mistakes(tmp_path / "a.py")[0]
    assert problem in found


def test_words_beside_a_function_may_be_texts_of_files(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("{{ text }}\n")
    beside = [{"text": {"file": "a.md"}}, {"thinking": {"file": "a.md"}}]
    calls = ", ".join(f"{{'function': answer, **{words}}}" for words in beside)
    write(tmp_path, fixture=f"def answer(prompt):\n    return {{}}\nscenarios = [{{'calls': [{calls}]}}]")
    (scenario,) = loaded(tmp_path / "fixture.py").scenarios
    text, thinking = (step.answer(Variables(prompt())) for step in scenario.steps)
    assert (text.content[0]["text"], thinking.content[0]["thinking"]) == ("{{ text }}", "{{ text }}")
    assert {Path(file).name for file in loaded(tmp_path / "fixture.py").files} == {"fixture.py", "a.md"}
    (tmp_path / "a.md").unlink()
    assert [problem.partition(" cannot")[0] for problem in mistakes(tmp_path / "fixture.py")] == [
        f"fixture.py:3:1: scenarios[0].calls[{number}].{key}.file: the file {tmp_path / 'a.md'}"
        for number, key in enumerate(("text", "thinking"))
    ]


def test_check_asks_no_function(tmp_path: Path) -> None:
    extensions = replace(EXTENSIONS, check_answer=lambda *_: ())
    source = """
from pathlib import Path

def answer(_):
    Path(__file__).with_name("asked").touch()
    return "x"

scenarios = [{"name": "a", "when": {"user": "a"}, "reply": answer}, {"name": "b", "calls": [answer, "b"]}]
"""
    write(tmp_path, a=source)
    assert lint([tmp_path / "a.py"], extensions) == []
    assert not (tmp_path / "asked").exists()
    write(tmp_path, a=source.replace('"calls"', '"cals"'))
    assert any('"cals" is no key of a scenario' in str(problem) for problem in lint([tmp_path / "a.py"], extensions))


def test_programs_are_run_only_where_they_are_named(tmp_path: Path) -> None:
    write(tmp_path, boom="raise ValueError")
    (tmp_path / "a.yaml").write_text("scenarios: [{reply: x}]")
    assert loaded(tmp_path).files == (str(tmp_path / "a.yaml"),)
    for pattern in ("boom.py", "*.py", "boo?.*"):
        (tmp_path / "b.yaml").write_text(f"include: '{pattern}'")
        (found,) = mistakes(tmp_path / "b.yaml")
        assert "boom.py is a program: give it to the server by its own name, not by include" in found


def test_only_a_changed_program_is_run_again(tmp_path: Path) -> None:
    path = tmp_path / "count.py"
    path.write_text("import sys\nsys.counted = getattr(sys, 'counted', 0) + 1\nscenarios = [{'reply': 'x'}]")
    reader = FileReader()
    try:
        first = load([path], EXTENSIONS, reader)
        again = load([path], EXTENSIONS, earlier=first.kept)
        assert sys.counted == 1  # type: ignore[attr-defined]
        assert {look.path for look in reader.looked} == {str(path)}
        path.write_text(path.read_text() + "\n")
        load([path], EXTENSIONS, earlier=again.kept)
        assert sys.counted == 2  # type: ignore[attr-defined]
    finally:
        del sys.counted  # type: ignore[attr-defined]
