"""Scenarios put into the text of a file: all else stays as it is, byte for byte."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mockserver.cassettes.emitting import emit
from mockserver.scenarios.editing.cutting import cut_all
from mockserver.scenarios.editing.splicing import Spliced, SpliceError, splice
from mockserver.scenarios.reading.file_reader import join_lines
from mockserver.scenarios.reading.source import read

FILE = """\
# At the top.
defaults: {when: {model: "claude-*"}}  # for all

scenarios:
  # Weather.
  - name: weather
    when: {user: weather}
    reply:
      text: |
        # No comment

        Sunny.
    # behind it

  # The other one.
  -   name: other
      reply: {text: "one
        two"}

x-end: 1  # here
"""


def put(text: str, sent: str) -> Spliced:
    document = read(join_lines(text), "file")
    return splice(text, document, cut_all(sent, read(join_lines(sent), "sent"), emit))


def test_scenario_replaces_the_one_of_its_name() -> None:
    done = put(FILE, "scenarios:\n- name: weather\n  # why\n  reply: |\n    Rain.\n\n    More.\n")
    old = FILE[FILE.index("  - name: weather") : FILE.index("    # behind it")]
    new = "  - name: weather\n    # why\n    reply: |\n      Rain.\n\n      More.\n"
    assert done.text == FILE.replace(old, new)
    assert (done.added, done.replaced) == ((), ("weather",))


def test_new_scenario_comes_first_as_one_added_to_a_session_does() -> None:
    done = put(FILE, "# About it.\nname: new\nreply: Hi.\n")
    new = "scenarios:\n  # About it.\n  - name: new\n    reply: Hi.\n\n"
    assert done.text == FILE.replace("scenarios:\n", new)
    assert (done.added, done.replaced) == (("new",), ())


def test_several_at_once_in_the_style_of_the_file() -> None:
    text = "scenarios:\r\n- name: a\r\n  reply: A\r\n- name: b\r\n  reply: B"
    done = put(text, '{"scenarios": [{"name": "b", "reply": "BB"}, {"name": "c", "reply": "C"}]}')
    assert done.text == "scenarios:\r\n- {name: c, reply: C}\r\n- name: a\r\n  reply: A\r\n- {name: b, reply: BB}\r\n"
    assert (done.added, done.replaced) == (("c",), ("b",))


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("", "scenarios:\n  - name: n\n    reply: x\n"),
        ("# only this\n", "# only this\n\nscenarios:\n  - name: n\n    reply: x\n"),
        ("x-a: 1", "x-a: 1\n\nscenarios:\n  - name: n\n    reply: x\n"),
        ("scenarios:  # none\nx-a: 1\n", "scenarios:  # none\n  - name: n\n    reply: x\nx-a: 1\n"),
        ("scenarios: []", "scenarios:\n  - name: n\n    reply: x\n"),
        (
            "scenarios: [ ]  # none\r\nx-a: []\r\n",
            "scenarios:  # none\r\n  - name: n\r\n    reply: x\r\nx-a: []\r\n",
        ),
        (
            "---\nscenarios:\n- name: q\n  reply: z\n...\n",
            "---\nscenarios:\n- name: n\n  reply: x\n- name: q\n  reply: z\n...\n",
        ),
        (
            "scenarios:\n- name: n\n  reply: {text: [\n    old\n    ]\n  }\n# end\n",
            "scenarios:\n- name: n\n  reply: x\n# end\n",
        ),
        (
            "scenarios:\n-\n  name: n\n  reply: |+\n    old\n\nx-a: 1\n",
            "scenarios:\n- name: n\n  reply: x\n\nx-a: 1\n",
        ),
    ],
)
def test_forms_of_files(text: str, result: str) -> None:
    assert put(text, "name: n\nreply: x\n").text == result


@pytest.mark.parametrize(
    "text",
    [
        "scenarios: [{name: n, reply: y}]\n",
        '{"scenarios": []}',
        "x-a: '\nscenarios: []\n'\nscenarios: []\n",
        "scenarios: &all\n- name: q\n  reply: z\nx-a: *all\n",
        "scenarios:\n- &n\n  name: n\n  reply: y\n- <<: *n\n  name: o\n",
    ],
)
def test_what_cannot_be_put_in_changes_nothing(text: str) -> None:
    with pytest.raises(SpliceError):
        put(text, "name: n\nreply: x\n")


def test_words_with_aliases_are_written_out() -> None:
    sent = "x-when: &w {user: hi}\nscenarios:\n- name: a\n  when: *w\n  reply: x\n- name: b\n  when: *w\n  reply: y\n"
    done = put("scenarios:\n- name: b\n  reply: z\n", sent)
    assert done.text == (
        'scenarios:\n- {name: a, when: {user: hi}, reply: x}\n- {name: b, when: {user: hi}, reply: "y"}\n'
    )


def test_places_of_what_was_sent_are_known() -> None:
    sent = "scenarios:\n- name: other\n  when: {user: x}\n  reply: y\n"
    (insertion,) = put(FILE, sent).insertions
    line = FILE[: FILE.index("  -   name: other")].count("\n")
    assert (insertion.start, insertion.end, insertion.shift, insertion.cut.line) == (line, line + 3, 2, 1)


TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12) | st.sampled_from(
    ["# a\n\nb\n", "a\n", "- b", "a: b", " c", "{", "yes", "a\n\n\n", "'", '"x"', "|", "&a", "*a"]
)
WORDS = st.builds(
    lambda name, user, text, more: {"name": name, "when": {"user": user}, "reply": {"text": text, "headers": more}},
    st.sampled_from(["a", "b", "c", "d"]),
    TEXTS,
    TEXTS,
    st.dictionaries(st.sampled_from(["x-a", "x-b"]), TEXTS, max_size=2),
)
MANY = st.lists(WORDS, min_size=1, max_size=4, unique_by=lambda words: words["name"])


@given(MANY, MANY, st.integers(0, 4), st.sampled_from(["yaml", "emit", "json"]), st.booleans())
def test_any_scenarios_come_out_as_they_went_in(
    old: list[dict[str, str]], new: list[dict[str, str]], indent: int, form: str, is_windows: bool
) -> None:
    listed = "".join(f"{' ' * indent if line else ''}{line}\n" for line in emit(old, 0).splitlines())
    text = f"# one\nscenarios:\n{listed}\n# two\nx-a: 1\n"
    text = text.replace("\n", "\r\n") if is_windows else text
    dumps = {"yaml": lambda v: yaml.safe_dump(v, sort_keys=False, allow_unicode=True), "json": _write_json}
    sent = dumps.get(form, lambda v: emit(v, 0))({"scenarios": new})
    done = put(text, sent)
    names = [words["name"] for words in old]
    by_name = {words["name"]: words for words in new}
    wanted = [*(each for each in new if each["name"] not in names), *(by_name.get(each["name"], each) for each in old)]
    assert read(join_lines(done.text), "").value == {"scenarios": wanted, "x-a": 1}
    assert done.text.startswith(text[:5])
    assert done.text.endswith(text[-8:])


def _write_json(value: object) -> str:
    import json

    return json.dumps(value, indent=1, ensure_ascii=False)
