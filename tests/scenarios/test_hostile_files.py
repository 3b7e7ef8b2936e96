"""Files that cannot be read, would never end, or cannot be compiled: each is told as a problem with its place."""

from __future__ import annotations

import errno
import io
import os
import random
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from mockserver.records.errors import Place, ScenarioError
from mockserver.scenarios import FileReader, load, parse, sign
from mockserver.scenarios.answering import templates
from mockserver.scenarios.reading import file_reader, searching
from mockserver.serving import assembly

REPLY = "scenarios:\n  - reply: {}\n"
BODY = "scenarios:\n  - reply: {{raw: {{body_file: {}}}}}\n"


def told(folder: Path, content: str | bytes) -> str:
    """What ``check`` and loading say of ``a.yaml``; both say the same."""
    data = content if isinstance(content, bytes) else content.encode()
    (folder / "a.yaml").write_bytes(data)
    with pytest.raises(ScenarioError) as caught:
        load([folder / "a.yaml"])
    assert set(caught.value.problems) <= set(assembly.lint([str(folder / "a.yaml")]))
    return str(caught.value).replace(f"{folder}/", "")


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


def link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


def link_to_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def make_large(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(file_reader.MAX_BODY + 1)


SPECIAL: Sequence[tuple[Callable[[Path], None], str]] = (
    (os.mkfifo, "it is a pipe, and only regular files are read"),
    (make_socket, "it is a socket, and only regular files are read"),
    (link_to_device, "it is a device, and only regular files are read"),
    (link_to_itself, "Too many levels of symbolic links"),
    (make_large, "it is larger than"),
)


@pytest.mark.parametrize(("make", "reason"), SPECIAL)
def test_what_is_no_readable_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], None], reason: str
) -> None:
    monkeypatch.chdir(tmp_path)  # the names of sockets are short
    make(Path("x.yaml"))
    assert f"a.yaml:1:10: the file x.yaml cannot be read: {reason}" in told(tmp_path, "include: x.yaml")
    assert f"a.yaml:1:11: the file x.yaml cannot be read: {reason}" in told(tmp_path, "include: ['x*']")
    assert f"a.yaml:2:30: this file cannot be read: {reason}" in told(tmp_path, BODY.format("x.yaml"))
    with pytest.raises(ScenarioError, match=f"x.yaml:1:1: this file cannot be read: {reason}"):
        load([tmp_path / "x.yaml"])
    (tmp_path / "a.yaml").unlink()
    with pytest.raises(ScenarioError, match=f"x.yaml:1:1: this file cannot be read: {reason}"):
        load([tmp_path])


NAMES = [("a\\0b", "it is no path"), ("a" * 300, "File name too long"), ("a/" * 3000, "File name too long")]


@pytest.mark.parametrize(("name", "reason"), NAMES)
def test_impossible_names_are_refused(tmp_path: Path, name: str, reason: str) -> None:
    assert told(tmp_path, f'include: "{name}"').startswith("a.yaml:1:10: the file ")
    assert f"cannot be read: {reason}" in told(tmp_path, f'include: "{name}"')
    assert told(tmp_path, f'include: "{name}*"').startswith("a.yaml:1:10: there is no file ")
    assert told(tmp_path, BODY.format(f'"{name}"')).startswith(f"a.yaml:2:30: this file cannot be read: {reason}")
    with pytest.raises(ScenarioError, match=reason):
        load([name.replace("\\0", "\0")])


@pytest.mark.parametrize("error", [errno.EACCES, errno.EIO, errno.EMFILE, errno.ESTALE])
def test_failures_of_the_system_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int) -> None:
    def refuse(*_: Any) -> Any:
        raise OSError(error, os.strerror(error))

    with monkeypatch.context() as patch:
        patch.setattr("mockserver.scenarios.reading.file_reader.os.open", refuse)
        (tmp_path / "b.yaml").write_text(REPLY.format("b"))
        with pytest.raises(ScenarioError, match=f"b.yaml:1:1: this file cannot be read: {os.strerror(error)}"):
            load([tmp_path])
    with monkeypatch.context() as patch:
        patch.setattr(file_reader, "_list_matches", refuse)
        with pytest.raises(ScenarioError, match=os.strerror(error)):
            load([tmp_path])


