"""A scenario to be edited is there for any request, is taken as it is, and answers that very request."""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import pytest
import yaml

from mockserver.testing.server import MockServer
from tests.pictures import png

KEY = "sk-ant-planted-secret-0001"
TOOLS = [{"name": "get_weather", "input_schema": {"type": "object"}}]
BODY: dict[str, Any] = {"model": "claude-haiku-4-5", "max_tokens": 500, "tools": TOOLS}
SCENARIOS = """
scenarios:
  - {when: {user: weather, turn: 0}, reply: {text: Let me see., tool_use: {name: get_weather, input: {city: Oslo}}}}
  - {when: {user: weather, turn: 1}, reply: {text: It rains.}}
  - {when: {user: busy}, reply: {error: overloaded_error}}
  - {when: {user: count, endpoint: count_tokens}, reply: {input_tokens: 77}}
  - {when: {user: gateway}, reply: {raw: {json: {code: 1}}}}
  - {when: {user: page}, reply: {raw: {status: 502, body: Bad gateway, headers: {content-type: text/plain}}}}
  - {when: {user: events}, reply: {raw: {stream: true, body: "data: []\\n\\n"}}}
  - {when: {user: braces}, reply: {text: "{{ no placeholder }} {% raw %}", literal: true}}
  - {when: {user: broken}, reply: {text: Half of it., fault: truncate}}
  - {when: {user: torn}, reply: {text: Zażółć., faults: [{then: split, bytes: 7, pause: 1ms}, done_marker]}}
  - {when: {user: later}, reply: {text: One two three., fault: {then: disconnect, after_ms: 30}}}
"""
Asked = tuple[str, str, Any, dict[str, str]]


def say(*texts: Any, **more: Any) -> Asked:
    roles = ("user", "assistant")
    messages = [{"role": roles[index % 2], "content": text} for index, text in enumerate(texts)]
    return "POST", "/v1/messages", {**BODY, "messages": messages, **more}, {}


def count(text: str) -> Asked:
    messages = [{"role": "user", "content": text}]
    return "POST", "/v1/messages/count_tokens", {"model": BODY["model"], "messages": messages}, {}


