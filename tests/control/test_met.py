"""What each key of the condition that fitted expected, and what came."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import pytest

from mockserver.scenarios.format.conditions import WHEN
from mockserver.testing.server import MockServer
from tests.pictures import png

IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": ""}}
KEY = "sk-ant-api03-" + "k" * 30 + "-last"
HEADERS = {"x-api-key": KEY, "x-mock-session": "s", "x-note": "hello"}
TOOL = {"name": "get_weather", "input_schema": {"type": "object"}}
MESSAGES: list[Any] = [
    {"role": "user", "content": [{"type": "text", "text": "How is the weather?"}]},
    {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "get_weather", "input": {}}]},
    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "rain"}]},
]
BODY = {
    "model": "claude-opus-4-6",
    "max_tokens": 2000,
    "system": "Be kind.",
    "tools": [TOOL],
    "thinking": {"type": "adaptive"},
    "output_config": {"format": {"type": "json_schema", "schema": {"type": "object", "additionalProperties": False}}},
    "messages": MESSAGES,
}
# The keys of a condition: a test, its words, and what comes.
CASES: dict[str, tuple[Any, str, str | None]] = {
    "user": ("weather", 'to contain "weather"', '"How is the weather?"'),
    "system": ({"equals": "Be kind."}, 'to be "Be kind."', '"Be kind."'),
    "any_message": ("weather", 'one to contain "weather"', '"How is the weather?"'),
    "model": ("claude-opus-*", "to be claude-opus-*", '"claude-opus-4-6"'),
    "tools": (["get_*"], "all of get_*", "get_weather"),
    "tool_choice": ("auto", "to be auto", "auto"),
    "tool_result": ({"for": "get_weather"}, "one with for to be get_weather", 'get_weather: "rain"'),
    "thinking": ("on", "to be on", "adaptive"),
    "output_format": ("json_schema", "to be json_schema", "json_schema"),
    "images": (False, "their number to be 0", "none"),
    "documents": ({"at_most": 2}, "their number to be at most 2", "none"),
    "turn": (1, "to be 1", "1"),
    "assistant_turns": ({"at_least": 1}, "to be at least 1", "1"),
    "stream": (False, "to be false", "false"),
    "batch": (False, "to be false", "false"),
    "compaction": (False, "to be false", "false"),
    "headers": ({"x-note": "hel*", "x-api-key": True}, "x-note to be hel*", 'x-note "hello", x-api-key a value'),
    "version": ("2023-06-01", "to be 2023-06-01", '"2023-06-01"'),
    "endpoint": ("messages", "to be messages", "messages"),
    "wire": ("messages", "to be messages", '"messages"'),
    "path": ("/v1/*", "to be /v1/*", '"/v1/messages"'),
    "method": ("post", "to be POST", '"POST"'),
    "key": (KEY, "to be sk-ant-…last", None),
    "session": ("s", "to be s", '"s"'),
    "body": ({"$.max_tokens": 2000}, '{"$.max_tokens":2000}', None),
}


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    headers = {**HEADERS, "anthropic-version": "2023-06-01"}
    with httpx.Client(transport=MockServer().transport, base_url="http://localhost", headers=headers) as client:
        yield client


def see(client: httpx.Client, when: Any, body: Any = BODY) -> dict[str, Any]:
    client.delete("/_mock/scenarios")
    added = client.post("/_mock/scenarios", json={"name": "x", "when": when, "reply": {"text": "{}"}})
    assert added.status_code == 201, added.text
    client.post("/v1/messages", json=body)
    (latest,) = client.get("/_mock/requests?order=newest&limit=1").json()["requests"]
    entry: dict[str, Any] = client.get(f"/_mock/requests/{latest['number']}").json()
    return entry


def test_every_key_is_among_the_cases() -> None:
    # The id of a request of a batch, and the number of a recorded one: no request here has them.
    assert CASES.keys() | {"custom_id", "recorded"} == set(WHEN.fields)


@pytest.mark.parametrize("key", CASES)
def test_each_key_says_what_it_met(client: httpx.Client, key: str) -> None:
    test, expected, got = CASES[key]
    entry = see(client, {key: test})
    assert entry["scenario"] == "x", entry["misses"]
    (met,) = entry["met"]
    assert met["key"] == key
    assert met["expected"].startswith(expected)
    assert met["got"] == got


def test_all_keys_are_told_and_secrets_are_not(client: httpx.Client) -> None:
    body = {**BODY, "messages": [{"role": "user", "content": f"weather {KEY}"}]}
    entry = see(client, {"user": "weather", "turn": 0, "session": "s"}, body)
    assert {each["key"] for each in entry["met"]} == {"user", "turn", "session"}
    assert "kkkk" not in str(entry["met"])


def test_images_are_counted_by_their_types(client: httpx.Client) -> None:
    image = {**IMAGE, "source": {**IMAGE["source"], "data": base64.b64encode(png(8, 8)).decode()}}  # type: ignore[dict-item]
    entry = see(client, {"images": True}, {**BODY, "messages": [{"role": "user", "content": [image]}]})
    assert entry["met"] == [{"key": "images", "expected": "their number to be at least 1", "got": "image/png"}]


def test_nothing_was_met_where_no_scenario_answered(client: httpx.Client) -> None:
    entry = see(client, {"user": "another thing"})
    assert (entry["met"], entry["unmatched"]) == ([], True)
    assert entry["misses"][0]["scenario"] == "x"
    entry = see(client, {"user": "weather"}, {"model": "x"})
    assert entry["met"] == []
    assert see(client, {})["met"] == []
