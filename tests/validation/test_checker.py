"""Refusals in the API's order and words."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import orjson
import pytest

from mockserver.records.budget import Limits
from mockserver.validation import Checker, walk

Json = dict[str, Any]
VERSION = "2023-06-01"
GOOD: Json = {"model": "claude-sonnet-5", "max_tokens": 16, "messages": [{"role": "user", "content": "hi"}]}


def said(body: Any, endpoint: str = "messages", betas: str = "") -> str | None:
    """What the API would say of ``body``, or None when it takes it."""
    found = Checker().check(orjson.dumps(body), endpoint, VERSION, frozenset(betas.split())).finding
    return found.message if found else None


def said_of_block(block: Any) -> str | None:
    return said({**GOOD, "messages": [{"role": "user", "content": [block]}]})


# ---- order ----

# Measured on claude-sonnet-5: of two bad fields, the earlier of these is reported.
BAD_FIELDS: Json = {
    "model": 7,
    "tool_choice": 7,
    "tools": 7,
    "messages": [{"role": "bogus", "content": "x"}],
    "system": 7,
    "thinking": 7,
    "output_config": 7,
    "cache_control": 7,
    "max_tokens": "x",
    "metadata": 7,
    "stop_sequences": 7,
    "temperature": 7,
    "service_tier": 7,
    "top_k": "x",
    "top_p": 7,
    "stream": 7,
    "container": 7,
    "inference_geo": 7,
    "bogus_key": None,
}


@pytest.mark.parametrize(("first", "second"), list(combinations(BAD_FIELDS, 2)))
def test_earlier_field_is_reported(first: str, second: str) -> None:
    bad = {first: BAD_FIELDS[first], second: BAD_FIELDS[second]}
    messages = {said(GOOD | bad), said(dict(reversed(bad.items())) | {**GOOD, **bad})}
    assert len(messages) == 1
    assert str(messages.pop()).startswith(first)


def test_missing_field_beats_a_later_bad_one() -> None:
    assert said({"max_tokens": 16, "messages": 7}) == "model: Field required"
    assert said({"model": "m", "messages": [], "max_tokens": "x"}) == "messages: at least one message is required"


def test_unknown_keys_are_reported_in_body_order() -> None:
    assert said({"zb": 1, **GOOD, "za": 1}) == "zb: Extra inputs are not permitted"
    assert said({"za": 1, **GOOD, "zb": 1}) == "za: Extra inputs are not permitted"


def test_fields_come_before_the_shape_of_the_conversation() -> None:
    hollow = {**GOOD, "messages": [{"role": "user", "content": []}]}
    assert said({**hollow, "bogus": 1}) == "bogus: Extra inputs are not permitted"
    assert "non-empty content" in str(said(hollow))


# ---- words and places ----

ABSENT = ("metadata", "inference_geo", "stop_sequences", "cache_control", "container")


@pytest.mark.parametrize("field", ABSENT)
def test_null_is_absent_for_some_fields(field: str) -> None:
    assert said({**GOOD, field: None}) is None


@pytest.mark.parametrize("field", [field for field in BAD_FIELDS if field not in ABSENT])
def test_null_is_refused_for_others(field: str) -> None:
    assert str(said({**GOOD, field: None})).startswith(f"{field}: ")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"system": ["x"]}, "system.0: Input does not match the expected shape."),
        ({"system": [{"type": "text", "text": 7}]}, "system.0.text: Input should be a valid string"),
        ({"output_config": "x"}, "output_config: Input does not match the expected shape."),
        ({"output_config": {"task_budget": {}}}, "output_config.task_budget: Extra inputs are not permitted"),
        ({"cache_control": "x"}, "cache_control: Input should be an object"),
        ({"cache_control": {}}, "cache_control.type: Field required"),
        ({"temperature": 1.5}, "temperature: range: 0..1"),
        ({"top_p": 2}, "top_p: range: 0..1"),
        ({"max_tokens": -1}, "max_tokens: must be greater than or equal to 0"),
        ({"temperature": -0.5}, "temperature: range: 0..1"),
        ({"temperature": -1}, "`temperature` cannot be set to -1 for this model"),
        ({"inference_geo": "eu"}, "inference_geo: must be one of ['global', 'us']"),
        ({"metadata": {"user_id": "x" * 513}}, "metadata.user_id: String should have at most 512 characters"),
        ({"container": []}, "container.ContainerParams: Input does not match the expected shape."),
        ({"container": {"x": 1}}, "container.ContainerParams.x: Extra inputs are not permitted"),
        (
            {"tool_choice": {"type": "x"}},
            "tool_choice: Input tag 'x' found using 'type' does not match any of the expected tags: "
            "'auto', 'any', 'tool', 'none'",
        ),
        ({"tool_choice": {"type": "tool"}}, "tool_choice.tool.name: Field required"),
        ({"thinking": {"type": "disabled", "x": 1}}, "thinking.disabled.x: Extra inputs are not permitted"),
        ({"tools": [{"type": None}]}, "tools.0.custom.name: Field required"),
        (
            {"tools": [{"name": "t", "input_schema": True}]},
            "tools.0.custom.input_schema: Input does not match the expected shape.",
        ),
        ({"mcp_servers": None}, "mcp_servers: Extra inputs are not permitted"),
        ({"messages": [{"role": 7, "content": "x"}]}, "messages.0.role: Input should be a valid string"),
    ],
)
def test_each_field_has_its_words(changes: Json, message: str) -> None:
    if message.startswith("tools.0.custom.name"):
        changes["tools"][0]["input_schema"] = {"type": "object"}
    assert said(GOOD | changes) == message


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ({}, "type: Field required"),
        (None, "Input should be an object"),
        ({"type": "text", "text": 7}, "text.text: Input should be a valid string"),
        ({"type": "image", "source": {}}, "image.source.type: Field required"),
        ({"type": "image", "source": {"type": "url"}}, "image.source.url.url: Field required"),
        (
            {"type": "tool_result", "tool_use_id": "a", "content": 7},
            "tool_result.content: Input should be a valid array",
        ),
        (
            {"type": "tool_result", "tool_use_id": "a", "content": [{"type": "text"}]},
            "tool_result.content.0.text.text: Field required",
        ),
        (
            {"type": "tool_use", "id": "a", "name": "n", "input": {}, "caller": 7},
            "tool_use.caller: Input should be an object",
        ),
        ({"type": "text", "text": "a", "citations": [{}]}, "text.citations.0.type: Field required"),
    ],
)
def test_each_block_has_its_words(block: Any, message: str) -> None:
    text = said_of_block(block)
    assert text
    assert text.removeprefix("messages.0.content.0").lstrip(".: ") == message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "requests: Field required"),
        ({"requests": {}}, "requests: Input should be a valid list"),
        ({"requests": [7]}, "requests.0: Input should be a valid dictionary"),
        ({"requests": [{"custom_id": "a", "params": 7}]}, "requests.0.params: Input should be a valid dictionary"),
        ({"requests": []}, "requests: List should have at least 1 item after validation, not 0"),
    ],
)
def test_batches_speak_plain_pydantic(body: Json, message: str) -> None:
    assert said(body, "batches") == message


@pytest.mark.parametrize("deep", [{"items": {"properties": {"a b": {}}}}, {"$defs": {"x": {"properties": {"é": 1}}}}])
def test_property_names_are_checked_at_any_depth(deep: Json) -> None:
    tool = {"name": "t", "input_schema": {"type": "object", "properties": {"good.name-1": deep}}}
    expected = "tools.1.custom.input_schema.properties: Property keys should match pattern '^[a-zA-Z0-9_.-]{1,64}$'"
    fine = {
        "name": "u",
        "input_schema": {"type": "object", "properties": {"x": {"enum": [{"properties": {"a b": 1}}]}}},
    }
    assert said({**GOOD, "tools": [fine, tool]}) == expected
    assert said({**GOOD, "tools": [fine]}) is None
    # Tools are checked before all that follows them.
    changes: tuple[Json, ...] = (
        {"max_tokens": "x"},
        {"messages": []},
        {"bogus": 1},
        {"tools": [fine, {**tool, "strict": 1}]},
    )
    for later in changes:
        assert said({**GOOD, "tools": [fine, tool], **later}) == expected
    changes = {"tool_choice": 7}, {"tools": [7, tool]}, {"tools": [fine, {**tool, "name": 7}]}
    for earlier in changes:
        assert said({**GOOD, "tools": [fine, tool], **earlier}) not in (None, expected)


def test_only_short_excerpts_are_echoed() -> None:
    long = "secret" * 1000
    for changes in ({long: 1}, {"messages": [{"role": long, "content": ""}]}, {"tools": [{"type": long}]}):
        message = said(GOOD | changes)
        assert message
        assert "secret" in message
        assert message.count("secret") < 15


def test_what_looks_like_a_key_is_not_repeated() -> None:
    key = f"sk-ant-api03-{'x' * 90}wxyz"
    result = {"type": "tool_result", "tool_use_id": key}
    for changes in ({key: 1}, {"tools": [{"type": key}]}, {"messages": [{"role": "user", "content": [result]}]}):
        message = str(said({**GOOD, **changes}))
        assert "sk-ant-…wxyz" in message
        assert "x" * 5 not in message


@pytest.mark.parametrize("levels", [240, 1000])
@pytest.mark.parametrize("opening", [b'{"properties":{"a":', b'{"items":', b'{"anyOf":[', b'{"x":', b"["])
def test_deep_nesting_does_no_harm(opening: bytes, levels: int) -> None:
    times = levels // (opening.count(b"{") + opening.count(b"["))
    closing = opening.translate(bytes.maketrans(b"{[", b"}]"), b'":abcdefghijklmnopqrstuvwxyzO')[::-1]
    deep = opening * times + b'{"type": "string"}' + closing * times
    for place in (
        b'"model": %b',
        b'"tools": [{"name": "t", "input_schema": {"type": "object", "x": %b}}]',
        b'"thinking": {"type": %b}',
    ):
        body = (
            b'{"max_tokens": 1, "messages": [{"role": "user", "content": "hi"}], "model": "m", ' + place % deep + b"}"
        )
        checked = Checker().check(body, "messages", VERSION)
        assert (checked.body is not None) is (levels < 250)
        assert (checked.finding is None) is (levels < 250 and b"tools" in place)


@pytest.mark.parametrize(
    ("model", "tag", "words"),
    [
        ("claude-opus-5-5", "computer_20251124", "does not support tool types: computer_20251124"),
        ("claude-opus-5-5", "computer_bogus", "Input tag 'computer_bogus' found using 'type'"),
        ("claude-opus-4-5", "computer_20251124", "Input tag 'computer_20251124' found using 'type'"),
    ],
)
def test_tools_behind_a_beta_are_named_unsupported_or_unknown(model: str, tag: str, words: str) -> None:
    assert words in str(said({**GOOD, "model": model, "tools": [{"type": tag}, 7]}))


def test_refused_body_is_handed_on() -> None:
    checked = Checker().check(b'{"model": "m"}', "messages", VERSION)
    assert checked.body == {"model": "m"}
    assert checked.finding
    assert Checker().check(b"[]", "messages", VERSION).body is None


def test_gateway_calls_have_every_beta() -> None:
    body = {**GOOD, "context_management": {"edits": []}}
    for profile, headers, is_taken in (
        ("relay", {}, True),
        ("relay", {"anthropic-version": VERSION}, False),
        ("anthropic", {}, False),
        ("relay", None, False),
    ):
        found = Checker(profile).check_parsed(body, "messages", VERSION, headers=headers)
        assert (found is None) is is_taken


def test_gateway_calls_hear_the_words_of_all_others() -> None:
    block = {"type": "image_url"}
    body = {**GOOD, "messages": [{"role": "user", "content": [block]}], "tools": [{"name": "t", "input_schema": {}}]}
    for changed in (body, {**body, "tools": [{"type": "function"}]}, {**body, "tools": []}):
        found = Checker().check_parsed(changed, "messages", VERSION, headers={})
        assert found
        assert found.message == said(changed)


def test_what_is_wrong_far_behind_is_not_sought(monkeypatch: pytest.MonkeyPatch) -> None:
    """A walk over 32 MB took half a minute; values are counted, and the body is refused all the same."""
    monkeypatch.setattr(walk, "LIMITS", Limits(explained_values=1_000))
    good, bad = {"type": "text", "text": "a"}, {"type": "text", "text": 1}
    near, far = ({**GOOD, "messages": [{"role": "user", "content": [good] * n + [bad]}]} for n in (10, 1_000))
    assert said(near) == "messages.0.content.10.text.text: Input should be a valid string"
    assert said(far) == "Input does not match the expected shape."
