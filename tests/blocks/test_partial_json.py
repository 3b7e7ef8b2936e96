"""Inputs of tools that are cut off: how a stream writes them, and what can still be read."""

from __future__ import annotations

import json
from typing import Any

import jiter
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.blocks.chunking import cut_input
from mockserver.blocks.dice import roll
from mockserver.blocks.partial_json import close_json, tear, write_properties

TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS | st.sampled_from(['a "b\\', "{[,:", "true 12"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
INPUTS = st.dictionaries(TEXTS, VALUES, min_size=1, max_size=4)


def full_text(tool_input: dict[str, Any]) -> str:
    return "".join(write_properties(tool_input)) + "}"


@settings(max_examples=100)
@given(INPUTS, st.integers(0, 200))
def test_what_is_read_is_what_the_sdk_reads(tool_input: dict[str, Any], size: int) -> None:
    text = full_text(tool_input)[:size]
    assert close_json(text) == (jiter.from_json(text.encode(), partial_mode=True) if text else {})


@settings(max_examples=50)
@given(INPUTS)
def test_whole_input_is_read_whole(tool_input: dict[str, Any]) -> None:
    assert close_json(full_text(tool_input)) == tool_input == json.loads(full_text(tool_input))


@pytest.mark.parametrize("text", ["[1", "12", "tru", "]", "a"])
def test_text_that_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        close_json(text)


@settings(max_examples=100)
@given(INPUTS, st.integers(0, 200), st.booleans())
def test_torn_input_is_a_beginning_that_is_no_json(tool_input: dict[str, Any], size: int, eager: bool) -> None:
    text = full_text(tool_input)
    torn = tear(write_properties(tool_input), min(size, len(text) - 1), eager=eager)
    pieces = list(cut_input(torn, roll(7)))
    written = "".join(pieces)
    assert pieces[0] == ""
    assert "" not in pieces[1:]
    assert text.startswith(written)
    with pytest.raises(ValueError, match=r".+"):
        json.loads(written)
    assert torn == close_json(written)
    if eager:
        assert len(written) == min(size, len(text) - 1)
    else:
        assert [*torn.items()] == [*tool_input.items()][: len(torn)]


def test_torn_input_ends_where_its_tool_lets_it() -> None:
    tool_input = {"path": "a.py", "lines": {"first": 1, "text": "x" * 50}}
    size = len('{"path": "a.py", "lines": {"first":1,"text":"xxx')
    buffered, eager = (tear(write_properties(tool_input), size, eager=eager) for eager in (False, True))
    assert (buffered, buffered.written) == ({"path": "a.py"}, ('{"path": "a.py"',))
    assert (eager, eager.written[-1]) == ({"path": "a.py", "lines": {"first": 1}}, ', "lines": {"first":1,"text":"xxx')
    assert tear(write_properties(tool_input), 5, eager=False).written == ("{",)
    assert (
        tear(write_properties(tool_input), 0, eager=True).written
        == tear(write_properties(tool_input), 0, eager=False).written
        == ()
    )