PNG = base64.b64encode(png(8, 8)).decode()
RESULT = [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "rain"}]
USE = [{"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {}}]
BATCH = {"requests": [{"custom_id": "a", "params": {"model": BODY["model"], "max_tokens": 9, "messages": []}}]}
REMINDER = [
    {"type": "text", "text": f"<system-reminder>{each}</system-reminder>"} for each in ("Be brief.", "Be kind.")
]
ASKED: dict[str, Asked] = {
    "generated": say("Who are you?"),
    "streamed": say("Who are you?", stream=True),
    "of a scenario": say("How is the weather in Oslo?"),
    "tool result": say("How is the weather in Oslo?", USE, RESULT),
    "later turn": say("Hello", "Hi!", "And now?"),
    "error": say("busy"),
    "gateway": say("gateway"),
    "page": say("page"),
    "raw stream": say("events", stream=True),
    "braces": say("braces"),
    "fault": say("broken", stream=True),
    "several faults": say("torn", stream=True),
    "fault in time": say("later", stream=True),
    "fault, whole": say("broken"),
    "count": count("count these"),
    "count, computed": count("other words"),
    "long text": say("word " * 100),
    "lines": say("First line\nsecond line\n\nthird"),
    "blocks": say([*REMINDER, {"type": "text", "text": "Say hello to {{ name }}!"}]),
    "command": say("/help me"),
    "number": say("42"),
    "marks": say('"quoted": {a} #b & *c'),
    "no text": say([{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}]),
    "signs": say("???"),
    "secret": say(f"My key is {KEY}, thanks"),
    "secret alone": say(KEY),
    "mail": say("The weather for jo.planted@example.com, please"),
    "other model": say("Hi", model="claude-nonesuch"),
    "models": ("GET", "/v1/models", None, {}),
    "model": ("GET", "/v1/models/claude-haiku-4-5", None, {}),
    "no model": ("GET", "/v1/models/nothing", None, {}),
    "files": ("GET", "/v1/files?limit=1", None, {"anthropic-beta": "files-api-2025-04-14"}),
    "batches": ("POST", "/v1/messages/batches", BATCH, {}),
    "nowhere": ("GET", "/v1/no*where?a=b", None, {}),
    "wrong method": ("DELETE", "/v1/messages", None, {}),
    "head": ("HEAD", "/", None, {}),
}
# What is generated repeats the secret, which nothing shows.
REPEATING = ("secret", "secret alone", "mail")
REFUSED: dict[str, Any] = {
    "no max_tokens": {"model": "claude-haiku-4-5", "messages": [{"role": "user", "content": "Hello?"}]},
    "broken messages": {**BODY, "messages": [1, None, {"role": "user", "content": [3]}]},
    "no messages": {**BODY, "messages": {}},
    "wrong tools": {**BODY, "messages": [{"role": "user", "content": "Tools!"}], "tools": 3},
    "no object": [1, 2],
    "nothing": {},
}


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    headers = {"x-api-key": KEY, "anthropic-version": "2023-06-01"}
    with httpx.Client(transport=MockServer().transport, base_url="http://localhost", headers=headers) as client:
        assert client.post("/_mock/scenarios", content=SCENARIOS).status_code == 201
        yield client


def ask(client: httpx.Client, asked: Asked) -> dict[str, Any]:
    """The entry of a request that is made now."""
    method, path, body, headers = asked
    with contextlib.suppress(httpx.RemoteProtocolError):
        client.request(method, path, json=body, headers=headers)
    (latest,) = client.get("/_mock/requests?order=newest&limit=1").json()["requests"]
    entry: dict[str, Any] = client.get(f"/_mock/requests/{latest['number']}").json()
    return entry


def draft(client: httpx.Client, number: int) -> tuple[str, dict[str, Any]]:
    answer = client.get(f"/_mock/requests/{number}/scenario?draft=true")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/yaml"
    (scenario,) = yaml.load(answer.text, yaml.CSafeLoader)["scenarios"]
    return answer.text, scenario


@pytest.mark.parametrize("name", ASKED)
def test_draft_answers_its_request(client: httpx.Client, name: str) -> None:
    before = ask(client, ASKED[name])
    text, scenario = draft(client, before["number"])
    assert "planted" not in text
    assert scenario["name"] == f"request-{before['number']}"
    assert client.post("/_mock/scenarios", content=text).status_code == 201, text
    after = ask(client, ASKED[name])
    assert after["scenario"] == scenario["name"], text
    if not text.startswith("#"):
        assert (after["status"], after["faults"]) == (before["status"], before["faults"])
        assert is_alike(after["answer"], before["answer"]) or name in REPEATING, text


def is_alike(one: Any, other: Any) -> bool:
    """Whether two answers say the same, but for ids and counts."""
    if "content" in other:
        blocks = [[(each["type"], each.get("text")) for each in answer["content"]] for answer in (one, other)]
        return blocks[0] == blocks[1] and one["stop_reason"] == other["stop_reason"]
    if "body" in one:
        other = {"body": other["body"] if "body" in other else json.dumps(other, separators=(",", ":"))}
    return all(one[key] == other.get(key) for key in ("error", "input_tokens", "body") if key in one)


@pytest.mark.parametrize("name", REFUSED)
def test_draft_of_a_refused_request_says_what_to_do(client: httpx.Client, name: str) -> None:
    asked: Asked = ("POST", "/v1/messages", REFUSED[name], {})
    before = ask(client, asked)
    assert before["status"] == 400
    text, scenario = draft(client, before["number"])
    assert text.startswith("# The API refuses this request: ")
    assert scenario["reply"] == {"text": "Hello."}
    assert client.post("/_mock/scenarios", content=text).status_code == 201
    assert client.patch("/_mock/settings", json={"validation": "off"}).status_code == 200
    words, answered = " ".join(text.split("\n# ")), ask(client, asked)["scenario"]
    assert ("Rules come before scenarios" in words, "No scenario answers it" in words) == (
        (True, False) if answered == scenario["name"] else (False, True)
    )


def test_draft_of_a_refused_request_answers_it_where_rules_rest(client: httpx.Client) -> None:
    asked: Asked = ("POST", "/v1/messages", REFUSED["no max_tokens"], {})
    text, scenario = draft(client, ask(client, asked)["number"])
    client.post("/_mock/scenarios", content=text)
    assert ask(client, asked)["scenario"] is None
    client.patch("/_mock/settings", json={"validation": "off"})
    assert ask(client, asked)["scenario"] == scenario["name"]


@pytest.mark.parametrize("name", ["nowhere", "wrong method"])
def test_draft_says_nothing_of_rules_where_scenarios_come_first(client: httpx.Client, name: str) -> None:
    text, _ = draft(client, ask(client, ASKED[name])["number"])
    assert text.startswith("# The API refuses this request: ")
    assert "Rules come before" not in text


def test_draft_of_an_unmatched_request_has_an_answer(client: httpx.Client) -> None:
    client.patch("/_mock/settings", json={"unmatched": "error"})
    asked = say("Who are you?")
    before = ask(client, asked)
    assert before["status"] == 404
    text, scenario = draft(client, before["number"])
    assert text.startswith("# No scenario answered this request.\n")
    assert scenario == {"name": "request-1", "when": {"user": "Who are you?"}, "reply": {"text": "Hello."}}
    client.post("/_mock/scenarios", content=text)
    assert ask(client, asked)["scenario"] == "request-1"


@pytest.mark.parametrize(
    ("name", "when"),
    [
        ("generated", {"user": "Who are you?"}),
        ("of a scenario", {"user": "How is the weather in Oslo?", "turn": 0}),
        ("tool result", {"user": "How is the weather in Oslo?", "turn": 1}),
        ("later turn", {"user": "And now?"}),
        ("count", {"endpoint": "count_tokens", "user": "count these"}),
        ("lines", {"user": {"starts_with": "First line"}}),
        ("blocks", {"user": "Say hello to {{ name }}!"}),
        ("command", {"user": {"starts_with": "/help me"}}),
        ("no text", {"tools": ["get_weather"]}),
        ("models", {"method": "GET", "path": "/v1/models"}),
    ],
)
def test_condition_is_one_that_a_person_would_write(client: httpx.Client, name: str, when: dict[str, Any]) -> None:
    _, scenario = draft(client, ask(client, ASKED[name])["number"])
    assert scenario["when"] == when


def test_faults_are_said_as_they_were(client: httpx.Client) -> None:
    _, scenario = draft(client, ask(client, ASKED["several faults"])["number"])
    assert scenario["reply"]["faults"] == [{"then": "split", "bytes": 7, "pause": 0.001}, "done_marker"]
    _, scenario = draft(client, ask(client, ASKED["fault"])["number"])
    assert scenario["reply"] == {"text": "Half of it.", "fault": "truncate"}


def test_thread_is_continued(client: httpx.Client) -> None:
    beta = {"anthropic-beta": "message-threads-2026-08-12"}
    body = {"model": "claude-opus-4-6", "max_tokens": 100}

    def go_on() -> dict[str, Any]:
        start = {**body, "thread": {"type": "create"}, "messages": [{"role": "user", "content": "Hello"}]}
        answer = ask(client, ("POST", "/v1/messages", start, beta))["answer"]
        thread = {"type": "continue", "previous_message_id": answer["id"]}
        more = {**body, "thread": thread, "messages": [{"role": "user", "content": "Go on"}]}
        return ask(client, ("POST", "/v1/messages", more, beta))

    text, scenario = draft(client, go_on()["number"])
    assert scenario["when"] == {"user": "Go on"}
    client.post("/_mock/scenarios", content=text)
    assert go_on()["scenario"] == scenario["name"]


def test_draft_is_asked_for_by_true_or_false(client: httpx.Client) -> None:
    ask(client, say("broken", stream=True))
    assert client.get("/_mock/requests/1/scenario?draft=false").status_code == 422
    assert client.get("/_mock/requests/1/scenario?draft=maybe").status_code == 400
