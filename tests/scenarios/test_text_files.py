"""Texts from files: every place of an answer that takes them, and what is told of those that cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from mockserver.records.errors import ScenarioError
from mockserver.records.reply import Answer
from mockserver.scenarios import FileReader, Variables, load, parse
from mockserver.scenarios.reading import file_reader
from tests.scenarios.samples import EXTENSIONS, prompt

TEXT = "He said {{ prompt.user }}"
SAID = "He said Hello, mock!"
FILE = {"file": "texts/story.md"}
USE = {"server": "s", "name": "n"}


def answer(folder: Path, reply: Any, content: bytes = TEXT.encode()) -> Answer:
    (folder / "texts").mkdir(exist_ok=True)
    (folder / "texts/story.md").write_bytes(content)
    (folder / "a.yaml").write_bytes(orjson.dumps({"scenarios": [{"reply": reply}]}))
    (scenario,) = load([folder / "a.yaml"], EXTENSIONS).scenarios
    return scenario.steps[0].answer(Variables(prompt()))


def said_in(value: Any) -> bool:
    """Whether the text is somewhere in a value."""
    if isinstance(value, Mapping):
        return any(map(said_in, value.values()))
    return any(map(said_in, value)) if isinstance(value, list | tuple) else bool(value == SAID)


@pytest.mark.parametrize(
    "reply",
    [
        FILE,
        {"text": FILE},
        {"text": ["first", FILE]},
        {"thinking": FILE},
        {"thinking": {"thinking": FILE}},
        {"redacted_thinking": FILE},
        {"content": [FILE]},
        {"content": [{"text": FILE}]},
        {"content": [{"type": "text", "text": FILE}]},
        {"content": [{"type": "thinking", "thinking": FILE}]},
        {"content": [{"type": "redacted_thinking", "data": FILE}]},
        {"content": [{"type": "compaction", "content": FILE}]},
        {"web_fetch": {"url": "https://example.com", "text": FILE}},
        {"code_execution": {"code": FILE}},
        {"bash_code_execution": {"command": "ls", "stdout": FILE}},
        {"bash_code_execution": {"command": "ls", "stderr": FILE}},
        {"text_editor_code_execution": {"command": "create", "path": "a", "file_text": FILE}},
        {"mcp": {**USE, "result": FILE}},
        {"error": {"type": "api_error", "message": FILE}},
    ],
)
def test_text_of_a_file_is_a_text(reply: Any, tmp_path: Path) -> None:
    made = answer(tmp_path, reply)
    assert said_in(made.content) or said_in(made.error)


def test_body_may_be_a_text_of_a_file(tmp_path: Path) -> None:
    assert answer(tmp_path, {"raw": {"body": FILE}}).raw["body"] == SAID.encode()


def test_pdf_of_a_file_is_written_as_base64(tmp_path: Path) -> None:
    made = answer(tmp_path, {"web_fetch": {"url": "https://example.com", "data": FILE}}, b"%PDF\xff")
    assert made.content[1]["content"]["content"]["source"]["data"] == "JVBERv8="


def test_file_that_code_makes_may_stand_in_a_file(tmp_path: Path) -> None:
    files = [{"filename": "a.pdf", "data": FILE}, {"filename": "a.md", "text": FILE}]
    made = answer(tmp_path, {"code_execution": {"code": "1", "files": files}}, b"%PDF-1")
    contents = [output["file"] for output in made.content[1]["content"]["content"]]
    assert contents == [{"filename": "a.pdf", "data": "JVBERi0x"}, {"filename": "a.md", "text": "%PDF-1"}]


@pytest.mark.parametrize(
    ("content", "text"),
    [(b"\xef\xbb\xbfone\r\ntwo\r\n", "one\ntwo"), (b"one\n\n", "one\n"), (b"", ""), (b"{ 1 }", "{ 1 }")],
)
def test_line_ends_are_those_of_any_system(content: bytes, text: str, tmp_path: Path) -> None:
    assert answer(tmp_path, {"text": FILE}, content).content[0]["text"] == text


@pytest.mark.parametrize("reply", [{"tool_use": {"name": "read", "input": FILE}}, {"json": FILE}, {"extra": FILE}])
def test_data_that_looks_like_a_file_stays_data(reply: Any, tmp_path: Path) -> None:
    made = answer(tmp_path, reply)
    assert b"texts/story.md" in orjson.dumps([made.content, made.extra])


def test_value_of_a_placeholder_names_no_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    reply = {"text": "{{ {'file': 'secret'} }}", "web_fetch": {"url": "u", "data": "{{ {'file': 'secret'} }}"}}
    with pytest.raises(ScenarioError, match="expected a text, got"):
        answer(tmp_path, reply)
    del reply["web_fetch"]
    assert answer(tmp_path, reply).content[0]["text"] == '{"file":"secret"}'


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        ("{text: {file: gone.md}}", "a.yaml:1:35: the file {}/gone.md cannot be read: No such file or directory"),
        ("{thinking: {file: .}}", "a.yaml:1:39: the file {} cannot be read: Is a directory"),
        ("{text: {file: /dev/null}}", "a.yaml:1:35: the file /dev/null cannot be read: it is a device, and only"),
        (
            "{text: {file: latin.md}}",
            "{}/latin.md cannot be read: the byte 0xe9 in line 2 is no UTF-8",
        ),
        ("{text: {file: broken.md}}", "broken.md:3:1: this placeholder cannot be read: unexpected '}}'"),
        ("{text: {file: unknown.md}}", 'broken.md:3:1: in a placeholder, "promt" is no name'),
        ("{text: {file: ''}}", "a.yaml:1:35: file: expected the path of a file, without placeholders"),
        ("{text: {file: '{{ prompt.user }}'}}", "a.yaml:1:35: file: expected the path of a file, without"),
        (
            "{file: a.md, literal: true}",
            'a text from a file is "text: {{file: …}}" where other keys',
        ),
        ("{text: {files: a}}", "a.yaml:1:28: text: expected a text or {{file: a path}}, got"),
    ],
)
def test_mistake_is_told_at_its_place(reply: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "latin.md").write_bytes(b"a\ncaf\xe9")
    (tmp_path / "broken.md").write_text("one\ntwo\n{{ x }")
    (tmp_path / "unknown.md").write_text("{{ promt.user }}")
    (tmp_path / "a.yaml").write_text(f"scenarios: [{{reply: {reply}}}]")
    with pytest.raises(ScenarioError) as caught:
        load([tmp_path / "a.yaml"], EXTENSIONS)
    (found,) = map(str, caught.value.problems)
    assert problem.format(tmp_path).replace("broken.md:3:1: in", "unknown.md:1:1: in") in found


def test_text_is_read_once_and_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_reader, "MAX_BYTES", 10_000)
    (tmp_path / "a.md").write_text("x" * 5_000)
    reply = "{thinking: {file: a.md}, text: {file: a.md}}"
    (tmp_path / "a.yaml").write_text(f"scenarios: [{{calls: [{reply}, {reply}]}}]")
    (scenario,) = load([tmp_path / "a.yaml"], EXTENSIONS).scenarios
    texts = [block.get("text") for step in scenario.steps for block in step.answer(Variables(prompt())).content]
    assert texts[1] is texts[3]
    assert type(texts[1]) is str
    (tmp_path / "a.md").write_text("x" * 9_990)
    with pytest.raises(ScenarioError, match="the fixtures are more than 0 MB in all"):
        load([tmp_path / "a.yaml"], EXTENSIONS)


def test_placeholder_that_fails_is_told_with_its_file(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"story\.md:1:1: the placeholder in 'x+…' failed") as caught:
        answer(tmp_path, {"text": FILE}, b"x" * 10_000 + b"{{ 1 / 0 }}")
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("reply", ["{file: a.md}", "{text: {file: a.md}}", "{raw: {body: {file: a.md}}}"])
def test_documents_that_are_no_files_name_none(reply: str) -> None:
    with pytest.raises(ScenarioError, match="file works in fixture files only"):
        parse(f"reply: {reply}", "given", EXTENSIONS)


def test_files_are_looked_at_and_belong_to_the_scenarios(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("a")
    (tmp_path / "a.yaml").write_text("scenarios: [{calls: [{file: a.md}, {text: {file: gone.md}}]}]")
    reader = FileReader()
    with pytest.raises(ScenarioError):
        load([tmp_path / "a.yaml"], EXTENSIONS, reader)
    assert {Path(look.path).name for look in reader.looked} == {"a.yaml", "a.md", "gone.md"}
    (tmp_path / "gone.md").write_text("b")
    loaded = load([tmp_path / "a.yaml"], EXTENSIONS)
    assert {Path(file).name for file in loaded.files} == {"a.yaml", "a.md", "gone.md"}
    # What depends on other files is read again.
    (tmp_path / "a.md").write_text("changed")
    (changed,) = load([tmp_path / "a.yaml"], EXTENSIONS, earlier=loaded.kept).scenarios
    assert changed.steps[0].answer(Variables(prompt())).content[0]["text"] == "changed"
