"""Any value survives being written as YAML and read by the project's own reader and by PyYAML; people can read it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mockserver.cassettes.emitting import WIDTH, emit
from mockserver.scenarios.reading.source import read

HARD = st.sampled_from(
    [
        *" \t\n\r-:#?|>%@`\"'{}[],&*!~=.",
        "\x00",
        "\x85",
        "\u2028",
        "\ufeff",
        "é",
        "😀",
        "\u200d",
        "\u202e",
        "no",
        "yes",
        "1",
        "word",
        ": ",
        " #",
        "\n\n",
    ]
)
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    st.lists(HARD, max_size=30).map("".join),
    st.lists(st.sampled_from(["word", " ", "a-long-word-of-the-text", "\n", "# no", "- no", "é"]), max_size=80).map(
        "".join
    ),
)
NUMBERS = st.one_of(
    st.integers(-(2**60), 2**60), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.none()
)
VALUES = st.recursive(
    st.one_of(TEXTS, NUMBERS),
    lambda below: st.one_of(st.lists(below, max_size=4), st.dictionaries(TEXTS, below, max_size=4)),
    max_leaves=12,
)


def load(text: str) -> Any:
    document = read(text, "written.yaml")
    assert document.problems == ()
    return document.value


@given(TEXTS)
def test_any_text_survives(text: str) -> None:
    for value in ({"text": text}, {"list": [text, {"a": text}]}, {"below": {"text": text, "after": 1}}):
        assert load(emit(value)) == value


@given(st.dictionaries(TEXTS.filter(bool), VALUES, min_size=1, max_size=4))
def test_any_value_survives(value: dict[str, Any]) -> None:
    assert load(emit(value)) == value


@given(TEXTS)
def test_other_readers_agree(text: str) -> None:
    value = {"text": text, "after": [text], "when": {"user": text, "turn": 1, text: 1}}
    assert yaml.safe_load(emit(value)) == value


READABLE = {
    "a short text": ({"text": "It rains in Oslo."}, "text: It rains in Oslo.\n"),
    "a text that is a word of YAML": ({"text": "no"}, 'text: "no"\n'),
    "a text with a colon": ({"text": "So: yes"}, 'text: "So: yes"\n'),
    "several lines": ({"text": "One\n\n  two: #3"}, "text: |-\n  One\n\n    two: #3\n"),
    "a line end at the end": ({"text": "One\ntwo\n"}, "text: |\n  One\n  two\n"),
    "spaces at the end of a line": ({"text": "One \n two"}, 'text: "One \\n\\\n  \\ two"\n'),
    "a small mapping": ({"when": {"user": "Hi", "recorded": 1}}, "when: {user: Hi, recorded: 1}\n"),
    "a list of mappings": ([{"name": "a", "text": "b\nc"}], "- name: a\n  text: |-\n    b\n    c\n"),
    "letters of all scripts": ({"text": "Grüße, 世界"}, "text: Grüße, 世界\n"),
}


@pytest.mark.parametrize("name", READABLE)
def test_values_are_written_readably(name: str) -> None:
    value, text = READABLE[name]
    assert emit(value) == text


def test_long_texts_are_folded_at_spaces() -> None:
    text = " ".join(["several"] * 50)
    written = emit({"reply": {"text": text}})
    assert written.startswith("reply:\n  text: >-\n    several several")
    assert max(map(len, written.splitlines())) <= WIDTH
    assert load(written) == {"reply": {"text": text}}
