"""What gateways miss in requests, and what they change of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.gateways.adjusting import CHANGES, adjust, adjust_body, find_missing
from mockserver.gateways.channels import NATIVE
from mockserver.gateways.format import DEEDS
from mockserver.gateways.presets import list_presets
from mockserver.gateways.reading import load
from mockserver.gateways.records import Channel, Gateway
from mockserver.reference import catalog
from mockserver.reference.catalog import Model
from mockserver.wires import Translation

GATEWAY = load("new-api")
HIGH = {"thinking": {"type": "adaptive", "display": "summarized"}, "output_config": {"effort": "high"}}


def adjusted(**body: Any) -> dict[str, Any]:
    return adjust_body(body, GATEWAY, NATIVE)


@pytest.mark.parametrize("given", [{}, {"max_tokens": None}, {"max_tokens": 0}])
def test_missing_max_tokens_get_the_default(given: dict[str, Any]) -> None:
    assert adjusted(model="claude-opus-4-8", **given) == {"model": "claude-opus-4-8", "max_tokens": 8192}


@pytest.mark.parametrize("given", [1, -1, "9", 2.5])
def test_other_max_tokens_stay(given: Any) -> None:
    assert adjusted(max_tokens=given) == {"max_tokens": given}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            {"model": "claude-3-7-sonnet-20250219-thinking", "max_tokens": 20000, "top_p": 0.5, "top_k": 3},
            {
                "max_tokens": 20000,
                "thinking": {"type": "enabled", "budget_tokens": 16000},
                "top_k": 3,
            },
        ),
        (
            {"model": "claude-sonnet-4-5-thinking", "max_tokens": 16, "temperature": 0.1},
            {"max_tokens": 1280, "thinking": {"type": "enabled", "budget_tokens": 1024}},
        ),
        (
            {"model": "claude-sonnet-4-5-thinking"},
            {"max_tokens": 8192, "thinking": {"type": "enabled", "budget_tokens": 6553}},
        ),
        (
            {"model": "claude-sonnet-4-5-thinking", "max_tokens": 9, "thinking": {"type": "disabled"}, "top_p": 0.5},
            {"max_tokens": 9, "thinking": {"type": "disabled"}, "top_p": 0.5},
        ),
        ({"model": "claude-sonnet-4-5-thinking", "max_tokens": "many"}, {"max_tokens": "many"}),
        (
            {"model": "claude-opus-4-8-thinking", "max_tokens": 9, "temperature": 0.1, "top_k": 1},
            {"max_tokens": 9, **HIGH},
        ),
        (
            {"model": "claude-opus-5-thinking", "max_tokens": 9, "thinking": {"type": "disabled"}},
            {"max_tokens": 9, "thinking": {"type": "disabled"}},
        ),
        ({"model": "claude-opus-4-7-20260101-high", "max_tokens": 9, "top_p": 0.5}, {"max_tokens": 9, **HIGH}),
        (
            {"model": "claude-opus-4-6-max", "max_tokens": 9, "thinking": {"type": "disabled"}, "top_p": 0.5},
            {
                "max_tokens": 9,
                "thinking": {"type": "adaptive"},
                "output_config": {"effort": "max"},
                "top_p": 0.5,
            },
        ),
    ],
)
def test_endings_of_names_make_thinking(body: dict[str, Any], expected: dict[str, Any]) -> None:
    model = body["model"].rpartition("-")[0]
    before = dict(body)
    assert adjusted(**body) == {"model": model, **expected}
    assert body == before


@pytest.mark.parametrize("model", ["claude-sonnet-4-5-low", "gpt-4o-high", "-thinking", "claude-opus-4-8", ""])
def test_other_names_stay(model: str) -> None:
    assert adjusted(model=model, max_tokens=9) == {"model": model, "max_tokens": 9}


@pytest.mark.parametrize(
    "model", [each for each in catalog.models() if each.lifecycle != "retired"], ids=lambda each: each.id
)
def test_endings_make_thinking_that_the_model_takes(model: Model) -> None:
    assert adjusted(model=f"{model.id}-thinking")["thinking"]["type"] in model.thinking


def test_channels_rename_models_before_endings_count() -> None:
    channel = Channel("a", renames={"gpt-4o": "claude-haiku-4-5", "o*": "claude-opus-4-8-low"})
    told = [adjust_body({"model": model}, GATEWAY, channel)["model"] for model in ("gpt-4o", "gpt-4o-mini", "o3")]
    assert told == ["claude-haiku-4-5", "gpt-4o-mini", "claude-opus-4-8"]


def test_what_is_read_is_adjusted_as_what_is_checked() -> None:
    body = {"model": "claude-opus-4-8-thinking", "max_tokens": 9}
    said = adjust(Translation(body, {"n": 1}, {**body, "extra": 1}), GATEWAY, NATIVE)
    assert said == Translation({"model": "claude-opus-4-8", "max_tokens": 9, **HIGH}, {"n": 1}, said.seen)
    assert said.seen == {**said.body, "extra": 1}


def test_gateways_without_a_default_put_none_in() -> None:
    assert adjust_body({}, Gateway("g", max_tokens=0), NATIVE) == {}


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({}, "messages"),
        ({"messages": [], "model": "m"}, "messages"),
        ({"messages": None}, "messages"),
        ({"messages": ["x"], "model": ""}, "model"),
        ({"messages": ["x"]}, "model"),
    ],
)
def test_missing_fields_are_told_by_the_gateway(body: dict[str, Any], name: str) -> None:
    found = [find_missing(body, load(preset)) for preset in ("new-api", "one-api")]
    assert [each and (each.message, each.path, each.stage) for each in found] == [
        (f"field {name} is required", name, "relay")
    ] * 2
    assert [each and (each.status, each.code) for each in found] == [
        (500, "invalid_request"),
        (400, "invalid_text_request"),
    ]


def test_what_is_there_is_not_missed() -> None:
    assert find_missing({"messages": "x", "model": 5}, GATEWAY) is None


def test_every_deed_of_the_format_is_known() -> None:
    assert set(CHANGES) == set(DEEDS)


VALUES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.lists(st.integers(), max_size=2)
)
FIELDS = ("model", "max_tokens", "thinking", "temperature", "top_p", "output_config", "messages")


@given(
    body=st.dictionaries(st.sampled_from(FIELDS), VALUES),
    model=st.sampled_from(["claude-opus-4-8", "claude-3-7-sonnet-20250219", ""]),
    ending=st.sampled_from(["", *[row.ending for row in GATEWAY.names]]),
)
def test_any_body_can_be_adjusted(body: dict[str, Any], model: str, ending: str) -> None:
    for name in list_presets():
        for sent in (body, {**body, "model": model + ending}):
            find_missing(sent, load(name))
            assert adjust_body(sent, load(name), NATIVE).keys() >= sent.keys() - {"temperature", "top_p"}
