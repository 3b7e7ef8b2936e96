"""Cassettes on a server: what was recorded is answered as it was, whatever the API says today, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from mockserver.testing.server import MockServer
from tests.recordings.making import JSON, MESSAGE, ask, record, respond, save_cassette

HEADERS = {"x-api-key": "test", "anthropic-version": "2023-06-01"}
MESSAGES, COUNT, MODELS, FILES = "/v1/messages", "/v1/messages/count_tokens", "/v1/models", "/v1/files"
FORM = (
    b'--b1\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\ncontent-type: text/plain\r\n\r\n'
    b"Hello\r\n--b1--\r\n"
)
FORM_TYPE = "multipart/form-data; boundary=b1"
SCENARIOS = """\
  - {name: rain, when: {user: weather, recorded: 1}, reply: {text: Rain.}}
  - {name: odd, when: {recorded: 2}, reply: {text: Odd.}}
  - {name: counted, when: {endpoint: count_tokens, recorded: 3}, reply: {input_tokens: 77}}
  - {name: listed, when: {method: GET, path: /v1/models, recorded: 4}, reply: {recorded: 4}}
  - {name: again, when: {user: Again, recorded: 5}, calls: [{text: One.}, {text: Two., times: always}]}
  - {name: uploaded, when: {method: POST, path: /v1/files, recorded: 6}, reply: {recorded: 6}}
  - {name: unknown, when: {method: GET, path: /v1/agents, recorded: 7}, reply: {recorded: 7}}
