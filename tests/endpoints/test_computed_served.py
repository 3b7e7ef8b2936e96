"""Scenarios for endpoints whose answers are computed: counts of tokens, and the models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from mockserver.testing import MockSession
from mockserver.testing.server import MockServer
from tests.conftest import FIXTURES
from tests.strict import error_of

KEY = "test"
HEADERS = {"x-api-key": KEY, "anthropic-version": "2023-06-01"}
HELLO: dict[str, Any] = {"model": "claude-opus-5", "messages": [{"role": "user", "content": "Hi"}]}
COUNT, MODELS = "/v1/messages/count_tokens", "/v1/models"
OPUS = f"{MODELS}/claude-opus-5"


@pytest.fixture(params=["relay", "anthropic"])
def server(request: pytest.FixtureRequest) -> MockServer:
    return MockServer(profile=request.param, unmatched="error")


@pytest.fixture
def api(server: MockServer) -> MockSession:
    return server.session(KEY)


@pytest.fixture
def client(server: MockServer) -> Iterator[httpx.Client]:
    with httpx.Client(transport=server.transport, base_url="http://mock", headers=HEADERS) as client:
        yield client


def count(client: httpx.Client, text: str = "Hi", **more: Any) -> httpx.Response:
    return client.post(COUNT, json={**HELLO, "messages": [{"role": "user", "content": text}], **more})


def test_count_is_scripted(api: MockSession, client: httpx.Client) -> None:
    computed = count(client).json()
    api.when(endpoint="count_tokens", user="long").reply(input_tokens=120)
    assert count(client, "A long story").json() == {"input_tokens": 120}
    assert count(client).json() == computed
    api.assert_called(2, endpoint="count_tokens", when={"user": "Hi"})
    api.assert_called(1, when={"endpoint": "messages/count_tokens", "user": "long"})
    api.assert_all_used()
    api.assert_no_unmatched()


def test_count_before_edits_is_scripted(api: MockSession, client: httpx.Client) -> None:
    api.when(endpoint="count_tokens").reply(context_management={"original_input_tokens": 500})
    assert count(client).json() == {"input_tokens": 8, "context_management": {"original_input_tokens": 500}}


def test_calls_are_counted_by_session(server: MockServer, api: MockSession, client: httpx.Client) -> None:
    api.when(endpoint="count_tokens").calls([{"error": 529}, {"input_tokens": 1}, {"input_tokens": "{{ call }}"}])
    error_of(count(client), 529)
    assert [count(client).json()["input_tokens"] for _ in range(3)] == [1, 2, 8]
    server.session("other").when(endpoint="count_tokens").reply(input_tokens=7, times=1)
    other = {"x-api-key": "other"}
    assert [client.post(COUNT, json=HELLO, headers=other).json()["input_tokens"] for _ in range(2)] == [7, 8]
    api.reset()
    assert count(client).json()["input_tokens"] == 8


def test_turns_follow_the_conversation_that_is_counted(api: MockSession, client: httpx.Client) -> None:
    api.when(endpoint="count_tokens").turns([{"input_tokens": 1}, {"input_tokens": 2}])
    use = {"type": "tool_use", "id": "toolu_1", "name": "a", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "x"}
    first = HELLO["messages"]
    second = [*first, {"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]
    got = [client.post(COUNT, json={**HELLO, "messages": each}).json() for each in (first, second, first)]
    assert [each["input_tokens"] for each in got] == [1, 2, 1]


def test_refused_request_uses_nothing_up(api: MockSession, client: httpx.Client) -> None:
    api.when(endpoint="count_tokens").calls([{"input_tokens": 1}])
    assert error_of(count(client, max_tokens=5), 400)["message"] == "max_tokens: Extra inputs are not permitted"
    api.configure(validation="warn")
    assert count(client, max_tokens=5).json() == {"input_tokens": 1}
    first, second = api.requests
    assert [each.rule for each in second.findings] == [each.rule for each in first.findings]
    assert (first.scenario, second.scenario, second.position) == (None, "script 1", "0")


def test_script_without_endpoint_is_for_messages(api: MockSession, client: httpx.Client) -> None:
    api.reply("Hello.")
    assert count(client).json() == {"input_tokens": 8}
    assert client.get(OPUS).json()["id"] == "claude-opus-5"
    assert [each.scenario for each in api.requests] == [None, None]


def test_script_for_a_count_leaves_messages_alone(api: MockSession, client: httpx.Client) -> None:
    api.when(endpoint="count_tokens").reply(input_tokens=120)
    told = error_of(client.post("/v1/messages", json={**HELLO, "max_tokens": 9}), 404)["message"]
    assert "there are none" in told


def test_computed_count_tells_its_misses(api: MockSession, client: httpx.Client) -> None:
    api.when(endpoint="count_tokens", user="long").reply(input_tokens=120)
    api.when(user="message").reply("Hello.")
    count(client)
    (entry,) = api.requests
    assert [(each.name, each.differences) for each in entry.misses] == [
        ("script 1", ('user: expected to contain "long", got "Hi"',))
    ]
    assert (entry.unmatched, entry.endpoint, entry.answer) == (False, "messages/count_tokens", {"input_tokens": 8})


@pytest.mark.parametrize(
    ("path", "endpoint", "words"),
    [
        (COUNT, "count_tokens", {"error": "rate_limit_error"}),
        (MODELS, "models", {"error": {"type": "rate_limit_error", "retry_after": 3}}),
        (OPUS, "models", {"error": 429}),
        (OPUS, "models/{id}", {"error": {"type": "rate_limit_error", "message": "Slow down."}}),
    ],
)
def test_error_is_the_same_everywhere(
    api: MockSession, client: httpx.Client, path: str, endpoint: Any, words: Any
) -> None:
    api.when(endpoint=endpoint).reply(**words, times=1)

    def ask() -> httpx.Response:
        return client.post(path, json=HELLO) if path == COUNT else client.get(path)

    assert error_of(ask(), 429)["type"] == "rate_limit_error"
    assert ask().status_code == 200


def test_words_of_an_error_name_the_model(api: MockSession, client: httpx.Client) -> None:
    api.when(endpoint=["models", "count_tokens"]).error("rate_limit_error")
    assert "model: claude-opus-5)" in error_of(client.get(OPUS), 429)["message"]
    assert "model: claude-opus-5)" in error_of(count(client), 429)["message"]


def test_answer_has_headers_and_raw_ones_are_as_written(api: MockSession, client: httpx.Client) -> None:
    api.when(endpoint="models").calls([{"headers": {"X-A": 1}}, {"raw": {"status": 502, "body": "<html>"}}])
    first, second = client.get(MODELS), client.get(MODELS)
    assert (first.headers["x-a"], first.json()["data"][0]["type"]) == ("1", "model")
    assert "request-id" in first.headers
    assert (second.status_code, second.text) == (502, "<html>")


@pytest.mark.parametrize("endpoint", ["count_tokens", "models"])
def test_fault_strikes_the_computed_answer(api: MockSession, client: httpx.Client, endpoint: Any) -> None:
    def ask() -> httpx.Response:
        return count(client) if endpoint == "count_tokens" else client.get(MODELS)

    whole = ask()
    api.when(endpoint=endpoint).calls([{"fault": {"then": "split", "bytes": 1}}, {"fault": "malformed"}])
    assert ask().json() == whole.json()
    assert ask().text == whole.text[:-1]
    api.when(endpoint=endpoint).fault("disconnect")
    with pytest.raises(httpx.RemoteProtocolError):
        ask()
    assert ask().text == whole.text
    assert [each.faults for each in api.requests] == [(), ("split",), ("malformed",), ("disconnect",), ()]


def test_answer_without_values_is_generated_or_computed(api: MockSession, client: httpx.Client) -> None:
    api.when(endpoint=["messages", "count_tokens"]).reply(headers={"x-a": "b"}, fault={"then": "split", "bytes": 9})
    got = client.post("/v1/messages", json={**HELLO, "max_tokens": 9})
    assert (got.json()["role"], got.headers["x-a"]) == ("assistant", "b")
    got = count(client)
    assert (got.json(), got.headers["x-a"]) == ({"input_tokens": 8}, "b")


def test_faults_and_paces_of_the_session_are_for_messages(api: MockSession, client: httpx.Client) -> None:
    api.when(endpoint="count_tokens").reply(input_tokens=1)
    api.reply("Hello.")
    api.fault("disconnect")
    api.configure(pace={"first": "10m"})
    assert (count(client).json(), client.get(MODELS).status_code) == ({"input_tokens": 1}, 200)
    api.configure(pace="none")
    with pytest.raises(httpx.RemoteProtocolError):
        client.post("/v1/messages", json={**HELLO, "max_tokens": 9})


def test_pace_holds_the_answer_back(server: MockServer, api: MockSession) -> None:
    from mockserver import journey
    from mockserver.records.call import Call

    api.when(endpoint="models").reply(pace={"first": "2s"})
    delivery = journey.answer(Call("GET", MODELS, HEADERS), server.mock).delivery
    assert sum(piece.delay for piece in delivery.pieces) + delivery.delay == 2


def test_models_are_listed_and_found_one_by_one(api: MockSession, client: httpx.Client) -> None:
    known = client.get(OPUS).json()
    api.when(endpoint="models").reply(
        json={"data": [{"id": "claude-opus-5", "max_tokens": 9}, {"id": "a/mine", "display_name": "Mine"}]}
    )
    got = client.get(f"{MODELS}?limit=1").json()
    assert got == {"data": got["data"], "has_more": False, "first_id": "claude-opus-5", "last_id": "a/mine"}
    assert got["data"][0] == {**known, "max_tokens": 9}
    assert {**got["data"][1], "id": "a/mine", "display_name": "Mine", "type": "model"} == got["data"][1]
    assert got["data"][1].keys() == known.keys()
    assert [client.get(f"{MODELS}/{each['id']}").json() for each in got["data"]] == got["data"]
    assert error_of(client.get(f"{MODELS}/claude-sonnet-5"), 404)["message"] == "model: claude-sonnet-5"
    (finding,) = api.last_request.findings
    assert finding.hint == "a scenario lists the models, and this is none of them"


def test_list_takes_values_of_the_page_alone(api: MockSession, client: httpx.Client) -> None:
    page, one = client.get(f"{MODELS}?limit=2").json(), client.get(OPUS).json()
    api.when(endpoint="models").reply(json={"has_more": False, "last_id": None})
    assert client.get(f"{MODELS}?limit=2").json() == {**page, "has_more": False, "last_id": None}
    assert client.get(OPUS).json() == one
    api.when(endpoint="models").reply(json={"data": []})
    assert client.get(MODELS).json() == {"data": [], "has_more": False, "first_id": None, "last_id": None}


def test_one_model_is_changed(api: MockSession, client: httpx.Client) -> None:
    page, known = client.get(MODELS).json(), client.get(OPUS).json()
    api.when(endpoint="models/{id}").reply(json={"capabilities": {"batch": {"supported": False}}, "line": None})
    got = client.get(OPUS).json()
    assert got["capabilities"] == {**known["capabilities"], "batch": {"supported": False}}
    assert {**known, "capabilities": got["capabilities"], "line": None} == got
    assert client.get(f"{MODELS}/never-seen").json()["id"] == "never-seen"
    assert client.get(f"{MODELS}/claude-haiku-4-5").json()["id"] == "claude-haiku-4-5-20251001"
    assert client.get(MODELS).json() == page
    api.assert_called(4, endpoint="models/{id}", when={"path": "/v1/models/*"})
    api.assert_called(6, endpoint="models")


def test_scenario_for_any_path_and_one_for_the_endpoint_take_their_turns(
    api: MockSession, client: httpx.Client
) -> None:
    api.when(endpoint="count_tokens").reply(input_tokens=1, times=1)
    api.when(path=COUNT).reply(raw={"json": {"input_tokens": 2}}, times=1)
    answers = [count(client).json()["input_tokens"] for _ in range(3)]
    assert answers == [2, 1, 8]
    api.when(path="/v1/models*").reply(raw={"json": []})
    assert client.get(MODELS).json() == []


def test_broken_placeholder_is_told_and_not_used_up(api: MockSession, client: httpx.Client) -> None:
    api.when(endpoint="count_tokens").calls([{"input_tokens": "{{ tool_result }}"}])
    for _ in range(2):
        assert error_of(count(client), 500)["message"].startswith("A scenario could not answer: ")
    assert [each.position for each in api.requests] == ["0", "0"]


def test_page_that_is_refused_uses_nothing_up(api: MockSession, client: httpx.Client) -> None:
    api.when(endpoint="models").calls([{"json": {"has_more": True}}])
    error_of(client.get(f"{MODELS}?limit=0"), 400)
    assert client.get(MODELS).json()["has_more"] is True


def test_lost_session_hears_of_it(client: httpx.Client) -> None:
    server = MockServer(max_sessions=1)
    server.session("lost").when(endpoint="count_tokens").reply(input_tokens=1)
    server.session("last").reply("Hello.")
    http = httpx.Client(transport=server.transport, base_url="http://mock", headers={"x-api-key": "lost"})
    assert "had to drop this session" in error_of(http.post(COUNT, json=HELLO), 404)["message"]
    assert count(client).status_code == 200


def test_file_is_reloaded(tmp_path: Path) -> None:
    from mockserver.serving import assembly

    file = tmp_path / "file.yaml"
    file.write_text("scenarios: [{when: {endpoint: count_tokens}, reply: {input_tokens: 1}}]")
    server = MockServer(file)
    with httpx.Client(transport=server.transport, base_url="http://mock", headers=HEADERS) as client:
        assert count(client).json() == {"input_tokens": 1}
        file.write_text("scenarios: [{when: {endpoint: count_tokens}, reply: {input_tokens: 23}}]")
        assert assembly.reload(server.mock) == ()
        assert count(client).json() == {"input_tokens": 23}


@pytest.mark.parametrize(
    ("path", "text", "headers", "told"),
    [
        (COUNT, "count me", {}, {"input_tokens": 120}),
        (COUNT, "count me edited", {}, {"input_tokens": 20, "context_management": {"original_input_tokens": 120}}),
        (COUNT, "count me overloaded", {}, {"type": "error"}),
        (MODELS, "", {"x-example": "models"}, {"first_id": "claude-opus-5", "last_id": "example-of-mine"}),
        (f"{MODELS}/example-of-mine", "", {"x-example": "models"}, {"display_name": "Mine", "max_tokens": 8000}),
        (OPUS, "", {"x-example": "model"}, {"max_input_tokens": 50000, "max_tokens": 128000}),
        (OPUS, "", {"x-example": "limited"}, {"type": "error"}),
    ],
)
def test_example_is_served(path: str, text: str, headers: dict[str, str], told: dict[str, Any]) -> None:
    server = MockServer(FIXTURES, unmatched="error")
    asked = {**HEADERS, **headers}
    with httpx.Client(transport=server.transport, base_url="http://mock", headers=asked) as client:
        got = (count(client, text) if path == COUNT else client.get(path)).json()
    assert {**got, **told} == got


def test_function_is_told_what_an_endpoint_takes(api: MockSession, client: httpx.Client) -> None:
    api.when(endpoint="count_tokens").reply(lambda _: "Hello.")
    told = 'returned "Hello.": expected a mapping of input_tokens, context_management, error, raw'
    assert told in count(client).json()["error"]["message"]
