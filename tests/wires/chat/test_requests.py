"""Chat requests of any kind: what can be said in both formats is the same, and nothing makes the reading stumble."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.records.call import Call
from mockserver.validation.shape import has_shape
from mockserver.wires.chat.reading import translate, translate_leniently
from mockserver.wires.chat.schema import chat_request_schema
from tests.wires.chat.asking import write_request
from tests.wires.chat.cases import rows

Json = dict[str, Any]
CALL = Call("POST", "/v1/chat/completions", {}, at=1.5)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=10)
SAID = TEXT.filter(str.strip)
NAME = st.from_regex(r"[a-zA-Z0-9_-]{1,8}", fullmatch=True)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAME, inner, max_size=2),
    max_leaves=4,
)
CACHED: st.SearchStrategy[Json] = st.just({}) | st.just({"cache_control": {"type": "ephemeral"}})
BASE64 = st.binary(min_size=1, max_size=9).map(lambda data: b64encode(data).decode())
TEXT_BLOCK = st.builds(lambda text, more: {"type": "text", "text": text, **more}, TEXT, CACHED)
IMAGE = st.builds(
    lambda kind, data, more: {"type": "image", "source": {"type": "base64", "media_type": kind, "data": data}, **more},
    st.sampled_from(["image/png", "image/jpeg", "image/gif", "image/webp"]),
    BASE64,
    CACHED,
) | NAME.map(lambda name: {"type": "image", "source": {"type": "url", "url": f"https://{name}.test/"}})
DOCUMENT = st.builds(
    lambda title, data: {
        "type": "document",
        "source": {"type": "base64", "media_type": "application/pdf", "data": data},
        "title": title,
    },
    NAME,
    BASE64,
)
USER = st.builds(
    lambda content: {"role": "user", "content": content},
    SAID | st.lists(TEXT_BLOCK | IMAGE | DOCUMENT, min_size=1, max_size=3),
)
ASSISTANT = st.builds(
    lambda content: {"role": "assistant", "content": content}, SAID | st.lists(TEXT_BLOCK, min_size=1, max_size=2)
)


@st.composite
def tool_turns(draw: st.DrawFn) -> list[Json]:
    """Calls of tools, with or without a text before them, and their results."""
    ids = draw(st.lists(NAME, min_size=1, max_size=3, unique=True))
    uses = [
        {"type": "tool_use", "id": each, "name": draw(NAME), "input": draw(st.dictionaries(NAME, VALUE, max_size=2))}
        for each in ids
    ]
    contents = [draw(TEXT | st.lists(TEXT_BLOCK, max_size=2)) for _ in ids]
    results = [
        {"type": "tool_result", "tool_use_id": each, "content": content}
        for each, content in zip(ids, contents, strict=True)
    ]
    blocks = [*draw(st.lists(TEXT_BLOCK, max_size=1)), *uses]
    return [{"role": "assistant", "content": blocks}, {"role": "user", "content": results}]


TOOL = st.builds(
    lambda name, text, schema: {"name": name, "description": text, "input_schema": {"type": "object", **schema}},
    NAME,
    TEXT,
    st.dictionaries(NAME, VALUE, max_size=2).map(lambda given: {"properties": given}),
)
CHOICE = st.builds(
    lambda kind, alone: {"type": kind, **({"disable_parallel_tool_use": True} if alone and kind != "none" else {})},
    st.sampled_from(["auto", "any", "none"]),
    st.booleans(),
) | NAME.map(lambda name: {"type": "tool", "name": name})
TOOLS: st.SearchStrategy[Json] = st.just({}) | st.builds(
    lambda tools, choice: {"tools": tools, **choice},
    st.lists(TOOL, min_size=1, max_size=2),
    st.just({}) | CHOICE.map(lambda choice: {"tool_choice": choice}),
)
BODY = st.builds(
    lambda turns, tools, more: {"model": "m", "messages": [each for turn in turns for each in turn], **tools, **more},
    st.lists(USER.map(lambda each: [each]) | ASSISTANT.map(lambda each: [each]) | tool_turns(), min_size=1, max_size=5),
    TOOLS,
    st.fixed_dictionaries(
        {},
        optional={
            "system": SAID,
            "max_tokens": st.integers(1, 99),
            "temperature": st.floats(0, 1),
            "top_p": st.floats(0, 1),
            "stop_sequences": st.lists(SAID, min_size=1, max_size=4),
            "stream": st.booleans(),
            "thinking": st.just({"type": "enabled", "budget_tokens": 2000}),
        },
    ),
)


@settings(max_examples=50)
@given(BODY)
def test_conversations_are_the_same_in_both_formats(body: Json) -> None:
    written = write_request(body)
    said = translate(written, CALL)
    assert said.body == body
    assert said.form["model"] == "m"
    assert translate_leniently(written, CALL).body["messages"][-1:] == body["messages"][-1:]


def test_every_parameter_has_its_row() -> None:
    told = {name for row in rows("What is read of a request") for name in re.findall(r"\w+", row)}
    assert set(PARAMETERS) <= told


PARAMETERS = sorted(chat_request_schema()["$defs"]["CompletionCreateParams"]["properties"])
KEYS = [
    "type", "role", "content", "text", "image_url", "url", "file", "file_data", "file_id", "filename", "tool_calls",
    "tool_call_id", "function_call", "id", "function", "custom", "name", "arguments", "input", "parameters", "effort",
    "max_tokens", "json_schema", "schema", "allowed_tools", "mode", "tools", "include_usage", "cache_control",
    "approximate", "user_location", "search_context_size",
]  # fmt: skip
WORDS = [
    "text", "image_url", "file", "user", "assistant", "tool", "system", "function", "custom", "required", "{", "{}",
    "data:", "data:image/png;base64,", "data:,", "json_schema", "json_object", "high", "none", "claude-opus-4-5", "",
    "allowed_tools", "low",
]  # fmt: skip
ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)
MESSAGE = (
    st.builds(
        lambda role, more: {"role": role, **more},
        st.sampled_from(["user", "assistant", "tool", "system", "function", "x"]),
        st.dictionaries(st.sampled_from(["content", "tool_calls", "function_call", *KEYS[:8]]), ANY, max_size=3),
    )
    | st.dictionaries(st.sampled_from(KEYS), ANY, max_size=5)
    | ANY
)
WILD = st.builds(
    lambda model, messages, tools, more: {**more, "model": model, "messages": messages, "tools": tools},
    st.sampled_from(["claude-opus-4-5", "claude-opus-5"]) | ANY,
    st.lists(MESSAGE, max_size=4) | ANY,
    st.lists(MESSAGE, max_size=2) | ANY,
    st.dictionaries(st.sampled_from([*PARAMETERS, "reasoning", "thinking", "top_k"]), ANY, max_size=5),
)


@pytest.mark.parametrize("read", [translate, translate_leniently])
@settings(max_examples=100)
@given(body=WILD)
def test_any_values_are_read(read: Any, body: Json) -> None:
    """And what is found in order in another format has the shape that answers need."""
    said = read(body, CALL)
    assert 1 <= said.form["n"] <= 128
    assert type(said.form["include_usage"]) is bool
    assert said.finding is not None or read is translate_leniently or has_shape(said.body)
