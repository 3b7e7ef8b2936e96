"""The schemas of the chat wire: what they take and refuse, in each form, and what they say of a refused body."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.reference import schemas
from mockserver.wires.chat.schema import accepts_chat, chat_request_schema, find_chat_violations
from tests.chat_cases import FUNCTION, IMAGE, REQUESTS, USER, ask

Json = dict[str, Any]
USAGE: Json = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
COMPLETION: Json = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "Hi", "refusal": None}, "finish_reason": "stop"}
    ],
    "usage": USAGE,
}
CHUNK: Json = {
    "id": "chatcmpl-1",
    "object": "chat.completion.chunk",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}],
}
ERROR: Json = {"error": {"message": "No.", "type": "invalid_request_error", "param": None, "code": None}}
MODELS: Json = {"object": "list", "data": [{"id": "m", "object": "model", "created": 1, "owned_by": "me"}]}
GOOD = {"chat_completion": COMPLETION, "chat_chunk": CHUNK, "chat_error": ERROR, "chat_models": MODELS}
# The place and the keyword of the first violation.
REFUSED: list[tuple[Any, tuple[str | int, ...], str]] = [
    ([], (), "type"),
    ({}, ("messages",), "required"),
    ({"messages": [USER]}, ("model",), "required"),
    ({"model": 3, "messages": [USER]}, ("model",), "type"),
    (ask(top_k=3), ("top_k",), "additionalProperties"),
    ({**ask(), "messages": []}, ("messages",), "minItems"),
    (ask({"role": "usr", "content": "x"}), ("messages", 0, "role"), "enum"),
    (ask({"content": "x"}), ("messages", 0, "role"), "required"),
    (ask({"role": "user", "content": [{"type": "text"}]}), ("messages", 0, "content", 0, "text"), "required"),
    (ask({"role": "user", "content": [{"type": "txt"}]}), ("messages", 0, "content", 0, "type"), "enum"),
    (ask({"role": "system", "content": [IMAGE]}), ("messages", 0, "content", 0, "text"), "required"),
    (ask({**USER, "mood": "good"}), ("messages", 0, "mood"), "additionalProperties"),
    (ask({"role": "tool", "content": "x"}), ("messages", 0, "tool_call_id"), "required"),
    (ask(n=0), ("n",), "minimum"),
    (ask(n=129), ("n",), "maximum"),
    (ask(n=1.5), ("n",), "type"),
    (ask(temperature=2.1), ("temperature",), "maximum"),
    (ask(max_tokens=0), ("max_tokens",), "minimum"),
    (ask(stop=[*"abcde"]), ("stop",), "maxItems"),
    (ask(stream="yes"), ("stream",), "type"),
    (ask(reasoning_effort="huge"), ("reasoning_effort",), "enum"),
    (ask(tools=[{**FUNCTION, "function": {"name": "a b"}}]), ("tools", 0, "function", "name"), "pattern"),
    (ask(tools=[{"type": "web"}]), ("tools", 0, "type"), "enum"),
    (ask(tool_choice="any"), ("tool_choice",), "enum"),
    (ask(response_format={"type": "json_schema"}), ("response_format", "json_schema"), "required"),
    (ask(metadata={"a": "b", "k" * 65: "c"}), ("metadata", "k" * 65), "propertyNames"),
    (ask(metadata={"a": "b" * 513}), ("metadata", "a"), "maxLength"),
    (ask(logit_bias={"a": 1, "1": "b"}), ("logit_bias", "1"), "type"),
    (ask(metadata={"0": {"1": 2}}), ("metadata", "0"), "type"),
    (ask(n=0, model=1), ("model",), "type"),
    ({"n": 0, "messages": [USER]}, ("model",), "required"),
    (ask({"name": 3, "role": "user"}), ("messages", 0, "content"), "required"),
    ({"n": 0, **ask(), "model": 1}, ("n",), "minimum"),
]


@pytest.mark.parametrize("name", REQUESTS)
def test_request_is_accepted(name: str) -> None:
    body = REQUESTS[name]
    assert find_chat_violations(body) == []
    assert accepts_chat(body)


@pytest.mark.parametrize(("body", "path", "keyword"), REFUSED)
def test_request_is_refused_for_its_first_violation(body: Any, path: tuple[str | int, ...], keyword: str) -> None:
    assert not accepts_chat(body)
    first = find_chat_violations(body)[0]
    assert (first.path, first.keyword) == (path, keyword)


def test_violations_say_what_was_expected() -> None:
    body = ask({"role": "user"}, stop=5, n=200, top_k=1, reasoning_effort="huge", metadata={"k" * 65: "v"})
    told = {each.path: (each.value, each.expected, each.name) for each in find_chat_violations(body)}
    kinds = told.pop(("stop",))
    assert (kinds[0], sorted(kinds[1])) == (5, ["array", "null", "string"])
    assert "high" in told.pop(("reasoning_effort",))[1]
    assert told == {
        ("messages", 0, "content"): (None, True, "content"),
        ("n",): (200, 128, ""),
        ("top_k",): (1, False, "top_k"),
        ("metadata", "k" * 65): ("k" * 65, 64, "k" * 65),
    }
    assert next(iter(told)) == ("messages", 0, "content")


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 200)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted({*USER, *FUNCTION, "text", "url"})), inner)
    ),
    max_leaves=8,
)
PROPERTIES = chat_request_schema()["$defs"]["CompletionCreateParams"]["properties"]
KEYS = st.sampled_from([*sorted(PROPERTIES), "other"])


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(KEYS, VALUES, max_size=4), st.booleans())
def test_both_validators_agree(more: Json, is_whole: bool) -> None:
    body = ask(**more) if is_whole else more
    assert accepts_chat(body) == (find_chat_violations(body) == [])


def test_request_schema_is_self_contained() -> None:
    schema = chat_request_schema()
    jsonschema_rs.meta.validate(schema)
    text = json.dumps(schema)
    assert ".json#" not in text
    assert "x-beta" not in text


@pytest.mark.parametrize("name", sorted(GOOD))
@pytest.mark.parametrize("form", ["", "new_api_", "one_api_"])
def test_smallest_answer_is_taken_in_every_form(name: str, form: str) -> None:
    assert schemas.response_validator(f"{form}{name}").is_valid(GOOD[name])


def test_every_response_is_tested() -> None:
    assert GOOD.keys() == schemas.CHAT_RESPONSES.keys()


def complete(**message: Any) -> Json:
    return {
        **COMPLETION,
        "choices": [{**COMPLETION["choices"][0], "message": {"role": "assistant", "content": "", **message}}],
    }


ADDED: list[tuple[str, Json, set[str]]] = [
    ("chat_completion", complete(refusal=None), {"", "new_api_", "one_api_"}),
    ("chat_completion", complete(), {"new_api_", "one_api_"}),
    ("chat_completion", complete(refusal=None, reasoning_content="Hm."), {"", "new_api_"}),
    ("chat_completion", complete(refusal=None, mood="good"), set()),
    ("chat_completion", {**COMPLETION, "usage": {**USAGE, "input_tokens": 1}}, {"new_api_"}),
    ("chat_completion", {**COMPLETION, "object": "chat.completion.chunk"}, set()),
    (
        "chat_chunk",
        {**CHUNK, "choices": [{"index": 0, "delta": {"reasoning_content": "Hm."}, "finish_reason": None}]},
        {"", "new_api_"},
    ),
    ("chat_chunk", {**CHUNK, "choices": [{"index": 0, "delta": {}}]}, set()),
    ("chat_chunk", {**CHUNK, "choices": [], "usage": USAGE}, {"", "new_api_", "one_api_"}),
    ("chat_error", {"error": {"message": "No.", "type": "new_api_error"}}, {"new_api_", "one_api_"}),
    ("chat_error", {"type": "error", **ERROR}, set()),
    ("chat_models", {**MODELS, "success": True}, {"new_api_"}),
    (
        "chat_models",
        {**MODELS, "data": [{**MODELS["data"][0], "permission": [], "root": "m", "parent": None}]},
        {"one_api_"},
    ),
]


@pytest.mark.parametrize(("name", "body", "forms"), ADDED)
def test_what_gateways_add_is_taken_in_their_forms_only(name: str, body: Json, forms: set[str]) -> None:
    taken = {form for form in ("", "new_api_", "one_api_") if schemas.response_validator(form + name).is_valid(body)}
    assert taken == forms


def test_unknown_name_is_told() -> None:
    with pytest.raises(KeyError):
        schemas.response_schema("chat_other")
    with pytest.raises(KeyError):
        schemas.response_schema("other_chat_chunk")
