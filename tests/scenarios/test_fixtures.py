"""The example fixtures: every one of them answers, and together they show every feature of the format."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from mockserver.compose.generate import OPTIONS
from mockserver.records.endpoints import MESSAGES
from mockserver.records.prompt import Prompt, text_of
from mockserver.records.reply import Answer
from mockserver.scenarios import ScenarioSet, Variables, choose, lint, load
from mockserver.scenarios.answering.building import build
from mockserver.scenarios.format.answers import FIELDS as ANSWER_KEYS
from mockserver.scenarios.format.conditions import WHEN
from mockserver.scenarios.format.deliveries import PACES
from mockserver.scenarios.format.files import DEFAULTS, FILE, SCENARIO
from mockserver.scenarios.format.shorthands import SHORTHANDS
from mockserver.scenarios.matching.predicates import TEXT
from mockserver.scenarios.reading.source import read
from mockserver.serving.assembly import HOOKS
from mockserver.wires import FAULTS

ROOT = Path(__file__).parent.parent.parent
SCHEMA = json.loads((ROOT / "schemas/mock/scenarios.json").read_text("utf-8"))
FILES = sorted((ROOT / "fixtures").rglob("*.yaml"))
SHARED_FILES = ROOT / "fixtures" / "shared" / "files.yaml"
EXTENSIONS = HOOKS
EXAMPLES = read((ROOT / "tests/data/scenarios/examples.yaml").read_text("utf-8"), "examples.yaml").value
EXAMPLES |= {f"fault-{name}": {"user": f"fault {name}", "tools": ["look"]} for name in FAULTS}
EXAMPLES["fault-error-bare"] = {"user": "bare error", "tools": ["look"]}
APART = ("user", "results", "headers", "says", "ends", "messages", "tools", "endpoint", "method", "custom_id", "wire")


@cache
def fixtures() -> ScenarioSet:
    return load([ROOT / "fixtures"], EXTENSIONS)


def first_prompt(example: Mapping[str, Any]) -> Prompt:
    """The prompt of an example's first request."""
    body: dict[str, Any] = {key: value for key, value in example.items() if key not in APART}
    body = {"model": "claude-sonnet-4-5", "max_tokens": 1000, **body}
    body["messages"] = example.get("messages") or [{"role": "user", "content": example["user"]}]
    if "tools" in example:
        body["tools"] = [offered(tool) for tool in example["tools"]]
    headers = example.get("headers", {})
    known = {
        "endpoint": MESSAGES,
        **{key: example[key] for key in ("endpoint", "method", "custom_id", "wire") if key in example},
    }
    return Prompt(body, headers, key=headers.get("x-api-key"), session="s", **known)


def offered(tool: str | dict[str, Any]) -> dict[str, Any]:
    """A tool of the caller's own by its name, or a server tool as it is."""
    return {"name": tool, "input_schema": {"type": "object"}} if isinstance(tool, str) else tool


def continued(prompt: Prompt, answer: Answer, results: list[str]) -> Prompt:
    """The prompt that sends an answer back, with the results of its tools."""
    count = len(prompt.messages)
    blocks = [{**block, "id": f"toolu_{count}_{number}"} for number, block in enumerate(answer.content)]
    used = [block["id"] for block in blocks if block["type"] == "tool_use"]
    messages = [*prompt.messages, {"role": "assistant", "content": blocks}]
    given = [
        {"type": "tool_result", "tool_use_id": name, "content": text} for name, text in zip(used, results, strict=True)
    ]
    if answer.stop_reason != "pause_turn":
        messages = [*messages, {"role": "user", "content": given or "Go on."}]
    return Prompt({**prompt.body, "messages": messages})


def answers(name: str) -> Iterator[Answer]:
    """Every answer of a scenario, in its own order."""
    example = EXAMPLES[name]
    prompt, used = first_prompt(example), dict[str, int]()
    scenario = next(scenario for scenario in fixtures().scenarios if scenario.name == name)
    for number in range(sum(step.times or 1 for step in scenario.steps)):
        choice = choose(fixtures(), prompt, used)
        assert choice.scenario is scenario
        assert choice.step is not None
        answer = choice.step.answer(Variables(prompt, prompt.turn, used.get(choice.counter or "", 0), "s", at=43200.0))
        yield answer
        if choice.counter:
            used[choice.counter] = used.get(choice.counter, 0) + 1
        if scenario.script == "turns" and number < len(example["results"]):
            prompt = continued(prompt, answer, example["results"][number])


@pytest.mark.parametrize("name", [scenario.name for scenario in fixtures().scenarios])
def test_every_scenario_answers_its_example(name: str) -> None:
    told = list(answers(name))
    texts = [text_of(answer.content) for answer in told]
    assert EXAMPLES[name].get("says", "") in texts[0]
    assert EXAMPLES[name].get("ends", "") in texts[-1]
    assert [answer.kind for answer in told] == [KINDS.get(name, "message")] * len(told) or name in FAILING


