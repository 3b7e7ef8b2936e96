"""Each reader of the journal shows calls of the chat wire as well as those of the Messages wire."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import pytest
import yaml

from mockserver.testing.server import MockServer

CHAT, MODEL = "/v1/chat/completions", "claude-haiku-4-5"
WEATHER = {"name": "get_weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}
SCENARIOS = """
scenarios:
  - {name: tool, when: {user: weather, tools: get_weather}, reply: {text: Let me see., tool_use: {name: get_weather, input: {city: Oslo}}}}
  - {name: greeting, when: {user: hello}, reply: {text: Good morning.}}
  - {name: busy, when: {user: busy}, reply: {error: overloaded_error}}
  - {name: cut, when: {user: cut}, reply: {text: Half of it is here., fault: truncate}}
  - {name: raw, when: {user: raw}, reply: {raw: {json: {code: 1}}}}
"""  # noqa: E501


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    headers = {"authorization": "Bearer sk-planted-secret-0001-abcd"}
    with httpx.Client(transport=MockServer().transport, base_url="http://localhost", headers=headers) as client:
        assert client.post("/_mock/scenarios", content=SCENARIOS).status_code == 201
        yield client


def ask(client: httpx.Client, user: str = "hello", **changes: Any) -> httpx.Response:
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": user}]
    return client.post(CHAT, json={"model": MODEL, "messages": messages, **changes})


def look(client: httpx.Client, more: str = "") -> dict[str, Any]:
    (latest,) = client.get("/_mock/requests?order=newest&limit=1").json()["requests"]
    found = client.get(f"/_mock/requests/{latest['number']}{more}")
    assert found.status_code == 200, found.text
    shown: dict[str, Any] = yaml.safe_load(found.text)
    return shown


@pytest.mark.parametrize("stream", [False, True])
def test_both_forms_are_shown(client: httpx.Client, stream: bool) -> None:
    answered = ask(client, stream=stream)
    entry = look(client)
    assert (entry["endpoint"], entry["wire"], entry["stream"]) == ("chat/completions", "chat", stream)
    assert (entry["gateway"], entry["channel"], entry["tries"]) == (None, None, [])
    assert (entry["user"], entry["model"], entry["scenario"]) == ("hello", MODEL, "greeting")
    assert entry["body"]["messages"][0] == {"role": "system", "content": "Be brief."}
    assert (entry["read"]["system"], entry["read"]["messages"]) == ("Be brief.", [{"role": "user", "content": "hello"}])
    assert entry["answer"]["choices"][0]["message"]["content"] == "Good morning."
    assert entry["composed"]["content"] == [{"type": "text", "text": "Good morning."}]
    assert entry["usage"] == entry["composed"]["usage"]
    assert entry["tokens"]["output"] == entry["answer"]["usage"]["completion_tokens"]
    assert entry["cost"] > 0
    if not stream:
        assert entry["answer"] == answered.json()


def test_a_call_of_the_messages_wire_has_one_form(client: httpx.Client) -> None:
    body = {"model": MODEL, "max_tokens": 9, "messages": [{"role": "user", "content": "hello"}]}
    answered = client.post("/v1/messages", json=body)
    entry = look(client)
    assert (entry["wire"], entry["read"], entry["composed"]) == ("messages", None, None)
    assert entry["answer"] == answered.json()


def test_calls_of_functions_are_listed(client: httpx.Client) -> None:
    answered = ask(client, "weather", tools=[{"type": "function", "function": WEATHER}]).json()
    (call,) = answered["choices"][0]["message"]["tool_calls"]
    entry = look(client)
    assert entry["tools"] == ["get_weather"]
    assert entry["read"]["tools"][0]["input_schema"] == WEATHER["parameters"]
    assert entry["answer"]["choices"][0]["message"]["tool_calls"] == [call]
    assert entry["composed"]["content"][1]["input"] == {"city": "Oslo"}
    assert client.get("/_mock/requests?tool=get_*").json()["total"] == 1


@pytest.mark.parametrize(
    ("user", "changes", "status"),
    [("hello", {"messages": []}, 400), ("hello", {"model": None}, 400), ("busy", {}, 529)],
)
def test_errors_are_shown_as_they_left(client: httpx.Client, user: str, changes: dict[str, Any], status: int) -> None:
    answered = ask(client, user, **changes)
    entry = look(client)
    assert (answered.status_code, entry["status"], entry["answer"]) == (status, status, answered.json())
    assert entry["composed"]["type"] == "error"
    assert entry["composed"]["error"]["message"] == entry["answer"]["error"]["message"]
    assert bool(entry["findings"]) == (status == 400)
    assert entry["read"] is not None


def test_raw_answers_have_no_other_form(client: httpx.Client) -> None:
    ask(client, "raw")
    entry = look(client)
    assert '"code"' in entry["answer"]["body"]
    assert entry["composed"] is None


def test_texts_are_found_in_both_forms(client: httpx.Client) -> None:
    answered = ask(client).json()
    for text in ("be BRIEF", "good morning", answered["id"], "chat.completion", '"type":"text"', '"role":"system"'):
        assert client.get("/_mock/requests", params={"text": text}).json()["total"] == 1, text
    assert client.get("/_mock/requests?text=nowhere").json()["total"] == 0


def test_conditions_hold_for_what_was_read(client: httpx.Client) -> None:
    ask(client)
    ask(client, messages=[])
    when = {"user": "hello", "system": {"contains": "brief"}, "model": "claude-*"}
    assert client.post("/_mock/verify", json={"when": when, "exactly": 1}).json()["matched"] == [1]
    assert client.post("/_mock/verify", json={"endpoint": "chat", "exactly": 2}).status_code == 200
    assert client.post("/_mock/verify", json={"endpoint": "messages", "exactly": 2}).status_code == 200
    missed = client.post("/_mock/verify", json={"when": {"user": "goodbye"}})
    assert missed.status_code == 409
    assert missed.json()["error"]["nearest"]["differences"][0].startswith("user: expected to contain")


def test_misses_and_met_are_told(client: httpx.Client) -> None:
    ask(client)
    entry = look(client)
    assert entry["met"] == [{"key": "user", "expected": 'to contain "hello"', "got": '"hello"'}]
    assert [miss["scenario"] for miss in entry["misses"]] == ["tool"]


def test_answers_are_inspected(client: httpx.Client) -> None:
    client.post("/_mock/scenarios", json={"when": {"user": "x"}, "reply": {"tool_use": {"name": "no", "input": {}}}})
    ask(client, "x")
    assert look(client)["answer_findings"]


def test_changes_are_those_of_the_same_wire(client: httpx.Client) -> None:
    first = {"role": "user", "content": "hello"}
    ask(client)
    client.post("/v1/messages", json={"model": MODEL, "max_tokens": 9, "system": "Be brief.", "messages": [first]})
    answer = {"role": "assistant", "content": "Good morning."}
    system = {"role": "system", "content": "Be brief."}
    ask(client, messages=[system, first, answer, {"role": "user", "content": "hello"}])
    changes = look(client, "/changes")
    assert (changes["previous"], changes["relation"]) == (1, "continues")
    assert [each["path"] for each in changes["changes"] if each["kind"] == "added"] == ["messages[1]", "messages[2]"]


@pytest.mark.parametrize("user", ["hello", "weather", "busy", "raw"])
def test_drafts_answer_on_their_wire(client: httpx.Client, user: str) -> None:
    tools = [{"type": "function", "function": WEATHER}]
    before = ask(client, user, tools=tools)
    draft = look(client, "/scenario?draft=true")
    (scenario,) = draft["scenarios"]
    assert ("wire" in scenario["when"]) == (user == "raw")
    client.delete("/_mock/scenarios")
    assert client.post("/_mock/scenarios", json=draft).status_code == 201
    after = ask(client, user, tools=tools)
    assert after.status_code == before.status_code
    if after.status_code == 200 and user != "raw":
        assert after.json()["choices"][0]["message"]["content"] == before.json()["choices"][0]["message"]["content"]
    elif user == "raw":
        assert after.json() == before.json()


def test_a_scenario_of_a_chat_call_answers_both_wires(client: httpx.Client) -> None:
    ask(client)
    scenario = look(client, "/scenario")
    client.delete("/_mock/scenarios")
    assert client.post("/_mock/scenarios", json=scenario).status_code == 201
    body = {"model": MODEL, "max_tokens": 99, "messages": [{"role": "user", "content": "hello"}]}
    assert client.post("/v1/messages", json=body).json()["content"][0]["text"] == "Good morning."
    assert ask(client).json()["choices"][0]["message"]["content"] == "Good morning."


def test_exports_hold_them(client: httpx.Client) -> None:
    ask(client)
    ask(client, "busy", messages=[])
    (first, _) = client.get("/_mock/export?format=json").json()["requests"]
    assert first["entry"]["composed"]["content"] == [{"type": "text", "text": "Good morning."}]
    assert "Good morning." in client.get("/_mock/export?format=html").text
    exported = client.get("/_mock/export?format=scenarios").text
    (scenario,) = yaml.safe_load(exported)["scenarios"]
    assert scenario["when"] == {"user": "hello"}
    assert "# Request 2 is refused" in exported


def test_figures_are_by_endpoint(client: httpx.Client) -> None:
    ask(client)
    ask(client, "busy")
    (series,) = client.get("/_mock/stats").json()["endpoints"]
    assert (series["endpoint"], series["model"], series["statuses"]) == (
        "chat/completions",
        MODEL,
        {"200": 1, "529": 1},
    )
    assert 'mockserver_requests_total{endpoint="chat/completions"' in client.get("/_mock/metrics").text


def test_explain_reads_the_wire(client: httpx.Client) -> None:
    def explain(**body: Any) -> Any:
        return client.post("/_mock/explain", json={"path": CHAT, "body": {"model": MODEL, **body}}).json()

    found = explain(messages=[{"role": "system", "content": "x"}, {"role": "user", "content": "hello"}])
    assert (found["answered_by"], found["scenario"]) == ("scenario", "greeting")
    refused = explain(messages=[])
    assert (refused["answered_by"], refused["finding"]["rule"] != "") == ("error", True)


def test_struck_answers_are_told(client: httpx.Client) -> None:
    answered = ask(client, "cut")
    timeline = look(client, "/events")
    assert look(client)["faults"] == ["truncate"]
    assert [each["data"] for each in timeline["events"]] == [answered.text]
    assert timeline["faults"][0]["struck_after"] == 0


def test_no_secret_is_shown(client: httpx.Client) -> None:
    secret, word = "sk-ant-api03-" + "s" * 40, "correct-horse-battery"
    arguments = f'{{"password": "{word}", "token": "{secret}"}}'
    call = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": arguments}}
    client.post(
        "/_mock/scenarios",
        json={
            "when": {"user": "echo"},
            "reply": {
                "text": f"You said {word} and {secret}",
                "tool_use": {"name": "get_weather", "input": {"api_key": word + "-other", "city": secret}},
            },
        },
    )
    messages = [
        {"role": "user", "content": f"echo {word}"},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": f"fine, {secret}"},
        {"role": "user", "content": "echo"},
    ]
    for stream in (False, True):
        ask(client, messages=messages, tools=[{"type": "function", "function": WEATHER}], stream=stream)
        number = look(client)["number"]
        paths = ("requests?full=true", f"requests/{number}", f"requests/{number}/events", f"requests/{number}/changes")
        more = (
            f"requests/{number}/scenario?draft=true",
            "export?format=html",
            "export?format=json",
            "export?format=scenarios",
        )
        for path in (*paths, *more):
            shown = client.get(f"/_mock/{path}").text
            for hidden in (secret, word, "sk-planted-secret-0001-abcd"):
                assert hidden not in shown, (path, stream, hidden)


@pytest.mark.parametrize("path", [CHAT, "/v1/messages"])
@pytest.mark.parametrize("name", ["insufficient_user_quota", "token_expired"])
def test_scripted_errors_of_gateways_are_shown_as_they_left(client: httpx.Client, path: str, name: str) -> None:
    reply = {"error": {"gateway": name}}
    assert client.post("/_mock/scenarios", json={"when": {"user": "any"}, "reply": reply}).status_code == 201
    body = {"model": MODEL, "max_tokens": 9, "messages": [{"role": "user", "content": "any"}]}
    answered = client.post(path, json=body)
    assert (look(client)["answer"], answered.status_code >= 400) == (answered.json(), True)
