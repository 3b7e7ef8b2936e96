"""The shapes that gateways list models in."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from mockserver.gateways.admitting import Caller
from mockserver.gateways.listing import (
    ANTHROPIC,
    GOOGLE,
    ONE_API,
    OPENAI,
    Listed,
    Shape,
    choose_shape,
    describe,
    list_names,
)
from mockserver.gateways.records import Channel, Gateway, KeyRow

GATEWAY = Gateway(
    "test",
    listed={"gpt-4o": "openai", "claude-a": "aws"},
    channels=(Channel("converted", ("gpt-*",), converts=True), Channel("native")),
)
MODEL = Listed("gpt-4o", "openai", ("openai",))


@pytest.mark.parametrize(
    ("headers", "query", "shape"),
    [
        ({"x-api-key": "a", "anthropic-version": "2023-06-01"}, "", ANTHROPIC),
        # Anthropic's SDK of 2026 sends its key as a bearer.
        ({"authorization": "Bearer a", "anthropic-version": "2023-06-01"}, "", OPENAI),
        ({"x-api-key": "a"}, "", OPENAI),
        ({"x-goog-api-key": "a"}, "", GOOGLE),
        ({"authorization": "Bearer a"}, "key=a", GOOGLE),
        ({"authorization": "Bearer a"}, "limit=1", OPENAI),
        ({"x-api-key": "a", "anthropic-version": "1", "x-goog-api-key": "b"}, "", ANTHROPIC),
    ],
)
def test_client_chooses_the_shape(headers: Mapping[str, str], query: str, shape: Shape) -> None:
    assert choose_shape(GATEWAY, headers, query) is shape
    assert choose_shape(Gateway("test", list_form="one-api"), headers, query) is ONE_API


def test_models_are_shown_in_each_shape() -> None:
    begin = {"id": "gpt-4o", "object": "model", "created": 1626777600, "owned_by": "openai"}
    assert OPENAI.show(MODEL) == {**begin, "supported_endpoint_types": ["openai"]}
    assert OPENAI.show_alone(MODEL) == {**begin, "supported_endpoint_types": None}
    shown = {"id": "gpt-4o", "created_at": "2021-07-20T08:00:00Z", "display_name": "gpt-4o", "type": "model"}
    assert ANTHROPIC.show(MODEL) == ANTHROPIC.show_alone(MODEL) == shown
    assert GOOGLE.show(MODEL) == {"name": "gpt-4o", "displayName": "gpt-4o"}
    one = ONE_API.show(MODEL)
    assert one | {"permission": None} == {**begin, "permission": None, "root": "gpt-4o", "parent": None}
    assert one["permission"][0]["object"] == "model_permission"


def test_lists_are_enclosed_in_each_shape() -> None:
    data = [{"id": "a"}, {"id": "b"}]
    assert OPENAI.enclose(data) == {"success": True, "data": data, "object": "list"}
    assert ANTHROPIC.enclose(data) == {"data": data, "first_id": "a", "has_more": False, "last_id": "b"}
    assert ANTHROPIC.enclose([])["first_id"] is None
    assert GOOGLE.enclose(data) == {"models": data, "nextPageToken": None}
    assert ONE_API.enclose(data) == {"object": "list", "data": data}


def test_known_models_come_before_the_gateways_own() -> None:
    listed = list_names(GATEWAY, ["claude-b", "claude-a"], Caller("a"))
    assert listed == [
        Listed("claude-b", "claude", ("anthropic", "openai")),
        Listed("claude-a", "aws", ("anthropic", "openai")),
        MODEL,
    ]


def test_key_sees_the_models_that_it_may_use() -> None:
    caller = Caller("a", KeyRow(models=("gpt-*",)))
    assert list_names(GATEWAY, ["claude-b"], caller) == [MODEL]
    assert describe(Gateway("test"), "any") == Listed("any", "claude", ("anthropic", "openai"))