def test_included_file_of_other_bytes_is_told_in_that_file(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_bytes(b"\n\n# \xff\n")
    assert told(tmp_path, "include: b.yaml") == "b.yaml:3:1: the byte 0xff is no UTF-8 text: save this file as UTF-8"


def test_character_that_yaml_forbids_is_told_with_its_line(tmp_path: Path) -> None:
    assert told(tmp_path, f"# {'é' * 100}\n# \x01") == "a.yaml:2:1: this is not YAML: '\\x01' cannot stand in it"


def test_folder_named_as_a_file_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").mkdir()
    with pytest.raises(ScenarioError, match=r"x.yaml:1:1: this file cannot be read: Is a directory"):
        load([tmp_path])


def test_file_that_does_not_tell_its_size_is_read_whole() -> None:
    content = FileReader().read(Path("/proc/self/status"))
    assert content.endswith(b"\n")
    assert len(content) > 100


# Includes -----------------------------------------------------------------------------------------------------------


def test_absolute_patterns_are_followed(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "b.yaml").write_text(REPLY.format("b"))
    (tmp_path / "a.yaml").write_text(f"include: ['{tmp_path}/o*/*.yaml']")
    assert len(load([tmp_path / "a.yaml"])) == 1


@pytest.mark.parametrize("pattern", ["/dev/null*/*", "**x", "[", "[a-", "../**/nothing/*", "~nobody/*"])
def test_odd_patterns_that_fit_nothing_are_told(tmp_path: Path, pattern: str) -> None:
    assert told(tmp_path, f"include: ['{pattern}']") == f"a.yaml:1:11: there is no file {pattern} beside this one"


def test_patterns_go_around_circles(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "up").symlink_to("..")
    (tmp_path / "below" / "b.yaml").write_text("include: ../a.yaml\n" + REPLY.format("b"))
    (tmp_path / "a.yaml").write_text("include: ['**/*.yaml', '*/up/*.yaml']\n" + REPLY.format("a"))
    assert len(load([tmp_path / "a.yaml"])) == 2


def test_search_without_end_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "MAX_ENTRIES", 50)
    for name in range(60):
        (tmp_path / str(name)).mkdir()
    problem = told(tmp_path, "include: ['**/*.yaml']")
    assert "a.yaml:1:11: the files of this pattern cannot be read: more than 50 files and folders" in problem


@pytest.mark.parametrize(
    ("bound", "most", "reason"),
    [("MAX_FILES", 20, "the fixtures are more than 20 files"), ("MAX_BYTES", 400, "the fixtures are more than 0 MB")],
)
def test_files_and_bytes_are_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str, most: int, reason: str
) -> None:
    monkeypatch.setattr(file_reader, bound, most)
    for name in range(30):
        (tmp_path / f"{name}.txt").write_text(REPLY.format(name))
    problem = told(tmp_path, "include: ['*.txt']")
    assert problem.count("a.yaml:1:11: the file ") == 1, "the rest is not tried"
    assert reason in problem


def test_long_row_of_includes_is_followed_in_order(tmp_path: Path) -> None:
    for number in range(400):
        (tmp_path / f"{number}.yaml").write_text(f"include: {number + 1}.yaml\n" + REPLY.format(f"'{number}'"))
    (tmp_path / "400.yaml").write_text("include: 0.yaml")
    found = load([tmp_path / "0.yaml"])
    assert [each.name for each in found.scenarios][::150] == ["0 #1", "150 #1", "300 #1"]


def test_body_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_reader, "MAX_BYTES", 10_000)
    (tmp_path / "page.txt").write_text("x" * 5_000)
    step = "{raw: {body_file: page.txt}}"
    (tmp_path / "a.yaml").write_text(f"scenarios: [{{calls: [{step}, {step}, {step}]}}]")
    assert len(load([tmp_path / "a.yaml"]).scenarios[0].steps) == 3