KINDS = {
    "error-by-status": "error",
    "error-with-code": "error",
    "invented-error": "error",
    "proxy-page": "raw",
    "raw-json": "raw",
    "raw-file": "raw",
    "raw-stream": "raw",
    "odd-chunk": "raw",
    "quota-used-up": "error",
    "parrot": "echo",
    "long-answer": "generate",
    "generated": "generate",
    "generated-to-measure": "generate",
    "broken-generated": "generate",
    **dict.fromkeys(("counted", "counted-before-edits", "models-listed", "model-changed"), "value"),
    **dict.fromkeys(("files-listed", "file-uploaded"), "value"),
    **dict.fromkeys(("skill-uploaded", "skills-listed", "skill-changed"), "value"),
    **dict.fromkeys(("skill-versions", "skill-version", "skill-broken"), "value"),
    **dict.fromkeys(("profile-banned", "profile-link", "profile-enrollment"), "value"),
    **dict.fromkeys(("model-limited", "upload-refused", "profile-refused"), "error"),
    "batch-item-overloaded": "error",
    "batch-lingering": "value",
    "batches-limited": "error",
    "batch-results-cut": "value",
}
FAILING = ("overloaded-once", "rate-limited", "counting-overloaded", "download-limited")


def test_every_example_has_its_scenario() -> None:
    assert set(EXAMPLES) == {scenario.name for scenario in fixtures().scenarios}


@pytest.mark.parametrize("text", ["你是谁?", "Hello!", "What is 2+2?", "What's the weather like in Paris?"])
def test_other_requests_are_left_to_the_generator(text: str) -> None:
    body = {
        "model": "claude-3-7-sonnet-20250219",
        "max_tokens": 20000,
        "thinking": {"type": "enabled", "budget_tokens": 16000},
        "messages": [{"role": "user", "content": text}],
    }
    assert choose(fixtures(), Prompt(body), {}).scenario is None


def test_fixtures_pass_the_lint() -> None:
    assert [str(problem) for problem in lint([ROOT / "fixtures", SHARED_FILES], EXTENSIONS)] == []


def test_examples_are_in_nobodys_list_of_files() -> None:
    assert fixtures().declared == {}
    assert [*load([SHARED_FILES], EXTENSIONS).declared] == ["file_example_story", "file_example_notes"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_schema_accepts_fixture(path: Path) -> None:
    value = read(path.read_text("utf-8"), path.name).value
    assert [error.message for error in jsonschema_rs.iter_errors(SCHEMA, value)] == []


@pytest.mark.parametrize("name", FAULTS)
def test_fault_of_that_name_strikes(name: str) -> None:
    (answer,) = answers(f"fault-{name}")
    assert [fault.then for fault in answer.faults] == [name]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_fixture_names_the_schema_for_editors(path: Path) -> None:
    first = path.read_text("utf-8").splitlines()[0]
    start = "# yaml-language-server: $schema="
    assert first.startswith(start)
    assert (path.parent / first.removeprefix(start)).resolve() == ROOT / "schemas/mock/scenarios.json"


def keys_in(value: Any) -> Iterator[str]:
    """Every key below a value, wherever it stands."""
    if isinstance(value, Mapping):
        yield from value
    for item in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from keys_in(item)


def named_in(schema: Any) -> Iterator[str]:
    """Every key that a schema describes."""
    for name, below in schema.items() if isinstance(schema, Mapping) else ():
        yield from below if name == "properties" else ()
        for item in (
            below.values() if name in ("properties", "$defs") else below if isinstance(below, list) else [below]
        ):
            yield from named_in(item)


@pytest.mark.parametrize(
    "table",
    [
        WHEN.fields,
        TEXT,
        ANSWER_KEYS,
        SHORTHANDS,
        PACES.fields,
        FILE.fields,
        SCENARIO.fields,
        DEFAULTS.fields,
        OPTIONS,
        {key for kind in FAULTS.values() for key in (*kind.options, *kind.places)},
        ["encrypted_content", "page_age"],
        set(named_in(SCHEMA)),
    ],
    ids=[
        *("when", "text tests", "answer", "shorthands", "pace", "file", "scenario", "defaults", "generate"),
        *("faults", "search results", "schema"),
    ],
)
def test_fixtures_show_every_key(table: Any) -> None:
    shown = {key for path in FILES for key in keys_in(read(path.read_text("utf-8"), path.name).value)}
    assert set(table) - shown == set()


def test_examples_import_nothing_slow() -> None:
    """Neither to load nor to choose: a server's first answer must not wait for what it does not need."""
    code = (
        "import sys; from mockserver.scenarios import Extensions, choose, load; "
        "from mockserver.wires import parse_fault; "
        "from mockserver.records.prompt import Prompt; "
        "hooks = Extensions(parse_fault=parse_fault, find_gateway_error=lambda _: None); "
        f"found = load([{str(ROOT / 'fixtures')!r}], hooks); "
        "choose(found, Prompt({'messages': [{'role': 'user', 'content': 'Hi'}]}), {}); "
        "print(sorted({'jinja2', 'regex', 'faker', 'jsonschema', 'jsonpath_rfc9535'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_constant_answers_are_built_once() -> None:
    hello = next(scenario for scenario in fixtures().scenarios if scenario.name == "hello")
    variables = Variables(Prompt({"messages": []}))
    assert hello.steps[0].answer(variables) is hello.steps[0].answer(variables)
    assert hello.steps[0].constant == build({"text": text_of(hello.steps[0].answer(variables).content)}, (), None)
