"""The parameters of further attempts at a declined request."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.compose.attempts import list_entries, make_attempt
from mockserver.records.prompt import Prompt
from mockserver.reference.catalog import lookup

NEXT = {"model": "claude-opus-4-8"}
ADAPTIVE, QUIET = {"type": "adaptive"}, {"type": "disabled"}
BETWEEN = {"type": "between_tools"}
FORMAT = {"type": "json_schema", "schema": {"type": "object"}}


def asked(**body: Any) -> Prompt:
    question = {"role": "user", "content": "Hi"}
    return Prompt({"model": "claude-opus-5", "max_tokens": 1000, "messages": [question], **body})


def attempt(entry: dict[str, Any], **body: Any) -> dict[str, Any]:
    made = make_attempt(asked(**body), entry, lookup(entry["model"]))
    assert made.is_fallback
    assert made.model == made.body["model"] == entry["model"]
    return {key: made.body.get(key) for key in ("max_tokens", "thinking", "output_config", "speed") if key in made.body}


@pytest.mark.parametrize(
    ("model", "targets"),
    [
        ("claude-opus-5", ["claude-opus-4-8"]),
        ("claude-fable-5", ["claude-opus-4-8"]),
        ("claude-sonnet-5-5", ["claude-sonnet-5"]),
        ("claude-haiku-5-5", []),
        ("claude-sonnet-4-5", []),
        ("house-model", []),
    ],
)
def test_the_default_is_the_first_target_of_a_model(model: str, targets: list[str]) -> None:
    assert [entry["model"] for entry in list_entries(asked(fallbacks="default"), lookup(model))] == targets


@pytest.mark.parametrize(
    ("given", "models"),
    [
        ([NEXT, {"model": "claude-opus-5-5", "max_tokens": 9}], ["claude-opus-4-8", "claude-opus-5-5"]),
        ([], []),
        (None, []),
        ("others", []),
        (7, []),
        ({"model": "a"}, []),
        ([None, "a", {}, {"model": None}, {"model": ["a"]}, NEXT], ["claude-opus-4-8"]),
        ([{"model": name} for name in "abcdef"], ["a", "b", "c"]),
    ],
)
def test_entries_are_those_that_name_a_model(given: Any, models: list[str]) -> None:
    assert [entry["model"] for entry in list_entries(asked(fallbacks=given), lookup("claude-opus-5"))] == models


@pytest.mark.parametrize(
    ("own", "limit"), [({}, 1000), ({"max_tokens": None}, 1000), ({"max_tokens": 5}, 5), ({"max_tokens": 4000}, 4000)]
)
def test_an_attempt_has_the_limit_of_its_entry(own: dict[str, Any], limit: int) -> None:
    assert attempt({**NEXT, **own})["max_tokens"] == limit


@pytest.mark.parametrize(
    ("model", "own", "request_thinking", "expected"),
    [
        # Left out: the request's where the model supports its type, else what the model does by default.
        ("claude-opus-4-8", {}, ADAPTIVE, ADAPTIVE),
        ("claude-opus-4-8", {}, None, None),
        ("claude-sonnet-5", {}, BETWEEN, QUIET),
        ("claude-sonnet-5-5", {}, BETWEEN, BETWEEN),
        ("claude-sonnet-5-5", {}, QUIET, None),
        ("claude-sonnet-5-5", {}, {**QUIET, "display": "summarized"}, {**ADAPTIVE, "display": "summarized"}),
        ("claude-opus-4-8", {}, {"type": "enabled", "budget_tokens": 2000}, None),
        # null: what the model does by default.
        ("claude-opus-5", {"thinking": None}, QUIET, None),
        ("claude-opus-5", {"thinking": None}, {**ADAPTIVE, "display": "omitted"}, {**ADAPTIVE, "display": "omitted"}),
        ("claude-sonnet-5", {"thinking": None}, BETWEEN, None),
        # Its own holds, whatever the request asks for.
        ("claude-opus-4-8", {"thinking": QUIET}, ADAPTIVE, QUIET),
        ("claude-opus-4-8", {"thinking": ADAPTIVE}, None, ADAPTIVE),
    ],
)
def test_thinking_is_what_the_model_supports(model: str, own: Any, request_thinking: Any, expected: Any) -> None:
    body = {"thinking": request_thinking} if request_thinking else {}
    assert attempt({"model": model, **own}, **body).get("thinking") == expected


@pytest.mark.parametrize(
    ("own", "config", "expected"),
    [
        ({}, {"format": FORMAT, "effort": "high"}, {"format": FORMAT, "effort": "high"}),
        ({}, {"effort": "unheard-of"}, None),
        ({"output_config": None}, {"format": FORMAT, "effort": "high"}, None),
        ({"output_config": {"format": None}}, {"format": FORMAT, "effort": "high"}, {"effort": "high"}),
        (
            {"output_config": {"effort": "low"}},
            {"format": FORMAT, "effort": "high"},
            {"format": FORMAT, "effort": "low"},
        ),
        ({"output_config": {"effort": None}}, {"effort": "high"}, None),
        ({"output_config": {"format": FORMAT}}, None, {"format": FORMAT}),
        ({}, None, None),
    ],
)
def test_output_parameters_are_combined_field_by_field(own: Any, config: Any, expected: Any) -> None:
    body = {"output_config": config} if config else {}
    assert attempt({**NEXT, **own}, **body).get("output_config") == expected


@pytest.mark.parametrize(
    ("model", "own", "speed", "expected"),
    [
        ("claude-opus-4-8", {}, None, None),
        ("claude-opus-5", {}, "fast", "fast"),
        ("claude-sonnet-5", {}, "fast", "standard"),
        ("claude-opus-5", {"speed": None}, "fast", "standard"),
        ("claude-opus-5", {"speed": "standard"}, "fast", "standard"),
        ("claude-opus-5", {"speed": "fast"}, None, "fast"),
        ("claude-opus-5", {}, "standard", "standard"),
    ],
)
def test_speed_is_fast_where_asked_and_possible(model: str, own: Any, speed: Any, expected: Any) -> None:
    assert attempt({"model": model, **own}, **({"speed": speed} if speed else {})).get("speed") == expected


@pytest.mark.parametrize("junk", [5, "x", [], True])
def test_junk_that_only_validation_off_lets_through_is_survived(junk: Any) -> None:
    entry = {**NEXT, "max_tokens": "many", "thinking": junk, "output_config": junk, "speed": junk}
    assert attempt(entry, thinking=ADAPTIVE, output_config={"effort": "high"})["max_tokens"] == 1000