def test_reader_remembers_what_it_looked_at(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("include: [b.yaml, 'c*']\n" + REPLY.format("{raw: {body_file: gone.txt}}"))
    reader = FileReader()
    with pytest.raises(ScenarioError):
        load([tmp_path], reader=reader)
    assert {(Path(look.path).name, look.pattern) for look in reader.looked} == {
        (tmp_path.name, ""),
        (tmp_path.name, "c*"),
        ("a.yaml", None),
        ("b.yaml", None),
        ("gone.txt", None),
    }
    assert all(sign(look) == state for look, state in reader.looked.items())
    (tmp_path / "cd").write_text("")
    (tmp_path / "gone.txt").write_text("")
    changed = [(Path(look.path).name, look.pattern) for look, state in reader.looked.items() if sign(look) != state]
    assert sorted(map(str, changed)) == sorted(map(str, [(tmp_path.name, "c*"), ("gone.txt", None)]))


# Depth and templates ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("levels", [251, 400, 800, 5000])
@pytest.mark.parametrize(
    "content",
    [
        "scenarios: [{{reply: {{raw: {{json: {}}}}}}}]",
        "scenarios: [{{when: {}, reply: a}}]",
        "scenarios: [{{reply: a}}]\nx-anything: {}",
        "scenarios: [{{reply: a}}]\ntool_schemas: {{a: {}}}",
        "scenarios: [{{reply: a}}]\ndefaults: {{answer: {{extra: {{a: {}}}}}}}",
        "include: {}",
    ],
)
@pytest.mark.parametrize("brackets", ["[]", ("{a: ", "}")])
def test_deep_values_are_told(tmp_path: Path, content: str, brackets: Sequence[str], levels: int) -> None:
    problem = told(tmp_path, content.format(brackets[0] * levels + brackets[1] * levels))
    assert "this is nested too deeply: 250 levels at most" in problem


def test_deep_default_answer_cannot_be_written_as_json(tmp_path: Path) -> None:
    content = "scenarios: [{reply: a}]\ndefaults: {answer: {extra: {a: " + "[" * 242 + "]" * 242 + "}}}"
    assert told(tmp_path, content) == "a.yaml:2:20: this cannot be written as JSON: Recursion limit reached"


def test_deep_pattern_is_told(tmp_path: Path) -> None:
    content = f'scenarios:\n  - when: {{user: "/{"(" * 3000}{")" * 3000}/"}}\n    reply: a'
    assert told(tmp_path, content).startswith("a.yaml:2:5: something in this scenario is nested too deeply")


def nest(opening: str, closing: str, levels: int) -> str:
    return opening * levels + closing * levels


UNCOMPILABLE = [
    (nest("{% for a in [1] %}", "{% endfor %}", 30), "too many statically nested blocks"),
    (nest("{% if 1 %}", "{% endif %}", 200), "too many levels of indentation"),
    ("{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}", "it is nested too deeply"),
    ("{{ turn" + "|string" * 500 + " }}", "it is nested too deeply"),
    ("{{ prompt" + ".a" * 2000 + " }}", "it is nested too deeply"),
    ("{{ prompt" + "[0]" * 2000 + " }}", "it is nested too deeply"),
    ("{{ " + "not " * 3000 + "1 }}", "it is nested too deeply"),
    ("{{ " + "+".join(["1"] * 3000) + " }}", "it is nested too deeply"),
    ("a {{ 1" + "0" * 5000 + " }}", "Exceeds the limit"),
    ("{{ fake.pyint(min_value=1, min_value=2) }}", "keyword argument repeated"),
    ("{{ fake(a='=', b=2, a='') }}", "keyword argument repeated"),
    ("{% macro a(b, b) %}{% endmacro %}", "duplicate argument"),
    ("{{ not '' ~ ''.__class__ }}", "access to attribute '__class__' of 'str' object is unsafe"),
    ("{{ 'a' ~ none.x }}", "'None' has no attribute 'x'"),
]


@pytest.mark.parametrize(("text", "reason"), UNCOMPILABLE, ids=range(len(UNCOMPILABLE)))
def test_template_that_python_cannot_compile_is_told_at_load(tmp_path: Path, text: str, reason: str) -> None:
    quoted = orjson.dumps(text).decode()
    problem = told(tmp_path, REPLY.format(quoted))
    assert problem.startswith(f"a.yaml:2:12: this placeholder cannot be compiled: {reason}")
    assert "a.yaml:2:12: this placeholder cannot be compiled" in told(
        tmp_path, REPLY.format(f"{{text: {quoted}}}")
    ).replace(":19:", ":12:")
    default = f"defaults: {{answer: {{model: {quoted}}}}}\n" + REPLY.format("a")
    assert told(tmp_path, default).startswith(f"a.yaml:1:28: this placeholder cannot be compiled: {reason}")
    with pytest.raises(ScenarioError, match="this placeholder cannot be compiled"):
        parse({"reply": text}, "added-1")


UNREADABLE = [
    "{{ turn }} {# no end",
    "{{{ turn }}",
    "{{ fake(a=1, 2) }}",
    "{{ prompt[007] }}",
    "{{ prompt.a² }}",
    "{{ turn|lowerx }}",
]


@pytest.mark.parametrize("text", UNREADABLE)
def test_template_that_jinja_cannot_read_is_told_at_load(tmp_path: Path, text: str) -> None:
    problem = told(tmp_path, REPLY.format(orjson.dumps(text).decode()))
    assert problem.startswith("a.yaml:2:12: this placeholder cannot be read: ")


STEPS = (
    ".a",
    ".if",
    ".é",
    ".a²",
    "[0]",
    "[01]",
    "[٣]",
    "('a')",
    "(a=1)",
    "(a=1, b='x=1')",
    "(a='(', a=2)",
    "(a=1, 2)",
    "()",
)
ENDS = ("", " - 1", " + 02", "|length", " | lower ", "|trimx", " - 1|upper")


def test_placeholders_taken_as_plain_can_be_compiled() -> None:
    """Plain ones are not compiled at load, so each of them must be sure to."""
    dice, plain = random.Random(7), 0
    for _ in range(3_000):
        steps = "".join(dice.choices(STEPS, k=dice.choice((0, 1, 1, 2, 30))))
        opening, closing = dice.choice(("{{", "{{ ", "{{{ ", "{# #}{{ ")), dice.choice(("}}", " }}", " }}}"))
        text = opening + dice.choice(("turn", "prompt", "fake")) + steps + dice.choice(ENDS) + closing
        if templates._find_plain_names(text):
            _ = templates.Template(text, Place("a.yaml")).fill
            plain += 1
    assert plain > 300


def test_file_in_which_nothing_is_to_be_read_now_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the kernel's log, which looks like a regular file."""
    (tmp_path / "x.yaml").write_text("scenarios: []")

    class Silent(io.FileIO):
        def read(self, _: int | None = -1, /) -> bytes | None:  # type: ignore[override]
            return None

    monkeypatch.setattr(os, "fdopen", lambda number, mode: Silent(number, mode))
    with pytest.raises(ScenarioError, match=r"x\.yaml:1:1: this file cannot be read: there is nothing to read"):
        load([tmp_path / "x.yaml"])