"""
ODD = {"model": "claude-of-1999", "max_tokens": 100, "messages": [{"role": "user", "content": "Hi"}], "bogus": [1]}
COUNTED = {"model": "claude-opus-5", "messages": [{"role": "user", "content": "Hi"}]}


@pytest.fixture
def cassette(tmp_path: Path) -> Path:
    exchanges = [
        record(respond(MESSAGE, JSON), ask("How is the weather in Oslo?"), number=1),
        record(respond(MESSAGE, JSON), ODD, number=2),
        record(respond({"input_tokens": 77}, JSON), COUNTED, number=3, path=COUNT),
        record(respond({"data": []}, JSON), number=4, method="GET", path=MODELS, query="limit=2&after_id=x"),
        record(respond(MESSAGE, JSON), ask("Again"), number=5),
        record(respond({"id": "file_1"}, JSON), FORM, number=6, path=FILES, headers={"content-type": FORM_TYPE}),
        record(respond({"data": ["agent"]}, JSON), number=7, method="GET", path="/v1/agents"),
    ]
    return save_cassette(tmp_path, exchanges, SCENARIOS, replay="content")


Connect = Callable[..., httpx.Client]


@pytest.fixture
def connect(cassette: Path) -> Connect:
    def make(**settings: Any) -> httpx.Client:
        server = MockServer(str(cassette), **settings)
        return httpx.Client(transport=server.transport, base_url="http://127.0.0.1", headers=HEADERS)

    return make


def text_of(response: httpx.Response) -> str:
    return str(response.json()["content"][0]["text"])


def complaint(response: httpx.Response) -> str:
    assert (response.status_code, response.json()["error"]["type"]) == (404, "not_found_error")
    assert response.headers.get("x-should-retry", "false") == "false"
    return str(response.json()["error"]["message"])


@pytest.mark.parametrize("profile", ["relay", "anthropic"])
def test_recorded_requests_are_answered(connect: Connect, profile: str) -> None:
    client = connect(profile=profile)
    assert text_of(client.post(MESSAGES, json=ask("How is the weather in Oslo?"))) == "Rain."
    assert [text_of(client.post(MESSAGES, json=ask("Again"))) for _ in range(3)] == ["One.", "Two.", "Two."]
    assert client.post(COUNT, json=COUNTED).json() == {"input_tokens": 77}
    assert client.get(f"{MODELS}?after_id=x&limit=2").json() == {"data": []}
    assert client.get("/v1/agents").json() == {"data": ["agent"]}


@pytest.mark.parametrize("profile", ["relay", "anthropic"])
@pytest.mark.parametrize(
    "headers", [{}, {"anthropic-version": "1999-01-01"}, {"anthropic-beta": "of-another-time-1999-01-01"}]
)
def test_refusal_does_not_come_where_an_answer_was_recorded(
    connect: Connect, profile: str, headers: dict[str, str]
) -> None:
    client = connect(profile=profile)
    assert text_of(client.post(MESSAGES, json=ODD, headers=headers)) == "Odd."
    (entry,) = client.get("/_mock/requests?full=true").json()["requests"]
    assert (entry["status"], entry["scenario"]) == (200, "odd")
    assert entry["findings"]
    # What was not recorded is refused as ever, but where the refusal depends on the day.
    assert client.post(MESSAGES, json={**ODD, "bogus": [2]}, headers=headers).status_code in (400, 404)


@pytest.mark.parametrize("unmatched", ["auto", "generate"])
def test_changed_question_to_a_model_of_then_is_told_with_a_diff(tmp_path: Path, unmatched: Any) -> None:
    retired = {**ask("Hello"), "model": "claude-3-opus-20240229"}
    path = save_cassette(tmp_path, [record(respond(MESSAGE, JSON), retired)], replay="content")
    server = MockServer(str(path), profile="anthropic", unmatched=unmatched)
    with httpx.Client(transport=server.transport, base_url="http://127.0.0.1", headers=HEADERS) as client:
        assert text_of(client.post(MESSAGES, json=retired)) == MESSAGE["content"][0]["text"]
        said = complaint(client.post(MESSAGES, json={**retired, **ask("Hullo"), "model": retired["model"]}))
        assert ("- Hello\n     + Hullo" in said) == (unmatched == "auto")
        assert ("model: claude-3-opus" in said) == (unmatched == "generate")


def test_changed_question_with_thoughts_of_another_server_is_told_with_a_diff(tmp_path: Path) -> None:
    thinking = {"type": "enabled", "budget_tokens": 1024}
    first = {"model": "claude-haiku-4-5", "max_tokens": 2000, "thinking": thinking, **_say(("user", "Hello"))}
    upstream = MockServer(seed=9)
    with httpx.Client(transport=upstream.transport, base_url="http://127.0.0.1", headers=HEADERS) as other:
        content = other.post(MESSAGES, json=first).json()["content"]
    assert content[0]["type"] == "thinking"
    later = {**first, **_say(("user", "Hello"), ("assistant", content), ("user", "And then?"))}
    path = save_cassette(tmp_path, [record(respond(MESSAGE, JSON), later)], replay="content")
    server = MockServer(str(path))
    with httpx.Client(transport=server.transport, base_url="http://127.0.0.1", headers=HEADERS) as client:
        assert text_of(client.post(MESSAGES, json=later)) == MESSAGE["content"][0]["text"]
        changed = {**later, **_say(("user", "Hello"), ("assistant", content), ("user", "And now?"))}
        assert "- And then?\n     + And now?" in complaint(client.post(MESSAGES, json=changed))


def _say(*messages: tuple[str, Any]) -> dict[str, Any]:
    return {"messages": [{"role": role, "content": content} for role, content in messages]}


def test_count_that_the_api_would_refuse_is_answered(tmp_path: Path) -> None:
    exchange = record(respond({"input_tokens": 9}, JSON), {"model": "x", "bogus": 1}, path=COUNT)
    line = "  - {name: a, when: {endpoint: count_tokens, recorded: 1}, reply: {input_tokens: 9}}\n"
    server = MockServer(str(save_cassette(tmp_path, [exchange], line)), profile="anthropic")
    with httpx.Client(transport=server.transport, base_url="http://127.0.0.1", headers=HEADERS) as client:
        assert client.post(COUNT, json={"model": "x", "bogus": 1}).json() == {"input_tokens": 9}
        assert client.post(COUNT, json={"model": "x", "bogus": 2}).status_code == 400


def test_wrong_key_is_refused_all_the_same(connect: Connect) -> None:
    client = connect(api_keys=("right",))
    assert client.post(MESSAGES, json=ask("How is the weather in Oslo?")).status_code == 401
    assert client.post(MESSAGES, json=ODD).status_code == 401


def test_unrecorded_request_is_told_with_a_diff(connect: Connect) -> None:
    client = connect()
    said = complaint(client.post(MESSAGES, json=ask("How is the weather in Rome?")))
    first, second, *_ = said.split("\n  ")
    assert first == "No scenario fits this request. What differs from the nearest of 6:"
    assert second.startswith("1. rain (")
    assert second.split("\n", 1)[0].endswith("weather.yaml:4): not as recorded at messages[0].content[0].text")
    assert "     - How is the weather in Oslo?\n     + How is the weather in Rome?\n" in said
    assert said.endswith("ignore, volatile or redact.")


def test_journal_and_explain_show_the_same(connect: Connect) -> None:
    client = connect()
    body = ask("How is the weather in Rome?")
    client.post(MESSAGES, json=body)
    (entry,) = client.get("/_mock/requests?full=true").json()["requests"]
    assert entry["unmatched"] is True
    expected = (
        "not as recorded at messages[0].content[0].text\n- How is the weather in Oslo?\n+ How is the weather in Rome?"
    )
    told = client.post("/_mock/explain", json=body).json()
    assert told["answered_by"] == "error"
    for misses in (entry["misses"], told["misses"]):
        assert next(miss for miss in misses if miss["scenario"] == "rain")["differences"] == [expected]
    assert client.post("/_mock/explain", json=ask("How is the weather in Oslo?")).json()["scenario"] == "rain"


def test_explain_knows_that_what_would_be_refused_was_recorded(connect: Connect) -> None:
    client = connect(api_keys=("test",))
    told = client.post("/_mock/explain", json=ODD).json()
    assert (told["answered_by"], told["scenario"], told["finding"]["path"]) == ("scenario", "odd", "bogus")
    assert client.post(MESSAGES, json=ODD).status_code == 200
    # What differs is told of one that is refused.
    told = client.post("/_mock/explain", json={**ODD, "max_tokens": 9}).json()
    assert (told["answered_by"], told["scenario"]) == ("error", None)
    (miss,) = (miss for miss in told["misses"] if miss["scenario"] == "odd")
    assert miss["differences"] == ["not as recorded at max_tokens\n- 100\n+ 9"]
    told = client.post("/_mock/explain", json=ODD, headers={"x-api-key": "wrong"}).json()
    assert (told["answered_by"], told["scenario"], told["misses"]) == ("error", None, [])


@pytest.mark.parametrize(("unmatched", "status"), [("auto", 404), ("error", 404), ("generate", 200)])
def test_setting_decides_what_unrecorded_requests_get(connect: Connect, unmatched: str, status: int) -> None:
    client = connect(unmatched=unmatched)
    assert client.post(MESSAGES, json=ask("New")).status_code == status
    assert client.post(COUNT, json={**COUNTED, "system": "New"}).status_code == status
    assert client.get(f"{MODELS}?limit=3").status_code == status
    # Of these paths nothing was recorded.
    assert client.get(f"{MODELS}/claude-opus-5").status_code == 200
    assert client.get(FILES).status_code == 200


def test_setting_changes_for_a_session(connect: Connect) -> None:
    client = connect()
    client.patch("/_mock/settings", json={"unmatched": "generate"}, headers={"x-mock-session": "test"})
    assert client.post(MESSAGES, json=ask("New")).status_code == 200
    client.patch("/_mock/settings", json={"unmatched": "auto"}, headers={"x-mock-session": "test"})
    assert client.post(MESSAGES, json=ask("New")).status_code == 404


def test_unrecorded_request_of_a_path_is_told(connect: Connect) -> None:
    client = connect()
    assert "listed (" in (said := complaint(client.get(f"{MODELS}?limit=3&after_id=x")))
    assert "not as recorded at query.limit[0]\n     - 2\n     + 3" in said
    said = complaint(client.get("/v1/agents?page=2"))
    assert "not as recorded at query\n     - (nothing)\n     + " in said
    assert client.get("/v1/bagels").json()["error"]["message"] == "Not found"


def test_form_is_compared_by_its_parts(connect: Connect) -> None:
    client = connect()
    other = FORM.replace(b"b1", b"another")
    headers = {"content-type": "multipart/form-data; boundary=another"}
    assert client.post(FILES, content=other, headers=headers).json() == {"id": "file_1"}
    assert client.post(FILES, content=FORM, headers={"content-type": FORM_TYPE}).json() == {"id": "file_1"}
    said = complaint(client.post(FILES, content=other.replace(b"Hello", b"Hullo"), headers=headers))
    assert "not as recorded at body[0].content\n     - Hello\n     + Hullo" in said
    assert client.get(FILES).json()["data"] == []


def test_scenario_of_a_session_stands_above_the_cassette(connect: Connect) -> None:
    client = connect()
    script = {"name": "mine", "when": {"user": "weather"}, "reply": "Mine."}
    assert client.post("/_mock/scenarios", json=script, headers={"x-mock-session": "test"}).status_code == 201
    assert text_of(client.post(MESSAGES, json=ask("How is the weather in Oslo?"))) == "Mine."


@pytest.mark.parametrize(
    "body", [b"", b"[1]", b"{", b'{"messages": 1}', b'{"messages": [{"role": 3}]}', b"[" * 2000 + b"]" * 2000]
)
def test_odd_bodies_are_refused(connect: Connect, body: bytes) -> None:
    client = connect(profile="anthropic")
    assert 400 <= client.post(MESSAGES, content=body).status_code < 500
    assert 400 <= client.post(COUNT, content=body).status_code < 500
    assert 400 <= client.post("/v1/agents", content=body).status_code < 500


def test_script_that_has_run_out_says_how_often_it_was_recorded(tmp_path: Path) -> None:
    line = "  - {name: a, when: {recorded: 1}, calls: [{text: One.}, {text: Two.}]}\n"
    path = save_cassette(tmp_path, [record(respond(MESSAGE, JSON), ask("Hi"))], line, replay="content")
    with httpx.Client(
        transport=MockServer(str(path)).transport, base_url="http://127.0.0.1", headers=HEADERS
    ) as client:
        assert [client.post(MESSAGES, json=ask("Hi")).status_code for _ in range(3)] == [200, 200, 404]
        said = complaint(client.post(MESSAGES, json=ask("Hi")))
    assert "calls: this request was recorded with 2 answers, and all were given in this session" in said


@pytest.mark.parametrize("replay", ["content", "exact"])
def test_threads_are_told_apart_by_what_they_go_on_from(tmp_path: Path, replay: str) -> None:
    """Two threads go on with the same text: in each the conversation before it decides."""
    beta = {**HEADERS, "anthropic-beta": "message-threads-2026-08-12"}

    def answer(id_: str, text: str) -> Any:
        return respond({**MESSAGE, "id": id_, "content": [{"type": "text", "text": text}]}, JSON)

    def go_on(id_: str) -> dict[str, Any]:
        return ask("More", thread={"type": "continue", "previous_message_id": id_})

    exchanges = [
        record(answer("msg_joke", "A joke."), ask("Joke", thread={"type": "create"}), number=1, headers=beta),
        record(answer("msg_riddle", "A riddle."), ask("Riddle", thread={"type": "create"}), number=2, headers=beta),
        record(answer("msg_joke2", "One more joke."), go_on("msg_joke"), number=3, headers=beta),
        record(answer("msg_riddle2", "One more riddle."), go_on("msg_riddle"), number=4, headers=beta),
    ]
    texts = ["A joke.", "A riddle.", "One more joke.", "One more riddle."]
    lines = [
        f"  - {{name: t{number}, when: {{recorded: {number}}}, reply: {{text: {text}, recorded: {number}}}}}\n"
        for number, text in enumerate(texts, 1)
    ]
    path = save_cassette(tmp_path, exchanges, "".join(lines), replay=replay)
    transport = MockServer(str(path), profile="anthropic").transport
    with httpx.Client(transport=transport, base_url="http://127.0.0.1", headers=beta) as client:
        riddle, joke = [client.post(MESSAGES, json=ask(text, thread={"type": "create"})) for text in ("Riddle", "Joke")]
        assert [text_of(riddle), text_of(joke)] == ["A riddle.", "A joke."]
        assert text_of(client.post(MESSAGES, json=go_on(riddle.json()["id"]))) == "One more riddle."
        assert text_of(client.post(MESSAGES, json=go_on(joke.json()["id"]))) == "One more joke."
        assert client.post(MESSAGES, json=go_on("msg_other")).status_code == 404
